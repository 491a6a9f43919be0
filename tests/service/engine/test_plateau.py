"""A search ends when its best value has stopped to gain."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from itertools import permutations

import pytest

from service.engine.standings import Plateau
from service.study.definitions.objectives import Objective
from service.study.definitions.parts import StopWhen
from service.study.records import Trial
from service.study.states import RunState, StudyState
from tests.service.engine.conftest import Bench, states
from tests.support.scripted_pool import ScriptedPool

LOSS = Objective(metric="val_loss", direction="minimize")
ACCURACY = Objective(metric="val_accuracy", direction="maximize")


def trial(number: int, value: float | None, state: RunState = RunState.COMPLETED) -> Trial:
    now = datetime(2026, 1, 2, tzinfo=UTC)
    return Trial(str(number), "st", number, number, state, "", {}, {}, {}, now, value=value)


def said(values: list[float], n: int, min_gain: float = 0.0, objective: Objective = LOSS) -> str:
    plateau = Plateau(StopWhen(no_gain_in=n, min_gain=min_gain), objective, 0)
    for number, value in enumerate(values):
        plateau.add(trial(number, value))
    return plateau.verdict()


def test_it_says_since_when_nothing_was_gained() -> None:
    assert said([0.5, 0.4, 0.4, 0.6], 3) == ""
    reason = "no gain in 3 trials since trial 1; the best is trial 1 with 0.4"
    assert said([0.5, 0.4, 0.4, 0.6, 0.7], 3) == reason
    assert said([0.5, 0.6, 0.6, 0.4, 0.3], 3, objective=ACCURACY).startswith("no gain in 3 trials since trial 1")


def test_small_gains_add_up() -> None:
    creeping = [1 - number / 100 for number in range(10)]
    assert said(creeping, 4, min_gain=0.035) == ""
    reason = "no gain of more than 0.035 in 3 trials since trial 6; the best is trial 9 with 0.91"
    assert said(creeping, 3, min_gain=0.035) == reason


def test_only_what_completed_gains_and_what_failed_does_not_count() -> None:
    plateau = Plateau(StopWhen(no_gain_in=3), LOSS, 0)
    for number, state in enumerate([RunState.FAILED, RunState.COMPLETED, *[RunState.PRUNED] * 2, RunState.CANCELLED]):
        plateau.add(trial(number, 0.1 if state == RunState.PRUNED else 0.5, state))
    assert plateau.verdict() == ""
    plateau.add(trial(9, 0.6))
    assert plateau.verdict().startswith("no gain in 3 trials since trial 1;")


@pytest.mark.parametrize("objective", [LOSS, ACCURACY], ids=["minimize", "maximize"])
def test_the_order_in_which_trials_end_makes_no_difference(objective: Objective) -> None:
    drawn = random.Random(2)
    for _ in range(20):
        ended = [trial(number, round(drawn.random(), 1)) for number in range(5)]
        answers = set()
        for order in permutations(ended):
            plateau = Plateau(StopWhen(no_gain_in=1, min_gain=drawn.choice([0.15])), objective, 0)
            for each in order:
                plateau.add(each)
            answers.add(plateau.verdict())
        assert len(answers) == 1


async def test_the_study_is_completed_and_counts_anew_when_it_is_extended(bench: Bench) -> None:
    study = bench.submit(max_trials=20, max_concurrent_trials=1, stop_when={"no_gain_in": 3})
    async with bench.engine(ScriptedPool(lambda job: [0.5])):
        ended = await bench.ended(study)
        assert (ended.state, states(bench, study.id).count(RunState.COMPLETED)) == (StudyState.COMPLETED, 4)
        assert ended.reason == "no gain in 3 trials since trial 0; the best is trial 0 with 0.5"
        bench.store.desired_state.update(study.id, {"max_trials": 30})
        await bench.until(lambda: states(bench, study.id).count(RunState.COMPLETED) > 4)  # it may run for a moment only
        ended = await bench.ended(study)
    assert (ended.state, states(bench, study.id).count(RunState.COMPLETED)) == (StudyState.COMPLETED, 7)
