"""A definition made from that of a study that exists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.study.records import Study

CHANGED_SINCE = ("max_trials", "max_concurrent_trials", "priority", "notes", "tags", "budget")
"""Fields that may have been changed since the study was submitted."""


def clone(study: Study, changes: Mapping[str, Any], free_name: str) -> dict[str, Any]:
    """The study's definition as it stands now, with other fields; each replaces the study's whole field.

    A field that is changed to null is left out, which leaves it to its default.
    """
    now = {name: getattr(study, name) for name in CHANGED_SINCE}
    now |= {"tags": list(study.tags), "budget": dict(study.budget)}
    whole = {**study.definition, **now, "name": free_name, **changes}
    return {name: value for name, value in whole.items() if value is not None or name not in changes}
