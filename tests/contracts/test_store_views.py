"""What a store promises about saved views, on every database."""

from __future__ import annotations

from typing import Any

import pytest

from service.errors import TooManyViews, ViewNameTaken, ViewNotFound
from service.storage import views


class ViewsContract:
    """A name is used once in a study, and nothing is overwritten unasked."""

    def test_views_are_saved_renamed_overwritten_and_forgotten(self, bench: Any) -> None:
        study, other = bench.study(), bench.study("other")
        kept = bench.store.views
        made = kept.create(study.id, "by optimizer", "curves", "group=optimizer")
        kept.create(study.id, "All", "trials", "")
        kept.create(other.id, "by optimizer", "curves", "group=schedule")
        assert [view.name for view in kept.of_study(study.id)] == ["All", "by optimizer"]

        with pytest.raises(ViewNameTaken, match="'by optimizer'"):
            kept.create(study.id, "by optimizer", "curves", "y=log")
        with pytest.raises(ViewNameTaken, match="'All'"):
            kept.change(study.id, made.id, {"name": "All"})
        assert kept.of_study(study.id)[1] == made

        changed = kept.change(study.id, made.id, {"name": "optimizers", "query": "y=log"})
        assert (changed.name, changed.tab, changed.query) == ("optimizers", "curves", "y=log")
        with pytest.raises(ViewNotFound):
            kept.change(other.id, made.id, {"name": "stolen"})
        with pytest.raises(ViewNotFound):
            kept.delete(other.id, made.id)
        kept.delete(study.id, made.id)
        assert [view.name for view in kept.of_study(study.id)] == ["All"]

    def test_views_go_with_their_study_and_are_not_without_end(
        self, bench: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        study = bench.study()
        monkeypatch.setattr(views, "MOST_VIEWS", 1)
        bench.store.views.create(study.id, "one", "curves", "")
        with pytest.raises(TooManyViews, match="1 saved views"):
            bench.store.views.create(study.id, "two", "curves", "")
        with bench.store.transaction(bench.epoch) as transaction:
            transaction.delete_study(study.id)
        assert not bench.store.views.of_study(study.id)


class TestViewsOnSqlite(ViewsContract):
    """On SQLite."""

    backend = "sqlite"


class TestViewsOnPostgresql(ViewsContract):
    """On a real PostgreSQL."""

    backend = "postgresql"
