"""Workers and what waits for them: the engine writes what it has and what it cannot start, the API shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import Connection, delete, select

from service.storage.db.database import Repository, reading, writing
from service.storage.db.rows import AnyRow
from service.storage.db.service_tables import sampler_processes, waits, workers
from service.storage.leadership import check_epoch
from service.study.jobs import PoolKey, Resources, WorkerInfo
from service.study.records import SamplerProcess
from service.study.waits import Wait

ASKED = [sampler_processes.c[each.name] for each in fields(SamplerProcess)]


class WorkerStore(Repository):
    """The workers of the engine that leads, and the studies of which something waits."""

    def all(self) -> Sequence[WorkerInfo]:
        """Every worker, by id."""
        with reading(self._engine) as connection:
            return _read(connection)

    def waits(self, study_ids: Sequence[str] | None = None) -> Mapping[str, Wait]:
        """Those studies of which something waits, in turn, or these of them."""
        query = select(waits).order_by(waits.c.place)
        if study_ids is not None:
            query = query.where(waits.c.study_id.in_(study_ids))
        with reading(self._engine) as connection:
            return {row.study_id: _wait_of(row) for row in connection.execute(query)}

    def sampler_processes(self) -> Sequence[SamplerProcess]:
        """The engine's processes that ask samplers."""
        with reading(self._engine) as connection:
            rows = connection.execute(select(*ASKED).order_by(sampler_processes.c.place))
            return [SamplerProcess(**row._asdict()) for row in rows]

    def set(
        self,
        epoch: int,
        infos: Sequence[WorkerInfo],
        waiting: Sequence[Wait] = (),
        samplers: Sequence[SamplerProcess] = (),
    ) -> None:
        """These are all now. What has not changed is not written, so that nobody is woken for nothing.

        Raises:
            LostLeadership: another engine has taken over.
        """
        wanted = sorted(infos, key=lambda info: info.id)
        new_workers, new_waits = list(self.all()) != wanted, list(self.waits().values()) != list(waiting)
        new_samplers = list(self.sampler_processes()) != list(samplers)
        if not (new_workers or new_waits or new_samplers):
            return
        with writing(self._engine) as connection:
            check_epoch(connection, epoch)
            if new_workers:
                connection.execute(delete(workers))
            if new_workers and wanted:
                connection.execute(workers.insert(), [_values(info) for info in wanted])
            if new_waits:
                connection.execute(delete(waits))
            if new_waits and waiting:
                rows = [_wait_values(wait) | {"place": place} for place, wait in enumerate(waiting)]
                connection.execute(waits.insert(), rows)
            if new_samplers:
                connection.execute(delete(sampler_processes))
            if new_samplers and samplers:
                asked = [asdict(process) | {"place": place} for place, process in enumerate(samplers)]
                connection.execute(sampler_processes.insert(), asked)


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


def _wait_of(row: AnyRow) -> Wait:
    resources = Resources(row.cpus, row.gpus)
    return Wait(row.study_id, row.study, row.priority, row.reason, resources, row.node, row.alone)


def _wait_values(wait: Wait) -> dict[str, Any]:
    return {
        "study_id": wait.study_id,
        "study": wait.study,
        "priority": wait.priority,
        "reason": wait.reason,
        "cpus": wait.resources.cpus,
        "gpus": wait.resources.gpus,
        "node": wait.node,
        "alone": wait.alone,
    }
