"""Checking the ranges of a space against the bounds of the catalog.

A range lies within a component's bounds if its extreme values do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations, product
from typing import Any

from pydantic import ValidationError

from experiments.catalog import KINDS
from experiments.errors import InvalidInput, Problem, as_written, problems_of
from experiments.training_fields import Training
from search_spaces.language.problems import ProblemCollector
from search_spaces.leaves import OFF, Leaf, OnOff
from search_spaces.ranges import LogUniform, Uniform
from search_spaces.space import Branch, Slot


def check_bounds(slot: Slot, branch: Branch, findings: ProblemCollector) -> None:
    """Try each range's extreme values, alone and with those of each other range, the rest at their least."""
    if branch.content is None:
        return
    least = {path: leaf.probes()[0] for path, leaf in branch.leaves.items()}
    refused: set[str] = set()
    for changes in _changes(branch.leaves):
        filled = branch.filled({**least, **changes})
        for problem in _problems(slot, filled):
            path = f"{branch.path}.{problem.path}".rstrip(".")
            culprit = next((each for each in branch.leaves if path == each or path.startswith(f"{each}.")), None)
            if culprit is None:
                among = any(each.startswith(f"{path}.") for each in branch.leaves)
                message = _together(filled, problem) if among else problem.message
                findings.follow(f"{branch.place}.{problem.path}".rstrip("."), message)
            elif culprit not in refused:
                refused.add(culprit)
                value = {**least, **changes}[culprit]
                inside = culprit.removeprefix(branch.path)
                field = inside.removeprefix(".") or branch.path.split(".")[-1]
                findings.add(branch.place + inside, _refusal(branch.leaves[culprit], value, field, problem.message))


def _changes(leaves: Mapping[str, Leaf]) -> Iterator[dict[str, Any]]:
    yield {}
    for path, leaf in leaves.items():
        yield from ({path: value} for value in reversed(leaf.probes()))
    for (first, one), (second, other) in combinations(leaves.items(), 2):
        yield from ({first: a, second: b} for a, b in product(one.probes(), other.probes()))


def _problems(slot: Slot, content: Any) -> list[Problem]:
    """What the catalog has against a part of a config, with paths within the part."""
    section, _, name = slot.path.partition(".")
    if section == "training":
        return _within(name, _training_problems({name: content}))
    kind = KINDS["regularizer" if name else section]
    try:
        kind.parse(content)
    except InvalidInput as error:
        return _within(f"{kind.name}.{content['name']}", error.problems)
    return []


def _training_problems(fields: Mapping[str, Any]) -> list[Problem]:
    try:
        Training(**fields)
    except ValidationError as error:
        return problems_of(error, Training.model_fields)
    return []


def _within(prefix: str, problems: Iterable[Problem]) -> list[Problem]:
    return [Problem(each.path.removeprefix(prefix).removeprefix("."), each.message) for each in problems]


def _together(content: Any, problem: Problem) -> str:
    """What is said of a list whose ranges are each right, and meet; of other parts the message says it all."""
    for step in filter(None, problem.path.split(".")):
        content = content[int(step)] if isinstance(content, list) else content[step]
    drawn = f"{as_written(content)} may be drawn: " if isinstance(content, list) else ""
    return f"{drawn}{problem.message}{', or move the ranges apart' if drawn else ''}"


def _refusal(leaf: Leaf, value: Any, field: str, message: str) -> str:
    bound = message.replace("this must be", f"{field} must be")
    if isinstance(leaf, OnOff) and value == OFF:
        return f"`optional` is 0 or a value of the range, and {bound}; leave `optional` out"
    range_ = leaf.range if isinstance(leaf, OnOff) else leaf
    if isinstance(range_, Uniform) and "whole number" in message:
        return f"{field} takes whole numbers; write {'log_int' if isinstance(range_, LogUniform) else 'int'}"
    return f"{range_} reaches {as_written(value)}, and {bound}"
