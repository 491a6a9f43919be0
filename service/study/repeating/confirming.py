"""A confirmation: a study that trains the best trials of another once more, with seeds that none of them has had.

All of them get the same seeds, so that they are compared in pairs. That the best of a search is chosen by its luck too
does no harm there: it was chosen before the seeds were drawn.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence, Set
from types import MappingProxyType
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from service.errors import NotConfirmed
from service.study.definitions.objectives import objective_of
from service.study.definitions.parts import MOST_SEEDS, StrictModel
from service.study.definitions.wording import LONGEST_NAME
from service.study.ranking import repeated, told_repeats
from service.study.records import Look, Over, Study, Trial
from service.study.repeating.clone import clone

MOST_TRIALS = 50
DEFAULT_FOLDS, DEFAULT_TRIALS = 5, 5


class Confirmation(StrictModel):
    """Which trials are confirmed, and over what."""

    k: Annotated[int, Field(ge=2, le=MOST_TRIALS)] | None = None
    """How many of the best configurations; left out, those of the confirmation before, and the first time five."""
    trials: Annotated[tuple[int, ...], Field(min_length=2, max_length=MOST_TRIALS)] | None = None
    """Which trials instead of the best, by their numbers: the best of each level, for instance."""
    seeds: Annotated[int, Field(ge=2, le=MOST_SEEDS)] = 10
    """How many fresh seeds each of them is trained with."""
    over: Over = "seeds"
    """Seeds answer for this split of the data; folds for the data, each fold with every seed."""

    @model_validator(mode="after")
    def _chosen_once(self) -> Self:
        if self.k is not None and self.trials is not None:
            raise ValueError("`k` takes the best and `trials` names others; give one of them")
        if self.trials is not None and len(set(self.trials)) < len(self.trials):
            raise ValueError("`trials` has one of them twice")
        return self


def next_look(study: Study, trials: Sequence[Trial], asked: Confirmation, before: Sequence[Look]) -> Look:
    """The look at these trials that comes after all those before."""
    number = 1 + max((each.look for each in before), default=0)
    return Look(study.id, number, asked.over, tuple(trial.number for trial in trials))


def distinct(best_first: Sequence[Trial], k: int) -> list[Trial]:
    """The ``k`` best configurations, each once: its best-placed trial stands for all that have it."""
    others = repeated(best_first)
    return [trial for trial in best_first if trial.number not in others][:k]


def confirming(
    study: Study,
    trials: Sequence[Trial],
    asked: Confirmation,
    used: Set[int],
    name: str,
    others: Mapping[int, int] = MappingProxyType({}),
) -> dict[str, Any]:
    """The definition of a study's confirmation; its queue holds the ``trials``, whose configurations ``others`` have.

    The seed stays, because the data are split by it. The best one's checkpoints are kept, so that it is measured on the
    test split at the end, unless the study keeps none. Of several objectives, the first is what is confirmed. What one
    trial might take was meant for fewer runs, so each of these comes to its end.

    Raises:
        NotConfirmed: the study is a population.
    """
    if study.is_population:
        raise NotConfirmed(study.name)
    folds = (study.definition["replicates"]["folds"] or DEFAULT_FOLDS) if asked.over == "folds" else None
    objective = objective_of(study.definition)
    told = "; ".join(told_repeats(others, [trial.number for trial in trials]))
    changes = {
        "objective": objective.model_dump(mode="json") | {"target": None},
        "sampler": {"name": "random"},
        "pruner": {"name": "none"},
        "queue": [dict(trial.parameters) for trial in trials],
        "replicates": {"seeds": fresh_seeds(asked.seeds, used), "folds": folds, "aggregate": "mean"},
        "max_trials": len(trials),
        "artifacts": _kept(study),
        "limits": {**study.definition["limits"], "trial_hours": None, "trial_epochs": None},
        "notes": f"in {study.name}, {told}" if told else "",
        **dict.fromkeys(("warm_start", "stop_when", "budget", "tags")),
    }
    return clone(study, changes, name)


def _kept(study: Study) -> dict[str, Any]:
    """No more than the test split needs: a confirmation has many runs of which one trial's are measured."""
    keep = study.definition["artifacts"]["keep"]
    return {"keep": "none"} if keep == "none" else {"keep": "best", "k": 1}


def confirmation_name(study: str, look: int) -> str:
    """What a study's confirmation number ``look`` is called."""
    ending = f"-confirm-{look}"
    return f"{study[: LONGEST_NAME - len(ending)]}{ending}"


def fresh_seeds(n: int, used: Set[int]) -> list[int]:
    """As many different seeds, none of which was used; they are drawn by chance, and stored with the definition."""
    drawn: dict[int, None] = {}
    while len(drawn) < n:
        seed = secrets.randbelow(2**31)
        if seed not in used:
            drawn[seed] = None
    return list(drawn)
