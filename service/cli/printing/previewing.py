"""What ``validate`` says of a study: how it is searched, how long it trains, what it varies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.markup import escape

from service.cli.printing.output import say, shown
from service.cli.printing.report import print_choice, print_warnings
from service.study.definitions.definition import StudyDefinition


def print_preview(definition: StudyDefinition, found: Mapping[str, Any]) -> None:
    """A few lines, and one of the samples."""
    pruner = definition.pruner.name
    pruned = "without pruning" if pruner == "none" else f"pruned by {pruner}"
    say(
        f"valid: {_trials(definition, found)}, drawn by {definition.used_sampler.name}, {pruned}, "
        f"to {' and '.join(f'{each.direction} {each.metric}' for each in definition.objectives)}"
    )
    say(f"each: {_epochs(found)}{_runs(definition)}, at most {definition.max_concurrent_trials} trials at a time")
    print_choice(found["sampler"])
    n = found["n_parameters"]
    say(f"varied: {n} parameter{'' if n == 1 else 's'}; for example" if n else "varied: nothing")
    for name, value in found["drawn"][0].items():
        say(f"  {escape(name)} = {escape(shown(value))}")
    for reading in found["names"]:
        say(escape(_name_read(reading)))
    print_warnings(found)


def _name_read(reading: Mapping[str, Any]) -> str:
    """``optimizer.adamw is read as its default ranges: lr log_uniform [1e-05, 0.1], …``."""
    searched = reading["read_as"] == "ranges"
    fields = ", ".join(
        f"{name} {_range(value) if searched else shown(value)}" for name, value in reading["fields"].items()
    )
    meaning = "its default ranges" if searched else "its defaults, one point of the grid"
    return f"{reading['component']} is read as {meaning}: {fields}"


def _range(search: Mapping[str, Any]) -> str:
    return ", ".join(f"{word} {values}" for word, values in search.items())


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
