"""How often verdicts are false, and how often they find what is there, over simulated studies.

``python -m tests.benchmarks.verdict_error_rates`` prints a table; nothing is trained. A study has k trials with equal
(or planted) truths; a user confirms up to five times and stops at the first verdict. Or a search that goes by results
comes first, and its best trials are confirmed. ``docs/benchmarks.md`` has the figures of the last run.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from service.analysis.statistics.verdicts import Question, Values, judge

LOOKS = 5
MARGIN = 0.01
MOST = 40
"""Seeds that one confirmation takes at most."""
SEARCHED, AT_RANDOM = 40, 10
"""Trials of a search, and how many of them come before it goes by results."""
Draw = Callable[[Generator, int, int], np.ndarray]
"""Noise of (arms, seeds)."""


def normal(random: Generator, arms: int, seeds: int) -> np.ndarray:
    """Runs that scatter by two points, half of it shared by the arms because the seed is the same."""
    return 0.9 + 0.014 * random.standard_normal((1, seeds)) + 0.014 * random.standard_normal((arms, seeds))


def accuracy(random: Generator, arms: int, seeds: int) -> np.ndarray:
    """Accuracies near 1 on 270 examples: few different values, many of them equal."""
    return random.binomial(270, 0.985, (arms, seeds)) / 270


def skewed(random: Generator, arms: int, seeds: int) -> np.ndarray:
    """Losses with a long tail."""
    return -0.1 * random.lognormal(0.0, 1.0, (arms, seeds))


def collapsing(random: Generator, arms: int, seeds: int) -> np.ndarray:
    """Every fifth run stays at chance."""
    return np.where(random.random((arms, seeds)) < 0.2, 0.1, normal(random, arms, seeds))


NOISES: dict[str, Draw] = {f.__name__: f for f in (normal, accuracy, skewed, collapsing)}


@dataclass(frozen=True)
class Plan:
    """What a user does: so many trials, so many seeds at each look, or as many as the answer says are missing."""

    arms: int = 5
    seeds: int = 10
    follows: bool = False
    looks: int = LOOKS
    shift: float = 0.0
    """By how much the last trial is worse than the others."""
    searched: float | None = None
    """The trials are the best of a search that went by results, in which the truth falls by this from best to worst."""
    apart: bool = False
    """Each look trains the first and one of the others, in turn."""

    def trained(self, look: int) -> Sequence[int]:
        """The trials of a look, counted from 0."""
        return [0, 1 + look % (self.arms - 1)] if self.apart else range(self.arms)


def confirmed(plan: Plan, draw: Draw, random: Generator) -> tuple[bool, bool, int]:
    """Whether a difference was found, whether one was found that is not there, and how many seeds were used."""
    truths = _truths(plan, draw, random)
    looks: list[dict[str, Values]] = []
    used, more = 0, plan.seeds
    for look in range(plan.looks):
        values = draw(random, plan.arms, more)
        values += truths[:, None]
        looks.append({str(arm): {used + i: float(v) for i, v in enumerate(values[arm])} for arm in plan.trained(look)})
        used += more
        verdicts = judge(looks, "0", Question(maximize=True, margin=MARGIN))
        claims = {each.arm: each.verdict for each in verdicts if each.verdict in {"better", "worse"}}
        if claims or (len(verdicts) == plan.arms - 1 and all(each.verdict == "tie" for each in verdicts)):
            right = [_is_true(truths[int(arm)] - truths[0], word) for arm, word in claims.items()]
            return any(right), not all(right), used
        wanted = [each.n_more for each in verdicts if each.n_more]
        more = min(max(wanted, default=plan.seeds), MOST) if plan.follows else plan.seeds
    return False, False, used


def _is_true(lead: float, word: str) -> bool:
    return lead > 0 if word == "better" else lead < 0


def _truths(plan: Plan, draw: Draw, random: Generator) -> np.ndarray:
    """What each trial is worth, less what the first was planted with."""
    if plan.searched is None:
        return np.array([0.0] * (plan.arms - 1) + [-plan.shift])
    return -plan.searched * np.abs(_best_of_search(plan, draw, random))


def _best_of_search(plan: Plan, draw: Draw, random: Generator) -> np.ndarray:
    """Places from -1 to 1 of the best trials, by one run each; after some at random each is drawn near the best."""
    places, values = np.empty(SEARCHED), np.empty(SEARCHED)
    for number in range(SEARCHED):
        near = places[values[:number].argmax()] + 0.2 * random.standard_normal() if number >= AT_RANDOM else 1.0
        places[number] = near if number >= AT_RANDOM and abs(near) <= 1 else random.uniform(-1, 1)
        values[number] = draw(random, 1, 1)[0, 0] - (plan.searched or 0.0) * abs(places[number])
    return places[np.argsort(-values)[: plan.arms]]


def rates(plan: Plan, draw: Draw, n: int, seed: int = 1) -> tuple[float, float, float]:
    """The shares of ``n`` studies with a true and with a false difference found, and the mean number of seeds."""
    random = np.random.default_rng(seed)
    found = np.array([confirmed(plan, draw, random) for _ in range(n)], float)
    return float(found[:, 0].mean()), float(found[:, 1].mean()), float(found[:, 2].mean())


def main(arguments: Sequence[str]) -> None:
    """Print how often a difference is found, where there is none and where there is one."""
    n = int(arguments[0]) if arguments else 2000
    print(f"{n:,} studies each; false: a difference found between equal trials")
    for name, draw in NOISES.items():
        for plan in (
            Plan(2, 5),
            Plan(2, 3, follows=True),
            Plan(2, 10),
            Plan(2, 10, follows=True),
            Plan(5, 10, looks=1),
            Plan(5, 5),
            Plan(5, 10),
            Plan(5, 10, follows=True),
            Plan(5, 10, searched=0.0),
            Plan(5, 10, follows=True, searched=0.0),
            Plan(3, 10, looks=10, apart=True),
            Plan(5, 10, looks=20, apart=True),
        ):
            _, false, seeds = rates(plan, draw, n)
            print(f"{name:12} {plan}: false {100 * false:.2f} %, {seeds:.1f} seeds")
    for shift in (0.01, 0.02, 0.03):
        for plan in (
            Plan(2, 10, looks=1, shift=shift),
            Plan(2, 10, shift=shift),
            Plan(2, 5, shift=shift),
            Plan(5, 10, shift=shift),
            Plan(5, 10, searched=4 * shift),
        ):
            true, false, seeds = rates(plan, normal, n)
            print(f"normal       {plan}: found {100 * true:.1f} %, false {100 * false:.2f} %, {seeds:.1f} seeds")


if __name__ == "__main__":
    main(sys.argv[1:])
