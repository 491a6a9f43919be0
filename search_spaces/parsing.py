"""From a document to a checked search space: read it, then check bounds, combinations, and what is unwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from experiments.errors import IncompatibleComponents, InvalidInput, Problem
from search_spaces.checks.advice import advice
from search_spaces.checks.bounds import check_bounds
from search_spaces.checks.combinations import Combinations, check_combinations
from search_spaces.checks.unread import unread
from search_spaces.language.problems import ProblemCollector
from search_spaces.language.reader import read
from search_spaces.space import SearchSpace


def parse_space(
    document: Mapping[str, Any], base: Mapping[str, Any] | None = None, *, searched: bool = True
) -> SearchSpace:
    """A space from a document; ``base`` is the experiment's own config, which the document overrides and extends.

    ``searched`` is false for a grid.

    The rules of the language:

    - A plain value is a constant. A range may stand at any leaf.
    - A component is a name or a mapping ``{name, fields…}``. If it names no field, all its fields that declare a
      default range are searched, on a grid none of them; if it names one, the others stay at the experiment's
      values or their defaults. Without ``name`` it is the experiment's own component.
    - ``{choice: [component, …]}`` takes one of several components, whose parameters exist only if it is taken.
    - ``{optional: range}`` at a field is 0 or a value of the range, where the field can be 0.
    - ``regularizers`` is a mapping from name to fields, or a list of names. ``{optional: {fields…}}`` is on or off;
      null leaves one out that the experiment or a named space brings.
    - ``use`` names spaces of the library. Of two that say the same the later wins, and the document wins over all.

    Raises:
        InvalidInput: with every problem found, each at its path in the document (or below ``experiment``).
    """
    examined = examine(document, base or {}, searched=searched)
    if examined.problems:
        raise (IncompatibleComponents if examined.only_conflicts else InvalidInput)(examined.problems)
    return examined.space


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
            check_bounds(slot, branch, findings)
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
