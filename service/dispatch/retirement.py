"""Which worker is not to have another run: one that may be spoiled, or holds more than it should."""

from __future__ import annotations

from dataclasses import dataclass

from service.study.jobs import Ending, Failed, Refused
from service.study.states import FailureKind

MOST_RUNS = 10_000
"""Runs after which a worker goes, so that what nobody measures (threads, open files, a driver's handles) does not grow
for ever. A new one takes 5 seconds to start: of the shortest runs, 45 a second, that is a fiftieth."""
GROWTH, SLACK = 2.0, 256 * 1024 * 1024
"""How many times as much memory as at first, and how many bytes more, a worker may hold."""
FIRST_SIGNS = 12
"""Signs of life while it trains from which is known what it holds at first: in that minute it loads its data too."""
_CUDA_WORDS = ("cuda error", "cublas_status_", "cudnn_status_", "cudnn error", "nccl error")
"""How torch says that the GPU's context has failed; nothing that is done in it works any more."""


@dataclass
class Wear:
    """What a worker has been through, as far as it has told."""

    n_runs: int = 0
    n_signs: int = 0
    memory: int = 0
    """Bytes that it held when it last said so."""
    at_first: int = 0
    """Most bytes that it held until its libraries and data were surely loaded."""

    def holds(self, memory: int, *, trains: bool) -> None:
        """The worker has said how many bytes it holds."""
        self.memory = memory
        if self.n_signs < FIRST_SIGNS:
            self.at_first = max(self.at_first, memory)
            self.n_signs += trains

    def reason_to_retire(self, end: Ending) -> str:
        """Why it is not to have another run after one that ended so; empty if it may."""
        self.n_runs += 1
        if isinstance(end, Refused):
            return "it has other code than its runs want"  # and will never have what its key promises
        if isinstance(end, Failed) and (spoiled := _spoiled_by(end)):
            return spoiled
        if self.memory > GROWTH * self.at_first + SLACK:
            return f"it holds {_megabytes(self.memory)} MB, and held {_megabytes(self.at_first)} MB at first"
        return f"it has had {MOST_RUNS:,} runs" if self.n_runs >= MOST_RUNS else ""


def _spoiled_by(end: Failed) -> str:
    if end.failure == FailureKind.OUT_OF_MEMORY:
        return "it ran out of memory, and may not have given all back"
    said = f"{end.message}\n{end.traceback}".lower()
    return "its GPU's context has failed" if any(word in said for word in _CUDA_WORDS) else ""


def _megabytes(n_bytes: int) -> int:
    return round(n_bytes / 1e6)
