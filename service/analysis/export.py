"""A study in a file: as one JSON document, or one of its tables as CSV or Parquet.

It is written whole before anybody is sent a byte of it, so that whatever goes wrong is still told as an error.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from enum import Enum
from itertools import chain, groupby
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import orjson

from service.analysis.rows import Curve, Rows
from service.analysis.tables import TABLES, TIMES, Batch, curves_of
from service.study.records import Run, Study, Trial

OF_RUN = {"id", "trial_id", "study_id", "trial_number", "checkpoints", "planned_epochs", "mlflow_run_id"}
OF_TRIAL = {"id", "study_id", "sampler_number", "sampler_attrs", "mlflow_run_id"}
OF_STUDY = {"sampler_state", "mlflow_experiment_id", "version", "wanted"}
"""Fields that mean something to the service alone, or that the document says elsewhere."""


def export(rows: Rows, study_id: str, *, path: str, format: str, table: str | None) -> dict[str, Any]:  # noqa: A002
    """Write the file; a table is a study's trials unless another one is named, and JSON holds all of it."""
    with Path(path).open("wb") as file:
        if format == "json":
            file.writelines(_document(rows, study_id))
        elif format == "csv":
            _write_csv(file, TABLES[table or "trials"](rows, study_id))
        else:
            _write_parquet(file, TABLES[table or "trials"](rows, study_id))
    return {}


def _document(rows: Rows, study_id: str) -> Iterator[bytes]:
    """One object: the study, its trials with their runs, and the curves of the runs."""
    study = rows.studies.get(study_id)
    yield b'{"study":' + _json({**_fields(study, OF_STUDY), "expanded_space": rows.studies.expanded_space(study_id)})
    runs = groupby(rows.runs.of_study(study_id), key=lambda run: run.trial_number)
    by_trial = {number: list(of_one) for number, of_one in runs}
    trials = ({**_fields(trial, OF_TRIAL), "runs": _runs(by_trial, trial)} for trial in rows.trials.of_study(study_id))
    yield from _listed("trials", trials)
    yield from _listed("curves", (_curve(*each) for batch in curves_of(rows, study_id) for each in batch))
    yield b"}\n"


def _runs(by_trial: Mapping[int, list[Run]], trial: Trial) -> list[dict[str, Any]]:
    return [{"run": run.id, **_fields(run, OF_RUN)} for run in by_trial.get(trial.number, ())]


def _curve(run: Run, curve: Curve) -> dict[str, Any]:
    names = ("attempt", "step", "epoch", *TIMES)
    metrics = {name: curve.metric(name).tolist() for name in curve.metrics}
    return {"run": run.id, "trial": run.trial_number, **{name: getattr(curve, name) for name in names}} | {
        "metrics": metrics
    }


def _fields(record: Study | Trial | Run, without: set[str]) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__dataclass_fields__ if name not in without}


def _listed(name: str, items: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """A member of the document that is a list, item by item."""
    yield f',"{name}":['.encode()
    for place, item in enumerate(items):
        yield (b",\n" if place else b"\n") + _json(item)
    yield b"]"


def _json(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS)


def _write_csv(file: BinaryIO, batches: Iterator[Batch]) -> None:
    """With a line of headings; what is not there is empty, and a metric that was measured as NaN says `nan`."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    first = next(batches)
    writer = csv.writer(text)
    writer.writerow(first)
    for batch in chain([first], batches):
        writer.writerows(zip(*(_plain(column) for column in batch.values()), strict=True))
    text.detach()


def _write_parquet(file: BinaryIO, batches: Iterator[Batch]) -> None:
    """The first batch says of which type each column is."""
    import pyarrow.parquet

    first = _arrow(next(batches))
    with pyarrow.parquet.ParquetWriter(file, first.schema) as writer:
        writer.write_table(first)
        for batch in batches:
            writer.write_table(_arrow(batch))


def _arrow(batch: Batch) -> Any:
    import pyarrow

    return pyarrow.table({name: _arrow_column(column) for name, column in batch.items()})


def _arrow_column(column: Any) -> Any:
    """Numbers as they are; what is of several types, as a choice among a number and a word, becomes JSON."""
    import pyarrow

    if isinstance(column, np.ndarray) and column.dtype != object:
        return pyarrow.array(np.ma.getdata(column), mask=np.ma.getmaskarray(column))
    values = [value.value if isinstance(value, Enum) else value for value in column]
    try:
        return pyarrow.array(values)
    except (pyarrow.ArrowInvalid, pyarrow.ArrowTypeError):
        return pyarrow.array([None if value is None else _json(value).decode() for value in values])


def _plain(column: Any) -> Iterator[Any]:
    """Values as CSV has them."""
    for value in column.tolist() if isinstance(column, np.ndarray) else column:
        if isinstance(value, datetime):
            yield value.isoformat()
        else:
            yield _json(value).decode() if isinstance(value, list | tuple | dict) else value
