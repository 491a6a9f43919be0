"""Trials and runs as they are before anything happens to them, for tests that fill a store."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, update

from service.engine.sampling.proposals import Suggestion
from service.storage.db.database import writing
from service.storage.db.service_tables import heartbeats
from service.storage.db.tables import attempts, studies
from service.study.records import Run, Study, Trial
from service.study.states import RunState


def waiting_trial(study: Study, number: int, **changes: Any) -> Trial:
    """A trial of the study that is not stored yet."""
    trial = Trial(
        id=f"tr_{secrets.token_hex(8)}",
        study_id=study.id,
        number=number,
        sampler_number=number,
        state=RunState.WAITING,
        reason="",
        parameters={},
        distributions={},
        config={"data": {"name": "digits"}},
        created_at=datetime.now(UTC),
    )
    return replace(trial, **changes)


def told_trial(number: int, suggestion: Suggestion, **changes: Any) -> Trial:
    """The row of a completed trial, as a search that is rebuilt reads it."""
    trial = Trial(
        id=f"tr_{number}",
        study_id="st_0",
        number=number,
        sampler_number=suggestion.sampler_number,
        state=RunState.COMPLETED,
        reason="",
        parameters=suggestion.parameters,
        distributions=suggestion.distributions,
        config=suggestion.config,
        created_at=datetime.now(UTC),
        value=number % 7,
        sampler_attrs=suggestion.sampler_attrs,
    )
    return replace(trial, **changes)


def waiting_run(trial: Trial, replicate: int = 0, **changes: Any) -> Run:
    """A run of the trial that is not stored yet."""
    run = Run(
        id=f"ru_{secrets.token_hex(8)}",
        trial_id=trial.id,
        study_id=trial.study_id,
        trial_number=trial.number,
        replicate=replicate,
        seed=100 + replicate,
        fold=None,
        state=RunState.WAITING,
        reason="",
        attempt=1,
        created_at=datetime.now(UTC),
    )
    return replace(run, **changes)


def let_hours_pass(database: Engine, *, began: float, seen: float) -> None:
    """All that runs began so many hours ago, and the engine was seen last so many hours ago."""
    now = datetime.now(UTC)
    with writing(database) as connection:
        connection.execute(update(attempts).values(started_at=now - timedelta(hours=began)))
        connection.execute(update(studies).values(busy_since=(now - timedelta(hours=began)).timestamp()))
        connection.execute(update(heartbeats).values(seen_at=(now - timedelta(hours=seen)).timestamp()))
