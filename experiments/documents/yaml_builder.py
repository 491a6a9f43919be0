"""From libyaml's events to plain values, with a limit to their number and depth."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml

from experiments.documents.yaml_scalars import Unclear, read_scalar
from experiments.errors import InvalidInput, Problem, shortened

DEEPEST = 50
"""Lists and mappings within each other that are read."""
MOST_VALUES = 10_000
"""Values of a document that are read; what is later done with them takes time too."""

_TEXT_TAGS = {"!", "tag:yaml.org,2002:str"}


def build(text: str) -> Any:
    """The only document in a text, as plain values.

    Raises:
        YAMLError: it is no YAML, or has what is not read here: aliases, tags, keys that are no texts.
        InvalidInput: it is too large or too deep, or names keys twice or holds unclear values (with their paths).
    """
    return _Builder().build(text)


def too_deep() -> InvalidInput:
    """The refusal of a document that is too deep."""
    return InvalidInput.at("", f"this document is nested too deeply; {DEEPEST} levels are read")


def too_many() -> InvalidInput:
    """The refusal of a document of too many values."""
    return InvalidInput.at("", f"this document holds more than the {MOST_VALUES:,} values that are read")


@dataclass
class _Open:
    """A list or a mapping that is being read."""

    value: list[Any] | dict[str, Any]
    key: str | None = None
    """The key whose value comes next, in a mapping."""
    place: str = ""
    """What its path begins with."""


@dataclass
class _Builder:
    """Builds plain values from libyaml's events, which come one by one: what is too much is never read to its end.

    Aliases are refused because a document of a few lines can grow to gigabytes through them, or contain itself.
    """

    problems: list[Problem] = field(default_factory=list)
    open: list[_Open] = field(default_factory=list)
    count: int = 0
    document: Any = None

    def build(self, text: str) -> Any:
        n_documents = 0
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            if isinstance(event, yaml.DocumentStartEvent):
                n_documents += 1
            elif isinstance(event, yaml.NodeEvent):
                if n_documents > 1:
                    raise _refused("a second document begins here; keep one", event)
                self.node(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                self.open.pop()
        if self.problems:
            raise InvalidInput(self.problems)
        return self.document

    def node(self, event: yaml.NodeEvent) -> None:
        if isinstance(event, yaml.AliasEvent):
            raise _refused("aliases are not read here; write the value out", event)
        tag = getattr(event, "tag", None)
        if tag is not None and tag not in _TEXT_TAGS:
            raise _refused(f"the tag {shortened(tag)} is not read here; write the plain value", event)
        inner = self.open[-1] if self.open else None
        if inner is not None and isinstance(inner.value, dict) and inner.key is None:
            inner.key = self.key(event, inner)
        else:
            self.put(inner, event)

    def key(self, event: yaml.NodeEvent, inner: _Open) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            raise _refused("a key must be a text", event)
        key = str(event.value)
        if not _is_text(event):
            raise _refused(f"a key must be a text, and {shortened(key) or 'nothing'} is none; put it in quotes", event)
        if key in inner.value:
            message = f"the key {shortened(key)!r} stands here twice, {_place_of(event)}; keep one of them"
            self.problems.append(Problem(inner.place, message))
        return key

    def put(self, inner: _Open | None, event: yaml.NodeEvent) -> None:
        self.count += 1
        if self.count > MOST_VALUES:
            raise too_many()
        place = _place(inner)
        if isinstance(event, yaml.ScalarEvent):
            self.attach(inner, self.scalar(event, place))
            return
        if len(self.open) == DEEPEST:
            raise too_deep()
        collection: list[Any] | dict[str, Any] = [] if isinstance(event, yaml.SequenceStartEvent) else {}
        self.attach(inner, collection)
        self.open.append(_Open(collection, place=place))

    def scalar(self, event: yaml.ScalarEvent, place: str) -> Any:
        try:
            return _plain_value(event)
        except Unclear as found:
            self.problems.append(Problem(place, f"{found} ({_place_of(event)})"))
            return None

    def attach(self, inner: _Open | None, value: Any) -> None:
        if inner is None:
            self.document = value
        elif isinstance(inner.value, list):
            inner.value.append(value)
        else:
            inner.value[str(inner.key)] = value
            inner.key = None


def _place(inner: _Open | None) -> str:
    if inner is None:
        return ""
    step = len(inner.value) if isinstance(inner.value, list) else inner.key
    return f"{inner.place}.{step}" if inner.place else str(step)


def _plain_value(event: yaml.ScalarEvent) -> Any:
    return read_scalar(event.value) if event.implicit[0] else event.value


def _is_text(event: yaml.ScalarEvent) -> bool:
    try:
        return isinstance(_plain_value(event), str)
    except Unclear:
        return False


def _refused(message: str, event: yaml.Event) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=f"{message}, {_place_of(event)}")


def _place_of(event: yaml.Event) -> str:
    mark = event.start_mark
    return "" if mark is None else f"line {mark.line + 1}, column {mark.column + 1}"
