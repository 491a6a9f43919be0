"""Studies: what users create and list."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, select, tuple_

from experiments.errors import near
from service.errors import IdempotencyKeyReused, NameTaken, StudyNotFound
from service.storage.db.database import Repository, insert, reading, writing
from service.storage.db.pages import Page, checked_limit, decode_cursor, encode_cursor
from service.storage.db.rows import COUNTS, LEDGER, AnyRow, OpenAttempt, code_check_of, study_of
from service.storage.db.service_tables import idempotency_keys
from service.storage.db.tables import (
    NOT_DELETED,
    attempts,
    expanded_spaces,
    prior_trials,
    queued_configurations,
    runs,
    studies,
    study_metrics,
    trials,
)
from service.storage.filters import condition, of_study
from service.storage.looks import confirmations_of, insert_look
from service.storage.writes.changes import SyncItemKey, append_events, bump_items, study_event
from service.study.definitions.objectives import objective_of
from service.study.definitions.parts import given
from service.study.definitions.wording import ID, LONGEST_NAME
from service.study.filters import Filter
from service.study.records import CodeCheck, PriorTrial, Study, Submission
from service.study.states import Desired, RunningTrials, RunState, StudyState

KEYS_LIVE = timedelta(days=7)
MEANT = 1000
"""Names among which one is looked for that was misspelled."""
ENDED = [state for state in RunState if state.ended]
TO_RECONCILE = (
    studies.c.state.in_([state for state in StudyState if not state.ended])
    | (studies.c.desired == Desired.DELETED)
    | (
        (studies.c.desired == Desired.RUNNING)
        & ((studies.c.wanted > studies.c.ended) | (studies.c.state == StudyState.STOPPED))
    )
)
_RECONCILED = select(studies).where(TO_RECONCILE).order_by(studies.c.created_at, studies.c.id)


class StudyStore(Repository):
    """Creates, finds and lists studies."""

    def create(
        self,
        submission: Submission,
        *,
        idempotency: tuple[str, str] | None = None,
    ) -> tuple[Study, bool]:
        """The new study, QUEUED, and whether this call created it.

        ``idempotency`` is the request's key and a fingerprint of its body: the same pair again gives the study of the
        first time.

        Raises:
            NameTaken: another study has the name; the error holds a free one.
            IdempotencyKeyReused: the key came before with another body.
            StudyNotFound: the study of the first time has been deleted since.
        """
        with writing(self._engine) as connection:
            study_id = f"{ID}{secrets.token_hex(8)}"
            if idempotency and (known := earlier_request(connection, *idempotency, study_id)):
                return _full(connection, _row(connection, known)), False
            row = _insert(connection, study_id, submission)
            append_events(connection, row.id, [study_event(row, "created")], row.created_at)
            if look := submission.look:
                confirmed = find_study(connection, look.study_id)
                append_events(connection, confirmed.id, [study_event(confirmed, "confirmation")], row.created_at)
            bump_items(connection, [SyncItemKey("study", row.id, row.id)], row.created_at)
            return _full(connection, _row(connection, row.id)), True

    def get(self, reference: str) -> Study:
        """A study by id or name.

        Raises:
            StudyNotFound: there is none.
        """
        with reading(self._engine) as connection:
            return _full(connection, find_study(connection, reference))

    def versions(self, references: Sequence[str]) -> Mapping[str, int]:
        """The ids of the studies that are named, by id or name, to the numbers of their last events.

        Raises:
            StudyNotFound: one of them is not there.
        """
        columns = select(studies.c.id, studies.c.name, studies.c.version)
        by_name = studies.c.name.in_(references) & NOT_DELETED
        with reading(self._engine) as connection:
            rows = list(connection.execute(columns.where(studies.c.id.in_(references) | by_name)))
        known = {row.id: row for row in rows} | {row.name: row for row in rows}
        missing = next((reference for reference in references if reference not in known), None)
        if missing is not None:
            raise StudyNotFound(f"there is no study {missing!r}")
        return {known[reference].id: known[reference].version for reference in references}

    def free_name(self, name: str) -> str:
        """The name itself with the smallest number behind it that is free."""
        with reading(self._engine) as connection:
            return free_name(connection, name)

    def exists(self, name: str) -> bool:
        """Whether a study has this name."""
        with reading(self._engine) as connection:
            return _taken(connection, name)

    def expanded_space(self, study_id: str) -> Mapping[str, Any]:
        """The study's space as it was frozen when it was submitted.

        Raises:
            StudyNotFound: there is no such study.
        """
        query = select(expanded_spaces.c.document).where(expanded_spaces.c.study_id == study_id)
        with reading(self._engine) as connection:
            document: Mapping[str, Any] | None = connection.scalar(query)
        if document is None:
            raise StudyNotFound(f"there is no study {study_id!r}")
        return document

    def prior_trials(self, study_id: str) -> Sequence[PriorTrial]:
        """What its sampler learned before the first trial."""
        query = select(prior_trials.c.parameters, prior_trials.c.value).where(prior_trials.c.study_id == study_id)
        with reading(self._engine) as connection:
            return [PriorTrial(*row) for row in connection.execute(query.order_by(prior_trials.c.position))]

    def page(
        self,
        *,
        cursor: str | None = None,
        limit: int = 50,
        states: Sequence[StudyState] | None = None,
        chosen: Filter | None = None,
        confirms: str | None = None,
        confirmations: bool = True,
    ) -> Page[Study]:
        """The studies that are not deleted, newest first, those that a filter chooses.

        ``confirms`` is the id of a study whose confirmations they are. Without ``confirmations``, those are left out
        of which the study that they confirm is among the others, on whichever page.

        Raises:
            Invalid: the filter names a field that studies do not have, or compares what cannot be compared.
        """
        wanted: list[ColumnElement[bool]] = [NOT_DELETED]
        if chosen is not None:
            wanted.append(condition(chosen, of_study, self._engine.dialect.name))
        if states:
            wanted.append(studies.c.state.in_(states))
        query = select(studies).where(*wanted)
        if confirms is not None:
            query = query.where(studies.c.id.in_(confirmations_of(studies.c.id == confirms)))
        if not confirmations:
            query = query.where(studies.c.id.not_in(confirmations_of(*wanted)))
        if cursor:
            at, study_id = decode_cursor(cursor, str, str)
            query = query.where(tuple_(studies.c.created_at, studies.c.id) < (datetime.fromisoformat(at), study_id))
        query = query.order_by(studies.c.created_at.desc(), studies.c.id.desc()).limit(checked_limit(limit) + 1)
        with reading(self._engine) as connection:
            found = _all_full(connection, connection.execute(query).all())
        items, more = found[:limit], found[limit:]
        return Page(items, encode_cursor(items[-1].created_at.isoformat(), items[-1].id) if more else None)

    def to_reconcile(self) -> Sequence[Study]:
        """Every study whose state is not ended, or whose desired state asks for a change.

        An ended study among them that is desired ``running`` was extended or resumed: it is to run again. They come
        without counts and best, which the engine keeps itself: this is read after every commit.
        """
        with reading(self._engine) as connection:
            return [study_of(row) for row in connection.execute(_RECONCILED)]

    def code_check(self, key: str) -> CodeCheck | None:
        """The newest check that passed of a study with this key."""
        query = select(studies.c.code_check).where(studies.c.passed_as == key).order_by(studies.c.created_at.desc())
        with reading(self._engine) as connection:
            row = connection.execute(query.limit(1)).first()
        return None if row is None else code_check_of(row)

    def metric_names(self, study_ids: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        """Study id to the names of the metrics that its curves hold, sorted."""
        query = select(study_metrics).where(study_metrics.c.study_id.in_(study_ids)).order_by(study_metrics.c.name)
        names: dict[str, tuple[str, ...]] = dict.fromkeys(study_ids, ())
        with reading(self._engine) as connection:
            for study_id, name in connection.execute(query):
                names[study_id] += (name,)
        return names


def find_study(connection: Connection, reference: str, *, lock: bool = False) -> AnyRow:
    """The row of a study by id or name, which no reference can both be; a deleted study has no name any more.

    Raises:
        StudyNotFound: there is none.
    """
    named = studies.c.id == reference if reference.startswith(ID) else (studies.c.name == reference) & NOT_DELETED
    query = select(studies).where(named)
    row = connection.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise StudyNotFound(f"there is no study {reference!r}{_near(connection, reference)}")
    return row


def _near(connection: Connection, reference: str) -> str:
    """The name that a misspelled one may mean, of the newest studies, so that an answer takes no long search."""
    names = select(studies.c.name).where(NOT_DELETED).order_by(studies.c.created_at.desc()).limit(MEANT)
    return near(reference, connection.scalars(names))


def full_study(connection: Connection, study_id: str) -> Study:
    """A study as it now stands in this transaction, with its counts and best.

    Raises:
        StudyNotFound: there is none.
    """
    return _full(connection, _row(connection, study_id))


def _row(connection: Connection, study_id: str) -> AnyRow:
    row = connection.execute(select(studies).where(studies.c.id == study_id)).first()
    if row is None:
        raise StudyNotFound(f"there is no study {study_id!r} any more")
    return row


def _full(connection: Connection, row: AnyRow) -> Study:
    return _all_full(connection, [row])[0]


def _all_full(connection: Connection, rows: Sequence[AnyRow]) -> list[Study]:
    """All of them, in two queries more however many they are."""
    ids = [row.id for row in rows]
    ended_runs, started = _ended_runs(connection, ids), _open_attempts(connection, ids)
    return [study_of(row, ended_runs.get(row.id, 0), started.get(row.id, ())) for row in rows]


def _open_attempts(connection: Connection, study_ids: Sequence[str]) -> dict[str, list[OpenAttempt]]:
    """The starts that have not ended, of which there are no more than workers."""
    query = (
        select(runs.c.study_id, attempts.c.started_at, attempts.c.last_seen_at, attempts.c.gpus)
        .join(runs, runs.c.id == attempts.c.run_id)
        .where(runs.c.study_id.in_(study_ids), runs.c.state == RunState.RUNNING, attempts.c.ended_at.is_(None))
    )
    found: dict[str, list[OpenAttempt]] = {}
    for study_id, *attempt in connection.execute(query):
        found.setdefault(study_id, []).append(tuple(attempt))
    return found


def _ended_runs(connection: Connection, study_ids: Sequence[str]) -> dict[str, int]:
    """Of trials that are RUNNING alone: however many have ended, those that have not are few."""
    query = (
        select(trials.c.study_id, func.count())
        .join(runs, runs.c.trial_id == trials.c.id)
        .where(trials.c.study_id.in_(study_ids), trials.c.state == RunState.RUNNING, runs.c.state.in_(ENDED))
        .group_by(trials.c.study_id)
    )
    return dict(list(connection.execute(query)))


def _insert(connection: Connection, study_id: str, submission: Submission) -> AnyRow:
    definition = submission.definition
    values = {
        "id": study_id,
        "name": definition["name"],
        "definition": dict(definition),
        "direction": objective_of(definition).direction,
        "desired": Desired.RUNNING,
        "state": StudyState.QUEUED,
        "reason": "waiting for the engine",
        "wanted": 1,
        "ended": 0,
        "priority": definition["priority"],
        "max_trials": definition["max_trials"],
        "max_concurrent_trials": definition["max_concurrent_trials"],
        "notes": definition.get("notes", ""),
        "budget": given(definition.get("budget") or {}),
        "tags": list(definition.get("tags", ())),
        "trial_actions": 0,
        "n_queued": len(submission.queue),
        "version": 0,
        "created_at": datetime.now(UTC),
        "sampler_state": {},
        **dict.fromkeys([*COUNTS.values(), *LEDGER], 0),
        "stop_running": RunningTrials.FINISH,
        "provenance": dict(submission.provenance),
        "warnings": list(submission.warnings),
    }
    statement = insert(connection, studies).values(values).on_conflict_do_nothing().returning(studies)
    row = connection.execute(statement).first()
    if row is None:
        raise NameTaken(definition["name"], free_name(connection, definition["name"]))
    space = {"study_id": study_id, "document": dict(submission.expanded_space)}
    connection.execute(expanded_spaces.insert().values(space))
    append_to_queue(connection, study_id, 0, submission.queue)
    if submission.look is not None:
        insert_look(connection, study_id, submission.look)
    if submission.prior_trials:
        rows = [
            {"study_id": study_id, "position": position, "parameters": dict(each.parameters), "value": each.value}
            for position, each in enumerate(submission.prior_trials)
        ]
        connection.execute(prior_trials.insert(), rows)
    return row


def append_to_queue(connection: Connection, study_id: str, first: int, points: Sequence[Mapping[str, Any]]) -> None:
    """Store queued configurations from this position on."""
    rows = [
        {"study_id": study_id, "position": position, "parameters": dict(point)}
        for position, point in enumerate(points, first)
    ]
    if rows:
        connection.execute(queued_configurations.insert(), rows)


def free_name(connection: Connection, name: str) -> str:
    """The name with the smallest number behind it that is free: ``digits-2``, and for ``digits-2`` ``digits-3``.

    A number counts copies only where the study of the name before it exists: ``resnet-50`` gives ``resnet-50-2``. The
    number of a trial that is repeated (``digits-trial-19``) never does: the next trial is another one.
    """
    match = re.fullmatch(r"(.+)-([1-9]\d{0,8})", name)
    counted = match is not None and not match[1].endswith("-trial") and _taken(connection, match[1])
    stem, number = (match[1], int(match[2]) + 1) if match and counted else (name, 2)
    while _taken(connection, free := _numbered(stem, number)):
        number += 1
    return free


def _numbered(stem: str, number: int) -> str:
    return f"{stem[: LONGEST_NAME - len(str(number)) - 1]}-{number}"


def _taken(connection: Connection, name: str) -> bool:
    return connection.execute(select(studies.c.id).where(NOT_DELETED, studies.c.name == name)).first() is not None


def earlier_request(connection: Connection, key: str, fingerprint: str, study_id: str) -> str | None:
    """The study of an earlier request with this key; if there was none, the key is this request's.

    The unique key decides: a request that comes at the same time waits here until the first one has ended.
    """
    now = datetime.now(UTC)
    values = {"key": key, "fingerprint": fingerprint, "study_id": study_id, "created_at": now}
    taken = insert(connection, idempotency_keys).values(values).on_conflict_do_nothing()
    if connection.execute(taken.returning(idempotency_keys.c.key)).first() is not None:
        connection.execute(delete(idempotency_keys).where(idempotency_keys.c.created_at < now - KEYS_LIVE))
        return None
    row = connection.execute(select(idempotency_keys).where(idempotency_keys.c.key == key)).one()
    if row.fingerprint != fingerprint:
        raise IdempotencyKeyReused
    return str(row.study_id)
