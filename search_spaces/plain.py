"""A space of plain parameters: names of the user's own, for a training of which nothing is known here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from experiments.errors import InvalidInput
from search_spaces.language.notation import parse_leaf, plain
from search_spaces.language.other_tools import written_here
from search_spaces.language.problems import ProblemCollector
from search_spaces.space import EPOCHS, Branch, SearchSpace, Slot

DEEPEST = 5
"""Groups of parameters within each other."""
_NAME = re.compile(r"[^\W\d][\w./-]*")


def plain_space(document: Mapping[str, Any], epochs: int) -> SearchSpace:
    """A space whose leaves are constants and ranges; what stands in a group has the group's name before its own.

    ``epochs`` is how often a run reports at most: pruners and budgets count by it.

    Raises:
        InvalidInput: with every problem found, each at its path in the document.
    """
    findings, slots = ProblemCollector(), list[Slot]()
    for name, value in plain(document).items():
        with findings.under(name):
            _check_name(name)
            if name.partition(".")[0] == EPOCHS.partition(".")[0]:
                raise InvalidInput.at("", "`training` stands beside the space; give the parameter another name")
            slots.append(Slot(name, (Branch(None, name, _read(value), name),)))
    findings.settle()
    space = SearchSpace((*slots, Slot(EPOCHS, (Branch(None, EPOCHS, epochs),))), plain=True)
    names = [parameter.path for parameter in space.parameters]
    twice = [name for index, name in enumerate(names) if name in names[:index]]
    if twice:
        raise InvalidInput.at(twice[0], "this parameter stands twice, by its path and in its group; keep one of them")
    return space


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise InvalidInput.at(
            "", "a parameter's name begins with a letter, and has letters, digits, `_`, `.`, `-` and `/`; write another"
        )


def _read(value: Any, depth: int = 1) -> Any:
    """A constant, a range, or a group or list of these."""
    leaf = parse_leaf(value, None)
    if leaf is not None or not isinstance(value, Mapping | list):
        return value if leaf is None else leaf
    if here := written_here(value, float) if isinstance(value, Mapping) else None:
        raise InvalidInput.at("", f"this takes one value or a range; write {here}")
    if depth == DEEPEST or value == {}:
        raise InvalidInput.at("", f"write a value, a range, or a group of these, at most {DEEPEST} within each other")
    findings, read = ProblemCollector(), dict[str, Any]()
    for key, item in value.items() if isinstance(value, Mapping) else enumerate(value):
        with findings.under(str(key)):
            if isinstance(value, Mapping):
                _check_name(str(key))
            read[str(key)] = _read(item, depth + 1)
    findings.settle()
    return read if isinstance(value, Mapping) else list(read.values())
