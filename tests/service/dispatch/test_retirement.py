"""Which worker has had its last run."""

from __future__ import annotations

import pytest

from service.dispatch.retirement import FIRST_SIGNS, GROWTH, MOST_RUNS, SLACK, Wear
from service.study.jobs import Ending, Failed, Finished, Refused
from service.study.states import FailureKind

DONE = Finished({}, None, 1, 1, 0.1)
WARM = 450_000_000


def worn(memory: int = WARM, **changes: int) -> Wear:
    wear = Wear(**changes)
    wear.holds(WARM, trains=False)
    for _ in range(FIRST_SIGNS):
        wear.holds(WARM, trains=True)
    wear.holds(memory, trains=True)
    return wear


@pytest.mark.parametrize(
    "end", [DONE, Failed(FailureKind.USER_ERROR, "ValueError: shapes"), Failed(FailureKind.DIVERGED, "NaN")]
)
def test_whatever_is_wrong_with_the_run_alone_is_no_fault_of_the_worker(end: Ending) -> None:
    assert worn().reason_to_retire(end) == ""


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        (
            Failed(FailureKind.OUT_OF_MEMORY, "CUDA out of memory"),
            "it ran out of memory, and may not have given all back",
        ),
        (Failed(FailureKind.USER_ERROR, "CUDA error: device-side assert"), "its GPU's context has failed"),
        (
            Failed(FailureKind.USER_ERROR, "it raised", "… CUBLAS_STATUS_EXECUTION_FAILED"),
            "its GPU's context has failed",
        ),
        (Refused("other code"), "it has other code than its runs want"),
    ],
)
def test_one_that_may_be_spoiled_goes(end: Ending, reason: str) -> None:
    assert worn().reason_to_retire(end) == reason


def test_one_that_has_grown_goes() -> None:
    bound = int(GROWTH * WARM + SLACK)
    assert worn(bound).reason_to_retire(DONE) == ""
    assert worn(bound + 1_000_000).reason_to_retire(DONE) == "it holds 1169 MB, and held 450 MB at first"


def test_what_it_loads_in_its_first_minute_of_training_is_no_growth() -> None:
    """Else it would be started anew, and load the same again, for ever."""
    wear = Wear()
    for _ in range(100):
        wear.holds(WARM, trains=False)  # it idles
    wear.holds(8 * WARM, trains=True)
    assert wear.reason_to_retire(DONE) == ""


def test_after_many_runs_it_goes() -> None:
    assert worn(n_runs=MOST_RUNS - 2).reason_to_retire(DONE) == ""
    assert worn(n_runs=MOST_RUNS - 1).reason_to_retire(DONE) == "it has had 10,000 runs"
