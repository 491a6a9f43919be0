"""Importances on studies whose answer is known, because it was planted."""

from __future__ import annotations

import pytest

from service.analysis.insight.importances import importances
from service.study.states import FailureKind, RunState
from tests.support.analyzed import FLAT, Planted, centered, planted

CONDITIONAL = {
    "optimizer": {
        "choice": [
            {"name": "sgd", "lr": {"log_uniform": [1e-4, 1.0]}},
            {"name": "adamw", "lr": {"log_uniform": [1e-4, 1.0]}, "weight_decay": {"uniform": [0.0, 0.1]}},
        ]
    }
}


def flat(n: int = 300, direction: str = "minimize") -> Planted:
    """The rate decides, momentum matters somewhat, and the activation not at all."""
    sign = 1.0 if direction == "minimize" else -1.0
    return planted(
        FLAT,
        lambda drawn: (
            sign
            * (
                centered(drawn, "optimizer.momentum.lr", 1e-4, 1.0, log=True) ** 2
                + 0.2 * centered(drawn, "optimizer.momentum.momentum", 0.1, 0.9) ** 2
            )
        ),
        n,
        direction=direction,
    )


@pytest.mark.parametrize("direction", ["minimize", "maximize"])
def test_a_planted_order_is_found(direction: str) -> None:
    known = flat(direction=direction)
    answer = importances(known.rows, known.study.id)
    assert [item["parameter"] for item in answer["items"]] == [
        "optimizer.momentum.lr",
        "optimizer.momentum.momentum",
        "activation",
    ]
    shares = [item["importance"] for item in answer["items"]]
    assert shares[0] > 0.6 and shares[2] < 0.05
    assert sum(shares) == pytest.approx(1.0)
    assert (answer["n_best"], answer["notes"]) == (30, [])


def test_a_parameter_of_one_branch_counts_where_it_occurs() -> None:
    known = planted(
        CONDITIONAL, lambda drawn: abs(centered(drawn, "optimizer.sgd.lr", 1e-4, 1.0, log=True)) + 0.01, 400
    )
    found = {item["parameter"]: item for item in importances(known.rows, known.study.id)["items"]}
    assert found.keys() == {"optimizer", "optimizer.sgd.lr", "optimizer.adamw.lr", "optimizer.adamw.weight_decay"}
    assert found["optimizer"]["n_trials"] == 400
    assert found["optimizer.sgd.lr"]["n_trials"] + found["optimizer.adamw.lr"]["n_trials"] == 400
    sgd_decides = planted(
        CONDITIONAL,
        lambda drawn: (
            abs(centered(drawn, "optimizer.sgd.lr", 1e-4, 1.0, log=True)) if drawn["optimizer"] == "sgd" else 1.0
        ),
        400,
    )
    answer = importances(sgd_decides.rows, sgd_decides.study.id)
    assert [item["parameter"] for item in answer["items"]][:2] == ["optimizer.sgd.lr", "optimizer"]


def test_what_was_pruned_or_diverged_is_none_of_the_best_and_what_failed_otherwise_is_not_used() -> None:
    known = flat()
    high = [trial.number for trial in known.drawn if trial.parameters["optimizer.momentum.lr"] > 0.1]
    low = [trial.number for trial in known.drawn if trial.parameters["optimizer.momentum.lr"] < 1e-3]
    beaten = known.changed(high, state=RunState.PRUNED, value=None).changed(
        low, state=RunState.FAILED, value=None, failure=FailureKind.DIVERGED
    )
    answer = importances(beaten.rows, known.study.id)
    assert answer["trials"]["completed"] == 300 - len(high) - len(low)
    assert answer["trials"]["beaten"] == len(high) + len(low)
    assert answer["n_best"] == 30
    assert answer["items"][0]["parameter"] == "optimizer.momentum.lr", "what fails at both ends is decided by the rate"
    assert answer["items"][0]["importance"] > 0.6

    broken = known.changed(high, state=RunState.FAILED, value=None, failure=FailureKind.WORKER_LOST).changed(
        low, excluded=True
    )
    left_out = importances(broken.rows, known.study.id)["trials"]
    assert (left_out["beaten"], left_out["failed"], left_out["excluded"]) == (0, len(high), len(low))


def test_more_of_the_best_than_have_a_value_are_not_made_up() -> None:
    known = flat(100)
    pruned = known.changed(range(3, 100), state=RunState.PRUNED, value=None)
    answer = importances(pruned.rows, known.study.id)
    assert answer["n_best"] == 3
    assert "only 3 of 100 trials" in answer["notes"][0]


@pytest.mark.parametrize(("n", "note"), [(0, "no trial has completed"), (1, "equally good"), (12, "mostly chance")])
def test_too_few_trials_are_said_to_be_too_few(n: int, note: str) -> None:
    known = flat(12).changed(range(n, 12), state=RunState.RUNNING, value=None)
    answer = importances(known.rows, known.study.id)
    assert note in answer["notes"][0]
    assert bool(answer["items"]) == (n == 12)


def test_equal_values_have_no_order() -> None:
    known = planted(FLAT, lambda _: 1.0, 40)
    answer = importances(known.rows, known.study.id)
    assert (answer["items"], answer["n_best"]) == ([], 40)
    assert "equally good" in answer["notes"][0]


def test_those_as_good_as_the_last_of_the_best_are_among_them() -> None:
    known = planted(FLAT, lambda drawn: float(drawn["activation"] != "relu"), 100)
    answer = importances(known.rows, known.study.id)
    assert answer["n_best"] == sum(trial.parameters["activation"] == "relu" for trial in known.drawn)
    assert answer["items"][0]["parameter"] == "activation"
