"""A trial of several runs ends when those that have completed are worse than their partners of the best trial."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean

from service.study.definitions.objectives import Objective
from service.study.definitions.pruners import WilcoxonPruner
from service.study.records import Run
from service.study.states import RunState

MOST_EXACT = 13
"""Pairs up to which scipy computes the exact p also where some differences are equal, or 0."""
Place = tuple[int, int | None]
"""Seed and fold: runs with the same are compared."""


class SignedRankRule:
    """The one-sided signed-rank test of a trial's runs against the best trial's, as Optuna's Wilcoxon pruner does it.

    Each run that completes is another look, which nothing is paid for: of trials as good as the best more are ended
    than the threshold says. They lose their last runs thereby, and never the lead.
    """

    def __init__(self, part: WilcoxonPruner, objective: Objective, n_runs: int) -> None:
        self._part = part
        self._objective = objective
        self._n_runs = n_runs
        self._sign = 1.0 if objective.direction == "maximize" else -1.0
        if n_runs > MOST_EXACT:
            import scipy.stats  # noqa: F401 - a second, in the thread in which a study is loaded
        self._completed: dict[int, Mapping[Place, float]] = {}
        """The values of every completed trial: one that is excluded later leaves the lead to any other."""

    def complete(self, trial: int, runs: Iterable[Run]) -> None:
        """The trial with this number has completed with these runs."""
        self._completed[trial] = _by_place(runs)

    def judge(self, runs: Iterable[Run], leader: int) -> str:
        """Why a trial ends of which these runs have ended, while ``leader`` is the best; empty if it goes on."""
        own, best = _by_place(runs), self._completed[leader]
        pairs = [(own[place], best[place]) for place in own if place in best]
        if len(pairs) < self._part.n_startup_runs:
            return ""
        mean, best_mean = fmean(own.values()), fmean(best.values())
        if not self._objective.better(best_mean, mean):
            return ""
        p = p_of_less([self._sign * (a - b) for a, b in pairs])
        if not p < self._part.p_threshold:
            return ""
        n_worse = sum(self._objective.better(b, a) for a, b in pairs)
        return (
            f"pruned after {len(own)} of {self._n_runs} runs: on average {mean:.4g} against {best_mean:.4g} of trial "
            f"{leader}, the best, and worse in {n_worse} of {len(pairs)} pairs of runs "
            f"(signed-rank test, p = {p:.2g} < {self._part.p_threshold:g})"
        )


def p_of_less(differences: Sequence[float]) -> float:
    """How often differences of these sizes would lie so far below 0 if either sign were as likely: the p of scipy.

    Where some are equal, scipy goes through all signs of up to 13, which takes it a second and would hold the engine
    up. To count the sums of ranks comes to the same in a tenth of a millisecond.
    """
    if len(differences) > MOST_EXACT:
        from scipy.stats import wilcoxon

        return float(wilcoxon(differences, alternative="less", zero_method="zsplit").pvalue)
    sizes = [abs(each) for each in differences]
    twice_ranks = [sum((other < size) + (other <= size) for other in sizes) + 1 for size in sizes]
    observed = sum(rank for rank, each in zip(twice_ranks, differences, strict=True) if each > 0)
    signed = [rank for rank, size in zip(twice_ranks, sizes, strict=True) if size > 0]
    ways = Counter({0: 1})
    for rank in signed:
        ways += Counter({total + rank: n for total, n in ways.items()})
    return sum(n for total, n in ways.items() if total <= observed) / 2.0 ** len(signed)


def _by_place(runs: Iterable[Run]) -> dict[Place, float]:
    completed = (run for run in runs if run.state == RunState.COMPLETED)
    return {(run.seed, run.fold): run.value for run in completed if run.value is not None}
