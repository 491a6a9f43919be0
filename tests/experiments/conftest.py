"""A reporter that follows a script, and configs of runs that take milliseconds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from experiments.config import ExperimentConfig
from experiments.parsing import parse_config
from experiments.reporting import Decision, Report


class ScriptedReporter:
    """Records everything, decides by epoch and asks for a stop after a number of polls."""

    def __init__(
        self,
        decisions: Mapping[int, Decision] | None = None,
        at_end: Decision = Decision.DROP,
        stop_after_polls: int | None = None,
        on_report: Callable[[Report], None] | None = None,
    ) -> None:
        self.decisions = decisions or {}
        self.at_end = at_end
        self.stop_after_polls = stop_after_polls
        self.on_report = on_report
        self.reports: list[Report] = []
        self.finished: list[dict[str, float]] = []
        self.checkpoints: list[tuple[Path, int]] = []
        self.artifacts: dict[str, Path] = {}
        self.lines: list[str] = []
        self.polls = 0

    def report(self, report: Report) -> Decision:
        self.reports.append(report)
        if self.on_report is not None:
            self.on_report(report)
        return self.decisions.get(report.epoch, Decision.CONTINUE)

    def finishing(self, metrics: Mapping[str, float]) -> Decision:
        self.finished.append(dict(metrics))
        return self.at_end

    def checkpoint(self, path: Path, step: int) -> None:
        self.checkpoints.append((path, step))

    def artifact(self, name: str, path: Path) -> None:
        self.artifacts[name] = path

    def log(self, text: str) -> None:
        self.lines.append(text)

    def stop_requested(self) -> Decision | None:
        self.polls += 1
        stopped = self.stop_after_polls is not None and self.polls >= self.stop_after_polls
        return Decision.STOP if stopped else None

    def curve(self, metric: str) -> list[float]:
        return [report.metrics[metric] for report in self.reports]

    def rows(self) -> list[tuple[int, int, dict[str, float]]]:
        """The curves without their times."""
        return [(report.step, report.epoch, dict(report.metrics)) for report in self.reports]


@pytest.fixture(scope="session")
def reporter_class() -> type[ScriptedReporter]:
    return ScriptedReporter


@pytest.fixture(scope="session")
def small() -> Callable[..., ExperimentConfig]:
    """A config of a run on the wine data, with parts replaced; ``epochs`` and ``batch_size`` may stand beside them."""

    def make(epochs: int = 3, batch_size: int = 32, **parts: Any) -> ExperimentConfig:
        base = {"data": "wine", "model": {"name": "mlp", "hidden": [16]}}
        return parse_config({**base, "training": {"epochs": epochs, "batch_size": batch_size}, **parts})

    return make
