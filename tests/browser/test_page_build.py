"""Two builds of the page at once, which would remove each other's packages."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from service.dashboard import build

INTERRUPTED = """
import sys
from pathlib import Path
from service.dashboard import build
build.LOCK = Path(sys.argv[1])
build._machine_npm = lambda: ["sh", "-c", 'echo > "$0"; read _ < "$1"', *sys.argv[2:]]
build.run_npm()
"""


def test_a_build_waits_for_the_npm_of_one_that_was_interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock, began, end, second = (tmp_path / name for name in ("lock", "began", "end", "second"))
    os.mkfifo(began)
    os.mkfifo(end)
    said: queue.Queue[str] = queue.Queue()
    monkeypatch.setattr("builtins.print", said.put)
    monkeypatch.setattr(build, "LOCK", lock)
    monkeypatch.setattr(build, "_machine_npm", lambda: ["touch", str(second)])
    first = subprocess.Popen([sys.executable, "-c", INTERRUPTED, str(lock), str(began), str(end)])
    began.read_text()
    first.kill()
    first.wait()

    waiting = threading.Thread(target=build.run_npm)
    waiting.start()
    try:
        assert "another build of the page is at work" in said.get(timeout=30)
        assert not second.exists()
    finally:
        end.write_text("\n")
        waiting.join()

    assert second.exists()
