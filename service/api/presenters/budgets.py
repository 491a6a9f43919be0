"""What a study may spend, has spent and was spared, as the API says it."""

from __future__ import annotations

from typing import Any

from service.api.schemas.studies import Saved, Spent
from service.study.records import Study

_HOUR = 3600.0


def shown_budget(study: Study) -> dict[str, Any]:
    """The fields of a study that are about its budget."""
    spent, cpus = study.spent, study.definition.get("resources", {}).get("cpus", 1.0)
    cpu_hours = spent.seconds * cpus / _HOUR
    an_epoch = cpu_hours / spent.epochs if spent.epochs else 0.0
    return {
        "budget": dict(study.budget),
        "spent": Spent(
            epochs=spent.epochs,
            hours=spent.wall_seconds / _HOUR,
            cpu_hours=cpu_hours,
            gpu_hours=spent.device_seconds / _HOUR,
        ),
        "saved_by_pruning": Saved(epochs=study.saved_epochs, cpu_hours=study.saved_epochs * an_epoch),
        "reserved_epochs": study.reserved_epochs,
    }
