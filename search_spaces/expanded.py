"""A space with nothing left to look up: as it is stored with a study, so that no later catalog changes it.

Named spaces are merged, default ranges written out, defaults filled in, and everything stands in the order in which it
is drawn. The document is nearly that of the language: what differs is that a component always says its name, that the
experiment's other constants stand beside the parts, and that a constant which would read as a range stands in
``{constant: …}``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic_core import to_jsonable_python

from experiments.catalog import KINDS
from experiments.component import Component
from experiments.config import DEFAULTS
from experiments.errors import InvalidInput, suggestion
from experiments.training_fields import Training
from search_spaces.language.layers import KEYS, SINGLE
from search_spaces.language.notation import NUMERIC, OPTIONAL, is_exact_range
from search_spaces.leaves import Leaf, OnOff
from search_spaces.ranges import Choice, Range
from search_spaces.space import Branch, SearchSpace, Slot

CONSTANT = "constant"
PLAIN = "plain"
"""What stands alone in the document of a plain space."""


def expand(space: SearchSpace) -> dict[str, Any]:
    """The document of a space, every default filled in."""
    if space.plain:
        return {PLAIN: {slot.path: _written(slot.branches[0].content) for slot in space.slots}}
    document: dict[str, Any] = dict(space.constants)
    for slot in (*space.slots, *_default_slots(space)):
        section, _, name = slot.path.partition(".")
        if name:
            document.setdefault(section, {})[name] = _slot_document(slot)
        else:
            document[section] = _slot_document(slot)
    return document


def read_expanded(document: Mapping[str, Any]) -> SearchSpace:
    """The space of such a document; its metrics and warnings were said when it was expanded.

    Raises:
        InvalidInput: a component or a field is not there any more.
    """
    if PLAIN in document:
        parameters = {path: _read(content) for path, content in document[PLAIN].items()}
        return SearchSpace(
            tuple(Slot(path, (Branch(None, path, content),)) for path, content in parameters.items()), plain=True
        )
    slots: list[Slot] = []
    for key, value in document.items():
        if key in SINGLE:
            slots.append(_single(key, value))
        elif key == "regularizers":
            slots += [_regularizer(name, fields) for name, fields in value.items()]
        elif key == "training":
            slots += [_training(name, content) for name, content in value.items()]
    return SearchSpace(tuple(slots), {key: value for key, value in document.items() if key not in KEYS})


# --- defaults


def _default_slots(space: SearchSpace) -> Iterator[Slot]:
    """A slot of one branch for each part that no configuration would lack."""
    taken = {slot.path: slot.branches for slot in space.slots}
    own = [KINDS["model"][str(branch.label)].from_plugin for branch in taken.get("model", ())]
    for kind, name in DEFAULTS.items():
        if kind not in taken and (not any(own) or (kind == "schedule" and _always(taken.get("optimizer", ())))):
            yield Slot(kind, (Branch(name, f"{kind}.{name}", {"name": name}),))
    for field, default in _defaults(Training).items():
        if f"training.{field}" not in taken:
            yield Slot(f"training.{field}", (Branch(None, f"training.{field}", default),))


def _always(branches: tuple[Branch, ...]) -> bool:
    return bool(branches) and all(branch.content is not None for branch in branches)


def _defaults(model: type[Component | Training]) -> dict[str, Any]:
    """The fields that need not be given, as JSON."""
    fields = {name: field for name, field in model.model_fields.items() if not field.is_required() and name != "name"}
    return {name: to_jsonable_python(field.get_default(call_default_factory=True)) for name, field in fields.items()}


# --- writing


def _slot_document(slot: Slot) -> Any:
    if slot.path.startswith("training."):
        return _written(slot.branches[0].content)
    kind = "regularizer" if slot.path.startswith("regularizers.") else slot.path
    written = [_component_document(kind, branch.content) for branch in slot.branches]
    if len(written) == 1:
        return written[0]
    return {OPTIONAL: written[1]} if kind == "regularizer" else {Choice.keyword: written}


def _component_document(kind: str, content: Any) -> Any:
    if content is None:
        return None
    name = content["name"]
    left_out = {field: value for field, value in _defaults(KINDS[kind][name]).items() if field not in content}
    return {field: _written(value) for field, value in {**content, **left_out}.items()}


def _written(content: Any) -> Any:
    if isinstance(content, Range):
        return content.written()
    if isinstance(content, OnOff):
        return {OPTIONAL: content.range.written()}
    if isinstance(content, Mapping):
        written = {key: _written(value) for key, value in content.items()}
        return {CONSTANT: written} if _is_marked(content) else written
    return [_written(item) for item in content] if isinstance(content, list) else content


def _is_marked(content: Mapping[str, Any]) -> bool:
    """Whether a mapping says in this document what varies, or that nothing does."""
    return is_exact_range(content) or content.keys() in ({OPTIONAL}, {CONSTANT})


# --- reading


def _single(kind: str, value: Any) -> Slot:
    items = value[Choice.keyword] if isinstance(value, Mapping) and "name" not in value else [value]
    return Slot(kind, tuple(_component(kind, kind, item) for item in items))


def _regularizer(name: str, value: Mapping[str, Any]) -> Slot:
    path = f"regularizers.{name}"
    if "name" in value:
        return Slot(path, (_component("regularizer", "regularizers", value),))
    on = _component("regularizer", "regularizers", value[OPTIONAL])
    return Slot(path, (Branch(False, path, None), Branch(True, path, on.content)))


def _training(name: str, content: Any) -> Slot:
    _check_known("training", [name], Training.model_fields)
    return Slot(f"training.{name}", (Branch(None, f"training.{name}", _read(content)),))


def _component(kind: str, section: str, value: Mapping[str, Any] | None) -> Branch:
    if value is None:
        return Branch(None, section, None)
    component = KINDS[kind][value["name"]]
    _check_known(f"{section}.{component.id()}", [*value], component.model_fields)
    return Branch(component.id(), f"{section}.{component.id()}", _read(value))


def _check_known(owner: str, names: list[str], known: Mapping[str, Any]) -> None:
    for name in names:
        if name not in known:
            raise InvalidInput.at(f"{owner}.{name}", f"there is no such field any more{suggestion(name, known)}")


def _read(value: Any) -> Any:
    if isinstance(value, Mapping):
        if not _is_marked(value):
            return {key: _read(item) for key, item in value.items()}
        if CONSTANT in value:
            return {key: _read(item) for key, item in value[CONSTANT].items()}
        return _leaf(value)
    return [_read(item) for item in value] if isinstance(value, list) else value


def _leaf(value: Mapping[str, Any]) -> Leaf:
    if OPTIONAL in value:
        return OnOff(_range(value[OPTIONAL]))
    return _range(value)


def _range(document: Mapping[str, Any]) -> Range:
    points = document.get("points")
    keyword = next(word for word in document if word != "points")
    if keyword == Choice.keyword:
        return Choice(tuple(document[keyword]))
    low, high, *step = document[keyword]
    return NUMERIC[keyword](low, high, points, *step)
