"""From what is asked about groups of curves to the answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from experiments.errors import Problem
from service.analysis.curves.curve_groups import (
    EVERYWHERE,
    OF_THE_MEAN,
    Band,
    Line,
    best_so_far,
    bounds_of,
    group_line,
    line_of,
    reaching,
    shared_x,
)
from service.api.curves.axes import times_of, x_of
from service.api.curves.grouping import NO_GROUPS, Groups, grouped, grouped_as
from service.api.curves.selection import Selection
from service.api.schemas.curves import CONTINUOUS, AggregateRequest
from service.errors import Invalid
from service.storage.store import ApiStore
from service.study.records import RunHead


def aggregate(selection: Selection, request: AggregateRequest, own: Groups = NO_GROUPS) -> dict[str, Any]:
    """The groups' lines, and what became of every run; columns are arrays. ``own`` groups name the request's runs.

    Raises:
        Invalid: the band does not belong to the center, or the filter or a name in ``group_by`` says nothing.
    """
    band = _band(request)
    store, runs = selection.store, selection.heads()
    lines, n_never_finite = _lines(store, runs, request)
    with_line = [run for run in runs if run.id in lines]
    found = grouped_as(own, with_line) if own else grouped(store, with_line, request.group_by)
    groups = [(key, [lines[run.id] for run in group]) for key, group in found]
    if request.survivors == "reached_x":
        groups = [(key, reaching(group, request.reached)) for key, group in groups]
    groups = [(key, group) for key, group in groups if group]
    shown = groups[: len(own) or request.max_groups]
    drawn = [line for _, group in shown for line in group]
    x = shared_x(drawn, request.max_points, continuous=request.x in CONTINUOUS, stretch=_stretch(request))
    carry = request.survivors == "carry_last"
    put_together = [(key, group, group_line(group, x, request.center, band, carry=carry)) for key, group in shown]
    n_total, n_reached = selection.n_runs(), sum(len(group) for _, group in groups)
    return {
        "metric": request.metric,
        "x_axis": request.x,
        "center": request.center,
        "band": band,
        "survivors": request.survivors,
        "groups": [
            {
                "key": key,
                **vars(line),
                "runs": [each.run_id for each in group],
            }
            for key, group, line in put_together
        ],
        "bounds": bounds_of(request.metric, [line for _, _, line in put_together]),
        "n_groups": len(groups),
        "runs": {
            "total": n_total,
            "aggregated": len(drawn),
            "filtered": n_total - len(runs),
            "unmeasured": len(runs) - len(lines) - n_never_finite,
            "never_finite": n_never_finite,
            "not_reached": len(lines) - n_reached,
            "in_further_groups": n_reached - len(drawn),
        },
        "n_points_not_finite": sum(int(np.isnan(line.y).sum()) for line in drawn),
    }


def _stretch(request: AggregateRequest) -> tuple[float, float]:
    low, high = EVERYWHERE
    return (low if request.x_from is None else request.x_from, high if request.x_to is None else request.x_to)


def _band(request: AggregateRequest) -> Band:
    if request.band is None:
        return "ci95" if request.center == "mean" else "quartiles"
    if request.center == "median" and request.band in OF_THE_MEAN:
        message = f"{request.band} lies around a mean; with center=median take quartiles or minmax"
        raise Invalid(f"band: {message}", (Problem("band", message),))
    return request.band


def _lines(store: ApiStore, runs: Sequence[RunHead], request: AggregateRequest) -> tuple[dict[str, Line], int]:
    """Run id to its line, and how many more runs have measured the metric, but never as a finite number."""
    by_id = {run.id: run for run in runs}
    lines: dict[str, Line] = {}
    n_never_finite = 0
    for points in store.curves.points(list(by_id), request.metric, times_of((request.x,))):
        run = by_id[points.run_id]
        x = x_of(points, run, request.x)
        if np.isnan(x).any():
            continue
        line = line_of(run.id, x, best_so_far(points.y, request.best_so_far), ended=run.state.ended)
        if np.isfinite(line.y).any():
            lines[run.id] = line
        else:
            n_never_finite += 1
    return lines, n_never_finite
