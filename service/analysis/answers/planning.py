"""With how many fresh seeds a first confirmation begins, by what the search itself tells of noise and differences."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from service.analysis.answers.units import units_of
from service.analysis.rows import Rows
from service.analysis.statistics.looks import level_of
from service.analysis.statistics.ties import Noise, Units, noise_of
from service.analysis.statistics.verdicts import runs_needed
from service.study.definitions.objectives import objective_of
from service.study.definitions.parts import MOST_SEEDS, Replicates
from service.study.ranking import rank
from service.study.records import Run, Study, Trial

DEFAULT_SEEDS = 10
"""Ten decide by ranks against four others."""
NEWEST = 50
"""Ended runs from which it is judged how long a confirmation would take."""
NEARLY_BEST = 1 / 3
"""The share of the trials whose runs tell how far those of the best scatter."""
SHORT_SECONDS = 60.0
"""A confirmation that takes no longer is worth no second one: it begins with as many seeds as will probably decide."""


@dataclass(frozen=True)
class Searched:
    """The completed trials of a search by their runs, the best first, as far as planning needs them."""

    units: Sequence[Units]
    """Seed to value."""
    paired: bool

    def noise(self, n: int) -> Noise:
        """How far one run scatters, of the ``n`` best and of others nearly so good: bad configurations scatter more."""
        best = self.units[: max(n, math.ceil(NEARLY_BEST * len(self.units)))]
        return noise_of(best, paired=self.paired)


def seeds_to_begin(searched: Searched, effects: Sequence[float], margin: float, seconds_a_seed: float | None) -> int:
    """As many as would decide, were the differences ``effects`` those that the search has seen.

    It has chosen its best by these values, so they are a guess: where it would take long, `DEFAULT_SEEDS` come first.
    What no affordable number decides does not count. ``seconds_a_seed`` is what a fresh seed of all trials takes.
    """
    noise = searched.noise(len(effects) + 1)
    if not noise.is_known or seconds_a_seed is None:
        return DEFAULT_SEEDS
    level, spread = level_of(1) / max(len(effects), 1), math.sqrt(2) * noise.spread
    needed = [runs_needed(effect, spread, margin, level) for effect in effects]
    n = max((each for each in needed if each is not None and each <= MOST_SEEDS), default=DEFAULT_SEEDS)
    return max(n, DEFAULT_SEEDS) if n * seconds_a_seed <= SHORT_SECONDS else DEFAULT_SEEDS


def seeds_to_begin_of(rows: Rows, study: Study, trials: Sequence[Trial], margin: float) -> int:
    """The same for ``trials`` of a study, the first of which the others are compared with."""
    declared = Replicates.model_validate(study.definition["replicates"])
    if declared.n_runs == 1 or declared.folds is not None or not trials:
        return DEFAULT_SEEDS  # how far folds scatter does not tell how far seeds do
    all_runs = rows.runs.of_study(study.id)
    runs: dict[str, list[Run]] = defaultdict(list)
    for run in all_runs:
        runs[run.trial_id].append(run)
    best_first = rank(rows.trials.of_study(study.id), objective_of(study.definition))
    units = [units_of(runs[trial.id], None) for trial in best_first]
    effects = [(trial.value or 0.0) - (trials[0].value or 0.0) for trial in trials[1:]]
    of_one = run_seconds(all_runs)
    return seeds_to_begin(
        Searched(units, declared.paired),
        effects,
        margin,
        None if of_one is None else len(trials) * of_one,
    )


def run_seconds(runs: Sequence[Run]) -> float | None:
    """How long one of the newest runs took, those beside it counted in; nothing before one has ended."""
    spans = [(run.ended_at, run.started_at) for run in runs if run.ended_at is not None and run.started_at is not None]
    newest = sorted(spans, reverse=True)[:NEWEST]
    if not newest:
        return None
    return (newest[0][0] - min(started for _, started in newest)).total_seconds() / len(newest)
