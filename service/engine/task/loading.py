"""A study as its rows tell it: the state that its runner goes on from, and what its sampler has learned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from service.engine.sampling.search import Search
from service.engine.state import ActiveStudy
from service.engine.task.inbox import Inbox
from service.engine.trials.active_trial import feeds_pruner
from service.engine.writer import StudyWriter
from service.study.definitions.definition import StudyDefinition
from service.study.definitions.pruners import step_interval
from service.study.definitions.submission import definition_of
from service.study.jobs import Event, Lost
from service.study.lineages import followed
from service.study.ports import EngineStore
from service.study.records import Run, Study, Trial
from service.study.states import FailureKind, RunState


def load(store: EngineStore, study: Study) -> tuple[ActiveStudy, Search]:
    """State and search of a study, rebuilt from its trials, runs and curves.

    Raises:
        InvalidInput: the definition cannot be used any more.
    """
    definition = definition_of(study, store.studies.expanded_space(study.id))
    trials, runs = store.trials.of_study(study.id), store.runs.of_study(study.id)
    continuations = store.runs.continuations(study.id)
    curves = followed(_curves(store, study.id, definition), continuations)
    # What its runs have spent that have not ended is in no list of studies that are to be worked on.
    active = ActiveStudy(replace(study, spent=store.studies.get(study.id).spent), definition)
    active.load(trials, runs, curves, continuations)
    failed = store.runs.failed_starts(study.id)
    for _, run in active.runs():
        run.remember(failed.get(run.run.id, ()))
    return active, _search(store, active, trials, runs, curves)


def search_of(store: EngineStore, active: ActiveStudy) -> Search:
    """The search of a study as its rows are now, some of which came to be excluded, or are so no more."""
    study_id, definition = active.study.id, active.definition
    trials, runs = store.trials.of_study(study_id), store.runs.of_study(study_id)
    active.results.rank_again(trials)
    curves = followed(_curves(store, study_id, definition), store.runs.continuations(study_id))
    return _search(store, active, trials, runs, curves)


def _curves(store: EngineStore, study_id: str, definition: StudyDefinition) -> Mapping[str, Mapping[int, float]]:
    """Each run's objective, where the pruner looks."""
    interval = step_interval(definition.pruner)
    return store.curves.metric_by_epoch(study_id, definition.objective.metric, interval.steps if interval else 0)


def _search(
    store: EngineStore,
    active: ActiveStudy,
    trials: Sequence[Trial],
    runs: Sequence[Run],
    curves: Mapping[str, Mapping[int, float]],
) -> Search:
    search = Search(active.definition)
    search.listed.queue(store.queue.of_study(active.study.id))
    search.learn(store.studies.prior_trials(active.study.id))
    shown = {run.trial_number: max(curves[run.id].items()) for run in runs if _is_shown(run, curves)}
    search.rebuild(trials, shown)
    return search


def begin_again(active: ActiveStudy, writer: StudyWriter, inbox: Inbox) -> None:
    """Let the rows say what is so without their former runner: no worker has a run, but those that were adopted; and
    what ended the study is forgiven."""
    for loss in _lost_runs(active):
        inbox.put(loss)
    study = active.study
    if counted_anew := active.results.count_anew(study.state, active.next_number):
        kept = {**study.sampler_state, **counted_anew}
        writer.post(lambda tx: tx.set_sampler_state(study.id, kept))


def _lost_runs(active: ActiveStudy) -> list[Event]:
    """The loss of the runs that the rows call RUNNING although no worker has them: they are lost with their engine.

    That uses no attempt. But what trained may have ended its node, the engine on it too, so it counts as a lost node.
    """
    lost = []
    for trial, run in active.runs():
        if run.run.state == RunState.RUNNING and not run.submitted:
            active.mark_submitted(trial, run)
            run.training = run.run.worker is not None
            loss = Lost(FailureKind.NODE_LOST, "the engine was restarted")
            lost.append(Event(run.run.id, run.run.starts, 0, loss))
    return lost


def running_runs(store: EngineStore, study: Study) -> list[str]:
    """The runs that the rows call RUNNING; where nobody works on the study, their workers are gone."""
    unfinished = store.runs.of_study(study.id, unfinished=True)
    return [run.id for run in unfinished if run.state == RunState.RUNNING]


def _is_shown(run: Run, curves: Mapping[str, Mapping[int, float]]) -> bool:
    """Whether it is the run of its trial whose curve the search is told of, and there is one."""
    return feeds_pruner(run) and bool(curves.get(run.id))
