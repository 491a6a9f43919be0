# ruff: noqa: E501 - a table reads best with one range in a line
"""Ranges as other tools write them: each is refused with the range to write here, in the user's own numbers."""

from __future__ import annotations

from typing import Any

import pytest

from experiments.errors import InvalidInput
from search_spaces.language.notation import parse_leaf

LOG = "{log_uniform: [0.0001, 0.1]}"

NUMBERS: list[tuple[Any, str]] = [
    # W&B
    ({"min": 0.0001, "max": 0.1}, f"{LOG}, or {{uniform: [0.0001, 0.1]}} to draw mostly large values"),
    ({"min": 1, "max": 2}, "{uniform: [1, 2]}"),
    ({"max": 0.5, "min": 0.1}, "{uniform: [0.1, 0.5]}"),
    ({"values": [0.1, 0.01]}, "{choice: [0.1, 0.01]}"),
    ({"value": 0.1}, "0.1"),
    ({"distribution": "log_uniform_values", "min": 1e-4, "max": 0.1}, LOG),
    ({"distribution": "log_uniform", "min": -9.2, "max": -2.3}, "{log_uniform: [0.000101, 0.1003]}"),
    ({"distribution": "uniform", "min": 1e-4, "max": 0.1}, "{uniform: [0.0001, 0.1]}"),
    ({"distribution": "q_uniform", "min": 0, "max": 1, "q": 0.1}, "{quniform: [0, 1, 0.1]}"),
    ({"distribution": "categorical", "values": [1, 2]}, "{choice: [1, 2]}"),
    ({"distribution": "normal", "mu": 0.1, "sigma": 0.01}, "{uniform: [0.08, 0.12]}"),
    ({"distribution": "log_normal", "mu": -5, "sigma": 1}, "{log_uniform: [0.0009119, 0.04979]}"),
    # the name of a call as the one word of a mapping
    ({"normal": [0.1, 0.01]}, "{uniform: [0.08, 0.12]}"),
    ({"lognormal": [-5, 1]}, "{log_uniform: [0.0009119, 0.04979]}"),
    ({"randint": 5}, "{uniform: [0, 4]}"),
    # Optuna, Ax, NNI and Hydra's sweepers, as mappings
    ({"low": 1e-4, "high": 0.1, "log": True}, LOG),
    ({"low": 1e-4, "high": 0.1, "log": False}, "{uniform: [0.0001, 0.1]}"),
    ({"type": "float", "low": 1e-5, "high": 0.1, "log": True}, "{log_uniform: [1.0e-05, 0.1]}"),
    ({"low": "1e-4", "high": "1e-1", "log": True}, LOG),
    ({"low": 0, "high": 1, "step": 0.25}, "{quniform: [0, 1, 0.25]}"),
    ({"low": 0, "high": 0.1, "log": True}, "{log_uniform: [LOW, 0.1]} with a LOW above 0, or {uniform: [0, 0.1]}"),
    ({"lower": 0.1, "upper": 1}, "{uniform: [0.1, 1]}"),
    ({"type": "range", "bounds": [1e-4, 0.1], "log_scale": True}, LOG),
    ({"_type": "loguniform", "_value": [1e-4, 0.1]}, LOG),
    ({"_type": "choice", "_value": [0.1, 0.2]}, "{choice: [0.1, 0.2]}"),
    ({"grid_search": [0.1, 0.2]}, "{choice: [0.1, 0.2]}"),
    ({"start": 0.3, "end": 0.3}, "the plain value 0.3"),
    # bare lists
    ([0.1, 0.01], "{choice: [0.1, 0.01]}"),
    ([0.1, 0.01, 0.1], "{choice: [0.1, 0.01]}"),
    ([0.01, 0.1], "{choice: [0.01, 0.1]} for one of the two, or {uniform: [0.01, 0.1]} for any value between them"),
    # calls as texts
    ("tune.loguniform(1e-4, 1e-1)", LOG),
    ("tune.uniform(0, 1)", "{uniform: [0, 1]}"),
    ("tune.quniform(0, 1, 0.1)", "{quniform: [0, 1, 0.1]}"),
    ("tune.choice([0.1, 0.01])", "{choice: [0.1, 0.01]}"),
    ("tune.grid_search([0.1, 0.01])", "{choice: [0.1, 0.01]}"),
    ("hp.loguniform('lr', np.log(1e-4), np.log(1e-1))", LOG),
    ("hp.loguniform('lr', -9.2, -2.3)", "{log_uniform: [0.000101, 0.1003]}"),
    ("hp.uniform('lr', 0, 1)", "{uniform: [0, 1]}"),
    ("hp.choice('lr', [0.1, 0.2])", "{choice: [0.1, 0.2]}"),
    ("hp.Float('lr', 1e-4, 1e-1, sampling='log')", LOG),
    ("trial.suggest_float('lr', 1e-4, 1e-1, log=True)", LOG),
    ("trial.suggest_loguniform('lr', 1e-4, 1e-1)", LOG),
    ("trial.suggest_categorical('lr', [0.1, 0.2])", "{choice: [0.1, 0.2]}"),
    ("FloatDistribution(1e-4, 0.1, log=True)", LOG),
    ("Real(1e-4, 1e-1, prior='log-uniform')", LOG),
    ("tag(log, interval(0.0001, 0.1))", LOG),
    ("interval(0, 1)", "{uniform: [0, 1]}"),
    ("choice(0.1, 0.01)", "{choice: [0.1, 0.01]}"),
    ("0.1,0.01", "{choice: [0.1, 0.01]}"),
]  # fmt: skip
WHOLE: list[tuple[Any, str]] = [
    ({"min": 5, "max": 20}, "{int: [5, 20]}"),
    ({"low": 8, "high": 512, "log": True}, "{log_int: [8, 512]}"),
    ({"low": 8, "high": 64, "step": 8}, "{qint: [8, 64, 8]}"),
    ([16, 32, 64], "{choice: [16, 32, 64]}"),
    ("tune.randint(1, 10)", "{int: [1, 9]}"),
    ("trial.suggest_int('n', 1, 8)", "{int: [1, 8]}"),
    ("hp.Int('n', min_value=32, max_value=512, step=32)", "{qint: [32, 512, 32]}"),
    ("range(1, 10)", "{int: [1, 9]}"),
    ("int(interval(1, 10))", "{int: [1, 10]}"),
]
LISTS: list[tuple[Any, str]] = [
    ([[64], [64, 64]], "{choice: [[64], [64, 64]]}"),
    ({"values": [[64], [64, 64]]}, "{choice: [[64], [64, 64]]}"),
    ({"min": 16, "max": 64}, "a range in each place of the list, e.g. [{int: [16, 64]}]"),
]
CASES = (
    [(float, *each) for each in NUMBERS]
    + [(int, *each) for each in WHOLE]
    + [(tuple[int, ...], *each) for each in LISTS]
)
CASES += [(str, ["fan_in", "fan_out"], "{choice: [fan_in, fan_out]}"), (bool, [True, False], "{choice: [true, false]}")]


@pytest.mark.parametrize(("annotation", "value", "here"), CASES, ids=[str(each[1]) for each in CASES])
def test_another_tools_range_is_answered_with_ours(annotation: Any, value: Any, here: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_leaf(value, annotation)
    assert [str(problem) for problem in caught.value.problems] == [f"this takes one value or a range; write {here}"]


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (tuple[int, ...], [64, 64]),
        (tuple[int, ...], []),
        (list[float], [0.9, 0.999]),
        (dict[str, int], {"min": 0, "max": 1}),
        (Any, [1, 2]),
        (float, "1e-3"),
        (float, {"foo": 3}),
        (str, "a word"),
        (str, "os.system('true')"),
        (str, "uniform(" * 200),
    ],
)
def test_other_values_are_constants(annotation: Any, value: Any) -> None:
    """Fields that take lists or mappings get them; what is no range of anybody's is for the field to judge."""
    assert parse_leaf(value, annotation) is None


@pytest.mark.parametrize(
    ("document", "path", "message"),
    [
        ({"optimizer": ["sgd", "adam"]}, "optimizer", "this takes one optimizer or a choice; write {choice: [sgd, adam]}"),
        ({"optimizer": {"values": ["sgd", "adam"]}}, "optimizer", "write {choice: [sgd, adam]}"),
        ({"optimizer": "sgd,adam"}, "optimizer", "write {choice: [sgd, adam]}"),
        ({"optimizer": {"name": ["sgd", "adam"]}}, "optimizer", "write {choice: [sgd, adam]}"),
        ({"optimizer": [{"name": "sgd", "lr": 0.1}, "adam"]}, "optimizer", "write {choice: [{name: sgd, lr: 0.1}, adam]}"),
        ({"schedule": {"grid_search": ["cosine"]}}, "schedule", "write {choice: [cosine]}"),
        ({"regularizers": {"dropout": {"min": 0, "max": 0.5}}}, "regularizers.dropout", "write {p: {uniform: [0, 0.5]}}"),
        ({"regularizers": {"dropout": {"uniform": [0, 0.5]}}}, "regularizers.dropout", "write {p: {uniform: [0, 0.5]}}"),
        ({"regularizers": {"dropout": [0.1, 0.2]}}, "regularizers.dropout", "write {p: {choice: [0.1, 0.2]}}"),
        ({"regularizers": {"dropout": 0.3}}, "regularizers.dropout", "write {p: 0.3}"),
        ({"training": {"batch_size": [32, 64, 128]}}, "training.batch_size", "write {choice: [32, 64, 128]}"),
        ({"model": {"hidden": [{"min": 4, "max": 8}, 8]}}, "model.hidden.0", "write {int: [4, 8]}"),
        ({"optimizer": {"name": "sgd", "lr": {"uniform": [1e-4, 0.1], "log": True}}}, "optimizer.lr.log", f"write {LOG}"),
        ({"optimizer": {"name": "sgd", "lr": {"log_uniform": {"min": 1e-4, "max": 0.1}}}}, "optimizer.lr.log_uniform", f"write {LOG}"),
        ({"optimizer": {"name": "sgd", "lr": {"loguniform": [1e-4, 0.1]}}}, "optimizer.lr.loguniform", f"write {LOG}"),
    ],
)  # fmt: skip
def test_it_is_answered_wherever_it_stands(parse: Any, document: Any, path: str, message: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse(document)
    assert [problem.path for problem in caught.value.problems] == [path]
    assert message in caught.value.problems[0].message
