"""References to blobs: which bytes of the artifact store the rows still need."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from service.storage.db.database import Repository, reading
from service.storage.db.tables import UNENDED, artifacts, runs


class ReferenceStore(Repository):
    """Reads the hashes that artifacts and the checkpoints of unended runs name."""

    def referenced(self, sha256s: Collection[str]) -> set[str]:
        """Those of the hashes that a row refers to."""
        with reading(self._engine) as connection:
            named = select(artifacts.c.sha256).where(artifacts.c.sha256.in_(sha256s)).distinct()
            found = set(connection.execute(named).scalars())
            for checkpoints in connection.execute(select(runs.c.checkpoints).where(UNENDED)).scalars():
                found |= {checkpoint["sha256"] for checkpoint in checkpoints}
        return found.intersection(sha256s)
