"""Every action in every order on every database; `make soak` tries many more orders than `make test`."""

from __future__ import annotations

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import Engine as Database

from tests.support.study_machine import StudyMachine

FEW = settings(max_examples=5, stateful_step_count=25, derandomize=True, database=None, deadline=None)


class StudyActionsContract:
    """No illegal state, no budget exceeded, and what has finished never changes."""

    def test_every_action_in_every_order(self, database: Database) -> None:
        soaks = settings.get_current_profile_name() == "soak"
        run_state_machine_as_test(lambda: StudyMachine(database), settings=settings() if soaks else FEW)


class TestStudyActionsOnSqlite(StudyActionsContract):
    """On SQLite."""

    backend = "sqlite"


class TestStudyActionsOnPostgresql(StudyActionsContract):
    """On a real PostgreSQL."""

    backend = "postgresql"
