"""Where blobs lie: a local directory, or a file system that fsspec knows."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import io
import os
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol, cast

BLOCK = 1 << 20
UNFINISHED = "incoming"
LOCK = ".lock"


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

    def names(self) -> Iterator[str]:
        """The last part of every key, which is the hash of what lies there; and names of files that are no blobs."""
        ...

    def stamp(self, key: str) -> str | None:
        """What is another each time the bytes are put; nothing when they are not there, or nobody can tell."""
        ...

    def delete(self, key: str, stamp: str) -> None:
        """Remove it if it still has the stamp: if nobody has put it again."""
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
            with self._locked(fcntl.LOCK_SH):
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

    def names(self) -> Iterator[str]:
        """Unfinished files lie elsewhere."""
        for path in self._root.glob("[0-9a-f][0-9a-f]/*"):
            yield path.name

    def stamp(self, key: str) -> str | None:
        """Each put makes a new file."""
        try:
            found = (self._root / key).stat()
        except FileNotFoundError:
            return None
        return f"{found.st_ino}.{found.st_mtime_ns}"

    def delete(self, key: str, stamp: str) -> None:
        """Unlink it, while nobody can put another in its place."""
        with self._locked(fcntl.LOCK_EX):
            if self.stamp(key) == stamp:
                (self._root / key).unlink()

    def sweep(self, age: float) -> None:
        """Another process may sweep at the same time."""
        for unfinished in (self._root / UNFINISHED).iterdir():
            with contextlib.suppress(FileNotFoundError):
                if time.time() - unfinished.stat().st_mtime > age:
                    unfinished.unlink()

    @contextlib.contextmanager
    def _locked(self, kind: int) -> Iterator[None]:
        """Held by this process alone (``LOCK_EX``), or by all that publish; the death of a process frees it."""
        with (self._root / LOCK).open("wb") as file:
            fcntl.flock(file, kind)
            yield

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
            raise OSError(f"{url!r} names no file system here: {error}") from error

    def put(self, path: Path) -> Blob:
        """Hash, then send; what is known already is sent again, in case it is about to be deleted."""
        with path.open("rb") as source:
            blob = _hash(source)
        key = key_of(blob.sha256)
        unfinished = self._at(f"{UNFINISHED}/{secrets.token_hex(8)}")
        with _as_os_error():
            self._files.makedirs(self._at(UNFINISHED), exist_ok=True)
            self._files.makedirs(self._at(key).rsplit("/", 1)[0], exist_ok=True)
            self._files.put_file(str(path), unfinished)
            self._files.mv(unfinished, self._at(key))
        return blob

    def open(self, key: str) -> BinaryIO:
        """Read block by block."""
        with _as_os_error():
            file = self._files.open(self._at(key), "rb")
        return cast(BinaryIO, io.BufferedReader(_RemoteFile(file), BLOCK))

    def path_of(self, key: str) -> Path | None:
        """Nothing of it lies here."""
        return None

    def names(self) -> Iterator[str]:
        """As the file system says now, not as it remembers."""
        with _as_os_error():
            self._files.invalidate_cache()
            found = self._files.find(self._root)
        unfinished = self._at(UNFINISHED)
        for path in found:
            if not path.startswith(unfinished):
                yield path.rsplit("/", 1)[1]

    def stamp(self, key: str) -> str | None:
        """When it was last written; a file system that keeps no times keeps all files."""
        with _as_os_error():
            self._files.invalidate_cache()
            try:
                return str(self._files.modified(self._at(key)))
            except (FileNotFoundError, NotImplementedError):
                return None

    def delete(self, key: str, stamp: str) -> None:
        """No file system here knows a lock: bytes put between this look and the deletion, both at once, are lost."""
        if self.stamp(key) == stamp:
            with _as_os_error(), contextlib.suppress(FileNotFoundError):
                self._files.rm_file(self._at(key))

    def sweep(self, age: float) -> None:
        """File systems that keep no times expire unfinished uploads by rules of their own."""
        with _as_os_error(), contextlib.suppress(FileNotFoundError, NotImplementedError):
            for name in self._files.ls(self._at(UNFINISHED), detail=False):
                if time.time() - self._files.modified(name).timestamp() > age:
                    self._files.rm_file(name)

    def _at(self, key: str) -> str:
        return f"{self._root.rstrip('/')}/{key}"


class _RemoteFile(io.RawIOBase):
    """The bytes of a remote file, whose errors are those of any file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def readable(self) -> bool:
        """It is for nothing else."""
        return True

    def readinto(self, buffer: Any) -> int:
        """The next bytes; 0 at the end."""
        with _as_os_error():
            chunk = self._file.read(len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def close(self) -> None:
        """Close the file too."""
        self._file.close()
        super().close()


@contextlib.contextmanager
def _as_os_error() -> Iterator[None]:
    """File systems raise errors of their own libraries when they cannot be reached; to try again is right for those.

    What is wrong with the call itself stays what it is: it would fail each time.

    Raises:
        OSError: the file system does not answer, or refuses.
    """
    try:
        yield
    except (OSError, ValueError, TypeError, NotImplementedError):
        raise
    except Exception as error:
        raise OSError(f"the artifact store does not answer: {type(error).__name__}: {error}") from error


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
