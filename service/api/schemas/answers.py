"""What a study's results say, and how certainly, as JSON."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from service.api.schemas.response import ResponseModel


class Place(ResponseModel):
    """Where a trial stands in the ranking."""

    trial: int
    standing: Literal["leader", "tied", "behind", "unknown"] = Field(
        description="`tied`: not distinguishable from the leader at 95 %, corrected for the number of trials. "
        "`unknown`: nothing can be said, for instance of one run."
    )
    n: int = Field(description="Seeds, or folds.")
    low: float | None = Field(description="95 % interval of the mean of its runs; null for one run, which has none.")
    high: float | None


class Validation(ResponseModel):
    """What the number of validation examples makes of the leader's accuracy (Wilson's interval)."""

    examples: int = Field(examples=[270])
    low: float
    high: float


class Selection(ResponseModel):
    """What it adds to a value that it was chosen as the best."""

    n: int = Field(description="Trials from which the best was chosen.")
    n_tied: int = Field(description="How many of the others are not distinguishable from it.")
    noise: float | None = Field(description="The standard error of a trial's mean; null with one run a trial.")
    bias: float | None = Field(description="How much too good the best of so many equals is expected to look.")


class Confirmable(ResponseModel):
    """A confirmation that would tell, and how long it would take."""

    k: int
    seeds: int
    seconds: float | None


class RankingAnswer(ResponseModel):
    """What the ranking says."""

    sentence: str = Field(
        examples=[
            "trial 33 leads with 0.9889; 5 others are not distinguishable from it with one run each; "
            "`studyhall confirm digits` would tell over fresh seeds, in about a minute"
        ]
    )
    leader: int | None = Field(description="The best trial's number; null while none has completed.")
    unit: Literal["seed", "fold"] = Field(
        description="What varied: seeds answer for this split of the data, folds for the data."
    )
    method: str = Field(description="How trials are told apart; empty where nothing tells them apart.")
    assumption: str
    validation: Validation | None = Field(
        description="Null unless an accuracy on a known number of examples is what is judged."
    )
    selection: Selection
    confirm: Confirmable
    places: list[Place] = Field(description="Of the trials that are listed, in their order.")
