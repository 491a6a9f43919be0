"""What the tests of search spaces share: an experiment's base config, and quiet Optuna studies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import optuna
import pytest

from experiments.registry import EXPERIMENTS
from search_spaces.parsing import parse_space
from search_spaces.space import SearchSpace

optuna.logging.set_verbosity(optuna.logging.WARNING)

Parse = Callable[[Mapping[str, Any]], SearchSpace]


@pytest.fixture
def base() -> dict[str, Any]:
    """The digits perceptron: classification on images."""
    return EXPERIMENTS["digits-mlp"].base()


@pytest.fixture
def parse(base: dict[str, Any]) -> Parse:
    """Parses a space document over the digits perceptron."""
    return lambda document: parse_space(document, base)


@pytest.fixture
def random_study() -> optuna.Study:
    """An in-memory study that draws independently, always the same."""
    return optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
