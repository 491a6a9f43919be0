"""What users want of a study: running, paused, stopped, deleted, longer. The engine sees it and acts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, select, update

from experiments.errors import Problem
from service.errors import Conflict, Invalid, StudyIsDeleted
from service.storage.db.database import Repository, writing
from service.storage.db.rows import AnyRow, clean_json
from service.storage.db.tables import studies, trials
from service.storage.studies import find_study, full_study
from service.storage.writes.changes import SyncItemKey, append_events, bump_items, study_event
from service.storage.writes.study_writes import n_drawn
from service.study.budgets import SPENT
from service.study.definitions.elsewhere import ELSEWHERE
from service.study.definitions.parts import never_spent
from service.study.records import Study
from service.study.states import Desired, RunningTrials, RunState, StudyState

CHANGEABLE = frozenset({"max_trials", "max_concurrent_trials", "priority", "notes", "tags", "budget"})
ONE_MORE = {"wanted": studies.c.wanted + 1}
"""A further wish that the study run on."""


class DesiredStateStore(Repository):
    """Writes what is desired; never a state."""

    def set(self, study_id: str, desired: Desired, stop_running: RunningTrials = RunningTrials.FINISH) -> Study:
        """The study with the new wish; the engine follows.

        ``stop_running`` counts on pause and stop. The same wish again may turn FINISH into CHECKPOINT; the other way
        round changes nothing, because a run that was asked to end cannot be asked to go on.

        Raises:
            StudyNotFound: there is no such study.
            Conflict: the wish makes no sense in the study's present state; the message says what does.
        """
        with writing(self._engine) as connection:
            row = find_study(connection, study_id, lock=True)
            _refuse(row, desired)
            if desired is Desired.RUNNING and StudyState(row.state).ended:
                _refuse_ended_population(connection, row)
            if _nothing_to_do(row, desired, stop_running):
                return full_study(connection, row.id)
            changes: dict[str, Any] = {"desired": desired, "stop_running": stop_running}
            if desired is Desired.RUNNING:
                changes |= _resumed(StudyState(row.state))
            return _change(connection, row, changes, "desired")

    def update(self, study_id: str, changes: Mapping[str, Any]) -> Study:
        """The study with other values of what is CHANGEABLE.

        More ``max_trials`` than a COMPLETED study has trials lets it run again; a STOPPED or FAILED one waits
        until it is resumed.

        Raises:
            StudyNotFound: there is no such study.
            Invalid: a field that cannot be changed, or fewer trials than there already are.
        """
        unknown = sorted(set(changes) - CHANGEABLE)
        if unknown:
            allowed = ", ".join(sorted(CHANGEABLE))
            raise _invalid(unknown[0], f"cannot be changed; what can: {allowed}")
        with writing(self._engine) as connection:
            row = find_study(connection, study_id, lock=True)
            if row.desired == Desired.DELETED:
                raise StudyIsDeleted(row.name)
            values = {name: clean_json(value) for name, value in changes.items() if getattr(row, name) != value}
            if not values:
                return full_study(connection, row.id)
            if "budget" in values:
                values |= _other_budget(row, values["budget"])
            if "max_trials" in values:
                values |= _extension(connection, row, values["max_trials"])
            return _change(connection, row, values, "updated")


def _refuse(row: AnyRow, desired: Desired) -> None:
    state = StudyState(row.state)
    if row.desired == Desired.DELETED and desired is not Desired.DELETED:
        raise StudyIsDeleted(row.name)
    if desired is Desired.PAUSED and state.ended:
        raise Conflict(f"study {row.name!r} is {state} and cannot be paused; only a study that has not ended can")
    if desired is Desired.STOPPED and state in {StudyState.COMPLETED, StudyState.FAILED} and not _goes_on(row):
        raise Conflict(f"study {row.name!r} is {state} already; there is nothing to stop")
    if desired is Desired.RUNNING and state is StudyState.COMPLETED and not _goes_on(row):
        more = "give it a larger budget" if row.reason.startswith(SPENT) else "raise max_trials"
        remedy = "submit another" if row.definition["sampler"]["name"] == "pbt" else f"{more} to let it go on"
        raise Conflict(f"study {row.name!r} is COMPLETED ({row.reason}); {remedy}")


def _refuse_ended_population(connection: Connection, row: AnyRow) -> None:
    """No other member joins one whose members have all ended, and cancelled ones are not drawn anew."""
    if row.definition["sampler"]["name"] != "pbt":
        return
    query = select(trials.c.state).where(trials.c.study_id == row.id).distinct()
    found = {RunState(state) for state in connection.scalars(query)}
    if found and all(state.ended for state in found):
        over = f"study {row.name!r} is {row.state}, and all members of its population have ended"
        raise Conflict(f"{over}; clone it to train a population anew")


def _goes_on(row: AnyRow) -> bool:
    """Whether a wish that it run on is not answered yet."""
    return bool(row.wanted > row.ended)


def _nothing_to_do(row: AnyRow, desired: Desired, stop_running: RunningTrials) -> bool:
    if row.desired != desired:
        return False
    if desired is Desired.RUNNING:
        return _goes_on(row) or row.state != StudyState.FAILED
    return desired is Desired.DELETED or row.stop_running in {stop_running, RunningTrials.CHECKPOINT}


def _resumed(state: StudyState) -> dict[str, Any]:
    """What else changes with the wish to run; of what runs still, a reason says only why it was to pause."""
    if state.ended:
        return ONE_MORE
    return {"reason": ""} if state is StudyState.RUNNING else {}


def _extension(connection: Connection, row: AnyRow, max_trials: int | None) -> dict[str, Any]:
    """What else changes with max_trials. The wish stands even if the study completes before the engine hears of it."""
    drawn = n_drawn(connection, row.id)
    if row.definition["sampler"]["name"] == "pbt":
        raise _invalid("max_trials", "the trials of a population are its members; submit a study with a larger one")
    if max_trials is None:
        if row.definition["sampler"]["name"] != "grid" and not row.budget:
            raise _invalid("max_trials", "only a grid ends by itself, or a study with a budget; say how many to run")
    elif max_trials < drawn:
        raise _invalid("max_trials", f"{drawn} trials have been drawn already; the least is {drawn}")
    if (max_trials is not None and max_trials <= drawn) or row.state == StudyState.FAILED:
        return {}  # what made a study fail is not mended by more trials: only a wish to resume it is
    if row.state == StudyState.COMPLETED:
        return ONE_MORE | {"desired": Desired.RUNNING}
    return ONE_MORE


def _other_budget(row: AnyRow, budget: Mapping[str, float]) -> dict[str, Any]:
    """What else changes with the budget: a study that had spent its own runs again, or ends again at once."""
    if useless := never_spent(budget, row.definition["resources"]):
        raise _invalid("budget.gpu_hours", useless)
    says_epochs = row.definition["experiment"] != ELSEWHERE or "epochs" in row.definition["training"]
    if budget.get("epochs") and not says_epochs:
        remedy = "clone it with a `training.epochs`, which says how many a run reports at most"
        raise _invalid("budget.epochs", f"study {row.name!r} does not say how many epochs a run may take; {remedy}")
    if row.state == StudyState.COMPLETED:
        return ONE_MORE | {"desired": Desired.RUNNING} if row.reason.startswith(SPENT) else {}
    return {} if row.state == StudyState.FAILED else ONE_MORE


def _change(connection: Connection, row: AnyRow, values: Mapping[str, Any], change: str) -> Study:
    now = datetime.now(UTC)
    query = update(studies).where(studies.c.id == row.id).values(values).returning(studies)
    append_events(connection, row.id, [study_event(connection.execute(query).one(), change)], now)
    bump_items(connection, [SyncItemKey("study", row.id, row.id)], now)
    return full_study(connection, row.id)


def _invalid(path: str, message: str) -> Invalid:
    return Invalid(f"{path}: {message}", (Problem(path, message),))
