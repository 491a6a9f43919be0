"""What ``validate`` says of a study: how it is searched, how long it trains, what it varies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.markup import escape

from service.cli.output import say, shown
from service.cli.report import print_warnings
from service.study.definition import StudyDefinition


def print_preview(definition: StudyDefinition, found: Mapping[str, Any]) -> None:
    """A few lines, and one of the samples."""
    objective, pruner = definition.objective, definition.pruner.name
    pruned = "without pruning" if pruner == "none" else f"pruned by {pruner}"
    say(
        f"valid: {_trials(definition, found)}, drawn by {definition.sampler.name}, {pruned}, "
        f"to {objective.direction} {objective.metric}"
    )
    say(f"each: {_epochs(found)}{_runs(definition)}, at most {definition.max_concurrent_trials} trials at a time")
    say(f"varied: {found['n_parameters']} parameters; for example")
    for name, value in found["drawn"][0].items():
        say(f"  {escape(name)} = {escape(shown(value))}")
    print_warnings(found)


def _trials(definition: StudyDefinition, found: Mapping[str, Any]) -> str:
    limits = [limit for limit in (definition.max_trials, _grid(definition, found)) if limit is not None]
    n, of = min(limits), _grid(definition, found)
    grid = "" if of is None else f" of a grid of {of:,} points" if n < of else ", the whole grid"
    return f"{_plural(n, 'trial')}{grid}"


def _grid(definition: StudyDefinition, found: Mapping[str, Any]) -> int | None:
    return found["grid_size"] if definition.sampler.name == "grid" else None


def _epochs(found: Mapping[str, Any]) -> str:
    counts = {sample["training"]["epochs"] for sample in found["samples"]}
    return (
        _plural(counts.pop(), "epoch") if len(counts) == 1 else f"{min(counts)} to {max(counts)} epochs in ten samples"
    )


def _runs(definition: StudyDefinition) -> str:
    n = definition.replicates.n_runs
    return f" in {n} runs" if n > 1 else ""


def _plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
