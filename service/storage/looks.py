"""Looks: the confirmations of studies, of which each is paid for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, Connection, Select, select

from service.storage.db.database import Repository, reading
from service.storage.db.look_tables import confirmations
from service.storage.db.rows import AnyRow
from service.storage.db.tables import NOT_DELETED, studies
from service.study.records import Look
from service.study.states import StudyState


class LookStore(Repository):
    """Lists them."""

    def of_study(self, study_id: str) -> Sequence[Look]:
        """Those at a study, the first one first."""
        query = select(confirmations).where(confirmations.c.study_id == study_id).order_by(confirmations.c.look)
        with reading(self._engine) as connection:
            return [_look(row) for row in connection.execute(query)]

    def of_confirmation(self, confirmation_id: str) -> Look | None:
        """What a study confirms; nothing if it is no confirmation, or what it confirmed was deleted."""
        query = select(confirmations).where(confirmations.c.confirmation_id == confirmation_id)
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        return None if row is None else _look(row)

    def confirmed_by(self, confirmation_ids: Sequence[str]) -> Mapping[str, tuple[str, Look]]:
        """Of those that confirm a study, its name and the look that each is."""
        query = select(studies.c.name, confirmations).join(studies, studies.c.id == confirmations.c.study_id)
        query = query.where(NOT_DELETED, confirmations.c.confirmation_id.in_(confirmation_ids))
        with reading(self._engine) as connection:
            return {row.confirmation_id: (row.name, _look(row)) for row in connection.execute(query)}

    def confirming(self, study_ids: Sequence[str]) -> Mapping[str, Mapping[str, StudyState]]:
        """Of those that have confirmations, their names to their states, the first one first."""
        query = select(confirmations.c.study_id, studies.c.name, studies.c.state)
        query = query.join(studies, studies.c.id == confirmations.c.confirmation_id)
        query = query.where(NOT_DELETED, confirmations.c.study_id.in_(study_ids)).order_by(confirmations.c.look)
        found: dict[str, dict[str, StudyState]] = defaultdict(dict)
        with reading(self._engine) as connection:
            for study_id, name, state in connection.execute(query):
                found[study_id][name] = StudyState(state)
        return found


def confirmations_of(*those: ColumnElement[bool]) -> Select[str]:
    """The ids of the confirmations of those studies of which this is true."""
    query = select(confirmations.c.confirmation_id).join(studies, studies.c.id == confirmations.c.study_id)
    return query.where(confirmations.c.confirmation_id.is_not(None), *those)


def insert_look(connection: Connection, confirmation_id: str, look: Look) -> None:
    """Of two that would be the same look the second is refused."""
    values = {"confirmation_id": confirmation_id, "over": look.over, "trials": list(look.trials)}
    connection.execute(confirmations.insert().values(study_id=look.study_id, look=look.look, **values))


def _look(row: AnyRow) -> Look:
    return Look(row.study_id, row.look, row.over, tuple(row.trials), row.confirmation_id)
