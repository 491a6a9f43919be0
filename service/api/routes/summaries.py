"""What each run's curve of a metric came to, for tables with a column of any metric."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import orjson
from fastapi import APIRouter, Query, Response

from service.api.dependencies import StoreDep, StudyDep
from service.api.schemas.curves import Summaries
from service.api.schemas.refusals import NOT_FOUND
from service.storage.curves.reading import Points

router = APIRouter(tags=["curves"])


@router.get("/studies/{study}/summaries", response_model=Summaries, responses=NOT_FOUND)
def get_summaries(
    study: StudyDep,
    store: StoreDep,
    metric: Annotated[str, Query(examples=["val_loss"])],
    run: Annotated[list[str] | None, Query(max_length=5000, description="Only these runs.")] = None,
) -> Response:
    """The least, the greatest and the last finite value of a metric in each run's curve, and at which step."""
    heads = store.runs.heads([study.id]) if run is None else store.runs.heads([], run)
    trials = {found.id: found.trial_number for found in heads if found.study_id == study.id}
    rows = [
        (points.run_id, trials[points.run_id], *summary)
        for points in store.curves.points(list(trials), metric)
        if (summary := _summary(points)) is not None
    ]
    names = [name for name in Summaries.model_fields if name != "metric"]
    columns = dict(zip(names, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(names, ())
    return Response(orjson.dumps({"metric": metric, **columns}), media_type="application/json")


def _summary(points: Points) -> tuple[float, int, float, int, float, int] | None:
    """Value and step of the least, the greatest and the last; nothing without a finite value."""
    known = np.flatnonzero(np.isfinite(points.y))
    if not len(known):
        return None
    y, step = points.y[known], points.progress[0][known]
    low, high = y.argmin(), y.argmax()
    return float(y[low]), int(step[low]), float(y[high]), int(step[high]), float(y[-1]), int(step[-1])
