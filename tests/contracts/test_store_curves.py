"""What a store promises about curves: no gap, no double point, every attempt remembered."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from sqlalchemy import func, select

from experiments.reporting import Report
from service.storage.curves import reading as curves
from service.storage.curves.format import attempts_of, measured
from service.storage.db.database import reading
from service.storage.db.tables import curve_chunks, curve_columns
from service.study.ports import Outcome
from service.study.states import RunState
from tests.support.rows import waiting_run


def n_pieces(database: Any, run_id: str) -> list[int]:
    """How many chunks and how many columns a run's curve is stored in."""
    with reading(database) as connection:
        return [
            connection.execute(select(func.count()).select_from(table).where(table.c.run_id == run_id)).scalar_one()
            for table in (curve_chunks, curve_columns)
        ]


def row(step: int, **metrics: float) -> Report:
    """A row of a curve at a step, ten steps an epoch."""
    return Report(step, step // 10 + 1, 1.7e9 + step, step / 10, metrics)


class CurvesContract:
    """Points go in once and come back as they were."""

    def test_points_come_back_as_they_were(self, bench: Any) -> None:
        _, run = bench.insert(bench.study(), started=True)
        with bench.store.transaction(bench.epoch) as transaction:
            transaction.append_points(run.id, 1, [row(0, a=1.5, b=-2.0), row(10, a=1e-300)])
            transaction.append_points(run.id, 1, [row(20, a=math.nan, c=math.inf)])
        curve = bench.store.curves.get(run.id)
        assert curve.step.tolist() == [0, 10, 20]
        assert curve.epoch.tolist() == [1, 2, 3]
        assert curve.wall_time.tolist() == [1.7e9, 1.7e9 + 10, 1.7e9 + 20]
        assert curve.training_time.tolist() == [0.0, 1.0, 2.0]
        np.testing.assert_array_equal(curve.metrics["a"], [1.5, 1e-300, math.nan])
        np.testing.assert_array_equal(curve.metrics["b"], [-2.0, math.nan, math.nan])
        np.testing.assert_array_equal(curve.metrics["c"], [math.nan, math.nan, math.inf])
        there = {name: measured(values).tolist() for name, values in curve.metrics.items()}
        assert there == {"a": [True] * 3, "b": [True, False, False], "c": [False, False, True]}
        assert bench.store.events.read(run.study_id)[-1].payload["values"] == {"a": None, "c": None}

    def test_the_first_recorded_point_stands(self, bench: Any) -> None:
        _, run = bench.insert(bench.study(), started=True)
        bench.append(run, 1, 0, 10, 10, 5, 20)
        bench.append(run, 1, 10, 20)
        n_events = len(bench.store.events.read(run.study_id))
        bench.append(run, 1, 20)
        assert len(bench.store.events.read(run.study_id)) == n_events
        assert bench.store.curves.get(run.id).step.tolist() == [0, 10, 20]
        assert bench.store.runs.get(run.id).recorded_step == 20

    def test_a_resumed_attempt_goes_on_where_the_record_ends(self, bench: Any) -> None:
        _, run = bench.insert(bench.study(), started=True)
        bench.append(run, 1, 0, 10, 20)
        with bench.store.transaction(bench.epoch) as transaction:
            transaction.requeue_run(run.id, "its worker was lost", attempt_used=True)
            transaction.start_run(run.id, 2)
        bench.append(run, 2, 10, 20, 30, 40)
        curve = bench.store.curves.get(run.id)
        assert curve.step.tolist() == [0, 10, 20, 30, 40]
        assert curve.metrics["val_loss"].tolist() == [100.0, 110.0, 120.0, 230.0, 240.0]
        assert attempts_of(curve.attempt) == [(1, 0), (2, 3)]

    def test_attempts_that_share_a_transaction_keep_apart(self, bench: Any) -> None:
        trial = bench.trial(bench.study())
        run = waiting_run(trial)
        with bench.store.transaction(bench.epoch) as transaction:
            transaction.insert_trial(trial, [run])
            transaction.start_run(run.id, 1)
            transaction.append_points(run.id, 1, [row(0, a=1.0)])
            transaction.requeue_run(run.id, "lost", attempt_used=True)
            transaction.start_run(run.id, 2)
            transaction.append_points(run.id, 2, [row(0, a=2.0), row(10, a=2.0)])
            transaction.end_run(run.id, 2, Outcome(RunState.COMPLETED, ""))
        curve = bench.store.curves.get(run.id)
        assert (curve.metrics["a"].tolist(), attempts_of(curve.attempt)) == ([1.0, 2.0], [(1, 0), (2, 1)])

    @pytest.mark.parametrize(("short", "pieces"), [(1 << 14, [1, 0]), (0, [0, 5])])
    def test_a_curve_is_one_chunk_or_columns_when_its_run_has_ended(
        self, bench: Any, database: Any, monkeypatch: pytest.MonkeyPatch, short: int, pieces: list[int]
    ) -> None:
        monkeypatch.setattr(curves, "SHORT_BYTES", short)
        _, run = bench.insert(bench.study(), started=True)
        for step in (0, 10, 20):
            bench.append(run, 1, step)
        assert n_pieces(database, run.id) == [3, 0]
        before = bench.store.curves.get(run.id)
        with bench.store.transaction(bench.epoch) as transaction:
            transaction.append_points(run.id, 1, [row(30, val_loss=1.0, late=2.0)])
            transaction.end_run(run.id, 1, Outcome(RunState.COMPLETED, ""))
        after = bench.store.curves.get(run.id)
        assert n_pieces(database, run.id) == pieces
        assert after.step.tolist() == [*before.step.tolist(), 30]
        assert after.metrics["val_loss"].tolist() == [*before.metrics["val_loss"].tolist(), 1.0]
        np.testing.assert_array_equal(after.metrics["late"], [math.nan] * 3 + [2.0])
        assert measured(after.metrics["late"]).tolist() == [False] * 3 + [True]
        for name in ("wall_time", "training_time", "epoch", "attempt"):
            assert getattr(after, name).tolist()[:3] == getattr(before, name).tolist()
        assert bench.store.runs.get(run.id).recorded_step == 30

    def test_one_metric_of_many_runs(self, bench: Any) -> None:
        study = bench.study()
        runs = [bench.insert(study, number, started=True)[1] for number in range(4)]
        for number, run in enumerate(runs[:3]):
            with bench.store.transaction(bench.epoch) as transaction:
                transaction.append_points(run.id, 1, [row(0, a=float(number), b=9.0)])
        named = bench.store.curves.of(run_ids=[runs[2].id, runs[3].id, runs[0].id], metrics=["a", "nothing"])
        assert [curve.run_id for curve in named] == [runs[2].id, runs[0].id]
        assert set(named[0].metrics) == {"a", "nothing"}
        assert math.isnan(named[0].metrics["nothing"][0])
        assert bench.store.studies.metric_names([study.id]) == {study.id: ("a", "b")}

    @pytest.mark.parametrize("short", [1 << 14, 0])
    def test_one_metric_is_read_where_it_was_measured_before_and_after_the_end(
        self, bench: Any, monkeypatch: pytest.MonkeyPatch, short: int
    ) -> None:
        monkeypatch.setattr(curves, "SHORT_BYTES", short)
        study = bench.study()
        ids = [bench.insert(study, number, started=True)[1].id for number in range(3)]
        with bench.store.transaction(bench.epoch) as transaction:
            for run_id in ids[:2]:
                transaction.append_points(run_id, 1, [row(0, a=1.0), row(10, b=7.0), row(20, a=math.nan, b=8.0)])
            transaction.append_points(ids[2], 1, [row(0, b=9.0)])
            transaction.end_run(ids[1], 1, Outcome(RunState.COMPLETED, ""))
        found = list(bench.store.curves.points([ids[1], ids[2], ids[0]], "a", ["training_time"]))
        assert [points.run_id for points in found] == [ids[1], ids[0]]
        for points in found:
            assert [column.tolist() for column in points.progress] == [[0, 20], [1, 3], [1, 1]]
            assert {name: times.tolist() for name, times in points.times.items()} == {"training_time": [0.0, 2.0]}
            np.testing.assert_array_equal(points.y, [1.0, math.nan])

    def test_a_metric_by_epoch_is_of_each_run(self, bench: Any) -> None:
        study = bench.study()
        trial = bench.trial(study, 3)
        first, second = (waiting_run(trial, replicate) for replicate in range(2))
        with bench.store.transaction(bench.epoch) as transaction:
            transaction.insert_trial(trial, [first, second])
            for run in (first, second):
                transaction.start_run(run.id, 1)
            transaction.append_points(first.id, 1, [row(5, a=0.0), row(9, a=5.0), row(19, b=1.0), row(29, a=7.0)])
            transaction.append_points(second.id, 1, [row(5, a=1.0), row(19, a=math.nan), row(29, a=math.inf)])
            transaction.append_points(second.id, 1, [row(39, a=8.0)])
        # Epoch 1 of the first run has two points, of which the first stands.
        assert bench.store.curves.metric_by_epoch(study.id, "a") == {
            first.id: {1: 0.0, 3: 7.0},
            second.id: {1: 1.0, 4: 8.0},
        }

    def test_a_run_without_points_has_an_empty_curve(self, bench: Any) -> None:
        _, run = bench.insert(bench.study())
        curve = bench.store.curves.get(run.id, ["a"])
        assert (len(curve), curve.metrics["a"].tolist(), attempts_of(curve.attempt)) == (0, [], [])


class TestCurvesOnSqlite(CurvesContract):
    """On SQLite."""

    backend = "sqlite"


class TestCurvesOnPostgresql(CurvesContract):
    """On a real PostgreSQL."""

    backend = "postgresql"
