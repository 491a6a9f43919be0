"""What a study's trials come to, kept in its row: how many there are in each state, the best, and what they spend."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, func, update

from service.storage.db.identity_map import Values
from service.storage.db.rows import COUNTS, AnyRow
from service.storage.db.tables import studies
from service.study.states import RunState

Candidate = tuple[int, float]
"""A completed trial's number and value."""


class Totals:
    """The changes of a transaction, written together at its end, study by study."""

    def __init__(self) -> None:
        self._changes: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(int))
        """By study, what is to be added to its columns."""
        self._candidates: dict[str, list[Candidate]] = {}

    def came(self, trial: Values, before: RunState | None = None) -> None:
        """A trial has come to its state, from the one before or as a new one."""
        change = self._changes[trial["study_id"]]
        change[COUNTS[RunState(trial["state"])]] += 1
        if before is not None:
            change[COUNTS[before]] -= 1
        is_one_value = len(trial["objective_values"]) == 1  # by several objectives no single trial is the best
        counts = trial["value"] is not None and not (trial["excluded"] or trial["infeasible"])
        if trial["state"] == RunState.COMPLETED and is_one_value and counts:
            self._candidates.setdefault(trial["study_id"], []).append((trial["number"], trial["value"]))

    def spend(self, study_id: str, **columns: float) -> None:
        """Runs have spent something, or may spend more or less than before."""
        for column, amount in columns.items():
            self._changes[study_id][column] += amount

    def flush(self, connection: Connection, now: datetime) -> None:
        """Write all of it, always in the same order, so that two writers never wait for each other in a ring."""
        for study_id, change in sorted(self._changes.items()):
            columns: dict[str, Any] = {name: studies.c[name] + n for name, n in change.items() if n}
            if not columns:
                continue
            if "open_attempts" in columns:
                columns |= _busy_time(columns["open_attempts"], now.timestamp())
            own, candidates = update(studies).where(studies.c.id == study_id), self._candidates.get(study_id)
            if candidates is None:
                connection.execute(own.values(columns))
                continue
            row = connection.execute(own.values(columns).returning(studies)).first()
            best = _best(row, candidates) if row is not None else None
            if best is not None:
                connection.execute(own.values(best_trial=best[0], best_value=best[1]))
        self._changes.clear()
        self._candidates.clear()


def _busy_time(n_open: ColumnElement[Any], now: float) -> dict[str, Any]:
    """The time while anything trains is counted once, however much does: from the first start to the last end."""
    since = studies.c.busy_since
    passed = case(((n_open == 0) & (since < now), now - since), else_=0.0)
    return {
        "busy_since": case((n_open == 0, None), else_=func.coalesce(since, now)),
        "spent_wall_seconds": studies.c.spent_wall_seconds + passed,
    }


def _best(study: AnyRow, candidates: list[Candidate]) -> Candidate | None:
    """The best of the candidates, if it beats the study's best so far; of equal ones the earlier trial."""
    sign = -1 if study.direction == "maximize" else 1
    known = [] if study.best_trial is None else [(study.best_trial, study.best_value)]
    ranked = sorted([*known, *candidates], key=lambda each: (sign * each[1], each[0]))
    return ranked[0] if candidates and ranked[0] not in known else None
