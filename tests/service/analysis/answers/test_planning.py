"""With how many fresh seeds a first confirmation begins."""

from __future__ import annotations

import random

import pytest

from service.analysis.answers.planning import DEFAULT_SEEDS, SHORT_SECONDS, Searched, seeds_to_begin

MARGIN = 0.01


def searched(n: int = 12, spread: float = 0.006, bad: float = 0.2, runs: int = 3) -> Searched:
    """Good trials first, which scatter by ``spread``; the worse half scatters as collapsing runs do."""
    draw = random.Random(3)
    scatter = [spread if place < n // 2 else bad for place in range(n)]
    return Searched(
        [{seed: 0.9 - 0.01 * place + draw.gauss(0, own) for seed in range(runs)} for place, own in enumerate(scatter)],
        paired=True,
    )


def test_a_small_difference_between_scattering_trials_takes_more_seeds_than_a_large_one() -> None:
    small, large = (seeds_to_begin(searched(), [-effect], MARGIN, 0.01) for effect in (0.004, 0.03))
    assert small > large == DEFAULT_SEEDS
    more = seeds_to_begin(searched(spread=0.009), [-0.004], MARGIN, 0.01)
    assert more > small, "and runs that scatter more take more"


def test_runs_of_bad_configurations_do_not_count() -> None:
    assert seeds_to_begin(searched(bad=0.2), [-0.004], MARGIN, 0.01) == seeds_to_begin(
        searched(bad=0.006), [-0.004], MARGIN, 0.01
    )


def test_what_takes_long_begins_with_a_few() -> None:
    n = seeds_to_begin(searched(), [-0.004], MARGIN, 0.01)
    assert seeds_to_begin(searched(), [-0.004], MARGIN, 0.99 * SHORT_SECONDS / n) == n
    assert seeds_to_begin(searched(), [-0.004], MARGIN, 1.01 * SHORT_SECONDS / n) == DEFAULT_SEEDS


@pytest.mark.parametrize(
    ("given", "effects", "seconds"),
    [
        (searched(runs=1), [-0.004], 0.01),
        (searched(), [], 0.01),
        (searched(), [-0.004], None),
        (searched(), [-0.00999], 0.01),
    ],
    ids=["one run each", "nothing to compare", "nobody knows how long", "more than can be afforded"],
)
def test_where_nothing_can_be_planned_it_begins_with_a_few(
    given: Searched, effects: list[float], seconds: float | None
) -> None:
    assert seeds_to_begin(given, effects, MARGIN, seconds) == DEFAULT_SEEDS
