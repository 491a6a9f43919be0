"""A configuration that a user writes out, as a point of a space: its parameters, by dotted path.

It is written as a space is, with a value wherever the space has a range; or by its parameters' paths, as trials show
them, which is the only way in a plain space. What is the same in every configuration of the space may be left out, or
said again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from experiments.catalog import KINDS
from experiments.errors import InvalidInput, Problem, shortened, suggestion
from search_spaces.language.layers import SINGLE
from search_spaces.leaves import OFF, Leaf, OnOff, switch
from search_spaces.ranges import Range, category
from search_spaces.sampling import configure
from search_spaces.space import Branch, SearchSpace, Slot

_MISSING = object()


def read_point(space: SearchSpace, document: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a configuration, as ``configure`` takes them.

    Raises:
        IncompatibleComponents: its parts do not go together.
        InvalidInput: each problem at its place in the document.
    """
    if space.plain or any("." in key for key in document):
        ranges = {parameter.path: parameter.range for parameter in space.parameters}
        if unknown := document.keys() - ranges.keys():
            message = "the space has no such parameter"
            raise InvalidInput(Problem(path, f"{message}{suggestion(path, ranges)}") for path in sorted(unknown))
        configure(space, document)
        return {path: category(ranges[path].accept(value)) for path, value in document.items()}
    given = _by_component(document)
    reading = _Reading()
    for slot in space.slots:
        reading.take(slot, _at(given, slot.path.split(".")))
    if reading.problems:
        raise InvalidInput(reading.problems)
    config = configure(space, reading.parameters)
    if problems := [*_differences(given, config, "", reading.places)]:
        raise InvalidInput(problems)
    return reading.parameters


class _Reading:
    """What was found in the places where the space has ranges."""

    def __init__(self) -> None:
        self.parameters: dict[str, Any] = {}
        self.problems: list[Problem] = []
        self.places: set[str] = set()
        """Where a value of a range stands."""

    def take(self, slot: Slot, given: Any) -> None:
        """The parameters of a slot, and of the branch that the configuration takes."""
        branch = self._branch(slot, given)
        if branch is None:
            return
        if slot.choice:
            self.parameters[slot.path] = branch.label
        for path, leaf in branch.leaves.items():
            inner = [part for part in path.removeprefix(branch.path).split(".") if part]
            self._take_leaf(path, leaf, _at(given, inner), ".".join([slot.path, *inner]))

    def _branch(self, slot: Slot, given: Any) -> Branch | None:
        taken = [branch for branch in slot.branches if branch.content is not None]
        left_out = next((branch for branch in slot.branches if branch.content is None), None)
        if given in (_MISSING, None, False) and left_out is not None:
            return left_out
        if len(taken) == 1:
            return taken[0]
        name = given.get("name") if isinstance(given, Mapping) else None
        labels = [str(branch.label) for branch in taken]
        found = next((branch for branch in taken if branch.label == name), None)
        if found is None and name is None:
            self.problems.append(Problem(slot.path, f"say which of them it takes: {', '.join(labels)}"))
        elif found is None:
            message = f"the space does not have {shortened(str(name))!r} here{suggestion(str(name), labels)}"
            self.problems.append(Problem(slot.path, message))
        return found

    def _take_leaf(self, path: str, leaf: Leaf, value: Any, place: str) -> None:
        self.places.add(place)
        if value is _MISSING:
            self.problems.append(Problem(place, f"this configuration needs a value from {leaf}"))
        elif isinstance(leaf, OnOff):
            is_on = value != OFF
            self.parameters[switch(path)] = is_on
            if is_on:
                self._accept(path, leaf.range, value, place)
        else:
            self._accept(path, leaf, value, place)

    def _accept(self, path: str, range_: Range, value: Any, place: str) -> None:
        try:
            self.parameters[path] = category(range_.accept(value))
        except InvalidInput as error:
            self.problems += [Problem(place, problem.message) for problem in error.problems]


def _by_component(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document with every component as a mapping, under the name that it has in the catalog."""
    given = dict(document)
    for kind in SINGLE:
        if isinstance(given.get(kind), str):
            given[kind] = {"name": given[kind]}
        if isinstance(given.get(kind), Mapping) and isinstance(given[kind].get("name"), str):
            given[kind] = {**given[kind], "name": _canonical(kind, given[kind]["name"])}
    if "regularizers" in given:
        given["regularizers"] = dict(_regularizers(given["regularizers"]))
    return given


def _regularizers(value: Any) -> Iterator[tuple[str, Any]]:
    if not isinstance(value, Mapping | list) or not all(isinstance(name, str) for name in value):
        raise InvalidInput.at("regularizers", "write a mapping, e.g. {dropout: {p: 0.2}}")
    for name in value:
        fields = value[name] if isinstance(value, Mapping) else {}
        yield _canonical("regularizer", name), {} if fields is True else fields


def _canonical(kind: str, word: str) -> str:
    return KINDS[kind].words().get(word, word)


def _at(given: Any, path: list[str]) -> Any:
    for key in path:
        if isinstance(given, Mapping) and key in given:
            given = given[key]
        elif isinstance(given, list) and key.isdigit() and int(key) < len(given):
            given = given[int(key)]
        else:
            return _MISSING
    return given


def _differences(given: Mapping[str, Any], config: Mapping[str, Any], at: str, ranges: set[str]) -> Iterator[Problem]:
    """What is said of the places without a range, and is not so in the configuration."""
    for key, value in given.items():
        place = f"{at}{key}"
        if place in ranges or (value in (None, False) and not config.get(key)):
            continue
        if key not in config:
            yield Problem(place, f"the configuration has no such part{suggestion(key, config)}")
        elif isinstance(value, Mapping) and isinstance(config[key], Mapping):
            yield from _differences(value, config[key], f"{place}.", ranges)
        elif not _agree(value, config[key], place, ranges):
            said = shortened(str(config[key]))
            yield Problem(place, f"it is {said} in this space; leave it out, or let it vary in `space`")


def _agree(value: Any, actual: Any, place: str, ranges: set[str]) -> bool:
    """Whether a value is as it is in the configuration; lists may hold ranges, which were looked at."""
    if isinstance(value, list) and isinstance(actual, list) and len(value) == len(actual):
        pairs = enumerate(zip(value, actual, strict=True))
        return all(f"{place}.{i}" in ranges or _agree(one, other, f"{place}.{i}", ranges) for i, (one, other) in pairs)
    return bool(value == actual)
