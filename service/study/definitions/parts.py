"""Parts of a study definition that say how trials run: their runs, their failures and limits, what they keep and
occupy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from experiments.exact import Exact

MOST_SEEDS = 100
SeedCount = Annotated[int, Field(ge=1, le=MOST_SEEDS)]
SeedList = Annotated[tuple[Annotated[int, Field(ge=0, lt=2**63)], ...], Field(min_length=1, max_length=MOST_SEEDS)]


Notes = Annotated[str, Field(max_length=10_000)]
Priority = Annotated[int, Field(ge=-10, le=10)]
TAG = r"\w[\w.:/+-]{0,63}"


def _one_word(tag: str) -> str:
    if not re.fullmatch(TAG, tag):
        raise ValueError("a tag is one word of letters, digits and `_ . : / + -`, of at most 64 characters")
    return tag


Tag = Annotated[str, Field(json_schema_extra={"pattern": f"^{TAG}$"}), AfterValidator(_one_word)]


def _each_once(tags: Any) -> Any:
    """A list without repetitions; anything else is for pydantic to refuse."""
    texts = isinstance(tags, list | tuple) and all(isinstance(tag, str) for tag in tags)
    return tuple(dict.fromkeys(tags)) if texts else tags


Tags = Annotated[tuple[Tag, ...], Field(max_length=50), BeforeValidator(_each_once)]
"""Words of letters, digits and `_ . : / + -`, at most 64 characters each."""


class StrictModel(Exact):
    """Base of every part: frozen, strict about unknown fields and non-finite numbers."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def by_name(value: Any) -> Any:
    """A part that is written as its name alone."""
    return {"name": value} if isinstance(value, str) else value


class Replicates(StrictModel):
    """One trial as several runs, one for each seed and fold; the trial's value is the aggregate of theirs."""

    seeds: SeedCount | SeedList = Field(
        1,
        description="How many seeds a trial has, one for each of its runs, at most 100; or a list of those seeds. With "
        "several runs a trial, all trials have the same seeds, so that they are compared in pairs; with one run a "
        "trial, each trial has a seed of its own, because a search on one seed would tune to that seed.",
    )
    paired: bool = Field(
        True, description="With several runs a trial: `false` draws other seeds for each trial, of the same number."
    )
    folds: int | None = Field(None, ge=2, le=100, description="Cross-validate: one run for each fold.")
    aggregate: Literal["mean", "median", "worst"] = Field(
        "mean",
        description="What a trial's value is of its runs' values; beside it stand their number and their sample "
        "standard deviation. `worst` takes value and metrics of the run whose objective is the worst.",
    )

    @field_validator("seeds", mode="before")
    @classmethod
    def _count_or_list(cls, value: Any) -> Any:
        if not (_is_whole(value, 1, MOST_SEEDS) or _are_seeds(value)):
            raise ValueError(
                f"give a number from 1 to {MOST_SEEDS}, or a list of at most {MOST_SEEDS} different seeds, "
                "whole numbers from 0 to 2^63 - 1"
            )
        return value

    @model_validator(mode="after")
    def _listed_seeds_are_paired(self) -> Self:
        if not self.paired and not isinstance(self.seeds, int):
            raise ValueError("the listed seeds are those of every trial; for other seeds, give their number instead")
        return self

    @property
    def n_seeds(self) -> int:
        """How many seeds a trial has."""
        return self.seeds if isinstance(self.seeds, int) else len(self.seeds)

    @property
    def n_runs(self) -> int:
        """How many runs a trial has."""
        return self.n_seeds * (self.folds or 1)


def _is_whole(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _are_seeds(value: Any) -> bool:
    seeds = value if isinstance(value, list | tuple) else ()
    whole = all(_is_whole(seed, 0, 2**63 - 1) for seed in seeds)
    return 1 <= len(seeds) <= MOST_SEEDS and whole and len(set(seeds)) == len(seeds)


class MaxFailures(StrictModel):
    """When failures end the study: its first trials all failed, or too large a share of all."""

    first: int = Field(5, ge=1, description="The study fails when its first this many trials all failed.")
    share: float = Field(
        0.5,
        gt=0,
        le=1,
        description="The study fails when more than this share of at least twice `first` trials failed.",
    )


class StopWhen(StrictModel):
    """When further trials are not worth their cost: the best value has stopped to gain."""

    no_gain_in: int = Field(
        ge=1,
        description="The study is COMPLETED when its last this many trials, completed or pruned, brought no gain over "
        "the trials before them. After an extension it counts anew.",
    )
    min_gain: float = Field(
        0.0, ge=0, description="In the objective's units: the best value must gain more than this, or it is no gain."
    )


class Limits(StrictModel):
    """How much a run or a trial may take."""

    run_hours: float | None = Field(
        None,
        gt=0,
        description="Hours that a run may train, all its attempts together, and that the test of the best trial may "
        "take. A run that takes longer ends FAILED and is not tried again. Left out, there is no limit.",
    )

    trial_hours: float | None = Field(
        None,
        gt=0,
        description="Hours that workers may have a trial's runs, all of them and their attempts together. Then it is "
        "COMPLETED with what it has come to; without any value it is FAILED.",
    )
    trial_epochs: int | None = Field(
        None,
        ge=1,
        description="Epochs that a trial's runs may compute, all of them and their attempts together; the same becomes "
        "of it then. Of several runs, each begins only if it can come to its end.",
    )

    @field_validator("run_hours", "trial_hours", mode="before")
    @classmethod
    def _some_time(cls, value: Any) -> Any:
        if isinstance(value, int | float) and not isinstance(value, bool) and value <= 0:
            raise ValueError(f"{value:g} hours are no time to train in: give more than 0, or leave it out for no limit")
        return value

    @field_validator("trial_epochs", mode="before")
    @classmethod
    def _some_epochs(cls, value: Any) -> Any:
        if isinstance(value, int | float) and not isinstance(value, bool) and value <= 0:
            raise ValueError(f"with {value:g} epochs no trial could begin: give 1 or more, or leave it out")
        return value


class Budget(StrictModel):
    """How much a study may spend, all its trials together; what is left out has no limit."""

    hours: float | None = Field(None, gt=0, description="Hours in which at least one of its runs has a worker.")
    epochs: int | None = Field(
        None, ge=1, description="Epochs; a trial begins only if all that its runs may take are left."
    )
    cpu_hours: float | None = Field(None, gt=0, description="Hours that its runs have workers, times their CPUs.")
    gpu_hours: float | None = Field(None, gt=0, description="The same times their GPUs.")

    @model_validator(mode="before")
    @classmethod
    def _no_trials(cls, value: Any) -> Any:
        if isinstance(value, Mapping) and "trials" in value:
            raise ValueError("a number of trials is the study's own `max_trials`; write it there")
        return value

    @field_validator("hours", "epochs", "cpu_hours", "gpu_hours", mode="before")
    @classmethod
    def _something(cls, value: Any) -> Any:
        if isinstance(value, int | float) and not isinstance(value, bool) and value <= 0:
            raise ValueError(f"with {value:g} nothing could begin: give more than 0, or leave it out for no limit")
        return value

    @property
    def limits(self) -> dict[str, float]:
        """Those that there are."""
        return given(self.model_dump())


def given(part: Mapping[str, Any]) -> dict[str, Any]:
    """What was not left out."""
    return {name: value for name, value in part.items() if value is not None}


def never_spent(budget: Mapping[str, float], resources: Mapping[str, float]) -> str:
    """Why a budget would limit nothing; empty if it would."""
    if budget.get("gpu_hours") is not None and not resources["gpus"]:
        return "runs of this study have no GPU (resources.gpus is 0), so that this is never spent; leave it out"
    return ""


class Artifacts(StrictModel):
    """Which runs leave checkpoint, picture and exported model."""

    keep: Literal["best", "all", "none"] = "best"
    k: int = Field(3, ge=1, description="With `best`: a run whose trial can be among the k best so far.")

    @model_validator(mode="before")
    @classmethod
    def _by_word(cls, value: Any) -> Any:
        return {"keep": value} if isinstance(value, str) else value


class RunResources(StrictModel):
    """What one run occupies."""

    cpus: float = Field(1.0, gt=0)
    gpus: float = Field(0.0, ge=0, description="A part of one GPU, or whole ones.")
    memory_gb: float = Field(0.0, ge=0, description="Memory of its node that is set apart for it, in 10⁹ bytes.")

    @field_validator("gpus")
    @classmethod
    def _part_or_whole(cls, value: float) -> float:
        if value > 1 and value != int(value):
            raise ValueError(f"{value:g} GPUs cannot be granted: ask for a part of one GPU, or for whole ones")
        return value
