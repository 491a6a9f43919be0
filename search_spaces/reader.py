"""Reading a search space document: components found in the catalogue, every leaf a constant or a range."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic.fields import FieldInfo

from experiments.catalogue import KINDS
from experiments.component import Component, Kind
from experiments.config import Training
from experiments.errors import InvalidInput, suggestion
from experiments.plain_types import holds_mappings
from search_spaces.findings import Findings
from search_spaces.layers import SINGLE, Layers, Part, lay
from search_spaces.notation import is_exact_range, is_range, parse_range, plain
from search_spaces.space import Branch, SearchSpace, Slot

LEFT_OUT = (None, False)
"""What a document writes for a regularizer that is not to be there."""


def read(document: Mapping[str, Any], base: Mapping[str, Any]) -> SearchSpace:
    """The space of a document over an experiment's base config, not yet checked against the catalogue's bounds.

    Raises:
        InvalidInput: with every problem found, at its path in the document, or below ``experiment``.
    """
    if not isinstance(document, Mapping):
        raise InvalidInput.at("", "a search space is a mapping, e.g. {optimizer: {choice: [adam, momentum]}}")
    findings = Findings()
    layers = lay(plain(document), plain(base), findings)
    for kind in ("data", "model"):
        if kind not in layers.parts:
            findings.add(f"experiment.{kind}", f"name the {kind}{suggestion('', KINDS[kind].names())}")
    slots = []
    for path in _order(layers):
        with findings.under(layers.parts[path].place):
            branches = _branches(path, layers)
            slots += [Slot(path, branches)] if branches else []
    findings.settle()
    return SearchSpace(tuple(slots), layers.constants, warnings=layers.warnings)


def _order(layers: Layers) -> list[str]:
    """The paths of all parts, in the catalogue's order whatever the document's; unknown ones come last."""
    regularizers = [f"regularizers.{name}" for name in KINDS["regularizer"].names()]
    known = [*SINGLE, *regularizers, *(f"training.{name}" for name in Training.model_fields)]
    return [path for path in known if path in layers.parts] + [path for path in layers.parts if path not in known]


def _branches(path: str, layers: Layers) -> tuple[Branch, ...]:
    part = layers.parts[path]
    inherited = layers.base.get(path)
    own = None if inherited is None or inherited is part else inherited.value
    if path.startswith("regularizers."):
        return _regularizer(path, part, own)
    if path.startswith("training."):
        return (_training(path, part),)
    if isinstance(part.value, Mapping) and "choice" in part.value and not _is_field("choice", path, part.value, own):
        return _choice(KINDS[path], part, own)
    if part.value is None:
        return (Branch(None, path, None, part.place),)
    return (_component(KINDS[path], part.value, own, part.searched, part.place),)


def _is_field(word: str, path: str, value: Mapping[str, Any], own: Any) -> bool:
    """Whether a word of the language is a field of the component here: beside its name, or with what is no list."""
    kind = KINDS[path]
    name = value.get("name", _written(own)[0] if isinstance(own, str | Mapping) else None)
    has_it = isinstance(name, str) and name in kind.words() and word in kind[name].hyperparameters()
    return has_it and ("name" in value or not isinstance(value[word], list))


def _choice(kind: Kind[Component], part: Part, own: Any) -> tuple[Branch, ...]:
    items = part.value["choice"]
    beside = [key for key in part.value if key != "choice"]
    if beside:
        raise InvalidInput.at(beside[0], "no field can stand beside choice; write it within an item")
    if not isinstance(items, list) or not items:
        raise InvalidInput.at("choice", f"list at least one {kind.name}, e.g. [{', '.join(kind.names()[:2])}]")
    findings, branches = Findings(), dict[str, Branch]()
    for index, item in enumerate(items):
        with findings.under(f"choice.{index}"):
            branch = _component(kind, item, own, part.searched, f"{part.place}.choice.{index}")
            if branch.label in branches:
                raise InvalidInput.at("", f"{branch.label} stands twice; write one item with the ranges of both")
            branches[branch.label] = branch
    findings.settle()
    return tuple(branches.values())


def _regularizer(path: str, part: Part, own: Any) -> tuple[Branch, ...]:
    """On; or off and on, when it is optional; nothing, when it is left out."""
    kind, word = KINDS["regularizer"], path.removeprefix("regularizers.")
    component = _known(kind, word)
    if part.value in LEFT_OUT:
        return ()
    switched = isinstance(part.value, Mapping) and "optional" in part.value
    if not switched or ("name" in part.value and "optional" in component.hyperparameters()):
        return (_component(kind, _regularizer_fields(component, part.value), own, part.searched, part.place),)
    beside = [key for key in part.value if key != "optional"]
    if beside:
        raise InvalidInput.at(beside[0], "no field can stand beside optional; write {optional: {fields}}")
    place, findings = f"{part.place}.optional", Findings()
    with findings.under("optional"):
        on = _component(kind, _regularizer_fields(component, part.value["optional"]), own, part.searched, place)
        return (Branch(False, path, None, part.place), Branch(True, path, on.content, place))
    raise InvalidInput(findings.problems)


def _regularizer_fields(component: type[Component], value: Any) -> dict[str, Any]:
    if value is not None and value is not True and not isinstance(value, Mapping):
        raise InvalidInput.at("", f"write a mapping of fields, or {{}} for the default ranges, not {value!r}")
    fields = dict(value) if isinstance(value, Mapping) else {}
    if fields.setdefault("name", component.id()) != component.id():
        raise InvalidInput.at("name", f"{fields['name']!r} stands under the key {component.id()!r}; write it once")
    return fields


def _component(kind: Kind[Component], value: Any, own: Any, searched: bool, place: str) -> Branch:
    """One component with constants and ranges; ``own`` is what the experiment itself says of this kind."""
    word, fields = _written(value)
    own_word, own_fields = _written(own) if isinstance(own, str | Mapping) else (None, {})
    component = _known(kind, word or own_word, fields)
    inherited = own_fields if own_word and kind.words().get(own_word) == component.id() else {}
    defaults = component.search_ranges() if searched and not fields else {}
    leaves = _leaves(component.id(), component.hyperparameters(), {**inherited, **defaults, **fields})
    section = "regularizers" if kind.name == "regularizer" else kind.name
    return Branch(component.id(), f"{section}.{component.id()}", {"name": component.id(), **leaves}, place)


def _written(value: Any) -> tuple[str | None, dict[str, Any]]:
    """Name and fields of a component as a document has them."""
    if isinstance(value, str):
        return value, {}
    if not isinstance(value, Mapping):
        raise InvalidInput.at("", f"write a name, or a mapping with name and fields, not {value!r}")
    fields = dict(value)
    word = fields.pop("name", None)
    if word is not None and not isinstance(word, str):
        raise InvalidInput.at(
            "name", "a name is a text; to search over components, write {choice: [names]} in its place"
        )
    return word, fields


def _known(kind: Kind[Component], word: str | None, fields: Mapping[str, Any] | None = None) -> type[Component]:
    if word in kind.words():
        return kind[str(word)]
    if word is not None:
        raise InvalidInput.at("", f"unknown {kind.name} {word!r}{suggestion(word, kind.names())}")
    first = next(iter(fields or {}), "")
    if first in kind.words():
        raise InvalidInput.at(first, f"write the {kind.name} as {{name: {first}, fields…}}")
    raise InvalidInput.at("", f"name the {kind.name}{suggestion('', kind.names())}")


def _leaves(owner: str, known: Mapping[str, FieldInfo], fields: Mapping[str, Any]) -> dict[str, Any]:
    findings, leaves = Findings(), dict[str, Any]()
    for name, value in fields.items():
        with findings.under(name):
            if name not in known:
                raise InvalidInput.at("", f"{owner} has no such field{suggestion(name, known)}")
            leaves[name] = _leaf(value, mappings=holds_mappings(known[name].annotation))
    findings.settle()
    return leaves


def _leaf(value: Any, *, mappings: bool = False) -> Any:
    """A value with every range in it, at whatever depth, in the place of its mapping.

    ``mappings`` says that the field takes mappings: then only one that is written as a range is a range.
    """
    if is_exact_range(value) if mappings else is_range(value):
        return parse_range(value)
    if isinstance(value, Mapping):
        return {key: _leaf(item, mappings=mappings) for key, item in value.items()}
    return [_leaf(item, mappings=mappings) for item in value] if isinstance(value, list) else value


def _training(path: str, part: Part) -> Branch:
    name = path.removeprefix("training.")
    if name not in Training.model_fields:
        raise InvalidInput.at("", f"training has no such field{suggestion(name, Training.model_fields)}")
    if part.value is None:
        raise InvalidInput.at("", "give a value, or leave the field out")
    return Branch(None, path, _leaf(part.value), part.place)
