"""From a sampler's suggestion to the rows of a trial, and from a run to the job a worker gets."""

from __future__ import annotations

import asyncio
import secrets
from datetime import UTC, datetime

from service.engine.pruners import decision_epochs
from service.engine.search import Search, Suggestion
from service.engine.seeds import run_seeds
from service.engine.state import ActiveRun, ActiveStudy
from service.engine.writer import Writer
from service.study.jobs import Job, Resume
from service.study.ports import Transaction
from service.study.records import Run, Trial
from service.study.states import RunState


async def draw_trials(active: ActiveStudy, search: Search, turn: asyncio.Lock, writer: Writer, n: int) -> None:
    """Ask for the next ``n`` trials, or for those that are left, and store them before anybody sees them.

    Raises:
        InvalidInput: no configuration without a conflict was drawn any more.
    """
    drawn = []
    for number in range(active.next_number, active.next_number + n):
        if search.exhausted:
            break
        async with turn:
            suggestion = await asyncio.to_thread(search.ask, number)
        drawn.append(drawn_trial(active, number, suggestion))

    def insert(tx: Transaction) -> None:
        for trial, runs in drawn:
            tx.insert_trial(trial, runs)

    await writer.write(insert)
    for trial, runs in drawn:
        active.add(trial, runs)


def drawn_trial(active: ActiveStudy, number: int, suggestion: Suggestion) -> tuple[Trial, list[Run]]:
    """A WAITING trial with a run for each fold and seed."""
    definition = active.definition
    folds = definition.replicates.folds
    trial = Trial(
        id=f"tr_{secrets.token_hex(8)}",
        study_id=active.study.id,
        number=number,
        sampler_number=suggestion.sampler_number,
        state=RunState.WAITING,
        reason="",
        parameters=suggestion.parameters,
        distributions=suggestion.distributions,
        sampler_attrs=suggestion.sampler_attrs,
        config=definition.complete(suggestion.config),
        created_at=datetime.now(UTC),
    )
    seeds = list(enumerate(run_seeds(definition, number)))
    return trial, [_run(active, trial, *seed, fold) for fold in (range(folds) if folds else [None]) for seed in seeds]


def _run(active: ActiveStudy, trial: Trial, replicate: int, seed: int, fold: int | None) -> Run:
    return Run(
        id=f"ru_{secrets.token_hex(8)}",
        trial_id=trial.id,
        study_id=trial.study_id,
        trial_number=trial.number,
        replicate=replicate,
        seed=seed,
        fold=fold,
        state=RunState.WAITING,
        reason="",
        attempt=1,
        created_at=trial.created_at,
        code_hash=active.study.code_hash,
    )


def job_of(active: ActiveStudy, trial: Trial, run: ActiveRun) -> Job:
    """What a worker is told of a run."""
    epochs = decision_epochs(active.definition.pruner)
    resumes = bool(run.checkpoints) or run.recorded_step >= 0
    return Job(
        run_id=run.run.id,
        attempt=run.run.attempt,
        key=active.key,
        config={**trial.config, "seed": run.run.seed, "fold": run.run.fold},
        decide_from=epochs.first,
        decide_every=epochs.every,
        artifacts=active.definition.artifacts.keep,
        code=active.study.code,
        resume=Resume(tuple(each["sha256"] for each in run.checkpoints), run.recorded_step) if resumes else None,
    )
