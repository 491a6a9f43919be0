"""Saved views of studies: made, listed, changed and deleted by whoever reads the page."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError

from service.errors import TooManyViews, ViewNameTaken, ViewNotFound
from service.storage.db.database import Repository, insert, reading, writing
from service.storage.db.rows import AnyRow
from service.storage.db.view_tables import views
from service.study.views import MOST_VIEWS, View, ViewTab


class ViewStore(Repository):
    """Views by study; within one a name is used once."""

    def of_study(self, study_id: str) -> Sequence[View]:
        """Those of a study, by name."""
        query = select(views).where(views.c.study_id == study_id).order_by(func.lower(views.c.name), views.c.name)
        with reading(self._engine) as connection:
            return [_view(row) for row in connection.execute(query)]

    def create(self, study_id: str, name: str, tab: ViewTab, query: str) -> View:
        """A new view.

        Raises:
            ViewNameTaken: the study has one of that name, which stays as it is.
            TooManyViews: it has as many as it may have.
        """
        view = {"id": f"vw_{secrets.token_hex(8)}", "name": name, "tab": tab, "query": query}
        values = {**view, "study_id": study_id, "saved_at": datetime.now(UTC)}
        with writing(self._engine) as connection:
            counted = select(func.count()).select_from(views).where(views.c.study_id == study_id)
            if connection.execute(counted).scalar_one() >= MOST_VIEWS:
                raise TooManyViews(MOST_VIEWS)
            made = insert(connection, views).values(values).on_conflict_do_nothing(index_elements=["study_id", "name"])
            row = connection.execute(made.returning(views)).first()
        if row is None:
            raise ViewNameTaken(name)
        return _view(row)

    def change(self, study_id: str, view_id: str, changes: Mapping[str, Any]) -> View:
        """The view with another name, or of something else.

        Raises:
            ViewNotFound: the study has none of that id.
            ViewNameTaken: another one has the name.
        """
        own = (views.c.study_id == study_id) & (views.c.id == view_id)
        values = {**changes, "saved_at": datetime.now(UTC)}
        with writing(self._engine) as connection:
            try:
                row = connection.execute(update(views).where(own).values(values).returning(views)).first()
            except IntegrityError as error:
                raise ViewNameTaken(changes.get("name", "")) from error
        if row is None:
            raise ViewNotFound
        return _view(row)

    def delete(self, study_id: str, view_id: str) -> None:
        """Forget one.

        Raises:
            ViewNotFound: the study has none of that id.
        """
        own = (views.c.study_id == study_id) & (views.c.id == view_id)
        with writing(self._engine) as connection:
            if not connection.execute(delete(views).where(own)).rowcount:
                raise ViewNotFound


def _view(row: AnyRow) -> View:
    return View(row.id, row.name, cast(ViewTab, row.tab), row.query, row.saved_at)
