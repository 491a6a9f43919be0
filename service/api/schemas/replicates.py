"""What the API says of the several runs of a trial, as JSON."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from service.api.schemas.response import ResponseModel
from service.study.states import RunState


class RunMark(ResponseModel):
    """What is strange about a run's value among those of its siblings."""

    word: Literal["collapsed", "outlier"] = Field(
        description="`outlier` is said of what is `far_outside`, on either side."
    )
    kind: Literal["non_finite", "at_chance", "far_outside"] = Field(
        description="`non_finite`: it diverged. `at_chance`: an accuracy no better than always answering the most "
        "frequent class. `far_outside`: of at least three of its fold, further than five spreads from the median of "
        "the others."
    )
    reason: str = Field(examples=["at chance: 0.1, and always answering the most frequent class gives 0.104"])


class ReplicationRun(ResponseModel):
    """One run of a trial that has several."""

    run: str = Field(description="The run's id.")
    seed: int
    fold: int | None
    state: RunState
    value: float | None
    mark: RunMark | None


class Replication(ResponseModel):
    """The runs of a trial that has several, beside the value that they make together."""

    aggregate: Literal["mean", "median", "worst"] = Field(description="What the trial's value is of theirs.")
    n: int = Field(description="Runs that completed with a value: those that the trial's value is of.", examples=[4])
    n_runs: int = Field(description="Runs that the trial has.", examples=[5])
    std: float | None = Field(
        description="The sample standard deviation (n - 1) of the `n` values; null for fewer than two."
    )
    n_collapsed: int = Field(description="Runs that are marked as collapsed.")
    runs: list[ReplicationRun]


class TestRun(ResponseModel):
    """One run on the test split, or the reason why it was not measured."""

    __test__ = False  # not a test class, whatever its name says

    run: str = Field(description="The run's id.")
    seed: int
    fold: int | None
    metrics: dict[str, float]
    reason: str
    data_hash: str = Field(
        "",
        description="SHA-256 of the rows that it was measured on, in whatever order and in batches of whatever size. "
        "Empty where none were, and where they cannot be recognized.",
    )


class TestResult(ResponseModel):
    """The best trial, measured once on the test split: each of its runs at the epoch that counts."""

    __test__ = False

    trial: int
    n: int = Field(description="Runs that were measured.")
    metrics: dict[str, float] = Field(description="The means of those runs.")
    std: dict[str, float | None] = Field(description="Their sample standard deviations; null for a single run.")
    reason: str = Field(description="Why a run was not measured; empty when all were.")
    look: int | None = Field(
        description="Which look at the test split of these data it was, over all studies: who chooses by what he sees "
        "there, from the second look on, is told more than new data would say. The data are known by each run's "
        "`data_hash`. Null when nothing was measured, or when there is no such hash: then whether the split was looked "
        "at before is not known.",
        examples=[1],
    )
    runs: list[TestRun]
