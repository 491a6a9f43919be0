"""What violates a constraint that is measured completes, teaches the sampler, and is never the best."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from experiments.errors import InvalidInput
from service.engine.sampling.history import History, PastTrial
from service.engine.sampling.knowledge import Result
from service.engine.sampling.proposals import propose
from service.engine.sampling.samplers import GOOD
from service.engine.sampling.search import Search
from service.study.definitions.definition import StudyDefinition
from service.study.jobs import Job
from service.study.ranking import rank
from service.study.records import Study, Trial
from service.study.states import FailureKind, RunState
from tests.service.engine.conftest import DEFINITION, Bench, states
from tests.support.rows import told_trial
from tests.support.scripted_pool import ScriptedPool

BOUND = {"metric": "train_loss", "at_most": 0.3}
RATE = "optimizer.sgd.lr"


def late_is_feasible(job: Job) -> Sequence[float | None]:
    """The higher the rate, the better; but logged in epoch 2 it has a training loss of 0.5, and else of 0.25."""
    rate = job.config["optimizer"]["lr"]
    return [None, rate] if rate > 0.5 else [None, None, None, rate]


def submitted(bench: Bench, rates: Sequence[float], **changes: Any) -> Study:
    queue = [{RATE: rate} for rate in rates]
    changes = {"constraints": [BOUND], "queue": queue, "max_trials": len(rates), "max_concurrent_trials": 1, **changes}
    return bench.submit(**changes)


async def test_what_is_infeasible_is_never_the_best_nor_kept(bench: Bench) -> None:
    study, pool = submitted(bench, [0.9, 0.2, 0.8, 0.4]), ScriptedPool(late_is_feasible)
    async with bench.engine(pool):
        ended = await bench.ended(study)
    trials = bench.store.trials.of_study(study.id)
    assert [trial.state for trial in trials] == [RunState.COMPLETED] * 4
    assert [trial.infeasible for trial in trials] == [True, False, True, False]
    assert trials[0].reason == "infeasible: train_loss is 0.5, and at most 0.3 is wanted"
    assert ended.best == (3, 0.4)
    assert ended.test_result is not None
    assert ended.test_result["trial"] == 3
    assert [trial.number for trial in bench.store.trials.ranking(study.id)] == [3, 1]
    assert [trial.number for trial in rank(trials, StudyDefinition.parse(study.definition).objective)] == [3, 1]
    kept = {run.trial_number for run in bench.store.runs.of_study(study.id) if run.id in pool.kept}
    assert kept == {1, 3}


async def test_a_target_is_reached_by_a_feasible_trial_alone_and_a_set_has_no_other(bench: Bench) -> None:
    objectives: list[Any] = [
        {"metric": "val_accuracy", "target": 0.35},
        [{"metric": "val_accuracy", "target": 0.35}, {"metric": "train_loss", "direction": "minimize"}],
    ]
    for number, objective in enumerate(objectives):
        study = submitted(bench, [0.9, 0.4, 0.8], objective=objective, name=f"target-{number}")
        async with bench.engine(ScriptedPool(late_is_feasible)):
            ended = await bench.ended(study)
        assert "reached by trial 1" in ended.reason
        assert ended.test_result is not None
        assert ended.test_result["trial"] == 1


async def test_where_nothing_is_feasible_nothing_is_the_best(bench: Bench) -> None:
    study = submitted(bench, [0.9, 0.8])
    async with bench.engine(ScriptedPool(late_is_feasible)):
        ended = await bench.ended(study)
    assert (ended.best, ended.test_result, ended.counts) == (None, None, {RunState.COMPLETED: 2})


async def test_a_bound_on_what_was_not_measured_fails_the_trial(bench: Bench) -> None:
    study = submitted(bench, [0.9], constraints=[{"metric": "val_loss", "at_least": 0.1}])
    async with bench.engine(ScriptedPool(late_is_feasible)):
        await bench.ended(study)
    assert states(bench, study.id) == [RunState.FAILED]
    (trial,) = bench.store.trials.of_study(study.id)
    assert trial.reason == "the metric 'val_loss' has no finite value in epoch 2, which counts"


async def test_of_several_runs_their_aggregate_is_bound(bench: Bench) -> None:
    def script(job: Job) -> Sequence[float | None]:
        return [None, 0.5] if job.config["seed"] == 1 else [*[None] * 9, 0.5]

    study = submitted(bench, [0.9], replicates={"seeds": [1, 2]})
    async with bench.engine(ScriptedPool(script)):
        await bench.ended(study)
    (trial,) = bench.store.trials.of_study(study.id)
    assert (trial.metrics["train_loss"], trial.infeasible) == (pytest.approx(0.3), False)


SEVERAL = [{"metric": "val_accuracy"}, {"metric": "val_loss"}]


@pytest.mark.parametrize("objective", ["val_accuracy", SEVERAL])
@pytest.mark.parametrize(
    ("sampler", "n_trials"),
    [({"name": "tpe", "n_startup_trials": 4}, 24), ({"name": "nsga2", "population": 4}, 24)],
)
def test_a_sampler_is_told_and_a_rebuilt_search_tells_it_the_same(sampler: Any, n_trials: int, objective: Any) -> None:
    """The best rates are infeasible; the later are drawn where they are not."""
    declared = StudyDefinition.parse(
        {**DEFINITION, "sampler": sampler, "objective": objective, "constraints": [BOUND], "max_trials": 99}
    )
    search, trials = Search(declared), list[Trial]()
    for number in range(n_trials):
        rebuilt = Search(declared)
        rebuilt.rebuild(trials, {})
        question = search.question(number, 1)
        assert rebuilt.question(number, 1) == question
        asked = search.take(number, propose(question))
        rate = asked.parameters[RATE]
        values = (rate,) if objective == "val_accuracy" else (rate, 1 - rate)
        metrics = {"train_loss": 3 * rate}
        trials.append(told_trial(number, asked, value=rate, objective_values=values, metrics=metrics))
        told = RunState.COMPLETED, rate, None
        search.tell(number, Result(*told, further=values[1:], metrics=metrics))
    assert sum(trial.parameters[RATE] > 0.3 for trial in trials[-8:]) <= 2, "where it would look best"
    (excess,) = {each for past in search.question(n_trials, 1).past for each in past.excesses}
    assert excess == "train_loss at most 0.3"


@pytest.mark.parametrize(
    ("changes", "path", "message"),
    [
        (
            {"constraints": [{"metric": "train_lose", "at_most": 1}]},
            "constraints.0.metric",
            "did you mean 'train_loss'",
        ),
        ({"constraints": [{"metric": "train_loss"}]}, "constraints.0", "give `at_most` or `at_least`; e.g."),
        (
            {"constraints": [{"metric": "train_loss", "at_least": 2, "at_most": 1}]},
            "constraints.0",
            "nothing is at least 2 and at most 1",
        ),
        ({"warm_start": {"studies": ["x"], "trials": "all"}, "sampler": "tpe"}, "warm_start.trials", "use `best: k`"),
        ({"sampler": "pbt", "max_trials": None}, "sampler", "pbt changes values while it trains, whatever"),
    ],
)
def test_what_cannot_be_bound_is_refused(changes: dict[str, Any], path: str, message: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        StudyDefinition.parse({**DEFINITION, "constraints": [BOUND], **changes})
    (problem,) = caught.value.problems
    assert problem.path == path
    assert message in problem.message


def test_a_bounded_history_holds_every_feasible_trial_before_those_that_look_better() -> None:
    declared = StudyDefinition.parse({**DEFINITION, "sampler": "tpe", "constraints": [BOUND], "max_trials": 999})
    history = History(declared)
    for number in range(500):
        excess = {"train_loss at most 0.3": 0.1 if number % 50 else -0.1}
        value = 0.9 if number % 50 else 0.1
        history.add(PastTrial(number, RunState.COMPLETED, {}, {}, value, excesses=excess))
    known = {trial.number for trial in history.trials()}
    assert len(known) == GOOD + 300
    assert known >= set(range(0, 500, 50))


def test_what_diverged_is_as_far_from_its_bounds_as_anything_was() -> None:
    declared = StudyDefinition.parse(
        {**DEFINITION, "sampler": {"name": "nsga2", "population": 4}, "constraints": [BOUND], "max_trials": 99}
    )
    search = Search(declared)
    for number, loss in enumerate([0.2, 0.7]):
        search.ask(number)
        search.tell(number, Result(RunState.COMPLETED, 0.5, None, metrics={"train_loss": loss}))
    search.ask(2)
    search.tell(2, Result(RunState.FAILED, None, FailureKind.DIVERGED))
    (diverged,) = [past for past in search.question(3, 1).past if past.number == 2]
    assert diverged.excesses == {"train_loss at most 0.3": pytest.approx(0.4)}
