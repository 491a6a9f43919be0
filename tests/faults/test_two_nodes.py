"""A service on a Ray of two nodes: what it needs for them, and a node that is killed while its run trains."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


@pytest.mark.timeout(300)
def test_two_nodes_need_a_shared_place_and_the_death_of_one_costs_no_attempt(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    script = [sys.executable, "-m", "tests.faults.two_nodes", str(tmp_path)]
    variables = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run(script, cwd=root, env=variables, capture_output=True, text=True, timeout=280, check=False)
    assert "all is well" in done.stdout, done.stdout[-2000:] + done.stderr[-4000:]
