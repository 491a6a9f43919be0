"""Fills a store the way the engine does: a study with trials, curves and artifacts, written through transactions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna.distributions import distribution_to_json
from PIL import Image

from experiments.reporting import Report
from search_spaces.sampling import sample
from service.storage.blobs.artifact_store import ArtifactStore
from service.storage.store import Store
from service.study.definitions.definition import StudyDefinition
from service.study.definitions.objectives import objectives_of
from service.study.definitions.submission import submission_of
from service.study.jobs import Placement
from service.study.ports import Outcome
from service.study.records import Artifact, Continuation, Run, Study
from service.study.replicates import aggregate
from service.study.states import FailureKind, RunState, StudyState
from tests.support.rows import waiting_run, waiting_trial

DEFINITION: dict[str, Any] = {
    "name": "digits",
    "experiment": "digits-mlp",
    "objective": "val_accuracy",
    "sampler": "tpe",
    "pruner": "median",
    "space": {"use": ["four-families"]},
    "max_trials": 30,
    "seed": 7,
}
EPOCHS = 20
STEPS = 18
"""Optimizer steps of an epoch."""
BEGAN = 1_760_000_000.0


@dataclass
class Filler:
    """Writes as the engine of one store; it leads until the test ends."""

    store: Store
    artifacts: ArtifactStore
    epoch: int = field(init=False)

    def __post_init__(self) -> None:
        epoch = self.store.leadership.lead("the test", 60)
        assert epoch is not None
        self.epoch = epoch

    def submit(self, provenance: Mapping[str, Any] | None = None, **changes: Any) -> Study:
        """A study of the standard definition with changes, RUNNING."""
        definition = StudyDefinition.parse({**DEFINITION, **changes})
        study, _ = self.store.studies.create(submission_of(definition, provenance))
        with self.store.transaction(self.epoch) as transaction:
            transaction.set_study_state(study.id, StudyState.RUNNING, "")
        return self.store.studies.get(study.id)

    def trials(self, study: Study, ends: Mapping[int, RunState]) -> None:
        """One trial for each number, with its curve up to where its end is. RUNNING ones stay so."""
        space = StudyDefinition.parse(study.definition).search_space()
        sampler = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=7))
        for number, end in ends.items():
            asked = sampler.ask()
            config = sample(space, asked)
            drawn = {name: distribution_to_json(found) for name, found in asked.distributions.items()}
            trial = waiting_trial(study, number, id=f"tr_{study.id}_{number}", parameters=asked.params, config=config)
            trial = replace(trial, distributions=drawn)
            run = waiting_run(trial, id=f"run_{study.id}_{number}", seed=number, planned_epochs=EPOCHS)
            with self.store.transaction(self.epoch) as transaction:
                transaction.insert_trial(trial, [run])
                transaction.start_run(run.id, 1)
                transaction.assign_run(run.id, 1, Placement("worker-1"))
            self.train(run, end)

    def replicated(
        self,
        study: Study,
        number: int,
        values: Sequence[float],
        queue_position: int | None = None,
        first_seed: int = 100,
    ) -> list[Run]:
        """A completed trial with a run for each value, of seeds in a row."""
        definition = StudyDefinition.parse(study.definition)
        asked = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=7 + number)).ask()
        config = sample(definition.search_space(), asked)
        trial = waiting_trial(study, number, id=f"tr_{study.id}_{number}", parameters=asked.params, config=config)
        trial = replace(trial, queue_position=queue_position)
        runs = [
            waiting_run(trial, place, id=f"run_{study.id}_{number}_{place}", seed=first_seed + place, value=y)
            for place, y in enumerate(values)
        ]
        ended = [replace(run, state=RunState.COMPLETED) for run in runs]
        with self.store.transaction(self.epoch) as transaction:
            transaction.insert_trial(trial, runs)
            for run in runs:
                transaction.start_run(run.id, 1)
                transaction.append_points(run.id, 1, [point(number, epoch) for epoch in range(1, 4)])
                transaction.end_run(run.id, 1, Outcome(RunState.COMPLETED, "", run.value))
            transaction.end_trial(trial.id, Outcome(RunState.COMPLETED, "", *aggregate(definition, ended)), {})
        return runs

    def train(self, run: Run, end: RunState) -> None:
        """The run's curve, log and end."""
        n_epochs = {RunState.PRUNED: 3 + run.trial_number % 4, RunState.FAILED: 2, RunState.RUNNING: 8}.get(end, EPOCHS)
        rows = [point(run.trial_number, epoch) for epoch in range(1, n_epochs + 1)]
        with self.store.transaction(self.epoch) as transaction:
            transaction.append_points(run.id, 1, rows)
            transaction.append_log(run.id, f"epoch {n_epochs}: the loss is {rows[-1].metrics['val_loss']:.3f}\n")
            if end.ended:
                outcome = _outcome(end, rows, self.store.studies.get(run.study_id).definition)
                transaction.end_run(run.id, 1, outcome)
                transaction.end_trial(run.trial_id, outcome, {})

    def taken_over(self, study: Study, number: int, other: int, epoch: int, values: Mapping[str, float]) -> None:
        """A member of a population goes on from the checkpoint of another, with these values; that one from its own."""
        (taken,) = self.store.runs.of_trial(self.store.trials.get(study.id, other).id)
        moves = []
        for member, told in ((number, f"from trial {other}: 0.6 against 0.9"), (other, "number 1 of 3")):
            (own,) = self.store.runs.of_trial(self.store.trials.get(study.id, member).id)
            reason = f"goes on at epoch {epoch} {told}"
            moves.append(Continuation(own.id, member, epoch, 0.6, other, taken.id, "b" * 64, values, reason))
        with self.store.transaction(self.epoch) as transaction:
            transaction.continue_runs(moves)

    def report(self, study: Study, number: int, epoch: int) -> None:
        """One more point of a running trial."""
        (run,) = self.store.runs.of_trial(self.store.trials.get(study.id, number).id)
        with self.store.transaction(self.epoch) as transaction:
            transaction.append_points(run.id, 1, [point(number, epoch)])

    def end(self, study: Study, state: StudyState, reason: str) -> None:
        """The end of a study."""
        with self.store.transaction(self.epoch) as transaction:
            transaction.set_study_state(study.id, state, reason)

    def picture(self, study: Study, number: int, directory: Path) -> None:
        """A picture and a config as the artifacts of a trial's run."""
        (run,) = self.store.runs.of_trial(self.store.trials.get(study.id, number).id)
        cells = np.kron(np.eye(10) * 200 + 40, np.ones((24, 24))).astype(np.uint8)
        Image.fromarray(cells).save(directory / "confusion_matrix.png")
        (directory / "config.yaml").write_text("seed: 7\n")
        for path, media_type in (("confusion_matrix.png", "image/png"), ("config.yaml", "application/yaml")):
            blob = self.artifacts.put(directory / path)
            found = Artifact(run.id, path, blob.sha256, blob.size, media_type, datetime.now(UTC))
            with self.store.transaction(self.epoch) as transaction:
                transaction.add_artifact(found)

    def projected(self, study: Study) -> None:
        """As if MLflow had everything: experiment 42, and for trial 3 the run ``mlflow-3``."""
        for item in self.store.sync_items.dirty(10_000):
            if item.kind == "study" and item.id == study.id:
                self.store.sync_items.projected("study", item.id, item.version, mlflow_id="42")
        for trial in self.store.trials.of_study(study.id):
            self.store.sync_items.projected("trial", trial.id, 10_000, mlflow_id=f"mlflow-{trial.number}")


def point(number: int, epoch: int) -> Report:
    """The row that trial ``number`` reports at an epoch: losses that fall at the trial's own pace to its own floor."""
    noise = np.random.default_rng([number, epoch]).normal(0, 0.012)
    pace, floor = 0.12 + 0.05 * (number * 7 % 11), 0.04 + 0.015 * (number * 5 % 17)
    validation = max(1e-3, floor + 2.2 * float(np.exp(-pace * epoch)) + noise)
    metrics = {
        "val_loss": validation,
        "train_loss": validation * 0.8,
        "val_accuracy": min(1.0, float(np.exp(-0.55 * validation))),
        "train_accuracy": min(1.0, float(np.exp(-0.5 * validation))),
        "lr": 3e-3 * (1 + float(np.cos(np.pi * epoch / EPOCHS))) / 2,
        "grad_norm": 1.0 / epoch,
    }
    seconds = 0.05 * epoch * (1 + number % 5 / 10)
    return Report(epoch * STEPS, epoch, BEGAN + 1.5 * number + seconds, seconds, metrics)


def _outcome(end: RunState, rows: list[Report], definition: Mapping[str, Any]) -> Outcome:
    first, *others = objectives_of(definition)
    better = max if first.direction == "maximize" else min
    counting = better(rows, key=lambda row: row.metrics[first.metric]).metrics
    if end is RunState.FAILED:
        return Outcome(end, "the loss is not finite (nan) at epoch 3", failure=FailureKind.DIVERGED)
    return Outcome(
        end,
        f"pruned at epoch {len(rows)}: below the median of 9 trials" if end is RunState.PRUNED else "",
        counting[first.metric],
        dict(rows[-1].metrics),
        epochs=len(rows),
        metrics_epoch=rows[-1].epoch,
        training_time=rows[-1].training_time,
        further_values=tuple(counting[each.metric] for each in others),
    )
