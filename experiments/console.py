"""A run that a person started and watches: prints every epoch, and keeps every artifact."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

from experiments.reporting import Decision, Report, Result, Silence

_WIDTH = 14


class ConsoleReporter(Silence):
    """Prints a table of the curves, one line per epoch."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._columns: tuple[str, ...] = ()

    def report(self, report: Report) -> Decision:
        """Print the row, under a heading if it is the first, or the first with some metric."""
        late = tuple(name for name in report.metrics if name not in self._columns)
        if late:
            self._columns += late
            self.log(" ".join([" epoch", *(f"{name:>{_WIDTH}}" for name in self._columns)]))
        values = (report.metrics.get(name) for name in self._columns)
        cells = [" " * _WIDTH if value is None else f"{value:>{_WIDTH}.5g}" for value in values]
        self.log(" ".join([f"{report.epoch:>6}", *cells]))
        return Decision.CONTINUE

    def finishing(self, metrics: Mapping[str, float]) -> Decision:
        """Keep everything."""
        return Decision.KEEP

    def checkpoint(self, path: Path, step: int) -> None:
        """Say where the run can go on from."""
        self.log(f"checkpoint at step {step}: {path}")

    def log(self, text: str) -> None:
        """Print a line."""
        print(text, file=self._out, flush=True)


def summary(result: Result) -> str:
    """The result in words."""
    lines = [
        f"judged at epoch {result.metrics_epoch} of {result.epochs}"
        f" ({result.steps} steps, {result.training_time:.1f} s, {result.n_parameters:,} parameters)",
        *([result.reason] if result.reason else []),
        *(f"  {name:<16} {value:.5g}" for name, value in result.metrics.items()),
        *(f"  {name:<22} {path}" for name, path in sorted(result.artifacts.items())),
    ]
    return "\n".join(lines)
