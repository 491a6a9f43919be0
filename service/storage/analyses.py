"""Answers of analyses, kept until their study changes: one for each question, of the study's newest version."""

from __future__ import annotations

import contextlib

from sqlalchemy import delete, select

from service.errors import Conflict
from service.storage.db.database import Repository, insert, reading, writing
from service.storage.db.tables import analyses


class AnalysisStore(Repository):
    """Keeps and finds answers; those about a study go with it."""

    def get(self, study_id: str, version: int, question: str) -> bytes | None:
        """The answer to a question about a study in this version; ``question`` is a digest of it."""
        query = select(analyses.c.answer).where(
            analyses.c.study_id == study_id, analyses.c.question == question, analyses.c.version == version
        )
        with reading(self._engine) as connection:
            return connection.execute(query).scalar()

    def keep(self, study_id: str, version: int, question: str, answer: bytes) -> None:
        """Keep the answer; those about earlier versions are forgotten. Of a study that is gone nothing is kept."""
        values = {"study_id": study_id, "version": version, "question": question, "answer": answer}
        outdated = (analyses.c.study_id == study_id) & (analyses.c.version < version)
        with contextlib.suppress(Conflict), writing(self._engine) as connection:
            connection.execute(delete(analyses).where(outdated))
            connection.execute(insert(connection, analyses).values(values).on_conflict_do_nothing())
