"""Collecting blobs that nothing refers to: of deleted studies, of ended runs, of workers that died.

A worker stores bytes first, and their row is written a moment later by the engine, or never. So bytes without a row
are left alone until they have been seen without one, and were not put again, for longer than any row takes. Only this
process's own clock tells how long that is. Whenever it dies, what is not deleted yet is found again.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from itertools import islice
from typing import Protocol

from service.storage.blobs.artifact_store import ArtifactStore

GRACE_SECONDS = 600.0
STEP = 500


class References(Protocol):
    """Knows which bytes somebody needs."""

    def referenced(self, sha256s: Collection[str]) -> Collection[str]:
        """Those of the hashes that a row refers to."""
        ...


class BlobCollector:
    """Deletes what nobody refers to; for the engine that leads, because its writes are what blobs wait for."""

    def __init__(self, blobs: ArtifactStore, references: References) -> None:
        self._blobs = blobs
        self._references = references
        self._unreferenced: dict[str, tuple[str, float]] = {}
        """Hash to the stamp of the bytes, and when they were first seen so."""

    def collect(self) -> Iterator[int]:
        """One pass over all blobs, in short steps: how many each step deleted.

        Raises:
            OSError: the artifact store does not answer.
            Unavailable: the database does not answer; then rows may be late, and all waits begin anew.
        """
        before, self._unreferenced = self._unreferenced, {}
        found = self._blobs.names()
        try:
            while names := list(islice(found, STEP)):
                asked_at = time.monotonic()
                needed = self._references.referenced(names)
                yield sum(self._look(name, before.get(name), asked_at) for name in names if name not in needed)
        except BaseException:
            self._unreferenced = {}
            raise

    def _look(self, sha256: str, before: tuple[str, float] | None, asked_at: float) -> bool:
        """Delete bytes that have waited long enough, remember others; whether they were deleted.

        They have waited from the look at their stamp to the question for their rows: a later row was not seen.
        """
        stamp = self._blobs.stamp(sha256)
        if stamp is None:
            return False
        if before is None or before[0] != stamp:
            self._unreferenced[sha256] = stamp, time.monotonic()
            return False
        if asked_at - before[1] < GRACE_SECONDS:
            self._unreferenced[sha256] = before
            return False
        self._blobs.delete(sha256, stamp)
        return True
