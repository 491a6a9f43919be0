"""Configurations that a user writes out: as a space is, or by the paths of their parameters."""

from __future__ import annotations

from typing import Any

import pytest

from experiments.errors import IncompatibleComponents, InvalidInput
from search_spaces.expanded import expand, read_expanded
from search_spaces.points import read_point
from search_spaces.sampling import configure
from tests.search_spaces.conftest import Parse

SPACE = {
    "model": {"hidden": {"choice": [[16], [32, 32]]}},
    "optimizer": {
        "choice": [{"name": "sgd", "lr": {"log_uniform": [1e-3, 1.0]}}, {"name": "adamw", "lr": {"choice": [0.1, 0.2]}}]
    },
    "schedule": {"choice": [{"name": "constant", "warmup": 0.0}, {"name": "cosine", "warmup": 0.0}]},
    "regularizers": {
        "dropout": {"optional": {"p": {"quniform": [0.1, 0.5, 0.1]}}},
        "l1": {"strength": {"optional": {"log_uniform": [1e-6, 1e-2]}}},
    },
    "training": {"epochs": 3, "batch_size": {"choice": [32, 64]}},
}
WRITTEN: dict[str, Any] = {
    "model": {"hidden": [32, 32]},
    "optimizer": {"name": "sgd", "lr": 0.01},
    "schedule": "cosine",
    "regularizers": {"dropout": {"p": 0.3}, "l1": {"strength": 0}},
    "training": {"epochs": 3, "batch_size": 64},
}
PARAMETERS = {
    "model.mlp.hidden": "[32, 32]",
    "optimizer": "sgd",
    "optimizer.sgd.lr": 0.01,
    "schedule": "cosine",
    "regularizers.dropout": True,
    "regularizers.dropout.p": 0.3,
    "regularizers.l1.strength.on": False,
    "training.batch_size": 64,
}


def test_a_configuration_is_read_as_a_space_is_written_and_by_its_parameters(parse: Parse) -> None:
    space = parse(SPACE)
    for one in (space, read_expanded(expand(space))):
        assert read_point(one, WRITTEN) == PARAMETERS
        assert read_point(one, PARAMETERS) == PARAMETERS
        config = configure(one, PARAMETERS)
        assert read_point(one, config) == PARAMETERS, "the configuration of a trial can be written back"


def test_what_is_left_out_takes_no_component_where_there_may_be_none(parse: Parse) -> None:
    space = parse(SPACE)
    without = {**WRITTEN, "regularizers": {"l1": {"strength": 1e-3}}}
    found = read_point(space, without)
    assert (found["regularizers.dropout"], found["regularizers.l1.strength.on"]) == (False, True)
    assert "regularizers.dropout.p" not in found
    assert found["regularizers.l1.strength"] == 1e-3


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"optimizer": {"name": "sgd", "lr": 2.0}}, "optimizer.lr: 2.0 lies outside of log_uniform [0.001, 1]"),
        ({"optimizer": "sgd"}, "optimizer.lr: this configuration needs a value from log_uniform [0.001, 1]"),
        (
            {"optimizer": {"name": "sdg", "lr": 0.1}},
            "optimizer: the space does not have 'sdg' here (did you mean 'sgd'?)",
        ),
        ({"optimizer": {"lr": 0.1}}, "optimizer: say which of them it takes: sgd, adamw"),
        ({"training": {"batch_size": 64, "epochs": 4}}, "training.epochs: it is 3 in this space; leave it out"),
        ({"model": {"hidden": [32, 32], "depth": 1}}, "model.depth: the configuration has no such part"),
        ({"modell": {}}, "modell: the configuration has no such part (did you mean 'model'?)"),
        (
            {"regularizers": {"dropout": {"p": 0.33}, "l1": {"strength": 0}}},
            "regularizers.dropout.p: 0.33 is no step of",
        ),
        ({"regularizers": 3}, "regularizers: write a mapping"),
    ],
)
def test_what_is_wrong_is_said_where_it_stands(parse: Parse, changes: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_point(parse(SPACE), WRITTEN | changes)
    assert str(caught.value).startswith(told)


def test_parameters_are_checked_by_their_paths(parse: Parse) -> None:
    with pytest.raises(InvalidInput, match=r"^optimizer\.sgd\.lr: 7 lies outside"):
        read_point(parse(SPACE), PARAMETERS | {"optimizer.sgd.lr": 7})


def test_parts_that_do_not_go_together_are_told(parse: Parse) -> None:
    space = parse(
        {
            "optimizer": {"choice": [{"name": "adam", "lr": 0.01}, {"name": "adamw", "lr": 0.01, "weight_decay": 0.1}]},
            "regularizers": {"weight_decay": {"optional": {"strength": 0.1}}},
        }
    )
    with pytest.raises(IncompatibleComponents):
        read_point(space, {"optimizer": "adamw", "regularizers": ["weight_decay"]})
