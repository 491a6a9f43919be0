"""A worker's directory lies on its own node, and nothing of it stays for ever."""

from __future__ import annotations

import fcntl
import os
import tempfile
import threading
from pathlib import Path

import pytest

from service.dispatch.scratch import Scratch, remove_left


def forked_and_dead(folder: Path, name: str) -> None:
    """A worker that made its directory and was killed."""
    pid = os.fork()
    if pid == 0:
        (Scratch(str(folder), name).path / "file").write_text("left")
        os._exit(0)
    os.waitpid(pid, 0)


def test_what_a_killed_worker_left_goes_and_what_a_living_one_has_stays(tmp_path: Path) -> None:
    living = Scratch(str(tmp_path), "living")
    forked_and_dead(tmp_path, "dead")
    (tmp_path / "anything else").mkdir()
    assert len(list(tmp_path.iterdir())) == 3
    last = Scratch(str(tmp_path), "last")
    assert set(tmp_path.iterdir()) == {living.path, last.path, tmp_path / "anything else"}
    living.remove()
    assert not living.path.exists()
    last.remove()


def test_a_directory_that_has_just_been_made_is_not_taken_for_one_that_was_left(tmp_path: Path) -> None:
    """A worker is between making it and holding it, when an engine comes to its end that has a successor."""
    folder = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    made = tmp_path / "own-new"
    made.mkdir()
    removing = threading.Thread(target=remove_left, args=(tmp_path,))
    removing.start()
    removing.join(0.2)
    held = os.open(made, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    os.close(folder)
    removing.join()
    assert made.is_dir()
    os.close(held)


def test_a_relative_folder_lies_in_the_node_s_place_for_temporary_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    own = Scratch("studyhall-abc", "w1")
    assert own.path.parent == tmp_path / "studyhall-abc"
    assert own.path.parent.stat().st_mode & 0o077 == 0
    own.remove()
