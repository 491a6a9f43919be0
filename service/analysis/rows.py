"""What an analysis may read; ``service.storage`` implements it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from service.study import ports
from service.study.records import Look


class Studies(ports.Studies, Protocol):
    """Studies, and the spaces they were submitted with."""

    def metric_names(self, study_ids: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        """Study id to the names of the metrics that its curves hold, sorted."""
        ...


class Curve(Protocol):
    """The points of one run, column by column."""

    @property
    def run_id(self) -> str:
        """Whose they are."""

    @property
    def step(self) -> NDArray[np.int64]:
        """Optimizer steps."""

    @property
    def epoch(self) -> NDArray[np.int64]:
        """Epochs."""

    @property
    def attempt(self) -> NDArray[np.int64]:
        """Which attempt computed the point."""

    @property
    def wall_time(self) -> NDArray[np.float64]:
        """Seconds since 1970."""

    @property
    def training_time(self) -> NDArray[np.float64]:
        """Seconds spent in training."""

    @property
    def metrics(self) -> Mapping[str, NDArray[np.float64]]:
        """Values by metric; ``metric`` knows which of them were measured."""

    def __len__(self) -> int: ...

    def metric(self, name: str) -> np.ma.MaskedArray[Any, np.dtype[np.float64]]:
        """The metric's values, masked where it was not measured."""
        ...


class Curves(ports.Curves, Protocol):
    """Curves of runs."""

    def of(self, *, run_ids: Sequence[str], metrics: Sequence[str] | None = None) -> Sequence[Curve]:
        """The curves of the named runs, in their order, with some metrics or all; those without points are left out."""
        ...


class Looks(Protocol):
    """Confirmations."""

    def of_study(self, study_id: str) -> Sequence[Look]:
        """Those of a study, the first one first."""
        ...

    def of_confirmation(self, confirmation_id: str) -> Look | None:
        """What a study confirms, if it does."""
        ...


class Rows(Protocol):
    """The rows of studies."""

    @property
    def studies(self) -> Studies:
        """Studies, and what their curves hold."""

    @property
    def trials(self) -> ports.Trials:
        """Their trials."""

    @property
    def runs(self) -> ports.Runs:
        """Their runs."""

    @property
    def looks(self) -> Looks:
        """Their confirmations."""

    @property
    def curves(self) -> Curves:
        """Their curves."""
