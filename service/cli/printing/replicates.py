"""How the command says what the runs of a trial came to: their number, their spread, and each one's value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from service.cli.printing.numbers import number

Json = Mapping[str, Any]
SPREAD = "± is the sample standard deviation over the runs of a trial."


def measured(value: float, replicates: Json | None) -> str:
    """``0.2584 ± 0.353 (5 runs, 4 collapsed)``; the value alone for a trial of one run."""
    if replicates is None:
        return number(value)
    told = ", ".join([_share(replicates["n"], replicates["n_runs"]), *_strange(replicates)])
    return f"{spread(value, replicates['std'])} ({told})"


def _strange(replicates: Json) -> Iterator[str]:
    if n := replicates["n_collapsed"]:
        yield f"{n} collapsed"
    if n := sum(run["mark"] is not None and run["mark"]["word"] == "outlier" for run in replicates["runs"]):
        yield f"{n} outlier{'s' if n > 1 else ''}"


def spread(value: float, std: float | None) -> str:
    """``0.2584 ± 0.353``; the value alone where one run has no spread."""
    return number(value) if std is None else f"{number(value)} ± {std:.3g}"


def run_lines(trial: Json, metric: str) -> Iterator[str]:
    """What the runs of a trial came to, and each by itself; nothing for a trial of one run."""
    if (replicates := trial["replicates"]) is None:
        return
    value = "no value" if trial["value"] is None else measured(trial["value"], replicates)
    yield f"trial {trial['number']}, {metric}, the {replicates['aggregate']} of its runs: {value}"
    for run in replicates["runs"]:
        yield f"  {_place(run)}: {', '.join(_came_of(run))}"


def _came_of(run: Json) -> Iterator[str]:
    if run["value"] is not None:
        yield number(run["value"])
    if run["state"] != "COMPLETED":
        yield run["state"].lower()
    if run["mark"]:
        yield f"{run['mark']['word']}, {run['mark']['reason']}"


def tested(test: Json) -> str:
    """The best trial on the test split: which run or how many it was, and what came of it."""
    runs, n = test["runs"], test["n"]
    which = f"{_share(n, len(runs))}, mean ± sample standard deviation" if len(runs) > 1 else _place(runs[0])
    metrics = (f"{name} {spread(value, test['std'][name])}" for name, value in test["metrics"].items())
    missing = [f"not measured: {test['reason']}"] if test["reason"] else []
    return f"trial {test['trial']} ({which}): {', '.join((*metrics, *missing))}{_looks(test)}"


def _looks(test: Json) -> str:
    """From the second look on, which it was."""
    if test["look"] is None:
        return "; whether this test split was looked at before is not known" if test["n"] else ""
    return f"; look {test['look']} at this test split" if test["look"] > 1 else ""


def any_spread(trials: Iterable[Json]) -> bool:
    """Whether a trial's spread is shown, so that it is to be explained."""
    return any(trial["replicates"] is not None for trial in trials)


def _share(n: int, n_runs: int) -> str:
    return f"{n} runs" if n == n_runs else f"{n} of {n_runs} runs"


def _place(run: Json) -> str:
    return f"seed {run['seed']}" + (f", fold {run['fold']}" if run["fold"] is not None else "")
