"""A node that is killed costs its runs no attempt, and one that joins is used at once: on a Ray of two nodes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


def test_a_node_goes_and_another_comes(tmp_path: Path) -> None:
    script = [sys.executable, "-m", "tests.contracts.pools.two_nodes", str(tmp_path)]
    root = Path(__file__).parents[3]
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join((str(root), str(Path(__file__).parent / "trainers")))}
    done = subprocess.run(script, cwd=root, env=variables, capture_output=True, text=True, timeout=150, check=False)
    assert "all is well" in done.stdout, done.stdout[-2000:] + done.stderr[-4000:]
