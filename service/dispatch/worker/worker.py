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
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from experiments.parsing import parse_config
from experiments.reporting import Result
from service.dispatch import wire
from service.dispatch.failures import describe
from service.dispatch.scratch import Scratch
from service.dispatch.worker.event_buffer import EventBuffer
from service.dispatch.worker.leader import Leader
from service.dispatch.worker.output import captured
from service.dispatch.worker.pulse import Pulse
from service.dispatch.worker.reporter import RunReporter
from service.dispatch.worker.run_control import RunControl
from service.dispatch.worker.unacknowledged import Unacknowledged
from service.dispatch.worker.warm_up import prepare
from service.errors import ArtifactNotFound
from service.storage.blobs.artifact_store import ArtifactStore
from service.study.code import difference
from service.study.jobs import Checked, Ending, Finished, Job, Refused, Started

logger = logging.getLogger(__name__)

LOOK = 5.0
"""Seconds between two looks whether anybody leads."""


class Worker:
    """Trains jobs one at a time on a thread of its own, which stays warm: libraries imported, data sets cached.

    Commands come in through ``obey`` from any thread; ``messages`` is the one stream out, of which whoever leads reads.
    ``end`` ends the process with all that training has started; the worker calls it when nobody leads for long.
    """

    def __init__(self, spec: wire.WorkerSpec, end: Callable[[], None], leader: Leader | None = None) -> None:
        self._spec = spec
        self._end_process = end
        self._leader = leader or Leader()
        self._store = ArtifactStore(spec.artifacts)
        self._store.reach()  # a node that cannot is given no run
        self._jobs: SimpleQueue[Job] = SimpleQueue()
        self._controls: dict[tuple[str, int], RunControl] = {}
        self._ready = threading.Event()
        self._unprepared: Exception | None = None
        self._own = Scratch(spec.scratch, spec.id)
        self.scratch = self._own.path
        self._pulse = Pulse()
        self._buffer = EventBuffer(Unacknowledged(self.scratch / "unacknowledged"))
        os.chdir(self.scratch)  # what training writes under a relative name goes with the worker
        threading.Thread(target=self._work, name="training", daemon=True).start()
        threading.Thread(target=self._be_patient, name="patience", daemon=True).start()

    # --- in

    def obey(self, text: str) -> None:
        """Do what an order of the pool says, unless its engine was replaced."""
        order: wire.Order = wire.decode(text)
        if not self._leader.hear(order.epoch):
            return
        match order.command:
            case wire.Submit(job):
                self._controls[job.run_id, job.start] = RunControl()
                self._buffer.begin((job.run_id, job.start), alone=job.alone)
                self._jobs.put(job)
            case wire.Decide(run_id, start, seq, decision):
                if (run_id, start) in self._controls:  # else it is too late, which is no error
                    self._controls[run_id, start].decide(seq, decision)
            case wire.Stop(run_id, start, checkpoint):
                if (run_id, start) in self._controls:
                    self._controls[run_id, start].stop(checkpoint=checkpoint)
            case wire.End(run_id, start):
                if (run_id, start) in self._controls:
                    self._controls[run_id, start].end()
            case wire.Acknowledge(number):
                self._buffer.acknowledge(number)

    def attach(self, epoch: int) -> wire.Attached:
        """An engine takes the worker over; from now on those with a lower epoch are not obeyed and hear no more."""
        self._leader.hear(epoch)
        self._buffer.look_up()
        return wire.Attached(self._spec, self._buffer.held())

    def leave(self, epoch: int) -> bool:
        """End the worker; false if the engine with this epoch was replaced."""
        if not self._leader.hear(epoch):
            return False
        self._own.remove()
        self._end_process()
        return True

    # --- out

    def messages(self, epoch: int) -> Iterator[str]:
        """Everything the engine with this epoch is to hear: first that the worker is warm, now and then that it lives.

        In between comes what is not acknowledged.
        """
        self._ready.wait()
        yield wire.encode(wire.Ready(os.getpid(), socket.gethostname()))
        number = self._buffer.acknowledged()
        while self._leader.is_of(epoch):
            message = self._buffer.read(number, lambda: self._leader.is_of(epoch), self._pulse.remaining())
            if message is not None:
                number, text = message
                yield text
            if self._pulse.remaining() <= 0:
                yield wire.encode(self._pulse.beat())
        yield wire.encode(wire.Deposed())

    def _be_patient(self) -> None:
        while not self._leader.is_missed():
            threading.Event().wait(LOOK)
        logger.warning("nobody has led for long; this worker ends")
        self._own.remove()
        self._end_process()

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
        reporter = RunReporter(job, self._buffer, self._controls[job.run_id, job.start], self._store, self._pulse)
        reporter.send(Started(self._spec.id, os.getpid(), socket.gethostname()))
        end: Ending
        try:
            other = difference(job.code) if self._unprepared is None else ""
            end = Refused(other) if other else self._do(job, reporter)
        except BaseException as error:  # users' code may raise anything, SystemExit too; the worker lives
            end = describe(error)
        del self._controls[job.run_id, job.start]
        reporter.send(end, urgent=True)

    def _do(self, job: Job, reporter: RunReporter) -> Ending:
        """The job's task, and its end."""
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
        with tempfile.TemporaryDirectory(dir=self.scratch, prefix="run-", ignore_cleanup_errors=True) as name:
            os.chdir(name)
            try:
                yield Path(name)
            finally:
                os.chdir(self.scratch)

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


def _check(job: Job, directory: Path) -> Checked:
    from experiments.dry_run import dry_run  # imports torch

    return Checked(tuple(dry_run(parse_config(job.config), directory)))


def _evaluate(trainer: Any, job: Job, checkpoint: Path | None) -> Finished:
    if checkpoint is None:
        raise FileNotFoundError(f"run {job.run_id}: there is no best checkpoint to measure")
    return _outcome(trainer.evaluate(parse_config(job.config), checkpoint, "test"))


def _outcome(result: Result) -> Finished:
    """Artifacts were handed over one by one."""
    return Finished(**{field.name: getattr(result, field.name) for field in fields(Finished)})
