"""Where blobs lie: a local directory, or a file system that fsspec knows."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from experiments.errors import InvalidInput

BLOCK = 1 << 20
UNFINISHED = "incoming"


@dataclass(frozen=True)
class Blob:
    """Stored bytes: their sha256, in hexadecimal, and how many they are."""

    sha256: str
    size: int


def key_of(sha256: str) -> str:
    """The relative path under which the bytes of this hash lie."""
    return f"{sha256[:2]}/{sha256}"


class BlobBackend(Protocol):
    """Where blobs lie; keys are relative paths."""

    def put(self, path: Path) -> Blob:
        """Copy a file, name it by its hash, and make that durable."""
        ...

    def open(self, key: str) -> BinaryIO:
        """The bytes; FileNotFoundError when there are none."""
        ...

    def path_of(self, key: str) -> Path | None:
        """The local file, if there is one."""
        ...

    def has(self, key: str) -> bool:
        """Whether it is there."""
        ...

    def delete(self, key: str) -> None:
        """Remove it if it is there."""
        ...

    def sweep(self, age: float) -> None:
        """Remove unfinished uploads older than ``age`` seconds."""
        ...


class LocalBackend:
    """A directory. Copy, fsync, rename, fsync of the directory: after a crash there is the whole file or none."""

    def __init__(self, root: Path) -> None:
        self._root = root
        (root / UNFINISHED).mkdir(parents=True, exist_ok=True)

    def put(self, path: Path) -> Blob:
        """Copy and hash in one pass; what lies there already is replaced, in case it is damaged."""
        unfinished = self._root / UNFINISHED / secrets.token_hex(8)
        try:
            with path.open("rb") as source, unfinished.open("xb") as copy:
                blob = _copy(source, copy)
                copy.flush()
                os.fsync(copy.fileno())
            self._publish(unfinished, self._root / key_of(blob.sha256))
        finally:
            unfinished.unlink(missing_ok=True)
        return blob

    def open(self, key: str) -> BinaryIO:
        """A plain file."""
        return (self._root / key).open("rb")

    def path_of(self, key: str) -> Path | None:
        """Its path."""
        path = self._root / key
        return path if path.exists() else None

    def has(self, key: str) -> bool:
        """Only finished files have their hash for a name."""
        return (self._root / key).exists()

    def delete(self, key: str) -> None:
        """Unlink it."""
        (self._root / key).unlink(missing_ok=True)

    def sweep(self, age: float) -> None:
        """Another process may sweep at the same time."""
        for unfinished in (self._root / UNFINISHED).iterdir():
            with contextlib.suppress(FileNotFoundError):
                if time.time() - unfinished.stat().st_mtime > age:
                    unfinished.unlink()

    def _publish(self, unfinished: Path, target: Path) -> None:
        if not target.parent.exists():
            target.parent.mkdir(exist_ok=True)
            _sync_directory(self._root)
        unfinished.replace(target)
        _sync_directory(target.parent)


class RemoteBackend:
    """An fsspec file system. The upload gets another name first, because not every file system writes whole files."""

    def __init__(self, url: str) -> None:
        import fsspec

        try:
            self._files, self._root = fsspec.core.url_to_fs(url)
        except (ImportError, ValueError) as error:
            raise InvalidInput.at("artifact_url", f"{url!r} cannot be used: {error}") from error

    def put(self, path: Path) -> Blob:
        """Hash first, so that known bytes are not sent again."""
        with path.open("rb") as source:
            blob = _hash(source)
        key = key_of(blob.sha256)
        if not self.has(key):
            unfinished = self._at(f"{UNFINISHED}/{secrets.token_hex(8)}")
            self._files.makedirs(self._at(UNFINISHED), exist_ok=True)
            self._files.makedirs(self._at(key).rsplit("/", 1)[0], exist_ok=True)
            self._files.put_file(str(path), unfinished)
            self._files.mv(unfinished, self._at(key))
        return blob

    def open(self, key: str) -> BinaryIO:
        """Read block by block."""
        return cast(BinaryIO, self._files.open(self._at(key), "rb"))

    def path_of(self, key: str) -> Path | None:
        """Nothing of it lies here."""
        return None

    def has(self, key: str) -> bool:
        """As the file system says."""
        return bool(self._files.exists(self._at(key)))

    def delete(self, key: str) -> None:
        """Another process may delete at the same time."""
        with contextlib.suppress(FileNotFoundError):
            self._files.rm_file(self._at(key))

    def sweep(self, age: float) -> None:
        """File systems that keep no times expire unfinished uploads by rules of their own."""
        with contextlib.suppress(FileNotFoundError, NotImplementedError):
            for name in self._files.ls(self._at(UNFINISHED), detail=False):
                if time.time() - self._files.modified(name).timestamp() > age:
                    self._files.rm_file(name)

    def _at(self, key: str) -> str:
        return f"{self._root.rstrip('/')}/{key}"


def _hash(source: BinaryIO) -> Blob:
    digest, size = hashlib.sha256(), 0
    while block := source.read(BLOCK):
        digest.update(block)
        size += len(block)
    return Blob(digest.hexdigest(), size)


def _copy(source: BinaryIO, copy: BinaryIO) -> Blob:
    digest, size = hashlib.sha256(), 0
    while block := source.read(BLOCK):
        digest.update(block)
        copy.write(block)
        size += len(block)
    return Blob(digest.hexdigest(), size)


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
