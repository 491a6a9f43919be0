"""Breaks components on purpose and demands that the tests notice: ``python -m tests.mutants.run [NAME…]``.

Each ``*.patch`` beside this file breaks one component in a copy of the repository. Its first line names the tests that
must fail: ``# tests: tests/experiments/schedules/test_schedule_laws.py::test_x``. A mutant that survives is a hole in
the tests.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PARTS = ("examples", "experiments", "search_spaces", "service", "tests", "pyproject.toml")
PASSED, FAILED = 0, 1
"""Pytest's exit codes when tests ran; every other one means that nothing was shown."""


def main(names: Sequence[str]) -> int:
    """Try the mutants of these names, or all; the number of those that were not caught."""
    patches = [HERE / f"{name}.patch" for name in names] or sorted(HERE.glob("*.patch"))
    sound = _failing(sorted({test for patch in patches for test in _tests_of(patch)}))
    if sound is not None:
        print(f"the tests fail without any mutant:\n{sound}")
        return len(patches)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        verdicts = list(pool.map(_try, patches))
    for patch, verdict in zip(patches, verdicts, strict=True):
        print(f"{'caught' if not verdict else 'SURVIVED':9} {patch.stem}{verdict and f': {verdict}'}")
    survivors = sum(bool(verdict) for verdict in verdicts)
    print(f"{len(patches) - survivors} of {len(patches)} mutants caught")
    return survivors


def _tests_of(patch: Path) -> list[str]:
    return patch.read_text().partition("\n")[0].removeprefix("# tests:").split()


def _try(patch: Path) -> str:
    """Nothing if the tests fail on the broken copy, otherwise what went wrong."""
    try:
        return "" if _failing(_tests_of(patch), patch) is not None else "every test passes"
    except RuntimeError as error:
        return str(error)


def _failing(tests: Sequence[str], patch: Path | None = None) -> str | None:
    """What failing tests say on a copy of the repository, or nothing when they pass.

    Raises:
        RuntimeError: the patch does not apply, or the tests could not run.
    """
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        copy = Path(folder)
        _copy_into(copy)
        if patch:
            applied = _run(["patch", "-p1", "--forward", "--fuzz=0", "-i", str(patch)], copy)
            if applied.returncode:
                raise RuntimeError(f"the patch does not apply: {applied.stdout.strip()}")
        tested = _run([sys.executable, "-P", "-m", "pytest", "-q", "-x", *tests], copy)
    if tested.returncode not in {PASSED, FAILED}:
        raise RuntimeError(f"the tests did not run: {tested.stdout[-400:]}")
    return tested.stdout[-400:] if tested.returncode == FAILED else None


def _copy_into(folder: Path) -> None:
    ignored = shutil.ignore_patterns("__pycache__", "node_modules", "dist")
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=ignored)
        else:
            shutil.copy(source, folder / part)


def _run(command: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """The command in the copy, whose packages are found before the installed ones."""
    variables = {**os.environ, "PYTHONPATH": str(folder), "OMP_NUM_THREADS": "1"}
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    sys.exit(bool(main(sys.argv[1:])))
