"""Trials of a study: found, listed and ranked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Select, select, tuple_

from service.errors import StudyNotFound, TrialNotFound
from service.storage.db.database import Repository, reading
from service.storage.db.pages import Page, checked_limit, decode_cursor, encode_cursor
from service.storage.db.rows import trial_of
from service.storage.db.tables import RANKED, studies, trials
from service.storage.filters import Condition, condition, of_trial
from service.study.filters import Filter
from service.study.records import Trial
from service.study.states import RunState

Place = tuple[str, int]
"""A study's id and a trial's number in it."""


class TrialStore(Repository):
    """Finds trials."""

    def page(
        self,
        study_id: str,
        *,
        cursor: str | None = None,
        limit: int = 100,
        states: Sequence[RunState] | None = None,
        numbers: Sequence[int] | None = None,
        chosen: Filter | None = None,
    ) -> Page[Trial]:
        """A study's trials by number, those that a filter chooses.

        Raises:
            Invalid: the filter compares what cannot be compared.
        """
        query = select(trials).where(trials.c.study_id == study_id, *self._conditions(chosen))
        if numbers is not None:
            query = query.where(trials.c.number.in_(numbers))
        if states:
            query = query.where(trials.c.state.in_(states))
        if cursor:
            query = query.where(trials.c.number > decode_cursor(cursor, int)[0])
        found = self._trials(query.order_by(trials.c.number).limit(checked_limit(limit) + 1))
        items, more = found[:limit], found[limit:]
        return Page(items, encode_cursor(items[-1].number) if more else None)

    def numbers(self, study_id: str, chosen: Filter | None) -> Sequence[int]:
        """The numbers alone of all trials that a filter chooses, in order.

        Raises:
            Invalid: the filter compares what cannot be compared.
        """
        query = select(trials.c.number).where(trials.c.study_id == study_id, *self._conditions(chosen))
        with reading(self._engine) as connection:
            return list(connection.execute(query.order_by(trials.c.number)).scalars())

    def of_study(self, study_id: str) -> Sequence[Trial]:
        """Every trial, by number."""
        return self._trials(select(trials).where(trials.c.study_id == study_id).order_by(trials.c.number))

    def parameters(self, study_ids: Sequence[str]) -> Mapping[Place, Mapping[str, Any]]:
        """Each trial's place to what was drawn for it, and nothing else of it."""
        return self._column(trials.c.parameters, study_ids)

    def configs(self, study_ids: Sequence[str]) -> Mapping[Place, Mapping[str, Any]]:
        """Each trial's place to its whole configuration."""
        return self._column(trials.c.config, study_ids)

    def marked(self, study_id: str) -> Sequence[Trial]:
        """The trials of which a user wants, or wanted, something: that it ends, is repeated or counts no more.

        Those that were made to repeat another are among them.
        """
        ends = trials.c.cancel_wanted & trials.c.state.in_([RunState.WAITING, RunState.RUNNING])
        repeats = (trials.c.retries_wanted > 0) | trials.c.retry_of.is_not(None)
        wanted = ends | repeats | trials.c.excluded
        return self._trials(select(trials).where(trials.c.study_id == study_id, wanted).order_by(trials.c.number))

    def repeats(self, study_id: str, number: int) -> Sequence[int]:
        """The numbers of the trials that repeat this one."""
        query = select(trials.c.number).where(trials.c.study_id == study_id, trials.c.retry_of == number)
        with reading(self._engine) as connection:
            return list(connection.execute(query.order_by(trials.c.number)).scalars())

    def get(self, study_id: str, number: int) -> Trial:
        """A trial by its number.

        Raises:
            TrialNotFound: the study has none of that number.
        """
        found = self._trials(select(trials).where(trials.c.study_id == study_id, trials.c.number == number))
        if not found:
            raise TrialNotFound(f"the study has no trial {number}")
        return found[0]

    def at(self, places: Sequence[Place]) -> Sequence[Trial]:
        """The trials at these places, of one study or of many; one that is gone is left out."""
        return self._trials(select(trials).where(tuple_(trials.c.study_id, trials.c.number).in_(places)))

    def ranking(self, study_id: str, limit: int = 10) -> Sequence[Trial]:
        """The best completed trials that count, best first; of equal ones the earlier first.

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

    def values_as_they_came(self, study_id: str) -> Sequence[float]:
        """What the completed trials that are not excluded came to, in the order in which they ended."""
        query = select(trials.c.value).where(trials.c.study_id == study_id, RANKED)
        with reading(self._engine) as connection:
            return list(connection.execute(query.order_by(trials.c.ended_at, trials.c.number)).scalars())

    def best(self, study_id: str) -> Trial | None:
        """The first of the ranking, or nothing while no trial is complete."""
        return next(iter(self.ranking(study_id, 1)), None)

    def _column(self, column: Column[Any], study_ids: Sequence[str]) -> Mapping[Place, Mapping[str, Any]]:
        query = select(trials.c.study_id, trials.c.number, column).where(trials.c.study_id.in_(study_ids))
        with reading(self._engine) as connection:
            return {(study_id, number): value for study_id, number, value in connection.execute(query)}

    def _conditions(self, chosen: Filter | None) -> list[Condition]:
        return [] if chosen is None else [condition(chosen, of_trial, self._engine.dialect.name)]

    def _trials(self, query: Select[*tuple[object, ...]]) -> list[Trial]:
        with reading(self._engine) as connection:
            return [trial_of(row) for row in connection.execute(query)]
