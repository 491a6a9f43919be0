"""A pool does not start over an artifact store that cannot be used."""

from __future__ import annotations

import uuid
from pathlib import Path

import fsspec
import pytest

from service.dispatch import artifact_check
from service.dispatch.artifact_check import check_artifact_store
from service.dispatch.pool import PoolOptions
from service.dispatch.process.pool import ProcessPool
from service.errors import PoolFailed
from service.storage.blobs.artifact_store import ArtifactStore


class Refusing(fsspec.AbstractFileSystem):
    """A bucket for which the credentials are wrong."""

    protocol = "refusing"

    def makedirs(self, path: str, exist_ok: bool = False) -> None:
        raise PermissionError("403 Forbidden")


fsspec.register_implementation("refusing", Refusing)


async def test_a_store_that_answers_is_used() -> None:
    await check_artifact_store(f"memory://{uuid.uuid4()}")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("refusing://bucket/artifacts", "403 Forbidden"),
        ("no-such://bucket", "'no-such://bucket' names no file system here: Protocol not known"),
        ("/dev/null/artifacts", "[Errno 20] Not a directory: '/dev/null/artifacts/incoming'"),
    ],
)
async def test_one_that_refuses_is_told_with_its_reason_and_the_setting(tmp_path: Path, url: str, why: str) -> None:
    pool = ProcessPool(PoolOptions(url, tmp_path / "workers", workers=1))
    with pytest.raises(PoolFailed) as told:
        await pool.start(1)
    assert str(told.value).startswith(f"the artifact store {url} cannot be used ({why}")
    assert "STUDYHALL_ARTIFACT_URL" in str(told.value)
    assert pool.workers() == []


async def test_one_that_is_silent_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artifact_check, "PATIENCE", 0.0)
    with pytest.raises(PoolFailed, match="nothing in 0 s"):
        await check_artifact_store("memory://silent")


async def test_one_that_gives_back_other_bytes_is_of_no_use(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"other")
    monkeypatch.setattr(ArtifactStore, "open", lambda *_: other.open("rb"))
    with pytest.raises(PoolFailed, match="other bytes"):
        await check_artifact_store(f"memory://{uuid.uuid4()}")
