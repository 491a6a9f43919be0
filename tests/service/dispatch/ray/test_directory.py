"""The private directory of Ray is private, and what a killed engine left is found and ended."""

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from service.dispatch.pool import PoolFailed
from service.dispatch.ray.directory import MARK, end_processes, is_alive, make_private, marked_processes, short_path


def test_the_place_is_short_and_always_the_same(tmp_path: Path) -> None:
    home = tmp_path / ("long" * 30)
    assert short_path(home) == short_path(home)
    assert short_path(home) != short_path(tmp_path)
    assert len(str(short_path(home))) <= 40


def test_a_fresh_directory_with_a_fresh_token(tmp_path: Path) -> None:
    place = tmp_path / "ray"
    make_private(place)
    token = (place / "token").read_text()
    (place / "old").touch()
    make_private(place)
    assert (place / "token").read_text() != token
    assert not (place / "old").exists()


def test_a_place_that_leads_elsewhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o777)
    place = tmp_path / "ray"
    place.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PoolFailed, match="belongs to somebody else"):
        make_private(place)


def test_leftovers_are_found_by_their_mark_and_ended(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import threading; threading.Event().wait()"]
    ours = subprocess.Popen(command, env={**os.environ, MARK: str(tmp_path)})
    others = subprocess.Popen(command, env={**os.environ, MARK: str(tmp_path / "other")})
    try:
        found = marked_processes(tmp_path)
        assert [process.pid for process in found] == [ours.pid]
        end_processes(found, patience=0.1)
        assert not is_alive(found[0])
        assert is_alive(psutil.Process(others.pid))
    finally:
        for process in (ours, others):
            process.kill()
            process.wait()
