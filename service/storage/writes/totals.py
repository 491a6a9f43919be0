"""What is kept in a study's row: how many trials are in each state, the best, what they spend, and how many events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Connection, Double, Update, bindparam, case, func, update

from service.storage.db.identity_map import Values
from service.storage.db.rows import COUNTS, LEDGER, AnyRow
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

    def happened(self, study_id: str, n_events: int) -> None:
        """So many events of the study are to be numbered."""
        self.spend(study_id, version=n_events)

    def spend(self, study_id: str, **columns: float) -> None:
        """Runs have spent something, or may spend more or less than before."""
        for column, amount in columns.items():
            self._changes[study_id][column] += amount

    def flush(self, connection: Connection, now: datetime) -> dict[str, int]:
        """Write all of it, always in the same order, so that two writers never wait for each other in a ring.

        The numbers of the last events of the studies that were written come back.
        """
        versions = {}
        for study_id, change in sorted(self._changes.items()):
            if not any(change.values()):
                continue
            more = {_more(name): change.get(name, 0) for name in _COLUMNS}
            row = connection.execute(_ADD, {**more, "study": study_id, "now": now.timestamp()}).one()
            versions[study_id] = row.version
            best = _best(row, self._candidates.get(study_id, []))
            if best is not None:
                connection.execute(_LEAD, {"study": study_id, "best_trial": best[0], "best_value": best[1]})
        self._changes.clear()
        self._candidates.clear()
        return versions


def _more(column: str) -> str:
    return f"more_{column}"


def _busy_time(n_open: ColumnElement[Any]) -> dict[str, Any]:
    """The time while anything trains is counted once, however much does: from the first start to the last end."""
    since = studies.c.busy_since
    now: BindParameter[float] = bindparam("now", type_=Double())
    passed = case(((n_open == 0) & (since < now), now - since), else_=0.0)
    return {
        "busy_since": case((n_open == 0, None), else_=func.coalesce(since, now)),
        "spent_wall_seconds": studies.c.spent_wall_seconds + passed,
    }


def _own(columns: Mapping[str, Any]) -> Update:
    return update(studies).where(studies.c.id == bindparam("study")).values(columns)


_COLUMNS = [name for name in ("version", *COUNTS.values(), *LEDGER) if name != "spent_wall_seconds"]
_SUMS = {name: studies.c[name] + bindparam(_more(name), type_=studies.c[name].type) for name in _COLUMNS}
# Put together once, for all columns: that costs more than to add nothing to most of them.
_ADD = _own({**_SUMS, **_busy_time(_SUMS["open_attempts"])}).returning(
    studies.c.version, studies.c.direction, studies.c.best_trial, studies.c.best_value
)
_LEAD = _own({name: bindparam(name) for name in ("best_trial", "best_value")})


def _best(study: AnyRow, candidates: list[Candidate]) -> Candidate | None:
    """The best of the candidates, if it beats the study's best so far; of equal ones the earlier trial."""
    sign = -1 if study.direction == "maximize" else 1
    known = [] if study.best_trial is None else [(study.best_trial, study.best_value)]
    ranked = sorted([*known, *candidates], key=lambda each: (sign * each[1], each[0]))
    return ranked[0] if candidates and ranked[0] not in known else None
