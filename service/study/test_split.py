"""Which test splits were looked at: who chooses among results on one fools himself, so the looks are counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def looked_at(runs: Iterable[Mapping[str, Any]]) -> set[str]:
    """The hashes of the data that a test result's runs were measured on; none where they cannot be recognized.

    That is so where a run has no hash, and where runs of the same fold, which share their split, have several.
    """
    by_fold: dict[int | None, set[str]] = {}
    for run in runs:
        if run["metrics"]:
            by_fold.setdefault(run["fold"], set()).add(run.get("data_hash", ""))
    hashes = set().union(*by_fold.values())
    return hashes if all(len(of_fold) == 1 for of_fold in by_fold.values()) and "" not in hashes else set()
