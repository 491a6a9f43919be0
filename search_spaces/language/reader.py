"""Reading a search space document: components found in the catalog, every leaf a constant or a range."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from typing import Any

from pydantic.fields import FieldInfo

from experiments.catalog import KINDS
from experiments.component import Component, Kind
from experiments.config import DEFAULTS
from experiments.errors import InvalidInput, as_written, suggestion
from experiments.plugins.plain_types import holds_mappings
from experiments.training_fields import Training
from search_spaces.language.layers import SINGLE, LayerEntry, Layers, merge_layers
from search_spaces.language.notation import is_exact_range, is_range, parse_leaf, parse_range, plain
from search_spaces.language.other_tools import element_of, flow, options_of, written_here
from search_spaces.language.problems import ProblemCollector
from search_spaces.space import Branch, SearchSpace, Slot

LEFT_OUT = (None, False)
"""What a document writes for a regularizer that is not to be there."""


@dataclass(frozen=True)
class Reading:
    """A space as far as it could be read."""

    space: SearchSpace
    wrong: frozenset[str]
    """Paths of the parts that could not be read, or only in part."""
    doubtful: frozenset[str]
    """Kinds that an unknown word of the document may have meant."""


def read(
    document: Mapping[str, Any], base: Mapping[str, Any] | None, findings: ProblemCollector, *, searched: bool = True
) -> Reading:
    """The space of a document over an experiment's base config, not yet checked against the catalog's bounds.

    Every problem found is noted, at its path in the document or below ``experiment``, and the rest is read. Without a
    base, what only it could say is left out.
    """
    if not isinstance(document, Mapping):
        raise InvalidInput.at("", "a search space is a mapping, e.g. {optimizer: {choice: [adam, momentum]}}")
    layers = merge_layers(plain(document), plain(base or {}), findings, searched=searched)
    doubtful = frozenset(kind for kind in SINGLE if findings.problems and kind not in document)
    wrong = set[str]()
    for kind in ("data", "model"):
        if kind not in layers.parts:
            wrong.add(kind)
            if base is not None:
                findings.follow(f"experiment.{kind}", f"name the {kind}{suggestion('', KINDS[kind].names())}")
    slots: list[Slot] = []
    for path in _order(layers):
        n_problems = len(findings.problems)
        with findings.under(layers.parts[path].place) as found:
            if base is None and _names_nothing(path, layers.parts[path].value):
                continue
            branches = _branches(path, layers, found)
            slots += [Slot(path, branches)] if branches else []
        if len(findings.problems) > n_problems:
            wrong.add(path)
    space = SearchSpace(tuple(slots), layers.constants, warnings=layers.warnings)
    return Reading(space, frozenset(wrong), doubtful)


def _names_nothing(path: str, value: Any) -> bool:
    """Whether a part extends a component of the experiment's own."""
    return path in SINGLE and isinstance(value, Mapping) and not {"name", "choice"} & value.keys()


def _order(layers: Layers) -> list[str]:
    """The paths of all parts, in the catalog's order whatever the document's; unknown ones come last."""
    regularizers = [f"regularizers.{name}" for name in KINDS["regularizer"].names()]
    known = [*SINGLE, *regularizers, *(f"training.{name}" for name in Training.model_fields)]
    return [path for path in known if path in layers.parts] + [path for path in layers.parts if path not in known]


def _branches(path: str, layers: Layers, findings: ProblemCollector) -> tuple[Branch, ...]:
    """The alternatives of a part, those that can be read; the others are noted."""
    part = layers.parts[path]
    inherited = layers.base.get(path)
    own = None if inherited is None or inherited is part else inherited.value
    if path.startswith("regularizers."):
        return _regularizer(path, part, own, findings)
    if path.startswith("training."):
        return (_training(path, part),)
    if isinstance(part.value, Mapping) and "choice" in part.value and not _is_field("choice", path, part.value, own):
        return _choice(KINDS[path], part, own, findings)
    if not (isinstance(part.value, Mapping) and part.value.keys() & _fields_of(path, part.value, own)):
        _refuse_other_choices(KINDS[path], part.value)
    if part.value is None:
        return (Branch(None, path, None, part.place),)
    return (_component(KINDS[path], part.value, own, part, findings),)


def _is_field(word: str, path: str, value: Mapping[str, Any], own: Any) -> bool:
    """Whether a word of the language is a field of the component here: beside its name, or with what is no list."""
    return word in _fields_of(path, value, own) and ("name" in value or not isinstance(value[word], list))


def _fields_of(path: str, value: Mapping[str, Any], own: Any) -> Set[str]:
    """The fields of the component that is named here or by the experiment; none if that is none."""
    name, kind = value.get("name", _written(own)[0] if isinstance(own, str | Mapping) else None), KINDS[path]
    return kind[name].hyperparameters().keys() if isinstance(name, str) and name in kind.words() else frozenset()


def _refuse_other_choices(kind: Kind[Component], value: Any) -> None:
    """Several components as another tool would write them: what to write here."""
    name = value.get("name") if isinstance(value, Mapping) else None
    several = next((each for each in (value, name) if isinstance(each, list) and each), None)
    several = several or options_of(value) or options_of(name)
    if [] in (options_of(value), options_of(name)):
        raise InvalidInput.at("", f"the choice is empty; list at least one {kind.name}")
    if several is not None:
        raise InvalidInput.at("", f"this takes one {kind.name} or a choice; write {flow({'choice': several})}")
    if isinstance(value, Mapping) and "optional" in value:
        neutral = DEFAULTS.get(kind.name)
        remedy = f"; write {{choice: [{neutral}, …]}}" if neutral else ""
        raise InvalidInput.at("optional", f"regularizers and single fields are optional, and no {kind.name}{remedy}")


def _choice(kind: Kind[Component], part: LayerEntry, own: Any, findings: ProblemCollector) -> tuple[Branch, ...]:
    items = part.value["choice"]
    beside = [key for key in part.value if key != "choice"]
    if beside:
        raise InvalidInput.at(beside[0], "no field can stand beside choice; write it within an item")
    if not isinstance(items, list) or not items:
        raise InvalidInput.at("choice", f"list at least one {kind.name}, e.g. [{', '.join(kind.names()[:2])}]")
    branches = dict[str, Branch]()
    for index, item in enumerate(items):
        with findings.under(f"choice.{index}") as found:
            branch = _component(kind, item, own, replace(part, place=f"{part.place}.choice.{index}"), found)
            if branch.label in branches:
                raise InvalidInput.at("", f"{branch.label} stands twice; write one item with the ranges of both")
            branches[branch.label] = branch
    return tuple(branches.values())


def _regularizer(path: str, part: LayerEntry, own: Any, findings: ProblemCollector) -> tuple[Branch, ...]:
    """On; or off and on, when it is optional; nothing, when it is left out."""
    kind, word = KINDS["regularizer"], path.removeprefix("regularizers.")
    component = _known(kind, word)
    if part.value in LEFT_OUT:
        return ()
    switched = isinstance(part.value, Mapping) and "optional" in part.value
    if not switched or ("name" in part.value and "optional" in component.hyperparameters()):
        return (_component(kind, _regularizer_fields(component, part.value), own, part, findings),)
    beside = [key for key in part.value if key != "optional"]
    if beside:
        raise InvalidInput.at(beside[0], "no field can stand beside optional; write {optional: {fields}}")
    with findings.under("optional") as found:
        inside = replace(part, place=f"{part.place}.optional")
        on = _component(kind, _regularizer_fields(component, part.value["optional"]), own, inside, found)
        return (Branch(False, path, None, part.place), replace(on, label=True))
    return ()


def _regularizer_fields(component: type[Component], value: Any) -> dict[str, Any]:
    if value is not None and value is not True and not isinstance(value, Mapping):
        example = _with_its_field(component, value)
        raise InvalidInput.at(
            "", f"write a mapping of fields, or {{}} for the default ranges, not {as_written(value)}{example}"
        )
    fields = dict(value) if isinstance(value, Mapping) else {}
    if fields.setdefault("name", component.id()) != component.id():
        raise InvalidInput.at("name", f"{fields['name']!r} stands under the key {component.id()!r}; write it once")
    return fields


def _component(kind: Kind[Component], value: Any, own: Any, part: LayerEntry, findings: ProblemCollector) -> Branch:
    """One component with constants and ranges; ``own`` is what the experiment itself says of this kind.

    One that names no field is searched over its default ranges. On a grid, where they would need points, it has its
    defaults, and only a field without a default is searched.
    """
    word, fields = _written(value)
    own_word, own_fields = _written(own) if isinstance(own, str | Mapping) else (None, {})
    component = _known(kind, word or own_word, fields)
    inherited = own_fields if own_word and kind.words().get(own_word) == component.id() else {}
    if fields and not fields.keys() & {*component.hyperparameters(), "name"}:
        example = _with_its_field(component, fields)
        if example:
            raise InvalidInput.at("", f"this range belongs to a field of {component.id()}{example}")
    bare = part.reading if not fields and component.search_ranges() else None
    defaults = component.search_ranges() if bare else {}
    if bare == "defaults":
        defaults = {field: defaults[field] for field in defaults if component.hyperparameters()[field].is_required()}
    leaves = _leaves(component.id(), component.hyperparameters(), {**inherited, **defaults, **fields}, findings)
    section = "regularizers" if kind.name == "regularizer" else kind.name
    return Branch(component.id(), f"{section}.{component.id()}", {"name": component.id(), **leaves}, part.place, bare)


def _with_its_field(component: type[Component], value: Any) -> str:
    """A value, or a range in anybody's words, as that of the field that a component is mostly searched over."""
    field = next(iter(component.search_ranges()), None)
    if field is None:
        return ""
    if is_range(value) or (isinstance(value, int | float) and not isinstance(value, bool)):
        return f"; write {flow({field: value})}"
    here = written_here(value, component.hyperparameters()[field].annotation)
    return f"; write {{{field}: {here.partition('}')[0]}}}}}" if here and here.startswith("{") else ""


def _written(value: Any) -> tuple[str | None, dict[str, Any]]:
    """Name and fields of a component as a document has them."""
    if isinstance(value, str):
        return value, {}
    if not isinstance(value, Mapping):
        raise InvalidInput.at("", f"write a name, or a mapping with name and fields, not {as_written(value)}")
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


def _leaves(
    owner: str, known: Mapping[str, FieldInfo], fields: Mapping[str, Any], findings: ProblemCollector
) -> dict[str, Any]:
    leaves = dict[str, Any]()
    for name, value in fields.items():
        with findings.under(name):
            if name not in known:
                raise InvalidInput.at("", f"{owner} has no such field{suggestion(name, known)}")
            leaves[name] = _leaf(value, known[name].annotation)
    return leaves


def _leaf(value: Any, annotation: Any = None, *, mappings: bool = False) -> Any:
    """A value with every range in it, at whatever depth, in the place of its mapping.

    ``annotation`` is its type. A field that takes mappings (``mappings``) has only ranges that are written exactly.
    """
    mappings = mappings or holds_mappings(annotation)
    if mappings and is_exact_range(value):
        return parse_range(value)
    leaf = None if mappings else parse_leaf(value, annotation)
    if leaf is not None:
        return leaf
    if not isinstance(value, Mapping | list):
        return value
    findings, element = ProblemCollector(), element_of(annotation)
    items = value.items() if isinstance(value, Mapping) else enumerate(value)
    read = {}
    for key, item in items:
        with findings.under(str(key)):
            read[key] = _leaf(item, element, mappings=mappings)
    findings.settle()
    return read if isinstance(value, Mapping) else list(read.values())


def _training(path: str, part: LayerEntry) -> Branch:
    name = path.removeprefix("training.")
    if name not in Training.model_fields:
        raise InvalidInput.at("", f"training has no such field{suggestion(name, Training.model_fields)}")
    if part.value is None:
        raise InvalidInput.at("", "give a value, or leave the field out")
    return Branch(None, path, _leaf(part.value, Training.model_fields[name].annotation), part.place)
