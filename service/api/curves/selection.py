"""Which runs a request is about, and which of them have changed since an answer that its sender has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from experiments.errors import Problem
from service.api.schemas.curves import CurveRequest
from service.errors import Invalid
from service.storage.store import ApiStore
from service.study.filters import parse_filter
from service.study.records import RunHead

MOST_EVENTS = 3000
"""Events of a study since an earlier answer beyond which all its curves are sent: reading them would take as long."""

NEWEST = 2**63 - 1
"""A database holds no number above it."""


@dataclass(frozen=True)
class Selection:
    """The studies and runs of a request, at the versions that all are read at or after."""

    store: ApiStore
    request: CurveRequest
    study_ids: Sequence[str]
    versions: Mapping[str, int]
    """Of the studies, and of those to which the named runs belong."""

    @property
    def cursor(self) -> str:
        """What an answer is told by that is to hold only what has changed since this one."""
        return ",".join(f"{study_id}:{version}" for study_id, version in sorted(self.versions.items()))

    def heads(self, among: Sequence[str] | None = None) -> Sequence[RunHead]:
        """The runs that the filter chooses, all or those of ``among``: study by study, then the named ones."""
        chosen = parse_filter(self.request.filter) if self.request.filter else None
        studies, named = (self.study_ids, self.request.run) if among is None else ([], among)
        order = {name: place for place, name in enumerate([*self.study_ids, *self.request.run])}
        found = self.store.runs.heads(studies, named, chosen)
        return sorted(found, key=lambda run: order.get(run.study_id, order.get(run.id, 0)))

    def n_runs(self) -> int:
        """How many runs it is about before the filter."""
        return self.store.runs.count(self.study_ids, self.request.run)

    def changed(self, cursor: str) -> Mapping[str, int | None] | None:
        """The runs of the selection that have changed since, with the first step of their new points, if any.

        Nothing when that is not known any more, so that everything has to be sent.

        Raises:
            Invalid: no answer has such a cursor.
        """
        seen = _decoded(cursor)
        named = set(self.request.run)
        found: dict[str, int | None] = {}
        for study_id in self.versions:
            if study_id not in seen:
                return None
            changes = self.store.events.changes(study_id, seen[study_id], MOST_EVENTS)
            if changes is None:
                return None
            own = dict(changes.runs)
            if self.request.filter and changes.trials:  # a filter looks at trials, which may end after their runs
                own = dict.fromkeys(self.store.runs.ids_of(study_id, sorted(changes.trials))) | own
            found |= {run_id: step for run_id, step in own.items() if study_id in self.study_ids or run_id in named}
        return found


def select(store: ApiStore, request: CurveRequest) -> Selection:
    """What a request is about.

    Raises:
        Invalid: it names neither a study nor a run.
        NotFound: one of them is not there.
    """
    if not request.study and not request.run:
        raise Invalid("name at least one study or run, e.g. `?study=digits&metric=val_loss`")
    studies = store.studies.versions(request.study) if request.study else {}
    others = store.runs.studies_of(request.run) if request.run else []
    versions = {**store.studies.versions(others), **studies} if others else studies
    return Selection(store, request, list(studies), versions)


def _decoded(cursor: str) -> dict[str, int]:
    try:
        pairs = [part.split(":") for part in cursor.split(",")]
        seen = {study_id: int(version) for study_id, version in pairs}
    except ValueError as error:
        raise _no_cursor() from error
    if not all(0 <= version <= NEWEST for version in seen.values()):
        raise _no_cursor()
    return seen


def _no_cursor() -> Invalid:
    message = "not a cursor of curves; take that of the answer before, or leave it out"
    return Invalid(f"after: {message}", (Problem("after", message),))
