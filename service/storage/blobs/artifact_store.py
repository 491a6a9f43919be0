"""The bytes of artifacts, kept by their sha256: in a local directory, or behind an fsspec URL that all nodes share.

Equal bytes are kept once. A blob is there whole or not at all, whatever dies in between; the row that names it is
written afterward, by whoever stores rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from service.errors import ArtifactNotFound
from service.storage.blobs.backends import Blob, BlobBackend, LocalBackend, RemoteBackend, key_of

__all__ = ["ArtifactStore", "Blob"]

UNFINISHED_LIVE = 3600.0
"""Seconds after which an upload that was never finished is a dead process's."""
_HASH = re.compile("[0-9a-f]{64}")


class ArtifactStore:
    """Stores and finds blobs. ``url`` is a directory, or an fsspec URL such as ``s3://bucket/artifacts``.

    It is opened when it is first used: a place that cannot be used fails those who want bytes, not all that is served.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._swept = False

    @cached_property
    def _backend(self) -> BlobBackend:
        parts = urlsplit(self._url)
        if parts.scheme == "file":
            return LocalBackend(Path(unquote(parts.path)))
        return RemoteBackend(self._url) if "://" in self._url else LocalBackend(Path(self._url))

    def reach(self) -> None:
        """Open it now.

        Raises:
            OSError: it cannot be used; so it is with all that follows.
        """
        _ = self._backend

    def put(self, path: Path) -> Blob:
        """Keep a file's bytes; durable when this returns."""
        if not self._swept:
            self._backend.sweep(UNFINISHED_LIVE)
            self._swept = True
        return self._backend.put(path)

    def open(self, sha256: str) -> BinaryIO:
        """The bytes, to be read and closed by the caller.

        Raises:
            ArtifactNotFound: there are none of this hash.
            OSError: they cannot be read now; so may reading them.
        """
        try:
            return self._backend.open(_checked(sha256))
        except FileNotFoundError as error:
            raise ArtifactNotFound(f"the bytes {sha256[:12]}… are not in the artifact store") from error

    def path_of(self, sha256: str) -> Path | None:
        """Where the bytes lie, if that is a file of this machine."""
        return self._backend.path_of(_checked(sha256))

    def names(self) -> Iterator[str]:
        """The hashes of all that is kept; other files may lie beside it, a network file system's own for one."""
        return filter(_HASH.fullmatch, self._backend.names())

    def stamp(self, sha256: str) -> str | None:
        """What changes each time these bytes are put; nothing when they are not here, or nobody can tell."""
        return self._backend.stamp(_checked(sha256))

    def delete(self, sha256: str, stamp: str) -> None:
        """Forget the bytes, unless somebody has put them again since they had the stamp."""
        self._backend.delete(_checked(sha256), stamp)


def _checked(sha256: str) -> str:
    if not _HASH.fullmatch(sha256):
        raise ArtifactNotFound(f"{sha256[:80]!r} is not a sha256")
    return key_of(sha256)
