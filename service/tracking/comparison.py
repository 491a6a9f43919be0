"""The full comparison: what MLflow holds of our studies, against what it should hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from service.storage.mlflow_sync.summaries import RunSummary
from service.storage.store import TrackerStore
from service.study.records import Study
from service.study.states import RunState
from service.tracking.errors import Refused
from service.tracking.port import Mlflow, Seen
from service.tracking.runs import STATUS


def compare(store: TrackerStore, mlflow: Mlflow) -> None:
    """Mark every trial dirty that MLflow lacks or has differently, and delete runs that stand for nothing of ours.

    What has been dirty anyway stays so. A trial that was refused is offered again; a study whose experiment MLflow
    refuses is left to what is written next, which says so.
    """
    for study in _studies(store):
        try:
            experiment_id = mlflow.experiment(study)
        except Refused:
            store.summaries.touch_trials(trial.id for trial in store.summaries.of_study(study.id)[0])
            continue
        if experiment_id != study.mlflow_experiment_id:
            store.sync_items.projected("study", study.id, 0, mlflow_id=experiment_id)
        seen = mlflow.inventory(experiment_id)
        trials, runs = store.summaries.of_study(study.id)
        expected = dict(_expected(trials, runs))
        for stray in seen.keys() - expected.keys():
            mlflow.delete_run(seen[stray].mlflow_run_id)
        wrong = {trial_id for id_, (trial_id, summary) in expected.items() if _differs(summary, seen.get(id_))}
        if wrong:
            store.summaries.touch_trials(wrong)


def _studies(store: TrackerStore) -> Iterator[Study]:
    cursor = None
    while True:
        page = store.studies.page(cursor=cursor, limit=100)
        yield from page.items
        if (cursor := page.next_cursor) is None:
            return


def _expected(trials: Sequence[RunSummary], runs: Sequence[RunSummary]) -> Iterator[tuple[str, tuple[str, RunSummary]]]:
    """Our id of each run that MLflow should hold, with its trial: one for a trial, and children if it has several."""
    n_runs: Mapping[str | None, int] = Counter(run.trial_id for run in runs)
    for trial in trials:
        if trial.state is not RunState.WAITING:
            yield trial.id, (trial.id, trial)
    for run in runs:
        if run.trial_id is not None and n_runs[run.trial_id] > 1 and run.state is not RunState.WAITING:
            yield run.id, (run.trial_id, run)


def _differs(summary: RunSummary, seen: Seen | None) -> bool:
    if seen is None:
        return summary.state.ended  # one that goes on is written when it is due
    if seen.mlflow_run_id != summary.mlflow_run_id:
        return True
    return summary.state.ended and not (seen.complete and seen.status == STATUS[summary.state])
