"""What a file of a study says is what REST says: trial by trial, run by run and point by point, in each format."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

from service.client.client import Studyhall
from service.study.states import RunState
from tests.support.api import Bench

Rows = Iterable[Mapping[str, Any]]


def of_csv(file: Path) -> Rows:
    """Rows of texts; what is empty is None."""
    with file.open(encoding="utf-8", newline="") as lines:
        return [{name: text or None for name, text in row.items()} for row in csv.DictReader(lines)]


def of_parquet(file: Path) -> Rows:
    """Rows of values."""
    rows: Rows = pyarrow.parquet.read_table(file).to_pylist()
    return rows


@pytest.fixture
def filled(lab: Bench) -> None:
    """Trials that completed, were pruned, failed, have several runs, are cancelled, wait, and were measured as NaN."""
    study = lab.study()
    lab.trial(study, 0, [0.5, math.nan, 1 / 3], lr=0.25, reason='said "so",\nin two lines')
    lab.trial(study, 1, [0.9], RunState.PRUNED, reason="pruned at epoch 1: 0.9, above the median 0.5")
    lab.trial_of_runs(study, 2, [0.1 + 0.2, 0.7, 0.2])
    lab.trial_of_runs(study, 3, [0.3, None], RunState.FAILED)
    lab.trial(study, 4, [], RunState.CANCELLED)
    lab.trial(study, 5, state=RunState.WAITING)


@pytest.mark.parametrize(("format_", "read"), [("csv", of_csv), ("parquet", of_parquet)])
def test_each_table_says_what_rest_says(
    hall: Studyhall, filled: None, format_: str, read: Callable[[Path], Rows], tmp_path: Path
) -> None:
    hall.exclude_trial("digits", 0)
    hall.update_trial("digits", 1, notes="a note", tags=["slow", "odd-one"])
    tables = {
        table: read(hall.export("digits", tmp_path / f"{table}.{format_}", table=table))  # type: ignore[arg-type]
        for table in ("trials", "runs", "curves")
    }
    told = [hall.trial("digits", trial["number"]) for trial in hall.trials("digits")]
    assert [flat(trial, "trial") for trial in told] == [plain(row) for row in tables["trials"]]
    runs = [run for trial in told for run in trial["runs"]]
    assert [flat(run, "run") for run in runs] == [plain(row) for row in tables["runs"]]
    points = [point for run in runs for point in points_of(hall.run_curves(run["id"]))]
    assert points == [[number(row[name]) for name in COLUMNS] for row in tables["curves"]]


COLUMNS = ("step", "epoch", "wall_time", "training_time", "metrics.train_loss", "metrics.val_loss")
TOLD_ELSEWHERE = {"failure", "trial", "worker"}
"""Columns that REST has in words, or in another field."""


def plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row's values as they are compared, whatever the format."""
    return {name: compared(value) for name, value in row.items() if name not in TOLD_ELSEWHERE}


def flat(told: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """What REST says of a trial or a run, by the names of the columns."""
    spread = {
        f"{name}.{each}": value for name in ("parameters", "metrics") for each, value in told.get(name, {}).items()
    }
    names = {
        "trial": ("state", "value", "reason", "infeasible", "excluded", "retry_of", "notes", "tags"),
        "run": ("replicate", "seed", "fold", "state", "value", "reason", "attempt", "epochs", "training_time"),
    }[kind]
    named = {name: told[name] for name in (*names, "created_at", "started_at", "ended_at")}
    columns = {"run": told["id"]} if kind == "run" else {}
    wanted = {"parameters.optimizer.sgd.lr", "metrics.val_loss"} if kind == "trial" else {"metrics.val_loss"}
    return {name: compared(value) for name, value in {**columns, **named, **dict.fromkeys(wanted), **spread}.items()}


def compared(value: Any) -> Any:
    """Numbers as numbers, times as times, and nothing for what is empty."""
    if isinstance(value, str):
        with suppress(ValueError):
            value = json.loads(value.lower() if value in {"True", "False"} else value)
    if isinstance(value, str) and value[:2] == "20":
        value = datetime.fromisoformat(value)
    return None if value in ("", []) else value


def number(value: Any) -> float | None:
    """A value of a curve; NaN, which compares with nothing, is None, as in JSON."""
    return None if value is None or math.isnan(float(value)) else float(value)


def points_of(curves: Mapping[str, Any]) -> Iterable[list[float | None]]:
    """The points of a run, as rows of the columns."""
    metrics = curves["metrics"]
    columns = [metrics.get(name.removeprefix("metrics."), curves.get(name)) for name in COLUMNS]
    return [[number(value) for value in row] for row in zip(*columns, strict=True)] if curves["step"] else []


def test_a_document_says_what_rest_says(hall: Studyhall, filled: None, tmp_path: Path) -> None:
    document = json.loads(hall.export("digits", tmp_path / "digits.json").read_bytes())
    told = [hall.trial("digits", trial["number"]) for trial in hall.trials("digits")]
    same = ("number", "state", "reason", "value", "parameters", "metrics", "excluded", "retry_of", "notes", "tags")
    for trial, written in zip(told, document["trials"], strict=True):
        assert {name: trial[name] for name in same} == {name: written[name] for name in same}
        assert [(run["id"], run["value"], run["seed"]) for run in trial["runs"]] == [
            (run["run"], run["value"], run["seed"]) for run in written["runs"]
        ]
    for curve in document["curves"]:
        shown = hall.run_curves(curve["run"])
        assert {name: shown[name] for name in ("step", "epoch", "wall_time", "training_time", "metrics")} == {
            name: curve[name] for name in ("step", "epoch", "wall_time", "training_time", "metrics")
        }
