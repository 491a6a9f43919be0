"""Looks: the confirmations of studies, of which each is paid for."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from service.storage.db.database import Repository, reading
from service.storage.db.look_tables import confirmations
from service.storage.db.rows import AnyRow
from service.study.records import Look


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


def insert_look(connection: Connection, confirmation_id: str, look: Look) -> None:
    """Of two that would be the same look the second is refused."""
    values = {"confirmation_id": confirmation_id, "over": look.over, "trials": list(look.trials)}
    connection.execute(confirmations.insert().values(study_id=look.study_id, look=look.look, **values))


def _look(row: AnyRow) -> Look:
    return Look(row.study_id, row.look, row.over, tuple(row.trials), row.confirmation_id)
