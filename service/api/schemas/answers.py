"""What a study's results say, and how certainly, as JSON."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from service.api.schemas.response import ResponseModel
from service.study.states import StudyState


class ConfirmedValue(ResponseModel):
    """What a confirmed trial came to, over the runs of all confirmations that have judged it."""

    trial: int = Field(description="Its number in the confirmed study.")
    value: float = Field(description="The mean.")
    std: float | None = Field(description="The sample standard deviation.")
    n: int = Field(description="Seeds, or folds.")
    low: float | None = Field(description="95 % interval of the mean.")
    high: float | None
    over: Literal["seeds", "folds"]
    studies: list[str] = Field(description="The names of the confirmations that trained it, the newest last.")


class Place(ResponseModel):
    """Where a trial stands in the ranking."""

    trial: int
    standing: Literal[
        "leader", "tied", "behind", "outside", "unknown", "reference", "ahead", "equal", "unconfirmed"
    ] = Field(
        description="`tied`: not distinguishable from the leader at 95 %, corrected for the number of trials. "
        "`outside`: one run, at chance or far outside the others. `unknown`: nothing can be said, for instance of one "
        "run. Where confirmations have judged, against their `reference`: `ahead`, `behind`, `equal` as far as it "
        "matters, or `tied`; the other trials are `unconfirmed`."
    )
    n: int = Field(description="Seeds, or folds.")
    low: float | None = Field(description="95 % interval of the mean of its runs; null for one run, which has none.")
    high: float | None
    confirms: int | None = Field(None, description="The trial of the confirmed study that it is, or trains once more.")
    repeats: int | None = Field(
        None,
        description="The best-placed trial of its configuration, unless that is itself; it stands for all of them.",
    )
    confirmed: ConfirmedValue | None = Field(
        None, description="Of a trial that confirmations have judged, the value to which its `standing` belongs."
    )


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
    """How many trials, run once more with how many fresh seeds, would tell, and how long that would take."""

    k: int
    seeds: int
    seconds: float | None
    again: bool = Field(description="Whether these are the trials confirmed before, which one without `k` takes.")


class RankingAnswer(ResponseModel):
    """What the ranking says."""

    sentence: str = Field(
        examples=[
            "trial 33 leads with 0.9889; 5 others are not distinguishable from it with one run each; "
            "`studyhall confirm digits --k 5` would tell over 10 seeds, in about a minute"
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
    confirm: Confirmable | None = Field(description="Null where nothing is open, or no confirmation would tell.")
    confirmed: str | None = Field(
        description="The name of the study whose confirmations have judged: sentence, standings and `confirm` are "
        "theirs. Null where the study's own runs have."
    )
    run_seconds: float | None = Field(
        description="How long a run takes, by the newest that ended, those that ran beside it counted in."
    )
    places: list[Place] = Field(description="Of the trials that are listed, in their order.")


class Verdict(ResponseModel):
    """What is known of an arm against the reference; effect and interval are the arm's value less the reference's."""

    arm: str
    reference: str
    verdict: Literal["better", "worse", "tie", "unknown"] = Field(
        description="`tie`: the whole interval lies within the margin, so that the difference does not matter."
    )
    effect: float | None
    low: float | None = Field(description="Null where so few runs exclude nothing.")
    high: float | None
    confidence: float = Field(description="Of the interval: 1 less the level that this comparison may spend.")
    p: float = Field(description="Of this comparison alone.")
    n: int = Field(description="Pairs, or units of the smaller arm.")
    n_unpaired: int = Field(description="Units without a partner, for instance because its run failed.")
    test: str = Field(examples=["signed-rank"])
    assumption: str
    margin: float
    n_more: int | None = Field(description="About how many more of each arm would decide.")
    look: int = Field(
        description="To which interval, confidence and n belong: the newest look at these two, or where that would "
        "leave open again what was decided, the one that decided. Confirmations that did not train both are none."
    )
    looks: int = Field(description="How many looks there were at these two.")
    over: Literal["seeds", "folds"] | None = Field(description="What a unit is; null where units are not paired.")
    mean: float | None = Field(description="The mean difference, which `effect` is not where ranks decide.")


class FailureVerdict(ResponseModel):
    """An arm's failures and collapses against the reference's; `better` has fewer."""

    arm: str
    reference: str
    verdict: Literal["better", "worse", "unknown"]
    n_failed: int
    n: int
    reference_failed: int
    reference_n: int
    effect: float | None
    low: float | None
    high: float | None
    confidence: float
    p: float
    test: Literal["McNemar", "Fisher"]


class ConfirmableBests(ResponseModel):
    """The best trial of each level, to be run once more with as many fresh seeds."""

    trials: list[int] = Field(description="Numbers of the study that is confirmed, as `:confirm` takes them.")
    seeds: int


class Compared(ResponseModel):
    """One answer of a comparison."""

    verdicts: list[Verdict] = Field(description="Empty where these trials do not answer the question.")
    short: str = Field(
        description="The verdicts in a few words.",
        examples=["adam is better than sgd by 0.012 (98.8 %); adam against rmsprop: not decided yet"],
    )
    sentence: str
    n_more: int | None = Field(description="About how many more of each arm would decide what is worth it.")
    candidates: dict[str, int] = Field({}, description="Arm to its best trial of equally many: what to confirm.")
    confirm: ConfirmableBests | None = Field(
        None, description="Null where nothing is open, no confirmation would tell, or one is under way."
    )


class ConfirmationLook(ResponseModel):
    """One confirmation."""

    look: int
    over: Literal["seeds", "folds"]
    trials: list[int] = Field(description="The confirmed study's trials that it trains once more.")
    study: str | None = Field(
        description="The study that trains them; null when it was deleted, which refunds no look."
    )
    state: StudyState | None


class Confirmed(ResponseModel):
    """Which of the confirmed trials is better, over all confirmations of a study. Arms are numbers of its trials."""

    study: str = Field(description="The name of the study whose trials they are.")
    over: Literal["seeds", "folds"] = Field(
        description="What is told first: seeds answer for this split of the data, folds for the data. Each verdict has "
        "its own."
    )
    look: int = Field(
        description="How many confirmations were looked at; `look` of a verdict counts those that trained its two."
    )
    looks: list[ConfirmationLook]
    reference: int | None = Field(description="The trial that the others are compared with: the first look's best.")
    margin: float = Field(description="A difference up to this does not matter.")
    verdicts: list[Verdict] = Field(description="Over the pooled runs; what a look has decided stands.")
    failures: list[FailureVerdict]
    decided: bool = Field(description="Whether no verdict is `unknown`, and there are any.")
    under_way: bool = Field(description="Whether a confirmation has not ended; it is looked at once it has.")
    goes_on: bool = Field(description="Whether another confirmation over seeds may decide what is open and worth it.")
    n_more: int | None = Field(
        description="About how many more seeds would decide what is worth deciding; null if folds alone are open."
    )
    next_seeds: int = Field(description="With how many seeds to confirm next: those that are missing, if so many fit.")
    sentence: str


class Failure(ResponseModel):
    """One trial that counts as failed, or one run where single trials are compared."""

    arm: str
    trial: int
    seed: int | None = Field(description="Null of a whole trial.")
    fold: int | None
    kind: Literal["failed", "diverged", "at_chance"] = Field(
        description="`at_chance`: it completed, and is no better than guessing."
    )
    reason: str = Field(examples=["0.1, and guessing gives 0.104"])


class ComparedFailures(ResponseModel):
    """How often arms fail."""

    verdicts: list[FailureVerdict]
    short: str = Field(
        description="The verdicts in a few words.",
        examples=["adam against sgd: not known (1 of 20 failed against 3 of 20)"],
    )
    failed: list[Failure] = Field(description="What was counted as failed, arm by arm.")
    sentence: str
    n_more: int | None


class Comparison(ResponseModel):
    """Arms against a reference, by three questions."""

    arms: list[str] = Field(
        description="What is compared: levels, trials or studies. The first is the reference unless another is named."
    )
    reference: str
    margin: float = Field(description="Up to which a difference does not matter.")
    margin_from: str = Field(
        description="Where the margin comes from.", examples=["one hundredth of the median val_loss"]
    )
    notes: list[str] = Field(description="What a reader must know of this answer.")
    tuned: Compared = Field(description="Which is better at its best.")
    typical: Compared | None = Field(description="Which is better over its range; null of trials, which have none.")
    failures: ComparedFailures = Field(description="Which fails or collapses more rarely.")
