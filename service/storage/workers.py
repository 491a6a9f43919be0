"""Workers: the engine writes which it has, the API shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, delete, select

from service.storage.db.database import Repository, reading, writing
from service.storage.db.service_tables import workers
from service.storage.leadership import check_epoch
from service.study.jobs import PoolKey, Resources, WorkerInfo


class WorkerStore(Repository):
    """The workers of the engine that leads."""

    def all(self) -> Sequence[WorkerInfo]:
        """Every worker, by id."""
        with reading(self._engine) as connection:
            return _read(connection)

    def set(self, epoch: int, infos: Sequence[WorkerInfo]) -> None:
        """These are all the workers now. What has not changed is not written, so that nobody is woken for nothing.

        Raises:
            LostLeadership: another engine has taken over.
        """
        wanted = sorted(infos, key=lambda info: info.id)
        if list(self.all()) == wanted:
            return
        with writing(self._engine) as connection:
            check_epoch(connection, epoch)
            connection.execute(delete(workers))
            if wanted:
                connection.execute(workers.insert(), [_values(info) for info in wanted])


def _read(connection: Connection) -> list[WorkerInfo]:
    rows = connection.execute(select(workers).order_by(workers.c.id))
    return [
        WorkerInfo(
            id=row.id,
            key=PoolKey(Resources(row.cpus, row.gpus), row.files_hash),
            state=row.state,
            pid=row.pid,
            host=row.host,
            run_id=row.run_id,
        )
        for row in rows
    ]


def _values(info: WorkerInfo) -> dict[str, Any]:
    return {
        "id": info.id,
        "cpus": info.key.resources.cpus,
        "gpus": info.key.resources.gpus,
        "files_hash": info.key.files_hash,
        "state": info.state,
        "pid": info.pid,
        "host": info.host,
        "run_id": info.run_id,
    }
