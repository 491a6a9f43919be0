"""Pruners that count optimizer steps: where runs wait, what is compared, and where a curve ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from experiments.errors import InvalidInput
from experiments.reporting import Report
from service.engine.pruning.choosing import looks_of, pruning_rule
from service.engine.pruning.rules import Looks
from service.study.definitions.definition import StudyDefinition
from service.study.jobs import DecisionPoints, Job, PoolKey, Resources, Resume
from service.study.states import RunState
from tests.service.engine.conftest import DEFINITION, Bench
from tests.support.scripted_pool import ScriptedPool

STEPS = {"steps": 500}


def definition(pruner: Mapping[str, Any], **changes: Any) -> StudyDefinition:
    return StudyDefinition.parse({**DEFINITION, "pruner": pruner, **changes})


@pytest.mark.parametrize(
    ("pruner", "looks"),
    [
        ({"name": "median", "interval": STEPS}, Looks(500, 500, "step")),
        ({"name": "threshold", "lower": 0.1, "interval": {"steps": 50, "first": 200}}, Looks(200, 50, "step")),
        ({"name": "asha", "interval": STEPS}, Looks(500, 500, "step")),
        ({"name": "patient", "pruner": {"name": "asha", "interval": STEPS}}, Looks(500, 500, "step")),
        ({"name": "median", "interval": 2}, Looks(2, 2, "epoch")),
        ({"name": "asha", "min_epochs": 3}, Looks(3, 1, "epoch")),
    ],
)
def test_a_run_waits_where_its_pruner_looks(pruner: dict[str, Any], looks: Looks) -> None:
    assert looks_of(definition(pruner).pruner) == looks


def test_rungs_lie_at_steps_and_the_reason_says_so() -> None:
    rule = pruning_rule(definition({"name": "asha", "interval": STEPS, "reduction_factor": 2}))
    for trial, value in enumerate([0.5, 0.6]):
        assert rule.judge(trial, {500: value}, 500) == ""
    curve = {500: 0.4}
    assert rule.judge(2, curve, 500) == "pruned at step 500: 0.4, not among the best 1/2 of 3 trials at this rung"
    assert rule.judge(1, {500: 0.6, 1000: 0.6}, 1000) == ""
    assert rule.attributes(1) == {"rungs": [0.6, 0.6]}


def test_the_median_is_that_of_the_same_step() -> None:
    rule = pruning_rule(definition({"name": "median", "interval": STEPS, "n_startup_trials": 1}))
    rule.complete({0: 0.2, 500: 0.8, 1000: 0.9})
    assert rule.judge(1, {500: 0.7}, 500) == "pruned at step 500: 0.7, below the median 0.8 of 1 trials"


def waits(rows: list[tuple[int, int]], **job: Any) -> list[int]:
    points = DecisionPoints(Job("r", 1, PoolKey(Resources()), {}, **job))
    return [step for step, epoch in rows if points.awaits(step, epoch, has_value=True)]


def test_the_first_row_at_or_behind_each_look_waits() -> None:
    """Epochs end at steps 640 and 1280, which count for nothing; the steps of two optimizers jump over 1500."""
    rows = [(500, 0), (640, 1), (1000, 1), (1280, 2), (1502, 2), (2000, 2)]
    assert waits(rows, decide_from=500, decide_every=500, decide_by="step") == [500, 1000, 1502, 2000]
    assert waits(rows, decide_from=1000, decide_every=1000, decide_by="step") == [1000, 2000]
    assert waits(rows, decide_every=0, decide_by="step") == []


def test_who_counts_epochs_waits_at_their_ends_alone() -> None:
    assert waits([(500, 0), (640, 1), (1000, 1), (1280, 2), (1500, 2)], decide_every=1) == [640, 1280]


def test_after_a_resumption_it_waits_at_the_first_row_again() -> None:
    resume = Resume(("a" * 64,), 1000)
    assert waits([(1000, 1), (1280, 2)], decide_from=500, decide_every=500, decide_by="step", resume=resume) == [1000]
    assert waits([(640, 1), (900, 1)], decide_from=500, decide_every=500, decide_by="step", resume=resume) == [640]


async def test_a_pruned_run_s_curve_ends_at_the_step_and_a_restart_knows_the_rungs(bench: Bench) -> None:
    """The scripted runs have ten steps an epoch, so that looks lie at their second and fourth epoch."""
    values = iter([0.9, 0.8, 0.1, 0.1])
    parts = {"max_trials": 2, "max_concurrent_trials": 1, "artifacts": "none"}
    study = bench.submit(pruner={"name": "asha", "interval": {"steps": 20}}, **parts)
    pool = ScriptedPool(lambda job: [next(values)] * 4)
    async with bench.engine(pool):
        await bench.ended(study)
    bench.store.desired_state.update(study.id, {"max_trials": 4})
    async with bench.engine(pool):
        await bench.until(lambda: bench.store.studies.get(study.id).counts.get(RunState.PRUNED) == 3)
    runs = bench.store.runs.of_study(study.id)
    assert [run.state for run in runs] == [RunState.COMPLETED, *[RunState.PRUNED] * 3]
    assert runs[3].reason.startswith("pruned at step 20: 0.1, not among the best 1/3 of 4 trials")
    assert bench.store.curves.get(runs[3].id).step.tolist() == [10, 20]
    trained = [job for job in pool.jobs if job.task == "train"]
    assert {(job.decide_from, job.decide_every, job.decide_by) for job in trained} == {(20, 20, "step")}
    assert {job.config["training"]["measure_every"] for job in trained} == {20}


def test_an_epoch_that_has_begun_is_one_that_is_computed() -> None:
    assert Report(5, 0, 0.0, 0.0, {"epoch": 0.3}).begun_epochs == 1
    assert Report(5, 2, 0.0, 0.0, {"epoch": 2.0}).begun_epochs == 2
    assert Report(5, 2, 0.0, 0.0, {"epoch": float("nan")}).begun_epochs == 2
    assert Report(5, 2, 0.0, 0.0, {}).begun_epochs == 2


def test_how_often_runs_are_measured_follows_from_the_pruner_unless_it_is_said() -> None:
    config = {"training": {"epochs": 1, "measure_every": 0}}
    asha = {"name": "asha", "interval": STEPS}
    assert definition(asha).complete(config)["training"] == {"epochs": 1, "measure_every": 500}
    said = {"training": {"epochs": 1, "measure_every": 250}}
    assert definition(asha, training={"measure_every": 250}).complete(said)["training"]["measure_every"] == 250
    assert definition({"name": "asha"}).complete(config)["training"] == config["training"]
    again = definition(asha).to_json()["pruner"]
    assert StudyDefinition.parse({**DEFINITION, "pruner": again}).pruner == definition(asha).pruner


@pytest.mark.parametrize(
    ("pruner", "training", "path", "words"),
    [
        ({"name": "asha", "interval": STEPS, "min_epochs": 2}, {}, "pruner.asha", "min_epochs counts epochs"),
        ({"name": "median", "interval": STEPS, "warmup_epochs": 3}, {}, "pruner.median", "first: …"),
        ({"name": "asha", "interval": {"steps": 0}}, {}, "pruner.asha.interval.steps", "greater than or equal to 1"),
        ({"name": "asha", "interval": {"steps": 50, "first": 120}}, {}, "first", "no multiple of steps, 50; give 150"),
        ({"name": "hyperband", "interval": STEPS}, {}, "pruner.hyperband.interval", "within them asha prunes"),
        ({"name": "asha", "interval": STEPS}, {"measure_every": 300}, "training.measure_every", "no multiple"),
    ],
)
def test_what_cannot_be_counted_in_steps_is_refused(
    pruner: dict[str, Any], training: dict[str, Any], path: str, words: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        definition(pruner, training=training)
    assert any(path in problem.path and words in problem.message for problem in refused.value.problems)
