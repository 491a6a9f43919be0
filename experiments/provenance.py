"""From which code numbers come: the hashes of users' own, the commit it stands at, and installed versions."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from experiments.component import Component

LIBRARIES = ("studyhall", "torch", "pytorch-lightning", "torchmetrics", "numpy", "scikit-learn", "optuna")
"""Distributions that every result depends on; those that a user's own code imports come to them."""
_TIME_LIMIT = 10.0


def provenance_of(own: Mapping[str, type[Component]]) -> dict[str, Any]:
    """What stands beside a study or a run that uses these components of users' own, given as ``kind.name``, as JSON.

    ``code`` maps each component of the user's own to the sha256 of its files, ``code_hash`` is one hash for all of it;
    ``git`` tells of every repository that holds such files, and ``packages`` maps distributions to versions.
    """
    code = {part: component.code_hash for part, component in own.items()}
    files = {file for component in own.values() for file in component.files}
    libraries = {name for component in own.values() for name in component.libraries}
    return {
        "code_hash": hash_of(code),
        "code": code,
        "git": repositories(files),
        "packages": {"python": platform.python_version(), **versions({*LIBRARIES, *libraries})},
    }


def hash_of(code: Mapping[str, str]) -> str:
    """One hash for the code of several components, given as ``kind.name`` to hash; empty where there is none."""
    lines = [f"{part} {digest}\n" for part, digest in sorted(code.items())]
    return hashlib.sha256("".join(lines).encode()).hexdigest() if lines else ""


def versions(names: Iterable[str]) -> dict[str, str]:
    """The installed versions of distributions; one that is not installed is left out."""
    found = {}
    for name in sorted(names):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def repositories(files: Iterable[str]) -> list[dict[str, Any]]:
    """Folder, commit and whether any of the files differs from it (``dirty``), for each git repository of the files."""
    by_root: dict[str, list[str]] = {}
    roots: dict[Path, str] = {}
    for file in sorted(files):
        folder = Path(file).parent
        if folder not in roots:
            roots[folder] = _git(folder, "rev-parse", "--show-toplevel")
        if roots[folder]:
            by_root.setdefault(roots[folder], []).append(file)
    return [_state(root, held) for root, held in by_root.items()]


def _state(root: str, files: list[str]) -> dict[str, Any]:
    changed = _git(Path(root), "status", "--porcelain", "--ignored", "--untracked-files=all", "--", *files)
    return {"folder": root, "commit": _git(Path(root), "rev-parse", "HEAD"), "dirty": bool(changed)}


def _git(folder: Path, *words: str) -> str:
    """What git says; nothing where there is no repository, no commit or no git."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(  # noqa: S603
            ["git", "-C", str(folder), *words],  # noqa: S607 - the user's own git
            env={**variables, "GIT_OPTIONAL_LOCKS": "0"},
            capture_output=True,
            text=True,
            timeout=_TIME_LIMIT,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
