"""From the store's records to what the API says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import lru_cache
from typing import Any

from experiments.errors import InvalidInput
from search_spaces.grid import Grid
from service.api.presenters.budgets import shown_budget
from service.api.presenters.replicates import shown_mark, shown_replication
from service.api.presenters.waits import reasons_to_wait
from service.api.schemas import studies as schemas
from service.storage.mlflow_sync.sync_items import Rejections
from service.storage.store import ApiStore
from service.storage.studies import StudyStore
from service.study import records
from service.study.definitions.objectives import objective_of, objectives_of
from service.study.definitions.parts import Replicates
from service.study.definitions.samplers import GridSampler
from service.study.definitions.submission import definition_of
from service.study.lineages import Lineage, lineages
from service.study.pending import pending, pending_trial
from service.study.repeating.rerun import rerun
from service.study.replicates import Mark, marks_of
from service.study.states import Desired, RunState, StudyState
from service.study.waits import run_waits_for, study_waits_for, trial_waits_for
from service.tracking.names import OBJECTIVE

API = "/api/v1"
DONE = (RunState.COMPLETED, RunState.PRUNED, RunState.FAILED)


class Presenter:
    """Builds answers; ``mlflow_ui`` is where MLflow's pages are, or nothing."""

    def __init__(self, store: ApiStore, mlflow_ui: str | None) -> None:
        self._store = store
        self._mlflow_ui = mlflow_ui

    def study(self, study: records.Study) -> schemas.StudyDetail:
        """One study, whole."""
        metrics = self._store.studies.metric_names([study.id])[study.id]
        rejected = self._store.sync_items.rejections([study.id]).get(study.id)
        fields = self._study_fields(study, metrics, self._best([study]), rejected, self._reason_to_wait(study))
        check = study.code_check and asdict(study.code_check)
        return schemas.StudyDetail(
            **fields,
            queue_waiting=self._store.queue.n_waiting(study.id) if study.n_queued else 0,
            definition=study.definition,
            expanded_space=self._store.studies.expanded_space(study.id),
            provenance=study.provenance,
            code_check=check,
            **self._confirming([study.id])[study.id],
        )

    def _confirming(self, study_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Study id to what it confirms and is confirmed by; two queries however many they are."""
        confirmed, confirming = self._store.looks.confirmed_by(study_ids), self._store.looks.confirming(study_ids)
        return {
            study_id: {
                "confirms": _confirms(*confirmed[study_id]) if study_id in confirmed else None,
                "confirmations": list(confirming.get(study_id, ())),
                "confirmations_open": sum(not state.ended for state in confirming.get(study_id, {}).values()),
            }
            for study_id in study_ids
        }

    def studies(self, studies: Sequence[records.Study]) -> list[schemas.Study]:
        """Several studies, without their definitions."""
        ids = [study.id for study in studies]
        metrics, best, rejected = (
            self._store.studies.metric_names(ids),
            self._best(studies),
            self._store.sync_items.rejections(ids),
        )
        waits, confirming = reasons_to_wait(self._store, studies), self._confirming(ids)
        return [
            schemas.Study(
                **self._study_fields(study, metrics[study.id], best, rejected.get(study.id), waits.get(study.id, "")),
                **confirming[study.id],
            )
            for study in studies
        ]

    def trials(
        self, study: records.Study, trials: Sequence[records.Trial], *, distributions: bool = False
    ) -> list[schemas.Trial]:
        """Several trials of one study."""
        runs = self._store.runs.of_trials([trial.id for trial in trials])
        errors = self._store.sync_items.errors([id_ for trial in trials for id_ in _ids(trial, runs[trial.id])])
        wait = self._reason_to_wait(study)
        return [
            schemas.Trial(**self._trial_fields(study, trial, runs[trial.id], distributions, errors, wait))
            for trial in trials
        ]

    def trial(self, study: records.Study, trial: records.Trial) -> schemas.TrialDetail:
        """One trial, whole."""
        runs = self._store.runs.of_trial(trial.id)
        errors, wait = self._store.sync_items.errors(_ids(trial, runs)), self._reason_to_wait(study)
        fields = self._trial_fields(study, trial, runs, True, errors, wait)
        marks = marks_of(study, trial, runs)
        views = [self.run(run, study, trial, marks, wait) for run in runs]
        history = self._store.runs.continuations(study.id) if study.is_population else ()
        config = self._lineage(study, runs[0], history).config(trial.config) if history else _config(trial, runs)
        seeds = [config["seed"]] if history else list(dict.fromkeys(run.seed for run in runs))
        again = rerun(study.definition, trial.number, config, seeds)
        own = [shown_continuation(each) for each in history if each.trial_number == trial.number]
        return schemas.TrialDetail(**fields, config=config, rerun=again, runs=views, history=own)

    def _lineage(
        self, study: records.Study, run: records.Run, continuations: Sequence[records.Continuation]
    ) -> Lineage:
        """What a member of a population has trained, with all that it took over."""
        trials, runs = self._store.trials.of_study(study.id), self._store.runs.of_study(study.id)
        return lineages(trials, runs, continuations[0].in_force, continuations)[run.id]

    def run(
        self,
        run: records.Run,
        study: records.Study | None = None,
        trial: records.Trial | None = None,
        marks: Mapping[str, Mark] | None = None,
        wait: str | None = None,
    ) -> schemas.Run:
        """One run with its artifacts; study, trial, its runs' marks and why it waits are looked up if not given."""
        study = study or self._store.studies.get(run.study_id)
        trial = trial or self._store.trials.get(run.study_id, run.trial_number)
        if marks is None:
            marks = marks_of(study, trial, self._store.runs.of_trial(trial.id))
        wait = self._reason_to_wait(study) if wait is None else wait
        self_link = f"{API}/runs/{run.id}"
        mlflow = self._mlflow_run(study, run.mlflow_run_id or trial.mlflow_run_id)
        return schemas.Run(
            id=run.id,
            study=run.study_id,
            trial=run.trial_number,
            **_common(run),
            **{name: getattr(run, name) for name in ("replicate", "seed", "fold", "attempt", "epochs", "worker")},
            training_time=run.training_time,
            waits_for=run_waits_for(study, run, wait),
            mark=shown_mark(marks.get(run.id)),
            code_hash=run.code_hash,
            metrics_epoch=run.metrics_epoch,
            artifacts=[artifact(found) for found in self._store.runs.artifacts(run.id)],
            links=schemas.RunLinks(mlflow=mlflow, curves=f"{self_link}/curves", log=f"{self_link}/log"),
        )

    def _best(self, studies: Sequence[records.Study]) -> dict[str, schemas.Best]:
        """Study id to its best trial, with what that trial's runs came to; two queries however many they are."""
        by_id = {study.id: study for study in studies}
        several = [study for study in studies if study.best and _replicates(study).n_runs > 1]
        trials = self._store.trials.at([(study.id, study.best[0]) for study in several if study.best])
        runs = self._store.runs.of_trials([trial.id for trial in trials])
        shown = {trial.study_id: shown_replication(by_id[trial.study_id], trial, runs[trial.id]) for trial in trials}
        return {
            study.id: schemas.Best(trial=study.best[0], value=study.best[1], replicates=shown.get(study.id))
            for study in studies
            if study.best
        }

    def _study_fields(
        self,
        study: records.Study,
        metrics: Sequence[str],
        best: Mapping[str, schemas.Best],
        rejected: Rejections | None,
        wait: str,
    ) -> dict[str, Any]:
        definition, objectives = study.definition, objectives_of(study.definition)
        kept = ("id", "name", "state", "desired", "stop_running", "priority", "max_trials", "max_concurrent_trials")
        times = ("notes", "tags", "version", "created_at", "started_at", "ended_at")
        experiment = definition["experiment"]
        return {
            **{name: getattr(study, name) for name in (*kept, *times)},
            "reason": pending(study) or study.reason,
            "waits_for": study_waits_for(study, wait),
            "experiment": experiment if isinstance(experiment, str) else "inline",
            "objective": objectives[0].model_dump(),
            "objectives": [objective.model_dump() for objective in objectives],
            **{name: definition[name] for name in ("sampler", "pruner")},
            "counts": {state.value: study.counts.get(state, 0) for state in RunState},
            "best": best.get(study.id),
            "progress": self._progress(study),
            **shown_budget(study),
            "test_result": study.test_result,
            "warnings": [
                *(warning for objective in objectives for warning in objective.warnings()),
                *(study.code_check.warnings if study.code_check else ()),
                *study.warnings,
            ],
            "mlflow_rejected": rejected.n if rejected else 0,
            "mlflow_error": rejected.error if rejected else None,
            "metrics": list(metrics),
            "links": {
                "self": f"{API}/studies/{study.name}",
                "dashboard": f"/studies/{study.name}",
                "mlflow": self._mlflow_study(study),
            },
        }

    def _progress(self, study: records.Study) -> dict[str, Any]:
        done, (total, is_estimate) = sum(study.counts.get(state, 0) for state in DONE), self._total_trials(study)
        n_runs = _replicates(study).n_runs
        runs_done = n_runs * done + study.ended_runs
        runs_total = None if total is None else n_runs * total
        eta = None
        goes_on = study.state is StudyState.RUNNING and study.desired is Desired.RUNNING
        if goes_on and runs_total is not None and runs_done:
            eta = self._store.runs.pace(study.id).seconds_left(runs_total - runs_done)
        return {
            "done": done,
            "total": total,
            "total_is_estimate": is_estimate,
            "runs_done": runs_done,
            "runs_total": runs_total,
            "runs_per_trial": n_runs,
            "eta_seconds": eta,
        }

    def _total_trials(self, study: records.Study) -> tuple[int | None, bool]:
        """How many trials the study will have when nothing else ends it, and whether that is an estimate."""
        limits = [(study.max_trials, False)] if study.max_trials is not None else []
        if study.definition["sampler"]["name"] == "grid":
            try:
                grid, n_trials = _counted_grid(self._store.studies, study.id)
                queue = self._store.queue.of_study(study.id) if study.n_queued else ()
                limits.append((n_trials + sum(point not in grid for point in queue), not grid.is_counted))
            except InvalidInput:  # an experiment or component of the user's own that is not installed any more
                return study.max_trials, False
        return min(limits, default=(None, False))

    def _trial_fields(
        self,
        study: records.Study,
        trial: records.Trial,
        runs: Sequence[records.Run],
        distributions: bool,
        mlflow_errors: Mapping[str, str],
        wait: str,
    ) -> dict[str, Any]:
        return {
            "study": study.id,
            "number": trial.number,
            **_common(trial),
            "values": list(trial.objective_values),
            "parameters": dict(trial.parameters),
            "distributions": dict(trial.distributions) if distributions else None,
            "queued": trial.queue_position is not None,
            **{name: getattr(trial, name) for name in ("infeasible", "excluded", "retry_of", "notes", "tags")},
            "reason": pending_trial(trial) or trial.reason,
            "waits_for": trial_waits_for(study, trial, runs, wait),
            "mlflow_error": next((mlflow_errors[id_] for id_ in _ids(trial, runs) if id_ in mlflow_errors), None),
            "best": study.best is not None and study.best[0] == trial.number,
            "run_ids": [run.id for run in runs],
            "replicates": shown_replication(study, trial, runs),
            "links": {
                "self": f"{API}/studies/{study.name}/trials/{trial.number}",
                "mlflow": self._mlflow_run(study, trial.mlflow_run_id),
            },
        }

    def _reason_to_wait(self, study: records.Study) -> str:
        return reasons_to_wait(self._store, [study]).get(study.id, "")

    def _mlflow_study(self, study: records.Study) -> str | None:
        if self._mlflow_ui is None or study.mlflow_experiment_id is None:
            return None
        runs = f"{self._mlflow_ui}/#/experiments/{study.mlflow_experiment_id}/runs?workflowType=machine_learning"
        if Replicates.model_validate(study.definition["replicates"]).n_runs == 1:
            return runs
        # In any order but by time MLflow lists the runs of a trial beside it, and not only when it is unfolded: its
        # charts draw the curves of what is listed.
        ascending = "true" if objective_of(study.definition).direction == "minimize" else "false"
        return f"{runs}&orderByKey=metrics.%60{OBJECTIVE}%60&orderByAsc={ascending}"

    def _mlflow_run(self, study: records.Study, run_id: str | None) -> str | None:
        if self._mlflow_ui is None or study.mlflow_experiment_id is None or run_id is None:
            return None
        return (
            f"{self._mlflow_ui}/#/experiments/{study.mlflow_experiment_id}/runs/{run_id}?workflowType=machine_learning"
        )


def shown_continuation(each: records.Continuation) -> schemas.Continuation:
    """What a member went on with after an interval."""
    names = ("epoch", "value", "from_trial", "from_run", "checkpoint", "takes_over", "reason")
    return schemas.Continuation(**{name: getattr(each, name) for name in names}, values=dict(each.in_force))


def _confirms(name: str, look: records.Look) -> schemas.Confirms:
    return schemas.Confirms(study=name, look=look.look, over=look.over, trials=list(look.trials))


def _replicates(study: records.Study) -> Replicates:
    return Replicates.model_validate(study.definition["replicates"])


def _ids(trial: records.Trial, runs: Sequence[records.Run]) -> list[str]:
    return [trial.id, *(run.id for run in runs)]


def _config(trial: records.Trial, runs: Sequence[records.Run]) -> dict[str, Any]:
    """The configuration with the seed and the fold of the trial's run; of several runs, each has its own."""
    return {**trial.config, **({"seed": runs[0].seed, "fold": runs[0].fold} if len(runs) == 1 else {})}


def artifact(found: records.Artifact) -> schemas.Artifact:
    """A file that a run left, with where to get it."""
    return schemas.Artifact(
        path=found.path,
        size=found.size,
        media_type=found.media_type,
        sha256=found.sha256,
        url=f"{API}/runs/{found.run_id}/artifacts/{found.path}",
    )


def shown_attempt(found: records.Attempt) -> schemas.Attempt:
    """A start of a run."""
    return schemas.Attempt(**{name: getattr(found, name) for name in schemas.Attempt.model_fields})


@lru_cache(maxsize=1024)
def _counted_grid(studies: StudyStore, study_id: str) -> tuple[Grid, int]:
    """Counting a grid means trying its points: nothing for a list of studies to do each time."""
    definition = definition_of(studies.get(study_id), studies.expanded_space(study_id))
    points = definition.sampler.points if isinstance(definition.sampler, GridSampler) else None
    grid = Grid(definition.search_space(), points)
    return grid, grid.n_trials()


def _common(record: records.Trial | records.Run) -> dict[str, Any]:
    names = ("state", "reason", "value", "created_at", "started_at", "ended_at")
    return {**{name: getattr(record, name) for name in names}, "metrics": dict(record.metrics)}
