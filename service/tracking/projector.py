"""Trials of one study, from our tables to MLflow: read together, written together, settled together."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.storage.mlflow_sync.summaries import Settled
from service.storage.mlflow_sync.sync_items import SyncItem
from service.storage.store import TrackerStore
from service.study.records import Run, Study, Trial
from service.study.states import RunState
from service.tracking.errors import MlflowDown, Refused
from service.tracking.port import Mlflow
from service.tracking.runs import MlflowRun, TrialRecords, mlflow_runs

log = logging.getLogger(__name__)

PATIENCE = 5
"""How often a trial may fail on an MLflow that answers, before that is taken for a refusal."""


@dataclass(frozen=True)
class Work:
    """A trial that MLflow must learn about, with the items that are settled by it."""

    trial: Trial
    runs: Sequence[Run]
    sync_items: Sequence[SyncItem]


class Projector:
    """Writes trials; one that MLflow refuses is rejected and holds up no other."""

    def __init__(self, store: TrackerStore, mlflow: Mlflow, page: str) -> None:
        self._store = store
        self._mlflow = mlflow
        self._page = page
        self._failures: Counter[str] = Counter()

    def project(self, study: Study, works: Sequence[Work]) -> int:
        """The number of items that were settled.

        Raises:
            MlflowDown: MLflow does not answer; what was written until then is settled.
            Wiped: MLflow lost what it had.
        """
        waiting = [work for work in works if work.trial.state is RunState.WAITING]
        begun = [work for work in works if work.trial.state is not RunState.WAITING]
        outcome = Settled(
            projected=[item for work in waiting for item in work.sync_items]
        )  # nothing to show of these yet
        try:
            if begun:
                self._write_begun(study, begun, outcome)
        finally:
            if outcome:
                self._store.summaries.settle(outcome)
        return len(outcome.projected) + len(outcome.rejected)

    def _write_begun(self, study: Study, works: Sequence[Work], outcome: Settled) -> None:
        try:
            experiment_id = self._mlflow.experiment(study)
        except Refused as error:
            self._reject_all(works, error, outcome)
            return
        records = self._records(study, works)
        try:
            self._write(experiment_id, works, records, outcome)
        except (Refused, MlflowDown):
            self._mlflow.ping()
            self._write_one_by_one(experiment_id, works, records, outcome)

    def _write_one_by_one(
        self, experiment_id: str, works: Sequence[Work], records: Mapping[str, TrialRecords], outcome: Settled
    ) -> None:
        failed: MlflowDown | None = None
        for work in works:
            try:
                self._write(experiment_id, [work], records, outcome)
            except Refused as error:
                self._reject_all([work], error, outcome)
            except MlflowDown as error:
                self._failures[work.trial.id] += 1
                if self._failures[work.trial.id] < PATIENCE:
                    failed = error
                else:
                    self._reject_all([work], error, outcome)
        if failed is not None:
            raise failed

    def _reject_all(self, works: Sequence[Work], error: Refused | MlflowDown, outcome: Settled) -> None:
        for work in works:
            log.warning("trial %d of study %s is not in MLflow: %s", work.trial.number, work.trial.study_id, error)
            outcome.rejected += [(item, str(error)) for item in work.sync_items]

    def _write(
        self, experiment_id: str, works: Sequence[Work], records: Mapping[str, TrialRecords], outcome: Settled
    ) -> None:
        written: list[MlflowRun] = []
        for work in works:
            written += mlflow_runs(records[work.trial.id], self._page)
        ids = self._mlflow.write(experiment_id, written)
        for work in works:
            self._failures.pop(work.trial.id, None)
            outcome.projected += work.sync_items
            outcome.run_ids |= _changed_ids(work, ids)

    def _records(self, study: Study, works: Sequence[Work]) -> dict[str, TrialRecords]:
        run_ids = [run.id for work in works for run in work.runs]
        curves = {curve.run_id: curve for curve in self._store.curves.of(run_ids=run_ids)}
        artifacts = self._store.summaries.artifacts(run_ids)
        return {work.trial.id: TrialRecords(study, work.trial, work.runs, curves, artifacts) for work in works}


def _changed_ids(work: Work, ids: Mapping[str, str]) -> dict[str, str]:
    """MLflow's ids that our rows do not know yet; a trial's only run shares the trial's."""
    alone = ids[work.trial.id] if len(work.runs) == 1 else None
    known = {work.trial.id: work.trial.mlflow_run_id, **{run.id: run.mlflow_run_id for run in work.runs}}
    new = {id_: ids.get(id_) or alone for id_ in known}
    return {id_: theirs for id_, theirs in new.items() if theirs is not None and theirs != known[id_]}
