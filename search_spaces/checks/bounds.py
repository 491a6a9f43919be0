"""Checking a space against the catalog: bounds of every range, components that do not go together, what is unwise.

A range lies within a component's bounds if its extreme values do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations, product
from typing import Any

from pydantic import ValidationError

from experiments.catalog import KINDS
from experiments.errors import InvalidInput, Problem, as_written, problems_of
from experiments.training_fields import Training
from search_spaces.checks.advice import advice
from search_spaces.checks.combinations import Combinations, check_combinations
from search_spaces.checks.unread import unread
from search_spaces.language.leaves import OFF, Leaf, OnOff
from search_spaces.language.problems import ProblemCollector
from search_spaces.language.reader import read
from search_spaces.ranges import LogUniform, Uniform
from search_spaces.space import Branch, SearchSpace, Slot


@dataclass(frozen=True)
class Examined:
    """What was found of a space."""

    space: SearchSpace
    """The space as far as it could be read, with its metrics and warnings."""
    problems: tuple[Problem, ...]
    only_conflicts: bool
    """Whether all parts are right by themselves, and some do not go together."""


def examine(
    document: Mapping[str, Any], base: Mapping[str, Any] | None, *, searched: bool = True, inline: bool = False
) -> Examined:
    """Read a document and check it, to the end whatever is wrong.

    What is wrong with one part hides nothing of the others: components are tried together without the parts that are
    wrong in themselves, and of these it is not said that they do not go with others. Without a ``base``, what only the
    experiment could say is not checked. ``inline`` says whether the base was written together with the document.
    """
    findings = ProblemCollector()
    try:
        reading = read(document, base, findings, searched=searched)
    except InvalidInput as error:
        return Examined(SearchSpace(()), error.problems, False)
    wrong = set(reading.wrong)
    for slot in reading.space.slots:
        n_problems = len(findings.problems)
        for branch in slot.branches:
            _check_bounds(slot, branch, findings)
        if len(findings.problems) > n_problems:
            wrong.add(slot.path)
    sound = replace(reading.space, slots=tuple(slot for slot in reading.space.slots if slot.path not in wrong))
    told = [*unread(sound, findings, inline=inline)]
    conflicts = ProblemCollector()
    complete = {"data", "model"} <= {slot.path for slot in sound.slots}
    found = check_combinations(sound, wrong | reading.doubtful, findings, conflicts) if complete else Combinations()
    warnings = (*sound.warnings, *advice(sound), *told, *found.warnings)
    space = replace(reading.space, metrics=found.metrics, warnings=warnings)
    return Examined(space, (*findings.problems, *conflicts.problems), not findings.problems)


def _check_bounds(slot: Slot, branch: Branch, findings: ProblemCollector) -> None:
    """Try each range's extreme values, alone and with those of each other range, the rest at their least."""
    if branch.content is None:
        return
    least = {path: leaf.probes()[0] for path, leaf in branch.leaves.items()}
    refused: set[str] = set()
    for changes in _changes(branch.leaves):
        for problem in _problems(slot, branch.filled({**least, **changes})):
            path = f"{branch.path}.{problem.path}".rstrip(".")
            culprit = next((each for each in branch.leaves if path == each or path.startswith(f"{each}.")), None)
            if culprit is None:
                findings.follow(f"{branch.place}.{problem.path}".rstrip("."), problem.message)
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


def _refusal(leaf: Leaf, value: Any, field: str, message: str) -> str:
    bound = message.replace("this must be", f"{field} must be")
    if isinstance(leaf, OnOff) and value == OFF:
        return f"`optional` is 0 or a value of the range, and {bound}; leave `optional` out"
    range_ = leaf.range if isinstance(leaf, OnOff) else leaf
    if isinstance(range_, Uniform) and "whole number" in message:
        return f"{field} takes whole numbers; write {'log_int' if isinstance(range_, LogUniform) else 'int'}"
    return f"{range_} reaches {as_written(value)}, and {bound}"
