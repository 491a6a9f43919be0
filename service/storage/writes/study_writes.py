"""The engine's writes to the study itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, func, select, update

from service.errors import IllegalTransition, StudyNotFound
from service.storage.db.look_tables import test_looks
from service.storage.db.rows import AnyRow, clean_json, clean_text
from service.storage.db.tables import studies, trials
from service.storage.writes.changes import ChangeLog, leave_tombstone, study_event
from service.study.records import CodeCheck
from service.study.states import STUDY_TRANSITIONS, Desired, RunningTrials, RunState, StudyState
from service.study.test_split import looked_at


class StateChange(NamedTuple):
    """Another state of a study, why, when, and up to which wish to run on an end of it counts."""

    state: StudyState
    reason: str
    at: datetime
    wanted: int | None


def write_state(connection: Connection, log: ChangeLog, study_id: str, change: StateChange) -> None:
    """A legal change of state; the same state again may only bring another reason.

    Raises:
        StudyNotFound: it was deleted.
        IllegalTransition: the study cannot come to this state from its present one.
    """
    row = _locked(connection, study_id)
    old, state = StudyState(row.state), change.state
    if old is state and row.reason == change.reason:
        return
    changes: dict[str, Any] = {"state": state, "reason": clean_text(change.reason)}
    if old is not state:
        if state not in STUDY_TRANSITIONS[old]:
            raise IllegalTransition(f"study {row.name!r} is {old} and cannot become {state}")
        changes |= _consequences(row, old, change)
    write_study(connection, log, study_id, changes, "state")


def hold(connection: Connection, log: ChangeLog, study_id: str, reason: str) -> None:
    """In the user's place, want the study paused; a wish to stop or delete it stands.

    Raises:
        StudyNotFound: it was deleted.
    """
    if _locked(connection, study_id).desired == Desired.RUNNING:
        changes = {"desired": Desired.PAUSED, "stop_running": RunningTrials.FINISH, "reason": clean_text(reason)}
        write_study(connection, log, study_id, changes, "desired")


def write_study(connection: Connection, log: ChangeLog, study_id: str, changes: Mapping[str, Any], change: str) -> None:
    """Other values of the study's columns, with event and item.

    Raises:
        StudyNotFound: it was deleted.
    """
    query = update(studies).where(studies.c.id == study_id).values(changes).returning(studies)
    row = connection.execute(query).first()
    if row is None:
        raise StudyNotFound(f"there is no study {study_id!r} any more")
    log.event(study_id, *study_event(row, change))
    log.bump("study", study_id, study_id)


def write_sampler_state(connection: Connection, study_id: str, sampler_state: Mapping[str, Any]) -> None:
    """What the sampler keeps; nobody but the engine reads it, so there is no event."""
    query = update(studies).where(studies.c.id == study_id).values(sampler_state=dict(sampler_state))
    connection.execute(query)


def write_test_result(connection: Connection, log: ChangeLog, study_id: str, result: Mapping[str, Any]) -> None:
    """The best trial's result on the test split; MLflow learns it with that trial, and drops that of the one before."""
    before = connection.execute(select(studies.c.test_result).where(studies.c.id == study_id)).scalar() or {}
    look = _look(connection, study_id, looked_at(result["runs"]))
    write_study(connection, log, study_id, {"test_result": {**clean_json(result), "look": look}}, "test_result")
    chosen = (trials.c.study_id == study_id) & trials.c.number.in_([result["trial"], before.get("trial", -1)])
    for trial_id in connection.execute(select(trials.c.id).where(chosen)).scalars():
        log.bump("trial", trial_id, study_id)


def _look(connection: Connection, study_id: str, hashes: Collection[str]) -> int | None:
    """Count a look at each of these test splits, over all studies that there ever were: the most at one of them."""
    for data in sorted(hashes):
        connection.execute(test_looks.insert().values(data=data, study_id=study_id, at=datetime.now(UTC)))
    looks = select(func.count()).where(test_looks.c.data.in_(hashes)).group_by(test_looks.c.data)
    return max(connection.execute(looks).scalars(), default=None)


def write_code_check(connection: Connection, log: ChangeLog, study_id: str, check: CodeCheck, key: str | None) -> None:
    """What the dry run found; its key, by which other studies find it, stands with one that passed alone."""
    changes = {"code_check": clean_json(asdict(check)), "passed_as": key if check.passed else None}
    write_study(connection, log, study_id, changes, "code_check")


def erase(connection: Connection, study_id: str, now: datetime) -> None:
    """Every row of the study goes; a tombstone for MLflow stays. What is gone already is no error."""
    row = connection.execute(select(studies).where(studies.c.id == study_id).with_for_update()).first()
    if row is not None:
        leave_tombstone(connection, row, now)
        connection.execute(delete(studies).where(studies.c.id == study_id))


def n_drawn(connection: Connection, study_id: str) -> int:
    """How many of the study's trials count towards ``max_trials``: all but the cancelled and those that repeat one."""
    own = (trials.c.study_id == study_id) & trials.c.retry_of.is_(None)
    counted = own & (trials.c.state != RunState.CANCELLED)
    return connection.execute(select(func.count()).select_from(trials).where(counted)).scalar_one()


def _locked(connection: Connection, study_id: str) -> AnyRow:
    row = connection.execute(select(studies).where(studies.c.id == study_id).with_for_update()).first()
    if row is None:
        raise StudyNotFound(f"there is no study {study_id!r} any more")
    return row


def _consequences(row: AnyRow, old: StudyState, change: StateChange) -> dict[str, Any]:
    if not change.state.ended:
        first = {} if row.started_at or change.state is not StudyState.RUNNING else {"started_at": change.at}
        return first | ({"ended_at": None} if old.ended else {})
    # Somebody may have raised max_trials while the engine was about to complete the study: that wish is not answered.
    answers_all = change.wanted is None or change.state is not StudyState.COMPLETED
    return {"ended_at": change.at, "ended": row.wanted if answers_all else change.wanted}
