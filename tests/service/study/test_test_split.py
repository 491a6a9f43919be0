"""Which test splits the runs of a test result were measured on."""

from __future__ import annotations

from typing import Any

import pytest

from service.study.test_split import looked_at


def run(data_hash: str, fold: int | None = None, accuracy: float | None = 0.9) -> dict[str, Any]:
    metrics = {} if accuracy is None else {"test_accuracy": accuracy}
    return {"fold": fold, "metrics": metrics, "data_hash": data_hash}


@pytest.mark.parametrize(
    ("runs", "found"),
    [
        ([run("a"), run("a")], {"a"}),
        ([run("a", fold=0), run("a", fold=1)], {"a"}),
        ([run("a", fold=0), run("b", fold=1)], {"a", "b"}),
        ([run("a"), run("", accuracy=None)], {"a"}),
        ([], set()),
    ],
)
def test_each_split_that_was_measured_on_was_looked_at(runs: list[dict[str, Any]], found: set[str]) -> None:
    assert looked_at(runs) == found


@pytest.mark.parametrize(
    "runs",
    [
        [run("a"), run("")],
        [run("a"), run("b")],  # the same split, read twice
        [run("a", fold=0), run("b", fold=1), run("c", fold=1)],
        [{"fold": None, "metrics": {"test_accuracy": 0.9}}],  # measured before data had hashes
    ],
)
def test_data_that_cannot_be_recognized_are_not_known(runs: list[dict[str, Any]]) -> None:
    assert looked_at(runs) == set()
