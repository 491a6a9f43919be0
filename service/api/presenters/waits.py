"""Why something waits, as the API says it: by the rows, by what the engine has written, or for lack of an engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from service.storage.store import ApiStore
from service.study.records import Study

HEARTBEAT_LIMIT = 10.0
"""Seconds without a heartbeat after which the engine counts as gone."""


def absence(seen: float | None) -> str:
    """What is wrong with an engine that was seen so many seconds ago, if anything is."""
    if seen is None:
        return "no engine is running"
    return f"the engine was last heard {seen:.0f} s ago" if seen > HEARTBEAT_LIMIT else ""


def reasons_to_wait(store: ApiStore, studies: Sequence[Study]) -> Mapping[str, str]:
    """Study id to why nothing more of it starts; of those that have ended nothing is said."""
    ids = [study.id for study in studies if not study.state.ended]
    if not ids:
        return {}
    if trouble := store.leadership.trouble() or absence(store.leadership.engine_seen()):
        return dict.fromkeys(ids, trouble)
    return {study_id: wait.reason for study_id, wait in store.workers.waits(ids).items()}
