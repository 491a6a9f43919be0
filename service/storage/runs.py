"""Runs of trials, and what they leave: their logs and artifacts."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, func, or_, select

from service.errors import ArtifactNotFound, RunNotFound
from service.storage.db.database import Repository, reading
from service.storage.db.population_tables import continuations
from service.storage.db.rows import artifact_of, attempt_of, continuation_of, run_head_of, run_of, stay_of
from service.storage.db.tables import artifacts, attempts, run_logs, runs, studies, trials
from service.storage.filters import condition, of_trial
from service.study.filters import Filter
from service.study.pace import Pace, Taken
from service.study.records import Artifact, Attempt, Continuation, Run, RunHead, Stay
from service.study.states import RunState

PACED_BY = 50
"""Ended runs from which the time left is judged."""
HEAD = [runs.c[each.name] for each in fields(RunHead)]


class Place(NamedTuple):
    """Where a run belongs: its study's name, its trial's number, and when it began."""

    study: str
    trial: int
    since: datetime | None


class RunStore(Repository):
    """Finds runs."""

    def get(self, run_id: str) -> Run:
        """A run by its id.

        Raises:
            RunNotFound: there is none.
        """
        found = self._runs(select(runs).where(runs.c.id == run_id))
        if not found:
            raise RunNotFound(f"there is no run {run_id!r}")
        return found[0]

    def named(self, run_ids: Sequence[str]) -> Sequence[Run]:
        """The named runs, in the order of their names.

        Raises:
            RunNotFound: there is none of one of the names.
        """
        found = {run.id: run for run in self._runs(select(runs).where(runs.c.id.in_(run_ids)))}
        _refuse_missing(run_ids, found)
        return [found[run_id] for run_id in run_ids]

    def places(self, run_ids: Sequence[str]) -> Mapping[str, Place]:
        """Run id to where it belongs; a run that is gone is left out."""
        columns = runs.c.id, studies.c.name, runs.c.trial_number, runs.c.started_at
        query = select(*columns).join(studies, studies.c.id == runs.c.study_id).where(runs.c.id.in_(run_ids))
        with reading(self._engine) as connection:
            return {row.id: Place(row.name, row.trial_number, row.started_at) for row in connection.execute(query)}

    def of_trial(self, trial_id: str) -> Sequence[Run]:
        """A trial's runs, by replicate and fold."""
        return self._runs(select(runs).where(runs.c.trial_id == trial_id).order_by(runs.c.replicate, runs.c.fold))

    def of_trials(self, trial_ids: Sequence[str]) -> Mapping[str, list[Run]]:
        """Trial id to its runs, for a whole page of trials at once."""
        query = select(runs).where(runs.c.trial_id.in_(trial_ids)).order_by(runs.c.replicate, runs.c.fold)
        found: dict[str, list[Run]] = {trial_id: [] for trial_id in trial_ids}
        for run in self._runs(query):
            found[run.trial_id].append(run)
        return found

    def of_study(self, study_id: str, *, unfinished: bool = False) -> Sequence[Run]:
        """Every run (or those not ended), by trial number and replicate."""
        query = select(runs).where(runs.c.study_id == study_id)
        if unfinished:
            query = query.where(runs.c.state.in_([RunState.WAITING, RunState.RUNNING]))
        return self._runs(query.order_by(runs.c.trial_number, runs.c.replicate, runs.c.fold))

    def heads(
        self, study_ids: Sequence[str], run_ids: Sequence[str] = (), chosen: Filter | None = None
    ) -> Sequence[RunHead]:
        """What curves need of the studies' runs and the named ones, in their order, of trials that a filter chooses.

        Raises:
            Invalid: the filter compares what cannot be compared.
        """
        query = select(*HEAD).where(_among(study_ids, run_ids))
        if chosen is not None:
            chooses = condition(chosen, of_trial, self._engine.dialect.name)
            query = query.join(trials, trials.c.id == runs.c.trial_id).where(chooses)
        query = query.order_by(runs.c.study_id, runs.c.trial_number, runs.c.replicate, runs.c.fold)
        with reading(self._engine) as connection:
            return [run_head_of(row) for row in connection.execute(query)]

    def ids_of(self, study_id: str, trial_numbers: Sequence[int]) -> Sequence[str]:
        """The ids of some trials' runs."""
        query = select(runs.c.id).where(runs.c.study_id == study_id, runs.c.trial_number.in_(trial_numbers))
        with reading(self._engine) as connection:
            return list(connection.execute(query).scalars())

    def studies_of(self, run_ids: Sequence[str]) -> Sequence[str]:
        """The ids of the studies to which the named runs belong.

        Raises:
            RunNotFound: there is none of one of the names.
        """
        with reading(self._engine) as connection:
            rows = connection.execute(select(runs.c.id, runs.c.study_id).where(runs.c.id.in_(run_ids))).all()
        _refuse_missing(run_ids, {row.id for row in rows})
        return list(dict.fromkeys(row.study_id for row in rows))

    def count(self, study_ids: Sequence[str], run_ids: Sequence[str] = ()) -> int:
        """How many runs the studies have together with the named ones."""
        with reading(self._engine) as connection:
            query = select(func.count()).select_from(runs).where(_among(study_ids, run_ids))
            return connection.execute(query).scalar_one()

    def pace(self, study_id: str) -> Pace:
        """How long the study's newest ended runs took, and how many run now."""
        own = runs.c.study_id == study_id
        spans = select(runs.c.started_at, runs.c.ended_at, runs.c.training_time).where(
            own, runs.c.started_at.is_not(None), runs.c.ended_at.is_not(None)
        )
        running = select(func.count()).where(own, runs.c.state == RunState.RUNNING)
        with reading(self._engine) as connection:
            newest = connection.execute(spans.order_by(runs.c.ended_at.desc()).limit(PACED_BY)).all()
            n_running = connection.execute(running).scalar_one()
        taken = [Taken((row.ended_at - row.started_at).total_seconds(), row.training_time) for row in newest]
        return Pace(taken, n_running)

    def attempts(self, run_id: str) -> Sequence[Attempt]:
        """A run's starts on workers, in their order."""
        query = select(attempts).where(attempts.c.run_id == run_id).order_by(attempts.c.started_at)
        with reading(self._engine) as connection:
            return [attempt_of(row) for row in connection.execute(query)]

    def stays(self, limit: int, *, study_id: str | None = None, since: datetime | None = None) -> Sequence[Stay]:
        """Starts on workers of a study, or of all, that had not ended before ``since``: those that ended last first."""
        query = (
            select(attempts, studies.c.name, runs.c.trial_number)
            .join(runs, runs.c.id == attempts.c.run_id)
            .join(studies, studies.c.id == runs.c.study_id)
            .limit(limit)
        )
        if study_id is not None:
            query = query.where(runs.c.study_id == study_id)
        has_ended = attempts.c.ended_at.is_not(None) if since is None else attempts.c.ended_at >= since
        going = query.where(attempts.c.ended_at.is_(None)).order_by(attempts.c.started_at.desc())
        ended = query.where(has_ended).order_by(attempts.c.ended_at.desc(), attempts.c.started_at.desc())
        with reading(self._engine) as connection:  # apart, each is read in the order of an index as far as is asked
            last = [stay_of(row) for row in connection.execute(ended)]
            return [*(stay_of(row) for row in connection.execute(going)), *last][:limit]

    def failed_starts(self, study_id: str) -> Mapping[str, Sequence[Attempt]]:
        """The starts of runs that have not ended which failed or were lost, by run, the first start first."""
        unended = runs.c.state.in_([RunState.WAITING, RunState.RUNNING])
        query = (
            select(attempts)
            .join(runs, runs.c.id == attempts.c.run_id)
            .where(runs.c.study_id == study_id, unended, attempts.c.failure.is_not(None))
            .order_by(attempts.c.started_at)
        )
        found: dict[str, list[Attempt]] = {}
        with reading(self._engine) as connection:
            for row in connection.execute(query):
                found.setdefault(row.run_id, []).append(attempt_of(row))
        return found

    def continuations(self, study_id: str) -> Sequence[Continuation]:
        """What the members of its population went on with, decision by decision."""
        query = (
            select(continuations)
            .join(runs, runs.c.id == continuations.c.run_id)
            .where(runs.c.study_id == study_id)
            .order_by(continuations.c.epoch, continuations.c.trial_number)
        )
        with reading(self._engine) as connection:
            return [continuation_of(row) for row in connection.execute(query)]

    def log(self, run_id: str) -> str:
        """A run's log so far; empty when nothing was written."""
        query = select(run_logs.c.text).where(run_logs.c.run_id == run_id).order_by(run_logs.c.id)
        with reading(self._engine) as connection:
            return "".join(connection.execute(query).scalars())

    def artifacts(self, run_id: str) -> Sequence[Artifact]:
        """A run's artifacts, by path."""
        query = select(artifacts).where(artifacts.c.run_id == run_id).order_by(artifacts.c.path)
        with reading(self._engine) as connection:
            return [artifact_of(row) for row in connection.execute(query)]

    def artifact(self, run_id: str, path: str) -> Artifact:
        """One artifact of a run.

        Raises:
            ArtifactNotFound: it has none of that path.
        """
        query = select(artifacts).where(artifacts.c.run_id == run_id, artifacts.c.path == path)
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        if row is None:
            raise ArtifactNotFound(f"run {run_id} has no artifact {path!r}")
        return artifact_of(row)

    def _runs(self, query: Select[*tuple[object, ...]]) -> list[Run]:
        with reading(self._engine) as connection:
            return [run_of(row) for row in connection.execute(query)]


def _among(study_ids: Sequence[str], run_ids: Sequence[str]) -> ColumnElement[bool]:
    return or_(runs.c.study_id.in_(study_ids), runs.c.id.in_(run_ids)) if run_ids else runs.c.study_id.in_(study_ids)


def _refuse_missing(run_ids: Sequence[str], found: Container[str]) -> None:
    missing = next((run_id for run_id in run_ids if run_id not in found), None)
    if missing is not None:
        raise RunNotFound(f"there is no run {missing!r}")
