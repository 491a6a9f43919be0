"""The samplers a study definition may name, each with its settings."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from service.study.definitions.parts import StrictModel, by_name


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


class QMCSampler(StrictModel):
    """A sequence that covers the space evenly (Sobol, 1967; Halton, 1960), whatever the trials come to.

    Each parameter of a conditional space has a coordinate of its own; a trial uses those of the parameters it has.
    """

    name: Literal["qmc"] = "qmc"
    sequence: Literal["sobol", "halton"] = "sobol"
    scramble: bool = Field(True, description="Shift the sequence at random, by the study's seed (Owen, 1998).")


class GPSampler(StrictModel):
    """A Gaussian process and the expected improvement (Jones et al., 1998), as Optuna implements them.

    It models the parameters that every configuration has; those under a condition are drawn at random. It learns from
    the best 25 trials and a sample of the others, and takes a diverged trial for as bad as the worst.
    """

    name: Literal["gp"] = "gp"
    n_startup_trials: int = Field(10, ge=1, description="Random trials before the model is used.")
    deterministic: bool = Field(False, description="Whether training is free of noise, so that values are met exactly.")
    history: int = Field(
        300, ge=50, le=2000, description="How many trials it learns from besides the best 25, drawn by the seed."
    )


class CMAESSampler(StrictModel):
    """Covariance matrix adaptation (Hansen & Ostermeier, 2001): generations around a moving center.

    It moves numbers that every configuration has, at least two of them; all else is drawn at random.
    """

    name: Literal["cmaes"] = "cmaes"
    n_startup_trials: int = Field(1, ge=1, description="Random trials before the first generation.")
    population: int | None = Field(
        None, ge=2, le=1000, description="Trials of a generation; left out, 4 + 3 ln(parameters), rounded down."
    )


class _GeneticSampler(StrictModel):
    """Generations, each bred from the best of those before it."""

    population: int = Field(20, ge=4, le=1000, description="Trials of a generation.")
    crossover: Literal["uniform", "blx_alpha", "sbx"] = Field(
        "uniform",
        description="How a child gets its numbers: each from one of its parents, from the interval around theirs "
        "(Eshelman & Schaffer, 1993), or near one of theirs (Deb & Agrawal, 1995). Choices come from one of them.",
    )
    crossover_prob: float = Field(0.9, ge=0, le=1, description="How often a child has two parents.")
    swapping_prob: float = Field(0.5, ge=0, le=1, description="How often a parameter comes from the second.")
    mutation_prob: float | None = Field(
        None, ge=0, le=1, description="How often a parameter is drawn anew; left out, once in a child."
    )


class NSGA2Sampler(_GeneticSampler):
    """Nondominated sorting with crowding distances (Deb et al., 2002), as Optuna implements it.

    It breeds the parameters that every configuration has; those under a condition are drawn at random. Queued
    configurations belong to the first generation.
    """

    name: Literal["nsga2"] = "nsga2"


class NSGA3Sampler(_GeneticSampler):
    """Nondominated sorting by reference points, for three objectives and more (Deb & Jain, 2014), as Optuna has it.

    It breeds the parameters that every configuration has; those under a condition are drawn at random. Queued
    configurations belong to the first generation.
    """

    name: Literal["nsga3"] = "nsga3"
    divisions: int = Field(3, ge=1, le=20, description="Into how many parts the reference points divide each axis.")


class PBTSampler(StrictModel):
    """Population-based training (Jaderberg et al., 2017): values change while a population trains.

    Every trial is a member, drawn at random, and all train side by side. After each interval those with the worst
    values go on from the checkpoint of one with the best, with values near its own. An interval is decided once all
    have come to its end, so the same study comes to the same, however many workers there are.
    """

    name: Literal["pbt"] = "pbt"
    population: int = Field(8, ge=2, le=1000, description="Members, which are the study's trials.")
    interval: int = Field(2, ge=1, le=100_000, description="Epochs from one decision to the next.")
    quantile: float = Field(
        0.25, gt=0, le=0.5, description="The share of the population that is replaced, by as many of the best."
    )
    perturb: tuple[Annotated[float, Field(gt=0)], ...] = Field(
        (0.8, 1.25), min_length=1, description="Factors, one of which a number is multiplied by when it is taken over."
    )
    resample: float = Field(
        0.25, ge=0, le=1, description="How often it is drawn anew from its whole range in the place of that."
    )


_Named = (
    GridSampler
    | RandomSampler
    | TPESampler
    | QMCSampler
    | GPSampler
    | CMAESSampler
    | NSGA2Sampler
    | NSGA3Sampler
    | PBTSampler
)
NamedSampler = Annotated[_Named, Field(discriminator="name")]


class AutoSampler(StrictModel):
    """One of tpe, gp, cmaes and qmc, by the space, the number of trials and how many train at once."""

    name: Literal["auto"] = "auto"
    chosen: NamedSampler | None = Field(None, description="Which, with its settings; filled in by the submission.")
    because: str = Field("", description="Why; filled in by the submission.")


Sampler = Annotated[_Named | AutoSampler, Field(discriminator="name"), BeforeValidator(by_name)]
