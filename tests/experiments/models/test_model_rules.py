"""What would change nothing in a model is refused with its reason, or told: no search spends trials on it."""

from __future__ import annotations

from typing import Any

import pytest

from experiments.conflicts import conflicts, warnings
from experiments.parsing import parse_config, read_config
from search_spaces.parsing import parse_space

RNN: dict[str, Any] = {"data": "digits", "model": "rnn"}
LINEAR: dict[str, Any] = {"data": "wine", "model": {"name": "mlp", "hidden": []}}
ROWS: dict[str, Any] = {"data": "wine", "model": {"name": "residual", "kernel_size": 5}}

NO_LAYER = "there is no hidden layer for it"
REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({**RNN, "activation": "tanh"}, "activation", "brings its own non-linearities"),
    ({**RNN, "activation": {"name": "elu", "alpha": 2.0}}, "activation", "brings its own non-linearities"),
    ({**LINEAR, "activation": "gelu"}, "activation", NO_LAYER),
    ({**LINEAR, "normalization": "layer"}, "normalization", NO_LAYER),
    ({**LINEAR, "normalization": "batch"}, "normalization", NO_LAYER),
    ({**LINEAR, "regularizers": ["dropout"]}, "regularizers.dropout", NO_LAYER),
    ({**LINEAR, "regularizers": ["variational_dropout"]}, "regularizers.variational_dropout", NO_LAYER),
    (ROWS, "model.residual", "neither kernels nor places to pool"),
    ({**ROWS, "model": {"name": "residual", "pool": 4}}, "model.residual", "neither kernels nor places to pool"),
]
ACCEPTED: list[dict[str, Any]] = [
    RNN,
    {**RNN, "activation": "relu", "normalization": "layer", "regularizers": ["dropout"]},
    {**RNN, "model": {"name": "rnn", "dense": [8]}, "activation": "tanh", "normalization": "batch"},
    LINEAR,
    {**LINEAR, "normalization": "weight"},
    {**ROWS, "model": "residual"},
    {**ROWS, "data": "digits"},
]


@pytest.mark.parametrize(("document", "place", "reason"), REFUSED)
def test_what_would_change_nothing_is_refused(document: dict[str, Any], place: str, reason: str) -> None:
    (problem,) = conflicts(read_config(document))
    assert problem.path == place
    assert reason in problem.message


@pytest.mark.parametrize("document", ACCEPTED)
def test_what_acts_is_accepted(document: dict[str, Any]) -> None:
    assert list(conflicts(read_config(document))) == []


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({**RNN, "normalization": "weight"}, "the weights of recurrent layers stay as they are"),
        ({"data": "wine", "model": "residual", "initializer": "dirac"}, "no convolution on rows of features"),
        ({"data": "wine", "model": "residual", "regularizers": ["variational_dropout"]}, "it is plain dropout"),
    ],
)
def test_what_acts_otherwise_than_its_name_says_is_told(parts: dict[str, Any], words: str) -> None:
    (warning,) = warnings(parse_config(parts))
    assert words in warning.message


def test_a_space_never_draws_an_activation_for_a_recurrent_network_alone() -> None:
    space = parse_space({"activation": {"choice": ["relu", "tanh"]}, "model": {"choice": ["rnn", "mlp"]}}, RNN)
    (warning,) = space.warnings
    assert warning.startswith("combinations are left out of the search where activation: the cell of rnn")


@pytest.mark.parametrize(("cells", "told"), [(["lstm"], False), (["lstm", "gru"], True)])
def test_a_search_for_a_forget_bias_is_told_where_there_are_no_forget_gates(cells: list[str], told: bool) -> None:
    space = parse_space({"use": "initializers-recurrent", "model": {"name": "rnn", "cell": {"choice": cells}}}, RNN)
    assert [warning.partition(": ")[2] for warning in space.warnings] == (
        ["only the cell lstm has forget gates; with gru every value does the same"] if told else []
    )
