"""The reporter of a run inside a worker: what training says becomes events, and decisions come back."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from pathlib import Path

from experiments.monitor import Monitor
from experiments.reporting import Decision, Report
from service.dispatch.worker.event_buffer import EventBuffer
from service.dispatch.worker.pulse import Pulse
from service.dispatch.worker.run_control import RunControl
from service.storage.blobs.artifact_store import ArtifactStore, Blob
from service.study.jobs import (
    ArtifactStored,
    CheckpointStored,
    DecisionPoints,
    Finishing,
    Job,
    Log,
    Metrics,
    Payload,
    Uploading,
)


class RunReporter:
    """Implements ``experiments.reporting.Reporter`` for one start of a run."""

    def __init__(
        self, job: Job, event_buffer: EventBuffer, run_control: RunControl, store: ArtifactStore, pulse: Pulse
    ) -> None:
        self._job = job
        self._run = (job.run_id, job.start)
        self._buffer = event_buffer
        self._control = run_control
        self._store = store
        self._pulse = pulse
        pulse.n_batches = 0
        self._monitor = Monitor.model_validate(job.config.get("monitor", {}))
        self._decisions = DecisionPoints(job)

    def send(self, payload: Payload, *, urgent: bool = False) -> int:
        """Send any event of this run."""
        return self._buffer.put(self._run, payload, urgent=urgent)

    def report(self, report: Report) -> Decision:
        """Send one row; where the job says so, wait for the decision, if there is a finite objective to judge.

        The last epoch that the job allows is the end, unless something else is said there.
        """
        answer = self._answer(report)
        is_last = self._job.last_epoch is not None and report.epoch >= self._job.last_epoch
        return Decision.END if is_last and answer is Decision.CONTINUE else answer

    def _answer(self, report: Report) -> Decision:
        """Rows below the recorded step are already stored and decided.

        The row at the recorded step is asked about again, because the worker before may have died without hearing the
        answer.
        """
        pauses = 0 < self._job.pause_after == report.epoch
        has_value = self._monitor.value(report.metrics) is not None
        awaits = self._decisions.awaits(report.step, report.epoch, has_value=has_value)
        if self._job.resume is not None and report.step < self._job.resume.recorded_step:
            return Decision.STOP if pauses else Decision.CONTINUE
        seq = self.send(Metrics((report,), awaits), urgent=awaits)
        if awaits:
            return self._control.await_decision_or_stop(seq)
        return self._control.wish or (Decision.STOP if pauses else Decision.CONTINUE)

    def finishing(self, metrics: Mapping[str, float]) -> Decision:
        """KEEP or DROP, from the job where it says so, otherwise from the engine."""
        if self._job.artifacts == "all":
            return Decision.KEEP
        if self._job.artifacts == "none" or not self._may_be_among_the_best(metrics):
            return Decision.DROP
        return self._control.await_decision(self.send(Finishing(metrics), urgent=True))

    def _may_be_among_the_best(self, metrics: Mapping[str, float]) -> bool:
        """Most runs of a search are not, and an answer from the engine costs both more than a short run's epoch.

        The bound is that of the run's beginning: too strict if one of the best has been excluded since.
        """
        value, bound = self._monitor.value(metrics), self._job.must_beat
        if value is None or bound is None:
            return True
        return self._monitor.oriented(value) < self._monitor.oriented(bound)

    def checkpoint(self, path: Path, step: int) -> None:
        """Store a resume checkpoint; say when that begins and ends. A run that is to end without one leaves none."""
        if self._control.wish is not None and not self._control.wants_checkpoint:
            return
        self.send(Uploading(ended=False), urgent=True)
        blob = self._keep("the resume checkpoint", path)
        if blob is not None:
            self.send(CheckpointStored(blob.sha256, blob.size, step))
        self.send(Uploading(ended=True), urgent=True)

    def artifact(self, name: str, path: Path) -> None:
        """Store a file and say so."""
        blob = self._keep(name, path)
        if blob is not None:
            media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
            self.send(ArtifactStored(name, blob.sha256, blob.size, media_type))

    def log(self, text: str) -> None:
        """Send a line of the log."""
        self.send(Log(f"{text}\n"))

    def stop_requested(self) -> Decision | None:
        """STOP or END once the run was asked to; asked after every batch."""
        self._pulse.n_batches += 1
        return self._control.wish

    def _keep(self, name: str, path: Path) -> Blob | None:
        """Training does not fail because the store does: the log says what is missing."""
        try:
            return self._store.put(path)
        except OSError as error:
            self.log(f"{name} could not be stored: {error}")
            return None
