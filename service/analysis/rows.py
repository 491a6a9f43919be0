"""What an analysis may read; ``service.storage`` implements it."""

from __future__ import annotations

from typing import Protocol

from service.study.ports import Curves, Runs, Studies, Trials


class Rows(Protocol):
    """The rows of studies."""

    @property
    def studies(self) -> Studies:
        """Studies, and the spaces they were submitted with."""

    @property
    def trials(self) -> Trials:
        """Their trials."""

    @property
    def runs(self) -> Runs:
        """Their runs."""

    @property
    def curves(self) -> Curves:
        """Their curves."""
