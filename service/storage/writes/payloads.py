"""What the engine's writes put into rows and events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from experiments.reporting import Report
from service.storage.db.identity_map import Values
from service.storage.db.rows import finite, finite_metrics
from service.storage.db.tables import NO_FOLD
from service.study.jobs import Placement
from service.study.records import Run, Trial


def trial_values(trial: Trial) -> Values:
    """A trial's row."""
    values = {name: getattr(trial, name) for name in Trial.__dataclass_fields__}
    return values | {"metrics": finite_metrics(trial.metrics), "value": finite(trial.value)}


def run_values(run: Run) -> Values:
    """A run's row."""
    values = {name: getattr(run, name) for name in Run.__dataclass_fields__}
    return values | {"metrics": finite_metrics(run.metrics), "fold": NO_FOLD if run.fold is None else run.fold}


def attempt_id(run: Values) -> str:
    """The id of the last of the run's starts."""
    return start_id(run["id"], run["starts"])


def start_id(run_id: str, start: int) -> str:
    """The id of a run's start."""
    return f"{run_id}.{start}"


def attempt_values(run: Values, placement: Placement, now: datetime) -> Values:
    """The row of the start that a run has just had."""
    return {
        "id": attempt_id(run),
        "run_id": run["id"],
        "attempt": run["attempt"],
        "worker": placement.worker,
        "node": placement.node,
        "cpus": placement.resources.cpus,
        "gpus": placement.resources.gpus,
        "started_at": now,
        "parent_checkpoint": run["checkpoints"][0]["sha256"] if run["checkpoints"] else None,
        "last_seen_at": None,
        "ended_at": None,
        "device_seconds": 0.0,
        "left_run": None,
        "alone": placement.alone,
        "failure": None,
        "reason": "",
    }


def trial_payload(trial: Values) -> Values:
    """What an event tells of a trial."""
    names = ("id", "state", "reason", "value", "metrics")
    return {"trial": trial["number"]} | {name: trial[name] for name in names}


def run_payload(run: Values) -> Values:
    """What an event tells of a run."""
    names = ("replicate", "state", "reason", "attempt", "worker", "value", "epochs", "training_time")
    return {"run": run["id"], "trial": run["trial_number"]} | {name: run[name] for name in names}


def metrics_payload(run: Values, rows: Sequence[Report]) -> Values:
    """What an event tells of new points: where the run stands now, and its metrics there, null if not finite."""
    last = rows[-1]
    return {
        "run": run["id"],
        "trial": run["trial_number"],
        "replicate": run["replicate"],
        "attempt": run["attempt"],
        "first_step": rows[0].step,
        "step": last.step,
        "epoch": last.epoch,
        "n_points": len(rows),
        "values": {name: finite(value) for name, value in last.metrics.items()},
    }
