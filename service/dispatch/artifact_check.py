"""Whether the artifact store of a cluster answers, asked before anything trains: else each run would find out anew."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from service.errors import PoolFailed
from service.storage.blobs.artifact_store import ArtifactStore

PATIENCE = 30.0
"""Seconds for the store to take a few bytes and give them back."""
_BYTES = b"Studyhall looks whether it can keep files here, and deletes this one.\n"


async def check_artifact_store(url: str) -> None:
    """Keep a small file and read it back; the collector deletes it, because no row refers to it.

    A folder of this machine is only made: whoever reads and writes there is told at once what is wrong.

    Raises:
        PoolFailed: the store does not answer, or refuses.
    """
    try:
        await asyncio.wait_for(asyncio.to_thread(_keep_and_read, url), PATIENCE)
    except Exception as error:  # each file system has its own
        why = str(error) or f"nothing in {PATIENCE:g} s"
        remedy = "STUDYHALL_ARTIFACT_URL must name a place that this machine and all nodes can write to"
        raise PoolFailed(f"the artifact store {url} cannot be used ({why}): {remedy}") from error


def _keep_and_read(url: str) -> None:
    store = ArtifactStore(url)
    store.reach()
    if "://" not in url:
        return
    with tempfile.TemporaryDirectory(prefix="studyhall-") as directory:
        file = Path(directory) / "looking"
        file.write_bytes(_BYTES)
        blob = store.put(file)
    with store.open(blob.sha256) as kept:
        if kept.read() != _BYTES:
            raise OSError("it gives back other bytes than it was given")
