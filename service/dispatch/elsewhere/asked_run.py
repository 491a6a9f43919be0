"""What is known of one run that is trained elsewhere: its curve so far, and the ends that follow from it."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

from experiments.monitor import Monitor
from experiments.reporting import Decision, Report
from service.study.asks import Ask
from service.study.jobs import Failed, Finished
from service.study.states import FailureKind


class AskedRun:
    """A run in the hands of who asked for it."""

    def __init__(self, ask: Ask, run_id: str, start: int, monitor: Monitor, curve: Sequence[Report] = ()) -> None:
        """``curve`` is what was stored of it before."""
        self.ask_id = ask.id
        self.run_id = run_id
        self.start = start
        self._monitor = monitor
        self._last: Report | None = None
        self._by_epoch: dict[int, Mapping[str, float]] = {}
        self._beat = ask.beat
        self._silence: float | None = None
        """Seconds; nothing before the first look, since what passed before that passed before it was given, perhaps."""
        self.was_heard = ask.beat > 0
        """Whether it was ever heard of; else the trial may never have come to who asked."""
        self._take(curve)

    def rows(self, points: Sequence[Mapping[str, Any]]) -> list[Report]:
        """What was reported as rows of the curve; steps that are there already are left out, so it may come twice."""
        last = self._last.step if self._last is not None else -1
        rows = [_row(point) for point in points if point["step"] > last]
        self._take(rows)
        return rows

    def is_silent(self, ask: Ask, passed: float) -> bool:
        """Whether its lease is over, ``passed`` seconds after the last look."""
        moved = ask.beat != self._beat
        self._silence = 0.0 if moved or self._silence is None else self._silence + passed
        self._beat, self.was_heard = ask.beat, self.was_heard or moved
        return self._silence > ask.lease

    def ended(self, decision: Decision) -> Finished:
        """Its end as the curve has it: pruned, or as asked."""
        epoch = self._judged()
        return self._finished({} if epoch is None else self._by_epoch[epoch], epoch, decision)

    def told(self, payload: Mapping[str, Any]) -> Finished | Failed:
        """Its end as it was told: a failure, a value, or that of the curve."""
        metrics = {name: _number(value) for name, value in payload.get("metrics", {}).items()}
        if payload.get("failure") is not None:
            kind = FailureKind.DIVERGED if payload.get("diverged") else FailureKind.USER_ERROR
            return Failed(kind, str(payload["failure"]))
        if payload.get("value") is not None:
            return self._finished({**metrics, self._monitor.metric: payload["value"]}, None, Decision.CONTINUE)
        epoch = self._judged()
        at_epoch = {} if epoch is None else self._by_epoch[epoch]
        return self._finished({**at_epoch, **metrics}, epoch, Decision.CONTINUE)

    def _take(self, rows: Sequence[Report]) -> None:
        for row in rows:
            self._last = row
            self._by_epoch.setdefault(row.epoch, row.metrics)

    def _judged(self) -> int | None:
        values = {epoch: self._monitor.value(metrics) for epoch, metrics in self._by_epoch.items()}
        return self._monitor.judged_epoch({epoch: value for epoch, value in values.items() if value is not None})

    def _finished(self, metrics: Mapping[str, float], epoch: int | None, decision: Decision) -> Finished:
        last = self._last or Report(0, 0, 0.0, 0.0, {})
        finite = {name: value for name, value in metrics.items() if math.isfinite(value)}
        return Finished(finite, epoch, last.epoch, last.step, last.training_time, decision)


def _row(point: Mapping[str, Any]) -> Report:
    """A step is an epoch to pruners and budgets, unless the point says its epoch."""
    metrics = {name: _number(value) for name, value in point["metrics"].items()}
    step, seconds = point["step"], point.get("training_time")
    epoch = step if point.get("epoch") is None else point["epoch"]
    return Report(step, epoch, point.get("wall_time") or time.time(), seconds or 0.0, metrics)


def _number(value: float | None) -> float:
    """JSON has no NaN, and null stands for it."""
    return math.nan if value is None else float(value)
