"""A study in a file: everything comes back from each of the formats as it was stored."""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

from service.analysis.export import _arrow_column, export
from service.study.states import RunState
from tests.support.api import Bench


def exported(lab: Bench, tmp_path: Path, **how: Any) -> Path:
    path = tmp_path / "file"
    export(lab.store, lab.store.studies.get("digits").id, path=str(path), **({"table": None} | how))  # type: ignore[arg-type]
    return path


def rows_of(lab: Bench, tmp_path: Path, table: str) -> list[dict[str, str]]:
    text = exported(lab, tmp_path, format="csv", table=table).read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text)))


def fill(lab: Bench) -> None:
    """A completed trial whose curve has a NaN, a pruned one, one of two runs, and one that waits."""
    study = lab.study()
    lab.trial(study, 0, [0.5, math.nan, 0.4], lr=0.25, reason='said "so",\nin two lines')
    lab.trial(study, 1, [0.9], RunState.PRUNED)
    lab.trial_of_runs(study, 2, [0.3, None])
    lab.trial(study, 3, state=RunState.WAITING)


def test_a_document_has_the_study_its_trials_with_their_runs_and_the_curves(lab: Bench, tmp_path: Path) -> None:
    fill(lab)
    found = json.loads(exported(lab, tmp_path, format="json").read_bytes())
    assert found["study"]["definition"]["name"] == "digits"
    assert found["study"]["expanded_space"]["optimizer"]["name"] == "sgd"
    assert [(trial["number"], trial["state"], len(trial["runs"])) for trial in found["trials"]] == [
        (0, "COMPLETED", 1),
        (1, "PRUNED", 1),
        (2, "COMPLETED", 2),
        (3, "WAITING", 1),
    ]
    assert found["trials"][0]["parameters"] == {"optimizer.sgd.lr": 0.25}
    assert found["trials"][2]["runs"][1]["failure"] == "diverged"
    assert [(curve["trial"], curve["metrics"]["val_loss"]) for curve in found["curves"]] == [
        (0, [0.5, None, 0.4]),
        (1, [0.9]),
    ]
    assert found["curves"][0]["run"] == found["trials"][0]["runs"][0]["run"]


def test_tables_are_read_back_from_csv(lab: Bench, tmp_path: Path) -> None:
    fill(lab)
    trials = rows_of(lab, tmp_path, "trials")
    assert [(row["trial"], row["state"], row["value"]) for row in trials] == [
        ("0", "COMPLETED", "0.4"),
        ("1", "PRUNED", "0.9"),
        ("2", "COMPLETED", "0.3"),
        ("3", "WAITING", ""),
    ]
    assert trials[0]["parameters.optimizer.sgd.lr"] == "0.25"
    assert trials[0]["reason"] == 'said "so",\nin two lines'
    assert trials[0]["ended_at"].endswith("+00:00")
    runs = rows_of(lab, tmp_path, "runs")
    assert [(row["trial"], row["replicate"], row["failure"]) for row in runs[2:4]] == [
        ("2", "0", ""),
        ("2", "1", "diverged"),
    ]
    points = rows_of(lab, tmp_path, "curves")
    assert [(row["trial"], row["fold"], row["step"], row["metrics.val_loss"]) for row in points] == [
        ("0", "", "10", "0.5"),
        ("0", "", "20", "nan"),
        ("0", "", "30", "0.4"),
        ("1", "", "10", "0.9"),
    ]


def test_several_objectives_have_a_column_each(lab: Bench, tmp_path: Path) -> None:
    study = lab.study(objective=["val_loss", "val_accuracy"])
    lab.trial(study, 0, [0.5], further=(0.9,))
    lab.trial(study, 1, state=RunState.WAITING)
    trials = rows_of(lab, tmp_path, "trials")
    named = ("value", "objectives.val_loss", "objectives.val_accuracy")
    assert [[row[name] for name in named] for row in trials] == [["0.5", "0.5", "0.9"], ["", "", ""]]


def test_tables_are_read_back_from_parquet(lab: Bench, tmp_path: Path) -> None:
    fill(lab)
    trials = pyarrow.parquet.read_table(exported(lab, tmp_path, format="parquet"))
    assert trials.column("value").to_pylist() == [0.4, 0.9, 0.3, None]
    assert trials.column("state").to_pylist() == ["COMPLETED", "PRUNED", "COMPLETED", "WAITING"]
    assert str(trials.schema.field("started_at").type) == "timestamp[us, tz=UTC]"
    points = pyarrow.parquet.read_table(exported(lab, tmp_path, format="parquet", table="curves"))
    assert points.column("fold").to_pylist() == [None] * 4
    values = points.column("metrics.val_loss").to_pylist()
    assert math.isnan(values[1]) and [values[0], *values[2:]] == [0.5, 0.4, 0.9]


@pytest.mark.parametrize("format_", ["json", "csv", "parquet"])
@pytest.mark.parametrize("table", ["trials", "runs", "curves"])
def test_a_study_without_trials_is_a_file_without_rows(lab: Bench, tmp_path: Path, format_: str, table: str) -> None:
    lab.study()
    assert exported(lab, tmp_path, format=format_, table=table).stat().st_size > 0


def test_a_choice_among_numbers_and_words_becomes_a_column_of_json() -> None:
    assert _arrow_column([1, "a", None, [2]]).to_pylist() == ["1", '"a"', None, "[2]"]
