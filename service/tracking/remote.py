"""An MLflow server that is not ours, over HTTP, through MLflow's own client."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag, ViewType
from mlflow.entities import Run as StoredRun

from experiments.reporting import MODEL
from service.study.records import Study
from service.tracking.errors import Wiped
from service.tracking.files import ArtifactBytes, mlflow_path, place
from service.tracking.model import MLMODEL
from service.tracking.port import STUDY_TAG, Seen, experiment_name, experiment_tags, translated
from service.tracking.runs import ID_TAG, POINTS_TAG, MlflowRun

BATCH_METRICS, BATCH_OTHERS = 800, 100
"""MLflow takes 1,000 items a batch, and of parameters and tags 100 each."""


@dataclass
class Known:
    """A run as we know it in MLflow. ``written`` is the last step written since this process began."""

    run_id: str
    status: str = "RUNNING"
    points: str = ""
    written: int = -1
    metrics: Mapping[str, float] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)

    def contradicts(self, run: MlflowRun) -> bool:
        """Whether it holds what can neither stay nor be changed: MLflow takes nothing back that was logged."""
        metrics = {point.key for point in run.points}
        return not self.metrics.keys() <= metrics or any(
            run.params.get(key, value) != value for key, value in self.params.items()
        )


class RemoteMlflow:
    """Creates and updates runs one by one; each is looked for by our tag before it is created."""

    def __init__(self, tracking_uri: str, bytes_of: ArtifactBytes, page: str = "", timeout: int = 15) -> None:
        # A request that is sent again may create a second run, so the client must not repeat any: the tracker does.
        os.environ.update(MLFLOW_HTTP_REQUEST_MAX_RETRIES="0", MLFLOW_HTTP_REQUEST_TIMEOUT=str(timeout))
        os.environ["MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT"] = "true"
        self._client = MlflowClient(tracking_uri=tracking_uri)
        self._bytes_of = bytes_of
        self._page = page
        self._experiments: dict[str, str] = {}
        self._runs: dict[str, dict[str, Known]] = {}

    def experiment(self, study: Study) -> str:
        """See ``Mlflow``."""
        if study.id not in self._experiments:
            with translated():
                self._experiments[study.id] = self._find_or_create(study)
        return self._experiments[study.id]

    def _find_or_create(self, study: Study) -> str:
        found = self._client.get_experiment_by_name(experiment_name(study))
        if found is None:
            return str(self._client.create_experiment(experiment_name(study), tags=experiment_tags(study, self._page)))
        if found.lifecycle_stage != "active":
            self._client.restore_experiment(found.experiment_id)
        return str(found.experiment_id)

    def write(self, experiment_id: str, runs: Sequence[MlflowRun]) -> Mapping[str, str]:
        """See ``Mlflow``; what is written of a run last is the tag that says it is complete."""
        try:
            with translated():
                return {run.id: self._write(experiment_id, run) for run in runs}
        except Exception:
            self._runs.pop(experiment_id, None)  # a request without an answer may have had its effect: look again
            raise

    def _write(self, experiment_id: str, run: MlflowRun) -> str:
        runs = self._known(experiment_id)
        known = runs.get(run.id)
        if known is not None and known.contradicts(run):
            self._client.delete_run(known.run_id)
            known = None
        if known is None:
            known = runs[run.id] = Known(self._create(experiment_id, run))
        self._log(known, run)
        self._upload(known, run)
        if run.end_time is not None:
            known.written = -1  # whoever asks for an ended run again wants all of it compared
            self._client.set_terminated(known.run_id, run.status, run.end_time)
            self._client.log_batch(known.run_id, tags=[RunTag(POINTS_TAG, run.tags[POINTS_TAG])])
        return known.run_id

    def _create(self, experiment_id: str, run: MlflowRun) -> str:
        parent = {"mlflow.parentRunId": self._runs[experiment_id][run.parent].run_id} if run.parent else {}
        tags = {ID_TAG: run.tags[ID_TAG], **parent}
        created = self._client.create_run(experiment_id, start_time=run.start_time, tags=tags, run_name=run.name)
        return str(created.info.run_id)

    def _log(self, known: Known, run: MlflowRun) -> None:
        tags = [RunTag(key, value) for key, value in run.tags.items() if key != POINTS_TAG]
        params = [Param(key, value) for key, value in run.params.items() if key not in known.params]
        points = [Metric(p.key, p.value, p.timestamp, p.step) for p in run.points if p.step >= known.written]
        for some_points, some_params, some_tags in _zip_batches(points, params, tags):
            self._client.log_batch(known.run_id, metrics=some_points, params=some_params, tags=some_tags)
        known.params = run.params
        known.metrics = {point.key: point.value for point in run.points}
        known.written = max((point.step for point in run.points), default=-1)

    def _upload(self, known: Known, run: MlflowRun) -> None:
        if not run.files:
            return
        there = dict(self._files(known.run_id, ""))
        with tempfile.TemporaryDirectory() as folder:
            for file in run.files:
                is_whole = file.path != MODEL or MLMODEL in there
                if there.get(mlflow_path(file)) != file.size or not is_whole:
                    place(self._bytes_of, file, Path(folder))
            if any(Path(folder).iterdir()):
                self._client.log_artifacts(known.run_id, folder)

    def _files(self, run_id: str, folder: str) -> Iterator[tuple[str, int]]:
        for entry in self._client.list_artifacts(run_id, folder or None):
            if entry.is_dir:
                yield from self._files(run_id, entry.path)
            else:
                yield entry.path, entry.file_size

    def inventory(self, experiment_id: str) -> Mapping[str, Seen]:
        """See ``Mlflow``."""
        self._runs.pop(experiment_id, None)
        with translated():
            runs = self._known(experiment_id)
        return {id_: Seen(known.run_id, known.status, bool(known.points)) for id_, known in runs.items()}

    def _known(self, experiment_id: str) -> dict[str, Known]:
        if experiment_id not in self._runs:
            found: dict[str, Known] = {}
            for run in self._search(experiment_id):
                id_ = run.data.tags.get(ID_TAG)
                if id_ in found:
                    self._client.delete_run(run.info.run_id)
                elif id_ is not None:
                    found[id_] = _known(run)
            self._runs[experiment_id] = found
        return self._runs[experiment_id]

    def _search(self, experiment_id: str) -> Iterator[StoredRun]:
        token = None
        while True:
            page = self._client.search_runs(
                [experiment_id], run_view_type=ViewType.ACTIVE_ONLY, order_by=["start_time ASC"], page_token=token
            )
            yield from page
            if not (token := page.token):
                return

    def delete_run(self, run_id: str) -> None:
        """See ``Mlflow``."""
        with translated():
            self._client.delete_run(run_id)
        self._runs.clear()

    def delete_experiment(self, study_id: str) -> None:
        """See ``Mlflow``."""
        with suppress(Wiped), translated():
            for found in self._client.search_experiments(filter_string=f"tags.`{STUDY_TAG}` = '{study_id}'"):
                self._client.delete_experiment(found.experiment_id)
        self._runs.pop(self._experiments.pop(study_id, ""), None)

    def ping(self) -> None:
        """See ``Mlflow``."""
        with translated():
            self._client.search_experiments(max_results=1)

    def forget(self) -> None:
        """See ``Mlflow``."""
        self._experiments.clear()
        self._runs.clear()

    def close(self) -> None:
        """See ``Mlflow``; the client keeps nothing open that needs closing."""
        self.forget()


def _known(run: StoredRun) -> Known:
    return Known(
        run.info.run_id,
        run.info.status,
        run.data.tags.get(POINTS_TAG, ""),
        metrics=run.data.metrics,
        params=run.data.params,
    )


def _zip_batches(
    metrics: list[Metric], params: list[Param], tags: list[RunTag]
) -> Iterator[tuple[list[Metric], list[Param], list[RunTag]]]:
    """Batches within MLflow's limits; at least one, even if it is empty."""
    sizes = ((len(metrics), BATCH_METRICS), (len(params), BATCH_OTHERS), (len(tags), BATCH_OTHERS))
    for i in range(max(1, *(-(-n // batch) for n, batch in sizes))):
        others = slice(i * BATCH_OTHERS, (i + 1) * BATCH_OTHERS)
        yield metrics[i * BATCH_METRICS : (i + 1) * BATCH_METRICS], params[others], tags[others]
