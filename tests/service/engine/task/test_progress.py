"""How many trials a study draws at a time, and which of them starts first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from service.engine.sampling.search import Search
from service.engine.state import ActiveStudy
from service.engine.task.progress import Progress
from service.study.definitions.definition import StudyDefinition
from service.study.records import Run
from service.study.states import RunState
from tests.service.engine.conftest import Bench
from tests.support.rows import told_trial


def with_waiting(bench: Bench, n: int, max_trials: int, queued: int = 0) -> ActiveStudy:
    """A study by chance that has drawn so many trials, the last ones from its queue; none has begun."""
    study = bench.submit(sampler="random", max_trials=max_trials)
    declared = StudyDefinition.parse(study.definition)
    active, search = ActiveStudy(study, declared), Search(declared)
    trials, runs = [], []
    for number in range(n):
        position = number - (n - queued) if number >= n - queued else None
        drawn = told_trial(number, search.ask(number))
        trials.append(replace(drawn, state=RunState.WAITING, value=None, queue_position=position))
        at = drawn.created_at
        runs.append(Run(f"ru_{number}", drawn.id, study.id, number, 0, 7, None, RunState.WAITING, "", 1, at))
    active.load(trials, runs, {})
    return active


@pytest.mark.parametrize(("waiting", "max_trials", "room"), [(0, 30, 4), (2, 30, 2), (3, 30, 0), (4, 30, 0), (2, 3, 1)])
def test_what_needs_no_results_is_drawn_ahead_several_at_once(
    bench: Bench, waiting: int, max_trials: int, room: int
) -> None:
    active = with_waiting(bench, waiting, max_trials)
    assert Progress(active).room_for_trials(can_start=False, exhausted=False) == room


@pytest.mark.parametrize(("queued", "n_queued", "room"), [(0, 2, 2), (0, 20, 4), (3, 20, 1), (4, 3, 0)])
def test_what_is_queued_does_not_wait_behind_what_was_drawn_ahead(
    bench: Bench, queued: int, n_queued: int, room: int
) -> None:
    active = with_waiting(bench, 4 + queued, 100, queued)
    assert Progress(active).room_for_trials(can_start=False, exhausted=False, n_queued=n_queued) == room


def test_what_was_asked_for_starts_before_what_was_drawn_ahead(bench: Bench) -> None:
    active = with_waiting(bench, 8, 30, queued=2)
    active.trials[4].trial = replace(active.trials[4].trial, retry_of=0)
    order = []
    while (found := active.next_run()) is not None:
        active.submit(*found)
        order.append(found[0].trial.number)
        active.study = replace(active.study, max_concurrent_trials=len(order) + 1)
    assert order == [4, 6, 7, 0, 1, 2, 3, 5]
