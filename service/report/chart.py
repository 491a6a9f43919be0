"""Lines with bands as a picture in SVG, and below them how many runs stand behind each point."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from service.analysis.curves.curve_groups import GroupLine, Numbers
from service.report.html import Markup, joined, tag
from service.report.scale import Scale, axis, value_axis
from service.report.table import Cell, Table

WIDTH, HEIGHT = 760, 380
LEFT, RIGHT, TOP, BOTTOM = 64, 12, 12, 286
"""Of the picture, the frame of the lines."""
N_TOP, N_BOTTOM = 306, 340
"""The frame of the numbers of runs."""


@dataclass(frozen=True)
class Series:
    """A group's line, by its name."""

    name: str
    line: GroupLine
    n_runs: int


def chart(
    series: Sequence[Series],
    x_name: str,
    y_name: str,
    *,
    may_be_log: bool,
    bounds: tuple[float, float] | None = None,
) -> Markup:
    """The picture with its legend and its numbers; each series has a finite value at least.

    Bands are drawn within ``bounds`` alone; the numbers are what they are.
    """
    shown = [replace(each, line=_within(each.line, bounds)) for each in series]
    xs = np.concatenate([each.line.x for each in series])
    mids = np.concatenate([each.line.mid for each in series])
    bands = np.concatenate([edge for each in shown for edge in (each.line.low, each.line.high)])
    x = axis(float(xs.min()), float(xs.max()), LEFT, WIDTH - RIGHT)
    y = value_axis(mids, bands, BOTTOM, TOP, may_be_log=may_be_log)
    most = max(int(each.line.n.max()) for each in series)
    n = Scale(0.0, float(most), N_BOTTOM, N_TOP)
    title = f"{y_name} over {x_name} of {', '.join(each.name for each in series)}; the numbers stand in the table below"
    drawn = [part for place, each in enumerate(shown) for part in _series(each, place, x, y, n)]
    parts = [*_grid(x, y, n, x_name, f"{y_name} (logarithmic)" if y.log else y_name), *drawn]
    picture = tag("svg", *parts, viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img", aria_label=title)
    names = (_legend(each, place) for place, each in enumerate(series))
    numbers = tag("details", tag("summary", "The numbers of this picture"), _numbers(series, x_name).html())
    return joined([picture, tag("ul", *names, class_="legend"), numbers])


def _within(line: GroupLine, bounds: tuple[float, float] | None) -> GroupLine:
    return line if bounds is None else replace(line, low=np.clip(line.low, *bounds), high=np.clip(line.high, *bounds))


def _grid(x: Scale, y: Scale, n: Scale, x_name: str, y_name: str) -> Iterator[Markup]:
    for value in y.ticks():
        at = _place(y, value)
        yield tag("path", d=f"M{LEFT} {at}H{WIDTH - RIGHT}", class_="grid")
        yield tag("text", f"{value:.6g}", x=LEFT - 6, y=at, text_anchor="end", dominant_baseline="middle")
    for value in x.ticks():
        yield tag("text", f"{value:.6g}", x=_place(x, value), y=N_BOTTOM + 16, text_anchor="middle")
    for value in (n.low, n.high):
        yield tag("path", d=f"M{LEFT} {_place(n, value)}H{WIDTH - RIGHT}", class_="grid")
    yield tag("text", f"{n.high:g}", x=LEFT - 6, y=N_TOP, text_anchor="end", dominant_baseline="middle")
    yield tag("text", "n(x)", x=LEFT - 6, y=N_BOTTOM, text_anchor="end")
    yield tag("text", x_name, x=(LEFT + WIDTH) / 2, y=HEIGHT - 6, text_anchor="middle")
    yield tag("text", y_name, x=14, y=(TOP + BOTTOM) / 2, transform=f"rotate(-90 14 {(TOP + BOTTOM) / 2})", class_="y")


def _series(series: Series, place: int, x: Scale, y: Scale, n: Scale) -> Iterator[Markup]:
    line, at = series.line, x.at(series.line.x)
    for some in _finite_stretches(line.low + line.high):
        edge = _points(at[some], y.at(line.low[some])) + _points(at[some], y.at(line.high[some]))[::-1]
        yield tag("path", d=f"M{'L'.join(edge)}Z", class_=f"band g{place}")
    yield tag("path", d=f"M{'L'.join(_points(at, y.at(line.mid)))}", class_=f"line g{place}")
    if len(at) == 1:
        yield tag("circle", cx=f"{at[0]:.1f}", cy=_place(y, float(line.mid[0])), r=3, class_=f"dot g{place}")
    yield tag("path", d=f"M{'L'.join(_points(at, n.at(line.n.astype(float))))}", class_=f"thin g{place}")


def _finite_stretches(values: Numbers) -> Iterator[slice]:
    """Where neighbors are finite, as long as they are: a band has no width where one run is left."""
    ends = np.flatnonzero(np.diff(np.concatenate([[False], np.isfinite(values), [False]])))
    yield from (slice(start, end) for start, end in ends.reshape(-1, 2).tolist())


def _points(x: Numbers, y: Numbers) -> list[str]:
    return [f"{a:.1f} {b:.1f}" for a, b in zip(x, y, strict=True)]


def _place(scale: Scale, value: float) -> str:
    return f"{float(scale.at(np.array(value))):.1f}"


def _legend(series: Series, place: int) -> Markup:
    swatch = tag("path", d="M0 5H26", class_=f"line g{place}")
    runs = f"{series.n_runs:,} run{'' if series.n_runs == 1 else 's'}"
    last = f"{float(series.line.mid[-1]):.4g} at its end, n = {int(series.line.n[-1]):,}"
    return tag(
        "li",
        tag("svg", swatch, viewBox="0 0 26 10", class_="swatch", aria_hidden="true"),
        joined([" ", tag("b", series.name), f" ({runs}; {last})"]),
    )


def _numbers(series: Sequence[Series], x_name: str) -> Table:
    rows: list[list[Cell]] = []
    for each in series:
        line = each.line
        columns = (line.x, line.n, line.mid, line.low, line.high)
        for x, n, *values in zip(*(column.tolist() for column in columns), strict=True):
            rows.append([each.name, x, n, *(value if np.isfinite(value) else None for value in values)])
    return Table(["group", x_name, "n(x)", "middle", "low", "high"], rows)
