"""A pool whose runs follow a script instead of training: the engine's fast twin of workers."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from zlib import crc32

import pytest

from experiments.monitor import Monitor
from experiments.reporting import Decision, Report
from service.study.jobs import (
    ArtifactStored,
    Checked,
    CheckpointStored,
    DecisionPoints,
    Event,
    Failed,
    Finished,
    Finishing,
    Job,
    Lost,
    Metrics,
    Payload,
    PoolKey,
    Refused,
    Reservation,
    RunStart,
    Started,
    WorkerInfo,
)
from service.study.states import FailureKind

Script = Callable[[Job], Sequence[float | None]]
"""The objective after each epoch, None where it is not logged; an exception is the run's failure."""

DATA_HASH = "d1" * 32
"""Of the test data that every run is measured on."""


class Crash(Exception):
    """In a script: the worker dies."""

    failure, message = FailureKind.WORKER_LOST, "the worker died"


class NodeGone(Crash):
    """In a script: the node of the worker is gone."""

    failure, message = FailureKind.NODE_LOST, "the node is gone"


class OtherCode(Exception):
    """In a script: the worker has loaded other code than the job wants."""


@dataclass
class ScriptedRun:
    """One start under way."""

    job: Job
    seq: int = 0
    stopped: bool = False
    leaves_checkpoint: bool = False
    ends: bool = False
    """Whether it is to end with what it has come to."""
    answers: asyncio.Queue[Decision] = field(default_factory=asyncio.Queue)

    def __post_init__(self) -> None:
        self.decisions = DecisionPoints(self.job)


class ScriptedPool:
    """``n_workers`` slots; every run yields to the loop between epochs, and waits where the job says so."""

    def __init__(self, script: Script, n_workers: int = 1, metric: str = "val_accuracy") -> None:
        self._script = script
        self._n_workers = n_workers
        self._metric = metric
        self._buffer: asyncio.Queue[tuple[int, Event]] = asyncio.Queue()
        """What is to be heard, and the number of each event among all that was said."""
        self.outlives = False
        """Whether its runs go on when the engine is gone, for the next one to adopt."""
        self.disowned: list[str] = []
        """Runs that the next engine did not claim."""
        self._said: list[Event | None] = []
        """All that was said; nothing where it was lost with its worker, or is acknowledged."""
        self._n_handed_over = self._n_acknowledged = 0
        self._unclaimed: set[RunStart] = set()
        self.running: dict[str, ScriptedRun] = {}
        self.jobs: list[Job] = []
        self.checks: list[Job] = []
        """Dry runs of users' own code, which are no jobs of a trial."""
        self.checked: Callable[[Job], Sequence[str]] = lambda job: ()
        """The warnings of such a check; an exception is what it found."""
        self.check_gate = asyncio.Event()
        self.check_gate.set()
        self.most_running = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.holds: Callable[[Job], bool] = lambda job: True
        """Which runs wait at the gate, before each epoch."""
        self.epoch_seconds: Callable[[Job], float] = lambda job: 0.0
        """How long an epoch takes, on the loop's clock."""
        self.stops_at_report = False
        """Whether a run that is to stop trains one more epoch, and stops where it reports it."""
        self.leaves_checkpoints = False
        """Whether a run leaves a checkpoint after each epoch, not only when it stops."""
        self.tested: Callable[[Job], float | None] = lambda job: 0.5
        """The accuracy on the test split; None where nothing is logged there."""
        self.kept: list[str] = []
        self.retired: list[PoolKey] = []
        self._tasks: dict[str, asyncio.Task[None]] = {}
        """What trains each run, or did last."""

    async def start(self, epoch: int) -> None:
        """Nothing to warm; what an engine before has left is adopted."""
        unheard = {(event.run_id, event.start) for event in self._said[self._n_acknowledged :] if event}
        self._unclaimed = unheard | {(run_id, run.job.start) for run_id, run in self.running.items()}
        self._buffer = asyncio.Queue()

    def adopted(self) -> Collection[RunStart]:
        return set(self._unclaimed)

    def claim(self, starts: Collection[RunStart]) -> None:
        """Say again what is not acknowledged, of the runs that are gone on with; of their earlier starts too."""
        run_ids = {run_id for run_id, _ in starts}
        for run_id in self.running.keys() & {run_id for run_id, _ in self._unclaimed} - run_ids:
            self.disowned.append(run_id)
            del self.running[run_id]
        if self._unclaimed:
            for number, event in enumerate(self._said[self._n_acknowledged :], self._n_acknowledged + 1):
                if event and event.run_id in run_ids:
                    self._buffer.put_nowait((number, event))
        self._unclaimed = set()

    def handed_over(self) -> Mapping[str, int]:
        return {"w0": self._n_handed_over} if self._n_handed_over > self._n_acknowledged else {}

    def acknowledge(self, messages: Mapping[str, int]) -> None:
        known, self._n_acknowledged = self._n_acknowledged, messages["w0"]
        self._said[known : self._n_acknowledged] = [None] * (self._n_acknowledged - known)

    def can_start(self, key: PoolKey, *, alone: bool = False) -> bool:
        if alone or any(run.job.alone for run in self.running.values()):
            return not self.running
        return len(self.running) < self._n_workers

    def reserve(self, key: PoolKey | None, *, alone: bool = False) -> Reservation | None:
        return None

    def trouble(self) -> str:
        return ""

    def share(self, key: PoolKey) -> float:
        return 1 / self._n_workers

    def shortage(self, key: PoolKey, *, alone: bool = False, n_own: int = 0) -> str:
        return "" if self.can_start(key, alone=alone) else "waits for one of the busy workers"

    def never_fits(self, key: PoolKey) -> str | None:
        return f"no worker has {key.resources.gpus:g} GPUs" if key.resources.gpus else None

    async def submit(self, job: Job) -> None:
        assert self.can_start(job.key, alone=job.alone)
        (self.checks if job.task == "check" else self.jobs).append(job)
        self.running[job.run_id] = ScriptedRun(job)
        self.most_running = max(self.most_running, len(self.running))
        self._tasks[job.run_id] = asyncio.create_task(self._train(self.running[job.run_id]))

    async def decide(self, run_id: str, start: int, seq: int, decision: Decision) -> None:
        if run_id in self.running:
            self.running[run_id].answers.put_nowait(decision)

    async def stop(self, run_id: str, *, checkpoint: bool) -> None:
        if run_id in self.running:
            self.running[run_id].stopped, self.running[run_id].leaves_checkpoint = True, checkpoint

    async def end(self, run_id: str) -> None:
        if run_id in self.running:
            self.running[run_id].ends = True

    async def kill(self, run_id: str) -> None:
        if run_id in self.running:
            self.lose(run_id, FailureKind.WORKER_LOST, "killed")

    def lose(self, run_id: str, failure: FailureKind, message: str = "its worker is gone") -> None:
        """The worker that trains the run is gone, with what it has said; that it is gone only this engine knows."""
        self._tasks[run_id].cancel()
        run = self.running.pop(run_id)
        self._said = [None if event and event.run_id == run_id else event for event in self._said]
        self._buffer.put_nowait((len(self._said), Event(run_id, run.job.start, run.seq, Lost(failure, message))))

    async def events(self) -> AsyncIterator[Sequence[Event]]:
        while True:
            number, event = await self._buffer.get()
            yield [event]
            self._n_handed_over = number

    def retire(self, key: PoolKey) -> None:
        self.retired.append(key)

    def workers(self) -> Sequence[WorkerInfo]:
        return [
            WorkerInfo(f"w{i}", PoolKey(job.job.key.resources), "busy", run_id=r)
            for i, (r, job) in enumerate(self.running.items())
        ]

    async def close(self) -> None:
        for task in self._tasks.values():
            task.cancel()

    async def leave(self) -> None:
        if not self.outlives:
            await self.close()

    def _send(self, run: ScriptedRun, payload: Payload) -> None:
        event = Event(run.job.run_id, run.job.start, run.seq, payload)
        self._said.append(event)
        if (run.job.run_id, run.job.start) not in self._unclaimed:
            self._buffer.put_nowait((len(self._said), event))
        run.seq += 1

    def _end(self, run: ScriptedRun, payload: Payload) -> None:
        if self.running.pop(run.job.run_id, None) is not None:
            self._send(run, payload)

    async def _train(self, run: ScriptedRun) -> None:
        self._send(run, Started("w0", 1, "here"))
        try:
            if run.job.task == "check":
                await self._check(run)
                return
            values = self._script(run.job)
        except Crash as crash:
            self._end(run, Lost(crash.failure, crash.message))
            return
        except OtherCode as error:
            self._end(run, Refused(str(error)))
            return
        except FloatingPointError as error:
            self._end(run, Failed(FailureKind.DIVERGED, str(error), ""))
            return
        except MemoryError as error:
            self._end(run, Failed(FailureKind.OUT_OF_MEMORY, str(error), ""))
            return
        except Exception as error:
            self._end(run, Failed(FailureKind.USER_ERROR, str(error), "Traceback …"))
            return
        await self._follow(run, values)

    async def _check(self, run: ScriptedRun) -> None:
        await self.check_gate.wait()
        self._end(run, Checked(tuple(self.checked(run.job))))

    async def _follow(self, run: ScriptedRun, values: Sequence[float | None]) -> None:
        ended, done = Decision.CONTINUE, _checkpointed(run.job)
        for epoch, value in list(enumerate(values, 1))[done:]:
            if self.holds(run.job):
                await self.gate.wait()
            await asyncio.sleep(self.epoch_seconds(run.job))
            if run.ends or (run.stopped and not self.stops_at_report):
                ended = Decision.END if run.ends else Decision.STOP
            else:
                ended, done = await self._report(run, epoch, value), epoch
            pauses = not run.stopped and done == run.job.pause_after > 0
            ended = Decision.STOP if pauses else ended
            if ended == Decision.STOP and (run.leaves_checkpoint or pauses) and done:
                self._checkpoint(run, done)
            if ended != Decision.CONTINUE:
                break
            if self.leaves_checkpoints:
                self._checkpoint(run, done)
        await self._finish(run, values[:done], ended)

    async def _report(self, run: ScriptedRun, epoch: int, value: float | None) -> Decision:
        awaits = run.decisions.awaits(10 * epoch, epoch, has_value=value is not None and math.isfinite(value))
        if run.job.resume is None or 10 * epoch >= run.job.resume.recorded_step:
            logged = {"train_loss": 1 / epoch} | ({} if value is None else {self._metric: value})
            row = Report(epoch * 10, epoch, 1.7e9 + epoch, float(epoch), logged)
            self._send(run, Metrics((row,), awaits))
            if awaits and not run.stopped:
                answer = await run.answers.get()
                if answer != Decision.CONTINUE:
                    return answer
        if run.job.last_epoch == epoch:
            return Decision.END
        return Decision.STOP if run.stopped else Decision.CONTINUE

    def _judged(self, job: Job, values: Sequence[float | None]) -> tuple[int | None, dict[str, float]]:
        """The epoch that counts, and the metrics there."""
        curve = {epoch: value for epoch, value in enumerate(values, 1) if value is not None and math.isfinite(value)}
        epoch = Monitor(**job.config["monitor"]).judged_epoch(curve)
        return epoch, {} if epoch is None else {self._metric: curve[epoch], "train_loss": 1 / epoch}

    def _checkpoint(self, run: ScriptedRun, epoch: int) -> None:
        of_run = crc32(run.job.run_id.encode())
        self._send(run, CheckpointStored(f"{of_run:032x}{epoch:032x}", 1, 10 * epoch))

    async def _finish(self, run: ScriptedRun, values: Sequence[float | None], ended: Decision) -> None:
        judged, metrics = self._judged(run.job, values)
        goes_whole = ended in {Decision.CONTINUE, Decision.END}
        if run.job.task == "train" and goes_whole and run.job.artifacts == "best":
            self._send(run, Finishing(metrics))
            if await run.answers.get() == Decision.KEEP:
                self.kept.append(run.job.run_id)
                self._send(run, ArtifactStored("best.ckpt", "0" * 64, 1, "application/octet-stream"))
        data_hash = ""
        if run.job.task == "evaluate":
            accuracy, data_hash = self.tested(run.job), DATA_HASH
            metrics = {} if accuracy is None else {"test_accuracy": accuracy}
        n = len(values)
        self._end(run, Finished(metrics, judged, n, 10 * n, 1.0, ended, n_parameters=9, data_hash=data_hash))


def _checkpointed(job: Job) -> int:
    """The last epoch that the checkpoint contains from which the job goes on."""
    return (
        int(job.resume.checkpoints[0][32:], 16) if job.task == "train" and job.resume and job.resume.checkpoints else 0
    )


def accuracy(job: Job) -> Sequence[float]:
    """Better the nearer the rate is to 0.1; four epochs."""
    distance = abs(job.config["optimizer"]["lr"] - 0.1)
    return [(1 - distance / 2) * epoch / 4 for epoch in range(1, 5)]


def failing(job: Job) -> Sequence[float]:
    raise ValueError("shapes do not match")


class Killing(ScriptedPool):
    """Notes whose worker was ended."""

    def __init__(self) -> None:
        super().__init__(accuracy)
        self.killed: list[str] = []

    async def kill(self, run_id: str) -> None:
        self.killed.append(run_id)
        await super().kill(run_id)


class Clock:
    """The patience with runs that were asked to stop, on a clock that stands still until it is told to strike."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._struck: list[asyncio.Future[None]] = []
        patch.setattr("service.engine.trials.stops.sleep", self._sleep)

    async def strike(self) -> None:
        """Every patience is at its end, and what follows from that is done."""
        assert self._struck
        for future in self._struck:
            if not future.done():
                future.set_result(None)
        for _ in range(20):
            await asyncio.sleep(0)

    async def _sleep(self, _: float) -> None:
        future = asyncio.get_running_loop().create_future()
        self._struck.append(future)
        await future
