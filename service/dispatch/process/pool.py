"""The pool without Ray: every worker is a subprocess, and speaks the protocol as lines over its pipes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from experiments import own_process
from service.dispatch import wire
from service.dispatch.ledger import Placement
from service.dispatch.member import Connection, Death
from service.dispatch.options import PoolOptions
from service.dispatch.pool import WarmPool
from service.dispatch.scratch import own_directory
from service.environment import worker_environment
from service.hardware import count_gpus, memory_gb, n_cpus
from service.settings import Settings
from service.study.jobs import Resources
from service.study.states import FailureKind

_LONGEST_LINE = 1 << 26
"""Bytes of the longest message; a batch of events is bounded far below."""


class ProcessPool(WarmPool):
    """Workers on this machine, one subprocess each."""

    @classmethod
    def from_settings(cls, settings: Settings) -> ProcessPool:
        """The pool that the settings ask for."""
        return cls(PoolOptions.from_settings(settings))

    async def _open(self) -> Mapping[str, Resources]:
        self.options.scratch.mkdir(parents=True, exist_ok=True)
        gpus = self.options.gpus
        cpus = max(n_cpus(), self.options.workers)
        return {"local": Resources(float(cpus), float(count_gpus() if gpus is None else gpus), memory_gb())}

    def _connect(self, spec: wire.WorkerSpec, placement: Placement) -> Connection:
        return ProcessConnection(spec, self._epoch, worker_environment(spec.key.resources, placement.gpus))

    async def leave(self) -> None:
        """End every worker: none outlives the process that started it."""
        await self.close()

    async def _shut(self) -> None:
        """Subprocesses are all there is."""


class ProcessConnection:
    """The pipes to one subprocess."""

    def __init__(self, spec: wire.WorkerSpec, epoch: int, environment: Mapping[str, str]) -> None:
        self._spec = spec
        self._epoch = epoch
        self._environment = dict(environment)
        self._process: Process | None = None
        self._waiting = [wire.encode(spec)]
        self._killed = False
        self._failure: OSError | None = None
        self._oom_kills = oom_kills()

    def send(self, message: str) -> None:
        """Write a line; before the process has started it is kept."""
        if self._process is None:
            self._waiting.append(message)
        else:
            self._write(message)

    async def messages(self) -> AsyncIterator[str]:
        """Start the process, and read its lines until it is gone."""
        try:
            process = await self._start()
        except OSError as error:
            self._failure = error
            return
        assert process.stdout is not None  # noqa: S101 - PIPE was asked for
        async for line in process.stdout:
            yield line.decode()

    async def death(self) -> Death:
        """The process's end, in words."""
        if self._process is None:
            return Death(FailureKind.WORKER_LOST, f"the worker could not be started: {self._failure}")
        status = await self._process.wait()
        self._kill_group(self._process)  # what training has started goes too
        shutil.rmtree(own_directory(self._spec.scratch, self._spec.id), ignore_errors=True)
        if self._killed:
            return Death(FailureKind.WORKER_LOST, "the worker was ended on request", on_request=True)
        if status == -signal.SIGKILL and oom_kills() > self._oom_kills:
            return Death(FailureKind.OUT_OF_MEMORY, "the system ended the worker because memory ran out")
        how = f"signal {signal.Signals(-status).name}" if status < 0 else f"exit code {status}"
        return Death(FailureKind.WORKER_LOST, f"the worker process ended with {how}")

    def kill(self) -> None:
        """End the process and its group."""
        self._killed = True
        if self._process is not None:
            self._kill_group(self._process)

    async def _start(self) -> Process:
        process = await asyncio.create_subprocess_exec(
            *own_process.command("service.dispatch.process.worker", str(os.getpid()), str(self._epoch)),
            stdin=PIPE,
            stdout=PIPE,
            limit=_LONGEST_LINE,
            cwd=self._spec.scratch,
            env=self._environment,
            start_new_session=True,
        )
        self._process = process
        for message in self._waiting:
            self._write(message)
        if self._killed:
            self._kill_group(process)
        return process

    def _write(self, message: str) -> None:
        if self._process is not None and self._process.stdin is not None and not self._process.stdin.is_closing():
            self._process.stdin.write(message.encode() + b"\n")

    @staticmethod
    def _kill_group(process: Process) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def oom_kills() -> int:
    """How many processes the kernel has ended for want of memory since it started; 0 where it does not say."""
    try:
        lines = Path("/proc/vmstat").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), 0)
