"""The oldest Lightning that is allowed trains, stops and resumes; all other tests are of the newest."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[3]
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "studyhall-tests"
TESTS = "tests/experiments/training/test_resume.py::test_a_stopped_run_goes_on_as_if_it_had_not_been[model1-one_cycle]"
UNDER_IT = """
import sys, pytest, pytorch_lightning
assert pytorch_lightning.__version__.startswith(sys.argv[1]), pytorch_lightning.__file__
sys.exit(pytest.main(["-q", sys.argv[2]]))
"""


def requirement(name: str) -> Requirement:
    """What the distribution asks for to train."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = map(Requirement, project["optional-dependencies"]["train"])
    return next(one for one in asked if one.name == name)


def oldest(name: str) -> str:
    """The lower end of the range."""
    return next(one.version for one in requirement(name).specifier if one.operator == ">=")


@pytest.fixture(scope="module")
def oldest_lightning() -> Path:
    """A folder with it, fetched once and kept; torch and the rest are those that are installed."""
    folder = CACHE / f"pytorch-lightning-{oldest('pytorch-lightning')}"
    if folder.is_dir():
        return folder
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as fetched:
        wanted = f"pytorch-lightning=={oldest('pytorch-lightning')}"
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", f"{fetched}/it", wanted]
        result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        if result.returncode:
            pytest.fail(f"{wanted} cannot be fetched: {result.stderr.strip()[-300:]}; pip needs its index once")
        Path(f"{fetched}/it").rename(folder)
    return folder


def test_the_oldest_lightning_trains_stops_and_resumes(oldest_lightning: Path) -> None:
    command = [sys.executable, "-c", UNDER_IT, oldest("pytorch-lightning"), TESTS]
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join([str(oldest_lightning), str(ROOT)])}
    result = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-1000:]


@pytest.mark.parametrize("name", ["pytorch-lightning", "torch"])
def test_the_documentation_names_the_versions_that_are_tested(name: str) -> None:
    pins = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines() if "==" in line)
    assert requirement(name).specifier.contains(pins[name])
    said = f"| `{name}` | `{','.join(sorted(map(str, requirement(name).specifier), reverse=True))}` | "
    row = next(line for line in (ROOT / "docs/installing.md").read_text("utf-8").splitlines() if said in line)
    assert all(version in row.removeprefix(said) for version in (oldest(name), pins[name]))
