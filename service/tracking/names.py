"""Names of metrics and parameters as MLflow takes them; it refuses a whole batch for one that it does not.

A name that MLflow takes stays as it is. Any other becomes a readable stem and the beginning of its hash:
``MAP@5`` is ``MAP_5-`` and twelve hexadecimal digits. The new name follows from the old one alone, so it is the same in
every run and after every restart, and no two names become one: what looks like a new name is given one itself.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from functools import lru_cache

MAX_NAME = 250
"""Characters of a name, of whatever kind."""
NAME_TAG = "studyhall.name."
"""Before a new name, the key of the tag that holds the old one."""
OBJECTIVE = "objective"
"""The metric that holds what a trial, or one of its runs, is judged by."""
OBJECTIVES = "objective/"
"""Before a metric's name: its value as one of several objectives."""
OBJECTIVE_STD = "objective_std"
OBJECTIVE_N = "objective_n"
"""Of a trial with several runs: how far their objectives spread, and how many there are."""
JUDGED = "judged/"
"""Before a metric's name: its value at the epoch that counts."""

_DIGITS = 12
_REFUSED = re.compile(r"[^/\w.\- :]")
_OURS = (OBJECTIVE, OBJECTIVE_STD, OBJECTIVE_N)
_NEW = re.compile(rf".*-[0-9a-f]{{{_DIGITS}}}", re.DOTALL)


@lru_cache(maxsize=4096)  # the trials of a study have the same names
def mlflow_name(name: str) -> str:
    """The name itself where MLflow takes it, and otherwise one that stands for it alone."""
    return name if _is_taken(name) and not _NEW.fullmatch(name) else renamed(name)


def metric_name(name: str) -> str:
    """The name of a metric that the training logs; those that we write beside it are kept apart from it."""
    if name in _OURS or name.startswith((JUDGED, OBJECTIVES)):
        return renamed(name, "logged by the training ")
    return mlflow_name(name)


def renamed(name: str, kind: str = "") -> str:
    """A new name; ``kind`` tells apart what has the same name and is not the same."""
    digest = hashlib.sha256(f"{kind}{name}".encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
    stem = posixpath.normpath(_REFUSED.sub("_", name)).lstrip("/.")
    return f"{stem[: MAX_NAME - len(NAME_TAG) - 1 - _DIGITS]}-{digest}"


def _is_taken(name: str) -> bool:
    """MLflow's own rules: the characters, the length, and that it would be one path, below where it stands."""
    well_formed = 0 < len(name) <= MAX_NAME and not _REFUSED.search(name)
    return well_formed and posixpath.normpath(name) == name and name != "." and not name.startswith(("/", ".."))
