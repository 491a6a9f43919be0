"""Trials, runs, and what runs leave: their logs and artifacts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Select, func, select, tuple_

from service.errors import ArtifactNotFound, RunNotFound, StudyNotFound, TrialNotFound
from service.storage.db.database import Repository, reading
from service.storage.db.pages import Page, checked_limit, decode_cursor, encode_cursor
from service.storage.db.rows import artifact_of, run_of, trial_of
from service.storage.db.tables import RANKED, artifacts, run_logs, runs, studies, trials
from service.study.pace import Pace, Taken
from service.study.records import Artifact, Run, Trial
from service.study.states import RunState

PACED_BY = 50
"""Ended runs from which the time left is judged."""


class TrialStore(Repository):
    """Finds trials and runs."""

    def trials(
        self, study_id: str, *, cursor: str | None = None, limit: int = 100, states: Sequence[RunState] | None = None
    ) -> Page[Trial]:
        """A study's trials by number."""
        query = select(trials).where(trials.c.study_id == study_id)
        if states:
            query = query.where(trials.c.state.in_(states))
        if cursor:
            query = query.where(trials.c.number > decode_cursor(cursor, int)[0])
        found = self._trials(query.order_by(trials.c.number).limit(checked_limit(limit) + 1))
        items, more = found[:limit], found[limit:]
        return Page(items, encode_cursor(items[-1].number) if more else None)

    def all_trials(self, study_id: str) -> Sequence[Trial]:
        """Every trial, by number."""
        return self._trials(select(trials).where(trials.c.study_id == study_id).order_by(trials.c.number))

    def trial(self, study_id: str, number: int) -> Trial:
        """A trial by its number.

        Raises:
            TrialNotFound: the study has none of that number.
        """
        found = self._trials(select(trials).where(trials.c.study_id == study_id, trials.c.number == number))
        if not found:
            raise TrialNotFound(f"the study has no trial {number}")
        return found[0]

    def trials_at(self, places: Sequence[tuple[str, int]]) -> Sequence[Trial]:
        """The trials with these pairs of study id and number, of one study or of many; one that is gone is left out."""
        return self._trials(select(trials).where(tuple_(trials.c.study_id, trials.c.number).in_(places)))

    def ranking(self, study_id: str, limit: int = 10) -> Sequence[Trial]:
        """The best completed trials that are not excluded, best first; of equal ones the earlier first.

        Raises:
            StudyNotFound: there is no such study.
        """
        with reading(self._engine) as connection:
            direction = connection.execute(select(studies.c.direction).where(studies.c.id == study_id)).scalar()
            if direction is None:
                raise StudyNotFound(f"there is no study {study_id!r}")
            value = trials.c.value.desc() if direction == "maximize" else trials.c.value
            query = select(trials).where(trials.c.study_id == study_id, RANKED).order_by(value, trials.c.number)
            return [trial_of(row) for row in connection.execute(query.limit(checked_limit(limit)))]

    def best_trial(self, study_id: str) -> Trial | None:
        """The first of the ranking, or nothing while no trial is complete."""
        return next(iter(self.ranking(study_id, 1)), None)

    def run(self, run_id: str) -> Run:
        """A run by its id.

        Raises:
            RunNotFound: there is none.
        """
        found = self._runs(select(runs).where(runs.c.id == run_id))
        if not found:
            raise RunNotFound(f"there is no run {run_id!r}")
        return found[0]

    def runs(self, run_ids: Sequence[str]) -> Sequence[Run]:
        """The named runs, in the order of their names.

        Raises:
            RunNotFound: there is none of one of the names.
        """
        found = {run.id: run for run in self._runs(select(runs).where(runs.c.id.in_(run_ids)))}
        missing = [run_id for run_id in run_ids if run_id not in found]
        if missing:
            raise RunNotFound(f"there is no run {missing[0]!r}")
        return [found[run_id] for run_id in run_ids]

    def runs_of_trial(self, trial_id: str) -> Sequence[Run]:
        """A trial's runs, by replicate and fold."""
        return self._runs(select(runs).where(runs.c.trial_id == trial_id).order_by(runs.c.replicate, runs.c.fold))

    def runs_of_trials(self, trial_ids: Sequence[str]) -> Mapping[str, list[Run]]:
        """Trial id to its runs, for a whole page of trials at once."""
        query = select(runs).where(runs.c.trial_id.in_(trial_ids)).order_by(runs.c.replicate, runs.c.fold)
        found: dict[str, list[Run]] = {trial_id: [] for trial_id in trial_ids}
        for run in self._runs(query):
            found[run.trial_id].append(run)
        return found

    def all_runs(self, study_id: str, *, unfinished: bool = False) -> Sequence[Run]:
        """Every run (or those not ended), by trial number and replicate."""
        query = select(runs).where(runs.c.study_id == study_id)
        if unfinished:
            query = query.where(runs.c.state.in_([RunState.WAITING, RunState.RUNNING]))
        return self._runs(query.order_by(runs.c.trial_number, runs.c.replicate, runs.c.fold))

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

    def run_log(self, run_id: str) -> str:
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

    def _trials(self, query: Select[*tuple[object, ...]]) -> list[Trial]:
        with reading(self._engine) as connection:
            return [trial_of(row) for row in connection.execute(query)]

    def _runs(self, query: Select[*tuple[object, ...]]) -> list[Run]:
        with reading(self._engine) as connection:
            return [run_of(row) for row in connection.execute(query)]
