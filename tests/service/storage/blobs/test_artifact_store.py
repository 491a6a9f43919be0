"""The artifact store: bytes by their hash, whole or not at all."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import fsspec
import pytest

from service.errors import ArtifactNotFound
from service.storage.blobs.artifact_store import ArtifactStore
from service.storage.blobs.backends import UNFINISHED

DIES_BEFORE_THE_RENAME = """
import os, signal, sys
from pathlib import Path
from service.storage.blobs.artifact_store import ArtifactStore

store = ArtifactStore(sys.argv[1])
Path.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
store.put(Path(sys.argv[2]))
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A file of more than one block."""
    path = tmp_path / "model.pt"
    path.write_bytes(os.urandom(3_000_001))
    return path


def blobs(root: Path) -> list[str]:
    """The names of the finished files."""
    return sorted(path.name for path in root.glob("??/*"))


@pytest.mark.parametrize("scheme", ["", "file://", "memory://"])
class TestEveryBackend:
    """The same on a directory and on an fsspec file system."""

    def test_bytes_come_back_by_their_hash(self, scheme: str, tmp_path: Path, source: Path) -> None:
        store = ArtifactStore(f"{scheme}{tmp_path}/artifacts")
        expected = hashlib.sha256(source.read_bytes()).hexdigest()
        for _ in range(2):
            blob = store.put(source)
            assert (blob.sha256, blob.size) == (expected, 3_000_001)
        with store.open(expected) as file:
            assert file.read() == source.read_bytes()

    def test_deleted_bytes_are_gone(self, scheme: str, tmp_path: Path, source: Path) -> None:
        store = ArtifactStore(f"{scheme}{tmp_path}/artifacts")
        sha256 = store.put(source).sha256
        stamp = store.stamp(sha256)
        assert (list(store.names()), stamp is None) == ([sha256], False)
        for _ in range(2):
            store.delete(sha256, stamp)
        assert (list(store.names()), store.stamp(sha256)) == ([], None)
        with pytest.raises(ArtifactNotFound):
            store.open(sha256)

    def test_bytes_that_were_put_again_are_not_deleted(self, scheme: str, tmp_path: Path, source: Path) -> None:
        store = ArtifactStore(f"{scheme}{tmp_path}/artifacts")
        sha256 = store.put(source).sha256
        stamp = store.stamp(sha256)
        store.put(source)
        store.delete(sha256, stamp)
        assert list(store.names()) == [sha256]

    @pytest.mark.parametrize("sha256", ["", "../../etc/passwd", "A" * 64, "a" * 63])
    def test_only_a_hash_is_looked_for(self, scheme: str, tmp_path: Path, sha256: str) -> None:
        store = ArtifactStore(f"{scheme}{tmp_path}/artifacts")
        with pytest.raises(ArtifactNotFound, match="is not a sha256"):
            store.open(sha256)


@pytest.mark.parametrize("scheme", ["", "memory://"])
@pytest.mark.parametrize("name", [".nfs000000000000a0b1", "notes.txt"])
def test_files_of_others_are_no_blobs(scheme: str, name: str, tmp_path: Path, source: Path) -> None:
    url = f"{scheme}{tmp_path}/artifacts"
    store = ArtifactStore(url)
    sha256 = store.put(source).sha256
    files, root = fsspec.core.url_to_fs(url)
    files.pipe_file(f"{root}/{sha256[:2]}/{name}", b"left by a network file system, or by somebody")
    assert list(store.names()) == [sha256]


def test_a_local_file_has_a_path(tmp_path: Path, source: Path) -> None:
    store = ArtifactStore(str(tmp_path / "artifacts"))
    path = store.path_of(store.put(source).sha256)
    assert path is not None
    assert path.read_bytes() == source.read_bytes()
    assert store.path_of("0" * 64) is None


def test_a_process_killed_before_the_rename_leaves_nothing_that_can_be_read(tmp_path: Path, source: Path) -> None:
    root = tmp_path / "artifacts"
    command = [sys.executable, "-c", DIES_BEFORE_THE_RENAME, str(root), str(source)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert blobs(root) == []
    assert len(list((root / UNFINISHED).iterdir())) == 1
    store = ArtifactStore(str(root))
    sha256 = store.put(source).sha256
    assert list(store.names()) == [sha256]


def test_uploads_that_nobody_finished_are_swept(tmp_path: Path, source: Path) -> None:
    root = tmp_path / "artifacts"
    store = ArtifactStore(str(root))
    store.reach()
    old, young = root / UNFINISHED / "old", root / UNFINISHED / "young"
    for path in (old, young):
        path.write_bytes(b"half")
    os.utime(old, (1, 1))
    store.put(source)
    assert (old.exists(), young.exists()) == (False, True)


def test_a_failing_copy_leaves_no_trace(tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "artifacts"
    store = ArtifactStore(str(root))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("service.storage.blobs.backends.os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        store.put(source)
    assert blobs(root) == []
    assert list((root / UNFINISHED).iterdir()) == []


def test_the_bytes_and_their_name_reach_the_disk(tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[Path] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink())
        real(descriptor)

    root = tmp_path / "artifacts"
    store = ArtifactStore(str(root))
    monkeypatch.setattr("service.storage.blobs.backends.os.fsync", fsync)
    sha256 = store.put(source).sha256
    assert synced[0].parent == root / UNFINISHED
    assert synced[1:] == [root, root / sha256[:2]]


def test_damaged_bytes_are_mended_by_storing_them_again(tmp_path: Path, source: Path) -> None:
    store = ArtifactStore(str(tmp_path / "artifacts"))
    path = store.path_of(store.put(source).sha256)
    assert path is not None
    path.write_bytes(b"rot")
    store.put(source)
    assert path.read_bytes() == source.read_bytes()


def test_a_remote_upload_gets_its_name_when_it_is_whole(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = fsspec.filesystem("memory")
    store = ArtifactStore("memory://crash")

    def lost(*_: object) -> None:
        raise ConnectionError("the line went dead")

    monkeypatch.setattr(type(files), "mv", lost)
    with pytest.raises(ConnectionError):
        store.put(source)
    assert not list(store.names())


class Refusal(Exception):
    """As the libraries of some file systems raise it."""


def test_a_file_system_s_own_errors_are_errors_of_a_file(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = fsspec.filesystem("memory")
    store = ArtifactStore("memory://refusing")
    sha256 = store.put(source).sha256

    def refuse(*_: object, **__: object) -> None:
        raise Refusal("slow down")

    with store.open(sha256) as file, monkeypatch.context() as patched:
        patched.setattr(type(files.store[f"/refusing/{sha256[:2]}/{sha256}"]), "read", refuse)
        with pytest.raises(OSError, match="slow down"):
            file.read()
    for name in ("put_file", "_open", "modified", "find"):
        monkeypatch.setattr(type(files), name, refuse)
    for call in (lambda: store.put(source), lambda: store.open(sha256), lambda: store.stamp(sha256), store.names):
        with pytest.raises(OSError, match="slow down"):
            list(call())


@pytest.mark.parametrize("url", ["nonsense://bucket", "file:///dev/null/artifacts", "/dev/null/artifacts"])
def test_a_place_that_cannot_be_used_is_an_error_of_those_who_want_bytes(url: str) -> None:
    store = ArtifactStore(url)
    for use in (store.reach, lambda: store.open("0" * 64), store.names):
        with pytest.raises(OSError, match=r"nonsense|/dev/null"):
            list(use() or ())


def test_it_is_light_enough_for_a_worker() -> None:
    heavy = "{'sqlalchemy', 'numpy', 'fsspec'}"
    code = f"import sys, service.storage.blobs.artifact_store; print(sorted({heavy} & set(sys.modules)))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"
