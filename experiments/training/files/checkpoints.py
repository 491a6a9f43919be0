"""Files that survive a crash: resume checkpoints by time, and the atomic write they share with every artifact."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch

from experiments.errors import TrainingError
from experiments.reporting import Reporter

_SNAPSHOT_EVERY = 1.0
"""Seconds between snapshots in memory, so about what a run that is stopped has to compute again."""
_SNAPSHOT_SHARE = 0.05
"""Share of the time that snapshots may cost."""
_REMEDY = (
    "Keep tensors, numbers, texts, lists and dictionaries of these: an array as `torch.from_numpy(array)`, a path as "
    "`str(path)`. The run goes on; if it is stopped or loses its worker, it begins anew"
)


def write_atomically(path: Path, write: Callable[[Path], object], *, durable: bool = True) -> Path:
    """Let ``write`` fill a temporary file, then put it in the place of ``path``: a crash leaves the old or the new.

    What is not ``durable`` may be lost with the power of the machine; it does not wait for the disk.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}{path.suffix}")
    try:
        write(temporary)
        if durable:
            with temporary.open("rb") as written:
                os.fsync(written.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    if durable:
        _sync(path.parent)
    return path


def _sync(folder: Path) -> None:
    """Let the names in a folder be on the disk."""
    directory = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


class Stopwatch:
    """Adds up seconds; it can be paused."""

    def __init__(self, carried: float = 0.0) -> None:
        self._carried = carried
        self._since: float | None = None

    def start(self) -> None:
        """Go on counting."""
        self._since = time.perf_counter()

    def stop(self) -> None:
        """Count no further."""
        self._carried, self._since = self.read(), None

    def read(self) -> float:
        """Seconds so far."""
        return self._carried + (time.perf_counter() - self._since if self._since is not None else 0.0)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Do not count the time inside the block."""
        self.stop()
        try:
            yield
        finally:
            self.start()


class Unreadable(Exception):
    """A checkpoint holds what cannot be read back without running code."""


def serialized(checkpoint: dict[str, Any]) -> bytes:
    """A checkpoint as bytes that have been read back.

    Raises:
        Unreadable: it holds what cannot be read back; where, and its type.
    """
    try:
        return _read_back(checkpoint)
    except Exception as error:
        raise Unreadable(_unreadable(checkpoint)) from error


def _read_back(value: Any) -> bytes:
    """Pickling runs users' code, so this may raise anything."""
    buffer = io.BytesIO()
    torch.save(value, buffer)
    buffer.seek(0)
    torch.load(buffer, map_location="cpu", weights_only=True)
    return buffer.getvalue()


def _unreadable(value: Any, place: str = "checkpoint") -> str:
    """Where the first thing stands that cannot be read back, and its type."""
    parts = enumerate(value) if isinstance(value, list | tuple) else value.items() if isinstance(value, dict) else ()
    for key, part in parts:
        try:
            _read_back(part)
        except Exception:
            return _unreadable(part, f"{place}[{key!r}]")
    return f"{place} is a {type(value).__module__}.{type(value).__qualname__}"


class _InMemory:
    """Hands our checkpoints over as bytes, and reads them from files without running code in them.

    Those that a user's own callbacks save elsewhere than at ``path`` are files, as with Lightning's own.
    ``LightningPackage.plugin`` makes it known as a ``CheckpointIO``.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.saved = b""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        """Serialize; constructor arguments are left out, because the config holds them.

        Raises:
            Unreadable: it could not be read back.
        """
        if Path(path) != self.path:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            write_atomically(Path(path), lambda file: torch.save(checkpoint, file))
            return
        for owner in (pl.LightningModule, pl.LightningDataModule):
            checkpoint.pop(owner.CHECKPOINT_HYPER_PARAMS_KEY, None)
            checkpoint.pop(owner.CHECKPOINT_HYPER_PARAMS_TYPE, None)
        self.saved = serialized(checkpoint)

    def load_checkpoint(self, path: Any, map_location: Any = None, weights_only: bool | None = None) -> dict[str, Any]:
        """Read a file that ``ResumeCheckpoints`` wrote."""
        checkpoint: dict[str, Any] = torch.load(path, map_location=map_location or "cpu", weights_only=True)
        return checkpoint

    def remove_checkpoint(self, path: Any) -> None:
        """Remove a file."""
        Path(path).unlink(missing_ok=True)

    def teardown(self) -> None:
        """Nothing is held."""


class ResumeCheckpoints:
    """Resume checkpoints: taken between epochs, written every so many seconds, the newest two kept.

    A run whose state cannot be read back says so at its first checkpoint, and goes on without.
    """

    def __init__(self, directory: Path, every: float) -> None:
        self.io = _InMemory(directory / "resume.ckpt")
        self.possible = True
        self.directory = directory
        self._every = every
        self._step = 0
        self._written_step = 0
        self._written_at = 0.0
        self._cost = 0.0

    def start(self) -> None:
        """The run begins, or goes on, perhaps with its next part."""
        self._taken_at = time.monotonic()
        self._written_at = self._written_at or self._taken_at

    def take_if_due(self, trainer: pl.Trainer, step: int, reporter: Reporter) -> None:
        """Take a snapshot if the last one is old enough, and write it if the last written one is.

        ``step`` is the last that was reported.
        """
        now = time.monotonic()
        write = now - self._written_at >= self._every
        if write or now - self._taken_at >= max(_SNAPSHOT_EVERY, self._cost / _SNAPSHOT_SHARE):
            self.take(trainer, step, reporter)
        if write:
            self.flush(reporter)

    def take(self, trainer: pl.Trainer, step: int, reporter: Reporter) -> None:
        """Keep the present state in memory."""
        if not self.possible:
            return
        began = time.monotonic()
        try:
            trainer.save_checkpoint(self.io.path)
        except Unreadable as fault:
            self.possible = False
            reporter.log(f"no checkpoint of this run can be read back: {fault}. {_REMEDY}")
            return
        self._step = step
        self._taken_at = time.monotonic()
        self._cost = self._taken_at - began

    def hand_on(self) -> Path:
        """The newest snapshot as a file, for the next part of the same run.

        Raises:
            TrainingError: it could not be read back.
        """
        if not self.possible:
            raise TrainingError("values cannot change in a run that leaves no checkpoint to go on from")
        part = self.directory / "part.ckpt"
        return write_atomically(part, lambda file: file.write_bytes(self.io.saved), durable=False)

    def flush(self, reporter: Reporter) -> None:
        """Write the newest snapshot, unless it is written already, and hand it over."""
        if self._step == self._written_step:
            return
        path = self.directory / f"resume-{self._step:010d}.ckpt"
        write_atomically(path, lambda file: file.write_bytes(self.io.saved))
        self._written_step, self._written_at = self._step, time.monotonic()
        for old in sorted(self.directory.glob("resume-*.ckpt"))[:-2]:
            old.unlink()
        reporter.checkpoint(path, self._step)
