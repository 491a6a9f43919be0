"""Spaces over a user's own module, known here only by its description, as in the API."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import optuna
import pytest

from experiments.catalog import KINDS
from experiments.errors import InvalidInput
from experiments.plugins import registration
from experiments.plugins.describing import load
from experiments.registry import EXPERIMENTS
from search_spaces.parsing import parse_space
from search_spaces.sampling import sample


@pytest.fixture(scope="module")
def spirals() -> Iterator[dict[str, Any]]:
    """The base config of the experiment of another package, registered by its description."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(Path(__file__).parents[2] / "examples" / "own_code")
        registration.register(load(["spirals", "spirals.sign_sgd"]))
    yield EXPERIMENTS["spirals"].base()
    del EXPERIMENTS["spirals"]
    for kind in ("data", "model", "optimizer"):
        KINDS[kind].keep(())
    for module in [name for name in sys.modules if name.partition(".")[0] == "spirals"]:
        del sys.modules[module]


def test_the_arguments_of_the_module_can_be_searched(spirals: dict[str, Any], random_study: optuna.Study) -> None:
    document = {
        "model": {"width": {"int": [4, 8]}, "activation": {"choice": ["tanh", "relu"]}},
        "data": {"noise": {"uniform": [0.0, 0.2]}},
        "optimizer": {"choice": ["adam", "sign_sgd"]},
    }
    space = parse_space(document, spirals)
    trial = random_study.ask()
    config = sample(space, trial)
    assert space.metrics == ()
    assert trial.params.keys() >= {"model.spirals.width", "model.spirals.activation", "data.spirals.noise", "optimizer"}
    assert config["model"] == {**config["model"], "width": trial.params["model.spirals.width"], "depth": 2}
    assert config["optimizer"]["name"] == trial.params["optimizer"]


@pytest.mark.parametrize(
    ("document", "path", "message"),
    [
        ({"model": {"widht": 8}}, "model.widht", "spirals has no such field (did you mean 'width'?)"),
        ({"model": {"width": {"uniform": [4, 8]}}}, "model.width", "width takes whole numbers; write int"),
        (
            {"model": {"activation": {"choice": ["tanh", "gelu"]}}},
            "model.activation",
            "activation must be 'tanh' or 'relu'",
        ),
        ({"schedule": "cosine"}, "schedule", "name an optimizer too"),
        ({"regularizers": ["dropout"]}, "regularizers.dropout", "which a user's own module"),
        (
            {
                "optimizer": "adam",
                "regularizers": {"weight_decay": {"optional": {}}, "label_smoothing": {"optional": {}}},
            },
            "regularizers.label_smoothing.optional",
            "needs the loss function",
        ),
    ],
)
def test_what_the_module_cannot_take_is_refused(
    spirals: dict[str, Any], document: dict[str, Any], path: str, message: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_space(document, spirals)
    assert [problem.path for problem in caught.value.problems] == [path]
    assert message in caught.value.problems[0].message
