"""Descriptions of users' own code, kept on the disk: while no file has changed, nobody imports it to describe it."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from experiments.errors import TrainingError
from experiments.plugins.own_code import Sources, disk_hash, is_current, snapshot
from experiments.plugins.registration import describe, looked


def description_of(modules: Sequence[str], folder: Path, variables: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What ``describe`` says now: from ``folder`` if it was said before of the same files, otherwise by importing them.

    The parts of a service start together: one imports, the others wait and read. Where users' code ends the process
    that imports it, everything is refused with the reason; ``failed`` then is true, and nothing is kept.
    """
    places = looked(modules)
    if not places["entry_points"] and not modules:
        return {**_NOTHING, "looked": places}
    file = folder / f"{_request(places)}.json"
    kept = _read(file)
    if kept is not None:
        return kept
    with _alone(folder):
        kept = _read(file)
        if kept is not None:
            return kept
        try:
            description = describe(modules, variables)
        except TrainingError as error:
            return _all_refused(places, str(error))
        _write(file, description)
        return description


def still_holds(description: Mapping[str, Any], modules: Sequence[str]) -> bool:
    """Whether a description is what ``describe`` would say now, as far as files and installed packages tell."""
    return bool(description["looked"] == looked(modules)) and is_current(description["state"])


_NOTHING: Mapping[str, Any] = {
    "experiments": [],
    "components": [],
    "refused": [],
    "state": {"files": {}, "folders": [], "found": {}, "path": []},
}


def _request(places: Mapping[str, Any]) -> str:
    """A name for what is described, by which Python and by which version of this package."""
    ours = [disk_hash(file) for file in sorted(Path(__file__).parents[1].rglob("*.py"))]
    asked = [places, sys.prefix, sys.version, os.environ.get("PYTHONPATH", ""), ours]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


def _read(file: Path) -> dict[str, Any] | None:
    """A description that still holds; one that is cut off or not ours is none."""
    try:
        description: dict[str, Any] = json.loads(file.read_bytes())
        return description if is_current(description["state"]) else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Have the folder to oneself; one that cannot be had costs only time."""
    with contextlib.ExitStack() as held:
        with contextlib.suppress(OSError):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(folder, os.O_RDONLY)
            held.callback(os.close, descriptor)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield


def _write(file: Path, description: Mapping[str, Any]) -> None:
    """Keep it whole or not at all, whatever others write meanwhile; a folder that takes no files costs only time."""
    with (
        contextlib.suppress(OSError),
        tempfile.NamedTemporaryFile("w", dir=file.parent, suffix=".new", delete=False, encoding="utf-8") as new,
    ):
        try:
            json.dump(description, new)
            new.flush()
            Path(new.name).replace(file)
        except OSError:
            Path(new.name).unlink(missing_ok=True)
            raise


def _all_refused(places: Mapping[str, Any], reason: str) -> dict[str, Any]:
    offered = [point.split(" = ") for point in places["entry_points"]]
    names = {name.split()[-1]: target.partition(":")[0] for name, target in offered}
    names |= {module: module for module in places["modules"]}
    sources = Sources()
    for module in names.values():
        sources.add(module)
    refused = [{"name": name, "reason": reason} for name in names]
    return {**_NOTHING, "looked": places, "refused": refused, "state": snapshot([sources]), "failed": True}
