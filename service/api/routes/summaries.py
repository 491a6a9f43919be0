"""What each run's curve of a metric came to, for tables with a column of any metric."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import orjson
from fastapi import APIRouter, Query, Response
from numpy.typing import NDArray

from service.api.dependencies import StoreDep, StudyDep
from service.api.schemas.curves import Summaries
from service.api.schemas.refusals import NOT_FOUND
from service.storage.curves.format import Curve

router = APIRouter(tags=["curves"])


@router.get("/studies/{study}/summaries", response_model=Summaries, responses=NOT_FOUND)
def get_summaries(
    study: StudyDep,
    store: StoreDep,
    metric: Annotated[str, Query(examples=["val_loss"])],
    run: Annotated[list[str] | None, Query(max_length=5000, description="Only these runs.")] = None,
) -> Response:
    """The least, the greatest and the last finite value of a metric in each run's curve, and at which step."""
    runs = store.runs.of_study(study.id) if run is None else store.runs.named(run)
    trials = {found.id: found.trial_number for found in runs if found.study_id == study.id}
    rows = [
        (curve.run_id, trials[curve.run_id], *summary)
        for curve in store.curves.of(run_ids=list(trials), metrics=[metric])
        if (summary := _summary(curve, metric)) is not None
    ]
    names = [name for name in Summaries.model_fields if name != "metric"]
    columns = dict(zip(names, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(names, ())
    return Response(orjson.dumps({"metric": metric, **columns}), media_type="application/json")


def _summary(curve: Curve, metric: str) -> tuple[float, int, float, int, float, int] | None:
    """Value and step of the least, the greatest and the last; nothing without a finite value."""
    values: NDArray[np.float64] | None = curve.metrics.get(metric)
    known = np.flatnonzero(np.isfinite(values)) if values is not None else np.empty(0, np.intp)
    if values is None or not len(known):
        return None
    low, high, last = known[values[known].argmin()], known[values[known].argmax()], known[-1]
    return (
        float(values[low]),
        int(curve.step[low]),
        float(values[high]),
        int(curve.step[high]),
        float(values[last]),
        int(curve.step[last]),
    )
