"""What can be asked of the process that analyzes, and how a question is put."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

ANALYSES = {
    "comparison": "service.analysis.answers.comparison",
    "confirmation": "service.analysis.answers.confirmation",
    "contour": "service.analysis.insight.contour",
    "effects": "service.analysis.insight.effects",
    "export": "service.analysis.export",
    "history": "service.analysis.insight.history",
    "importances": "service.analysis.insight.importances",
    "parallel": "service.analysis.insight.parallel",
    "pareto": "service.analysis.insight.pareto",
    "ranking": "service.analysis.answers.answered",
    "report": "service.report.report",
}
"""An analysis to the module that has the function of that name; who only asks imports none of them."""


@dataclass(frozen=True)
class Question:
    """An analysis of one study, with whatever else it is to know, all of it plain data."""

    analysis: str
    study_id: str
    arguments: Mapping[str, Any]


def function_of(analysis: str) -> Callable[..., Mapping[str, Any]]:
    """The function that answers: it takes the rows, the study's id and the arguments."""
    found: Callable[..., Mapping[str, Any]] = getattr(import_module(ANALYSES[analysis]), analysis)
    return found
