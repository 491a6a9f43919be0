"""The samplers a study definition may name, each with its settings."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from service.study.definition_parts import StrictModel, by_name


class GridSampler(StrictModel):
    """Every combination once, in a fixed order."""

    name: Literal["grid"] = "grid"
    points: int | None = Field(None, ge=1, le=1000, description="Points for ranges that name none themselves.")


class RandomSampler(StrictModel):
    """Independent draws from the declared ranges (Bergstra & Bengio, 2012)."""

    name: Literal["random"] = "random"


class TPESampler(StrictModel):
    """Tree-structured Parzen estimator (Bergstra et al., 2011), as Optuna implements it.

    It models together the parameters that occur together. It learns from the best 25 trials, all that the estimator
    ever counts as good, and from a fixed sample of the others, so that the thousandth question costs what the hundredth
    does.
    """

    name: Literal["tpe"] = "tpe"
    n_startup_trials: int = Field(10, ge=0, description="Random trials before the model is used.")
    n_ei_candidates: int = Field(24, ge=1, description="Candidates among which the expected improvement is maximized.")
    multivariate: bool = Field(True, description="Model parameters together instead of one by one.")
    constant_liar: bool = Field(True, description="Keep parallel trials away from running ones.")
    history: int = Field(
        300, ge=300, le=10_000, description="How many trials it learns from besides the best 25, drawn by the seed."
    )
    order: Literal["free", "strict"] = Field(
        "free",
        description="`strict`: with n trials at once, trial k is drawn from the results of the first k - n + 1 trials"
        " alone, whichever ends first; so a parallel search is repeatable, and a worker may wait for a slow trial."
        " `free`: from all that is known when a worker is free.",
    )


Sampler = Annotated[GridSampler | RandomSampler | TPESampler, Field(discriminator="name"), BeforeValidator(by_name)]
