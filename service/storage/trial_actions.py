"""What users want of single trials: that one ends, is repeated, or counts no more. The engine sees it and acts.

A trial's row is always locked before its study's, as the engine does it, so that the two never wait for each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, select, update

from service.errors import Conflict, StudyIsDeleted, TrialNotFound
from service.storage.db.database import Repository, writing
from service.storage.db.rows import AnyRow, clean_json, trial_of
from service.storage.db.tables import RANKED, studies, trials
from service.storage.writes.changes import SyncItemKey, append_events, bump_items, study_event
from service.storage.writes.payloads import trial_payload
from service.study.definitions.objectives import has_several
from service.study.records import Trial
from service.study.states import Desired, RunState, StudyState

RETRIED = frozenset({RunState.FAILED, RunState.CANCELLED, RunState.PRUNED})


class TrialActionStore(Repository):
    """Writes what is wanted of a trial; never a state."""

    def cancel(self, study_id: str, number: int) -> Trial:
        """Want a trial ended that has not ended; of one that is CANCELLED, nothing more.

        Raises:
            TrialNotFound: the study has none of that number.
            Conflict: it has ended otherwise.
        """
        with writing(self._engine) as connection:
            row = _locked(connection, study_id, number)
            state = RunState(row.state)
            if state is RunState.CANCELLED or row.cancel_wanted:
                return trial_of(row)
            if state.ended:
                raise Conflict(f"trial {number} is {state} already; only one that waits or runs can be cancelled")
            return _change(connection, row, {"cancel_wanted": True}, acts=True)

    def retry(self, study_id: str, number: int) -> Trial:
        """Want another trial with this one's configuration; nothing more while one that repeats it has not ended.

        A COMPLETED study runs again for it, as it does for more ``max_trials``.

        Raises:
            TrialNotFound: the study has none of that number.
            Conflict: it completed or has not ended, or the study is not to run.
        """
        with writing(self._engine) as connection:
            row = _locked(connection, study_id, number)
            state = RunState(row.state)
            if not state.ended:
                raise Conflict(f"trial {number} is {state}; it can be retried once it has ended, so cancel it first")
            if state not in RETRIED:
                remedy = "`studyhall best --trial` prints a study that repeats a result"
                raise Conflict(f"trial {number} is {state}; only what did not complete is retried, and {remedy}")
            study = connection.execute(select(studies).where(studies.c.id == study_id).with_for_update()).one()
            if study.definition["sampler"]["name"] == "pbt":
                remedy = "`studyhall best --trial` prints a study that trains all that it took over"
                raise Conflict(f"trial {number} is a member of a population, which no other joins later; {remedy}")
            n_made, n_open = _repeats(connection, study_id, number)
            if n_open or row.retries_wanted > n_made:
                return trial_of(row)
            _let_run_again(connection, study)
            return _change(connection, row, {"retries_wanted": n_made + 1}, acts=True)

    def set_excluded(self, study_id: str, number: int, excluded: bool) -> Trial:
        """Leave an ended trial out of the ranking and the search, or take it in again.

        Raises:
            TrialNotFound: the study has none of that number.
            Conflict: it has not ended.
        """
        with writing(self._engine) as connection:
            row = _locked(connection, study_id, number)
            if row.excluded == excluded:
                return trial_of(row)
            if not RunState(row.state).ended:
                raise Conflict(
                    f"trial {number} is {row.state}; only what has ended can be excluded, so cancel it first"
                )
            changed = _change(connection, row, {"excluded": excluded}, acts=True)
            _choose_best(connection, study_id)
            study = connection.execute(select(studies).where(studies.c.id == study_id)).one()
            append_events(connection, study_id, [study_event(study, "excluded")], datetime.now(UTC))
            return changed

    def annotate(self, study_id: str, number: int, changes: Mapping[str, Any]) -> Trial:
        """The trial with other ``notes`` or ``tags``.

        Raises:
            TrialNotFound: the study has none of that number.
        """
        with writing(self._engine) as connection:
            row = _locked(connection, study_id, number)
            values = {name: clean_json(value) for name, value in changes.items() if getattr(row, name) != value}
            return _change(connection, row, values, acts=False) if values else trial_of(row)


def _locked(connection: Connection, study_id: str, number: int) -> AnyRow:
    query = select(trials).where(trials.c.study_id == study_id, trials.c.number == number).with_for_update()
    row = connection.execute(query).first()
    if row is None:
        raise TrialNotFound(f"the study has no trial {number}")
    return row


def _change(connection: Connection, row: AnyRow, values: Mapping[str, Any], *, acts: bool) -> Trial:
    """Other values of the trial's columns; ``acts`` wakes the engine."""
    now = datetime.now(UTC)
    changed = connection.execute(update(trials).where(trials.c.id == row.id).values(values).returning(trials)).one()
    if acts:
        counted = {"trial_actions": studies.c.trial_actions + 1}
        connection.execute(update(studies).where(studies.c.id == row.study_id).values(counted))
    append_events(connection, row.study_id, [("trial", trial_payload(changed._asdict()))], now)
    bump_items(connection, [SyncItemKey("trial", row.id, row.study_id)], now)
    return trial_of(changed)


def _repeats(connection: Connection, study_id: str, number: int) -> tuple[int, int]:
    """How many trials repeat this one, and how many of them have not ended."""
    states = select(trials.c.state).where(trials.c.study_id == study_id, trials.c.retry_of == number)
    found = [RunState(state) for state in connection.execute(states).scalars()]
    return len(found), sum(not state.ended for state in found)


def _let_run_again(connection: Connection, study: AnyRow) -> None:
    state, desired = StudyState(study.state), Desired(study.desired)
    if desired is Desired.DELETED:
        raise StudyIsDeleted(study.name)
    if state is StudyState.FAILED or desired is Desired.STOPPED:
        raise Conflict(f"study {study.name!r} is {state} and wanted {desired}; resume it first, then retry the trial")
    changes: dict[str, Any] = {"wanted": studies.c.wanted + 1}
    if state is StudyState.COMPLETED:
        changes["desired"] = Desired.RUNNING
    connection.execute(update(studies).where(studies.c.id == study.id).values(changes))


def _choose_best(connection: Connection, study_id: str) -> None:
    """The study's best anew: a trial came to count, or does no more."""
    own = studies.c.id == study_id
    direction, definition = connection.execute(select(studies.c.direction, studies.c.definition).where(own)).one()
    if has_several(definition):
        return
    value = trials.c.value.desc() if direction == "maximize" else trials.c.value
    query = select(trials.c.number, trials.c.value).where(trials.c.study_id == study_id, RANKED)
    best = connection.execute(query.order_by(value, trials.c.number).limit(1)).first()
    number, value_of_best = best or (None, None)
    connection.execute(update(studies).where(own).values(best_trial=number, best_value=value_of_best))
