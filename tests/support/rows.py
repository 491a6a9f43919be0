"""Trials and runs as they are before anything happens to them, for tests that fill a store."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from service.engine.sampling.search import Suggestion
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
