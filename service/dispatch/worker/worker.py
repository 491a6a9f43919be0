"""What runs inside a worker, whatever carries its messages: it trains one run after the other and tells of it."""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import logging
import os
import socket
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from experiments.parsing import parse_config
from experiments.reporting import Decision, Result
from service.dispatch import wire
from service.dispatch.failures import describe
from service.dispatch.worker.event_buffer import EventBuffer
from service.dispatch.worker.output import captured
from service.dispatch.worker.reporter import RunReporter
from service.dispatch.worker.run_control import RunControl
from service.dispatch.worker.warm_up import prepare
from service.errors import ArtifactNotFound
from service.storage.blobs.artifact_store import ArtifactStore
from service.study.code import difference
from service.study.jobs import EventKind, Job

logger = logging.getLogger(__name__)


class Worker:
    """Trains jobs one at a time on a thread of its own, which stays warm: libraries imported, data sets cached.

    Commands come in through ``command`` from any thread; ``messages`` is the one stream out, for the worker's whole
    life.
    """

    def __init__(self, spec: wire.WorkerSpec) -> None:
        self._spec = spec
        self._store = ArtifactStore(spec.artifacts)
        self._buffer = EventBuffer()
        self._jobs: SimpleQueue[Job] = SimpleQueue()
        self._controls: dict[tuple[str, int], RunControl] = {}
        self._ready = threading.Event()
        self._unprepared: Exception | None = None
        self._scratch = Path(spec.scratch or tempfile.mkdtemp(prefix="studyhall-"))
        self._scratch.mkdir(parents=True, exist_ok=True)
        os.chdir(self._scratch)  # what training writes under a relative name goes with the worker
        threading.Thread(target=self._work, name="training", daemon=True).start()

    # --- in

    def command(self, text: str) -> None:
        """Do what a message of the pool says."""
        for name, argument in wire.decode(text).items():
            match name:
                case "submit":
                    self.submit(wire.job_from_json(argument))
                case "decide":
                    self.decide(*argument)
                case "stop":
                    self.stop(*argument)

    def submit(self, job: Job) -> None:
        """Take a job; it starts when the worker is warm and the jobs before have ended."""
        self._controls[job.run_id, job.attempt] = RunControl()
        self._jobs.put(job)

    def decide(self, run_id: str, attempt: int, seq: int, decision: str) -> None:
        """Answer the event ``seq``; too late is no error."""
        run_control = self._controls.get((run_id, attempt))
        if run_control is not None:
            run_control.decide(seq, Decision(decision))

    def stop(self, run_id: str, attempt: int, checkpoint: bool) -> None:
        """Ask a run to end; too late is no error."""
        run_control = self._controls.get((run_id, attempt))
        if run_control is not None:
            run_control.stop(checkpoint=checkpoint)

    # --- out

    def messages(self) -> Iterator[str]:
        """Everything the worker has to say: first that it is warm, then batches of events."""
        self._ready.wait()
        yield wire.encode({"ready": {"pid": os.getpid(), "host": socket.gethostname()}})
        while batch := self._buffer.take():
            yield wire.encode({"events": wire.events_to_json(batch)})

    # --- training

    def _work(self) -> None:
        try:
            prepare(self._spec)
        except Exception as error:  # every job of this worker fails with it, and says so
            logger.exception("the worker could not prepare itself")
            self._unprepared = error
        self._ready.set()
        while True:
            self._serve(self._jobs.get())

    def _serve(self, job: Job) -> None:
        reporter = RunReporter(job, self._buffer, self._controls[job.run_id, job.attempt], self._store)
        started = {"worker": self._spec.id, "pid": os.getpid(), "host": socket.gethostname()}
        reporter.send(EventKind.STARTED, started, urgent=True)
        try:
            other = difference(job.code) if self._unprepared is None else ""
            if other:
                kind, payload = EventKind.REFUSED, {"message": other}
            else:
                kind, payload = EventKind.FINISHED, self._do(job, reporter)
        except (
            BaseException
        ) as error:  # foreign code may raise anything, SystemExit too: the run fails, the worker lives
            kind, payload = EventKind.FAILED, describe(error)
        del self._controls[job.run_id, job.attempt]
        reporter.send(kind, payload, urgent=True, last=True)

    def _do(self, job: Job, reporter: RunReporter) -> dict[str, Any]:
        """The job's task; the payload of its end."""
        if self._unprepared is not None:
            raise self._unprepared
        trainer: Any = importlib.import_module(self._spec.trainer)
        with self._run_directory() as directory, captured(reporter.log):
            if job.task == "check":
                return _check(job, directory)
            checkpoint = self._fetch(job, directory / "resume.ckpt", reporter)
            if job.task == "evaluate":
                return _evaluate(trainer, job, checkpoint)
            config = parse_config(job.config)
            return _outcome(trainer.train(config, reporter, directory, checkpoint, job.checkpoint_every))

    @contextlib.contextmanager
    def _run_directory(self) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(dir=self._scratch, prefix="run-", ignore_cleanup_errors=True) as name:
            os.chdir(name)
            try:
                yield Path(name)
            finally:
                os.chdir(self._scratch)

    def _fetch(self, job: Job, target: Path, reporter: RunReporter) -> Path | None:
        """The newest checkpoint whose bytes are right; a run that finds none begins anew."""
        for sha256 in job.resume.checkpoints if job.resume else ():
            trouble = self._copy(sha256, target)
            if not trouble:
                return target
            reporter.log(f"the checkpoint {sha256[:12]} {trouble}")
        return None

    def _copy(self, sha256: str, target: Path) -> str:
        """Copy the bytes of this hash; what is wrong with them, if anything is."""
        digest = hashlib.sha256()
        try:
            with self._store.open(sha256) as source, target.open("wb") as copy:
                while chunk := source.read(1 << 20):
                    digest.update(chunk)
                    copy.write(chunk)
        except (OSError, ArtifactNotFound) as error:
            return f"cannot be read: {error}"
        return "" if digest.hexdigest() == sha256 else "is damaged"


def _check(job: Job, directory: Path) -> dict[str, Any]:
    from experiments.dry_run import dry_run  # imports torch

    return {"warnings": dry_run(parse_config(job.config), directory)}


def _evaluate(trainer: Any, job: Job, checkpoint: Path | None) -> dict[str, Any]:
    if checkpoint is None:
        raise FileNotFoundError(f"run {job.run_id}: there is no best checkpoint to measure")
    return _outcome(trainer.evaluate(parse_config(job.config), checkpoint, "test"))


def _outcome(result: Result) -> dict[str, Any]:
    payload = asdict(result)
    del payload["artifacts"]  # handed over one by one
    return payload
