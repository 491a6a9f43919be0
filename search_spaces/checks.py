"""Checking a space against the catalogue: bounds of every range, components that do not go together, what is unwise.

Nothing is sampled here. A range lies within a component's bounds if its extreme values do. Whether components go
together is a matter of two of them, so every pair of alternatives is tried, with the least and the greatest values of
their ranges.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import combinations, product
from typing import Any

from pydantic import ValidationError

from experiments.catalogue import KINDS
from experiments.config import ExperimentConfig, Training
from experiments.conflicts import conflicts
from experiments.errors import InvalidInput, Problem, problems_of
from search_spaces.advice import advice
from search_spaces.findings import Findings
from search_spaces.ranges import LogUniform, Range, Uniform
from search_spaces.space import Branch, SearchSpace, Slot

Variant = tuple[Slot, Branch, ExperimentConfig]
"""A branch of a slot with its ranges filled, within a config whose other parts are those of the reference."""


def checked(space: SearchSpace) -> SearchSpace:
    """The space with its metrics and warnings.

    Raises:
        InvalidInput: naming each value and range outside a component's bounds, and components that do not go together.
    """
    findings = Findings()
    for slot in space.slots:
        for branch in slot.branches:
            _check_bounds(slot, branch, findings)
    findings.settle()
    metrics = [names for model in _slot(space, "model").branches for names in _check_pairs(space, model, findings)]
    findings.settle()
    common = tuple(name for name in metrics[0] if all(name in names for names in metrics))
    return replace(space, metrics=common, warnings=(*space.warnings, *advice(space)))


def _check_bounds(slot: Slot, branch: Branch, findings: Findings) -> None:
    """Try each range's extreme values, alone and with those of each other range, the rest at their least."""
    if branch.content is None:
        return
    least = {path: range_.probes()[0] for path, range_ in branch.ranges.items()}
    refused: set[str] = set()
    for changes in _changes(branch.ranges):
        for problem in _problems(slot, branch.filled({**least, **changes})):
            path = f"{branch.path}.{problem.path}".rstrip(".")
            culprit = next((each for each in branch.ranges if path == each or path.startswith(f"{each}.")), None)
            if culprit is None:
                message = problem.message.replace("Input should be", "this must be")
                findings.add(f"{branch.place}.{problem.path}".rstrip("."), message)
            elif culprit not in refused:
                refused.add(culprit)
                value = {**least, **changes}[culprit]
                inside = culprit.removeprefix(branch.path)
                field = inside.removeprefix(".") or branch.path.split(".")[-1]
                findings.add(branch.place + inside, _refusal(branch.ranges[culprit], value, field, problem.message))


def _changes(ranges: Mapping[str, Range]) -> Iterator[dict[str, Any]]:
    yield {}
    for path, range_ in ranges.items():
        yield from ({path: value} for value in reversed(range_.probes()))
    for (first, one), (second, other) in combinations(ranges.items(), 2):
        yield from ({first: a, second: b} for a, b in product(one.probes(), other.probes()))


def _problems(slot: Slot, content: Any) -> list[Problem]:
    """What the catalogue has against a part of a config, with paths within the part."""
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


def _refusal(range_: Range, value: Any, field: str, message: str) -> str:
    if isinstance(range_, Uniform) and "integer" in message:
        return f"{field} takes whole numbers; write {'log_int' if isinstance(range_, LogUniform) else 'int'}"
    bound = message.replace("Input should be", f"{field} must be")
    return f"{range_} reaches {value!r}, and {bound}"


def _check_pairs(space: SearchSpace, model: Branch, findings: Findings) -> Iterator[tuple[str, ...]]:
    """Try every pair of alternatives with one model; the metrics of each alternative come back."""
    first = {slot.path: slot.branches[0] for slot in space.slots} | {"model": model}
    try:
        reference = _config(space, first)
        variants = [list(_variants(space, slot, first)) for slot in space.slots if slot.path != "model"]
    except InvalidInput as error:
        for problem in error.problems:
            _add_conflict(problem, first, findings)
        return
    for slots in (*combinations(variants, 1), *combinations(variants, 2)):
        for taken in product(*slots):
            for problem in conflicts(_together(reference, taken)):
                _add_conflict(problem, first | {slot.path: branch for slot, branch, _ in taken}, findings)
    yield from (config.metric_names() for each in variants for _, _, config in each)


def _variants(space: SearchSpace, slot: Slot, first: Mapping[str, Branch]) -> Iterator[Variant]:
    for branch in slot.branches:
        for end in (0, -1) if branch.ranges else (0,):
            yield slot, branch, _config(space, {**first, slot.path: branch}, {slot.path: end})


def _config(
    space: SearchSpace, branches: Mapping[str, Branch], ends: Mapping[str, int] | None = None
) -> ExperimentConfig:
    """A config of these branches with every range at its least value, or at its greatest where ``ends`` says -1."""
    parts = {}
    for path, branch in branches.items():
        end = (ends or {}).get(path, 0)
        parts[path] = branch.filled({each: range_.probes()[end] for each, range_ in branch.ranges.items()})
    return ExperimentConfig.read(space.assembled(parts))


def _together(reference: ExperimentConfig, taken: tuple[Variant, ...]) -> ExperimentConfig:
    changes: dict[str, Any] = {}
    regularizers = dict(reference.regularizers)
    for slot, _, config in taken:
        section, _, name = slot.path.partition(".")
        if section == "training":
            continue  # no component cares for how long and in what portions it is trained
        if not name:
            changes[section] = getattr(config, section)
        elif name in config.regularizers:
            regularizers[name] = config.regularizers[name]
        else:
            regularizers.pop(name, None)
    return replace(reference, regularizers=regularizers, **changes)


def _add_conflict(problem: Problem, branches: Mapping[str, Branch], findings: Findings) -> None:
    for path, branch in branches.items():
        if problem.path == path or problem.path.startswith(f"{path}."):
            remedy = f" (`{path.split('.')[-1]}: null` leaves it out)" if branch.place.startswith("use.") else ""
            findings.add(branch.place + problem.path.removeprefix(path), problem.message + remedy)
            return
    findings.add(f"experiment.{problem.path}", problem.message)  # what no slot holds, the experiment brings


def _slot(space: SearchSpace, path: str) -> Slot:
    return next(slot for slot in space.slots if slot.path == path)
