"""Warnings of initializers that do not suit a model, an activation or a normalization."""

from __future__ import annotations

from typing import Any

import pytest

from experiments.catalog import KINDS
from experiments.conflicts import rules_of, warnings
from experiments.conflicts.initializers import initializer_rules
from experiments.parsing import parse_config


def said(**parts: Any) -> list[str]:
    return [str(problem) for problem in warnings(parse_config({"data": "digits", "model": "mlp", **parts}))]


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"initializer": "dirac"}, "mlp has no convolution, so every layer gets orthogonal instead of dirac"),
        ({"initializer": "delta_orthogonal", "model": "rnn"}, "rnn has no convolution"),
        ({"initializer": "irnn", "model": "cnn"}, "cnn has no recurrent layer"),
        ({"activation": "selu"}, "choose lecun_normal"),
        ({"normalization": "spectral", "initializer": "lsuv"}, "spectral normalization decides the scale"),
    ],
)
def test_what_is_unwise_is_said(parts: dict[str, Any], words: str) -> None:
    (warning,) = said(**parts)
    assert warning.startswith("initializer: ")
    assert words in warning


@pytest.mark.parametrize(
    "parts",
    [
        {"initializer": "dirac", "model": "cnn"},
        {"initializer": "recurrent_orthogonal", "model": "rnn"},
        {"initializer": "lecun_normal", "activation": "selu"},
        {"initializer": "lsuv", "normalization": "weight"},
    ],
)
def test_what_suits_is_not_warned_of(parts: dict[str, Any]) -> None:
    assert said(**parts) == []


def test_rules_name_members_of_the_catalog() -> None:
    for rule in initializer_rules():
        for part in (rule.first, rule.second):
            kind, name = part.split(".")
            assert name in KINDS[kind].names()
            assert rule.reason in [known.reason for known in rules_of(kind, name)]
