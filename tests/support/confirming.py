"""Confirmations that have come to what a test says, without any training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from service.study.definitions.definition import StudyDefinition
from service.study.definitions.submission import submission_of
from service.study.ports import Outcome
from service.study.records import Look, Over, Study
from service.study.states import RunState, StudyState
from tests.support.api import STUDY, Bench
from tests.support.rows import waiting_run, waiting_trial

EVEN = [0.50, 0.52, 0.48, 0.51, 0.53, 0.49]
WORSE = [0.65, 0.54, 0.66, 0.55, 0.67, 0.56]
MIXED = [0.65, 0.54, 0.46, 0.55, 0.51, 0.56]


def look_at(
    lab: Bench, study: Study, values: Mapping[int, Sequence[float]], *, over: Over = "seeds", ends: bool = True
) -> Study:
    """A confirmation of the study's trials, that came to these losses; its seeds are new."""
    number = 1 + len(lab.store.looks.of_study(study.id))
    folds = {"replicates": {"folds": 6}} if over == "folds" else {}
    definition = StudyDefinition.parse({**STUDY, **folds, "name": f"{study.name}-confirm-{number}"})
    look = Look(study.id, number, over, tuple(values))
    made = lab.store.studies.create(replace(submission_of(definition), look=look))[0]
    if ends:
        end_look(lab, made, values)
    return made


def end_look(lab: Bench, confirmation: Study, values: Mapping[int, Sequence[float]]) -> None:
    """It has come to these losses, trial by trial in the order of its queue."""
    definition = StudyDefinition.parse(confirmation.definition)
    has_folds, first_seed = definition.replicates.folds is not None, 1000 * len(lab.store.studies.page().items)
    lab.set_state(confirmation, StudyState.RUNNING)
    for place, losses in enumerate(values.values()):
        parameters = dict(definition.queue[place]) if place < len(definition.queue) else {}
        config = definition.complete({})
        trial = waiting_trial(confirmation, place, queue_position=place, parameters=parameters, config=config)
        seeds = [{"seed": first_seed, "fold": i} if has_folds else {"seed": first_seed + i} for i in range(len(losses))]
        runs = [waiting_run(trial, replicate, **seed) for replicate, seed in enumerate(seeds)]
        with lab.store.transaction(lab.epoch) as tx:
            tx.insert_trial(trial, runs)
            for run, loss in zip(runs, losses, strict=True):
                tx.start_run(run.id, 1)
                tx.end_run(run.id, 1, Outcome(RunState.COMPLETED, "", loss))
            tx.end_trial(trial.id, Outcome(RunState.COMPLETED, "", sum(losses) / len(losses)), {})
    lab.set_state(confirmation, StudyState.COMPLETED)
