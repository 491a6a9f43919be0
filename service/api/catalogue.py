"""The catalogue of components, the registered experiments and the library, read from their declarations."""

from __future__ import annotations

import inspect
from typing import Annotated, Any
from weakref import WeakKeyDictionary

from fastapi import APIRouter, Depends

from experiments.catalogue import KINDS
from experiments.component import Component, Kind
from experiments.conflicts import rules_of
from experiments.errors import suggestion
from experiments.registry import EXPERIMENTS
from experiments.schedule_preview import preview
from search_spaces.library import Entry, named_spaces, studies
from service.api import catalogue_schemas as schemas
from service.api.dependencies import FOREIGN_REGISTERED
from service.api.documents import body_of, read_mapping
from service.api.examples import SCHEDULE
from service.api.responses import NOT_FOUND, problems
from service.errors import ComponentNotFound

router = APIRouter(tags=["catalogue"], dependencies=[FOREIGN_REGISTERED])
BOUNDS = frozenset(
    {
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "minItems",
        "maxItems",
        "minLength",
        "maxLength",
        "enum",
    }
)

_ENTRIES: WeakKeyDictionary[type[Component], schemas.ComponentEntry] = WeakKeyDictionary()


@router.get("/catalog")
def get_catalogue() -> schemas.Catalogue:
    """Every component, by kind."""
    return schemas.Catalogue(kinds=[_kind(kind) for kind in KINDS.values()])


@router.get("/catalog/{kind}", responses=NOT_FOUND)
def get_kind(kind: str) -> schemas.KindEntry:
    """The components of one kind."""
    return _kind(_found(kind))


@router.get("/catalog/{kind}/{name}", responses=NOT_FOUND)
def get_component(kind: str, name: str) -> schemas.ComponentDetail:
    """One component, by its name or one of its aliases."""
    family = _found(kind)
    word = family.words().get(name)
    if word is None:
        raise ComponentNotFound(f"there is no {kind} {name!r}{suggestion(name, family.names())}")
    component = family[word]
    return schemas.ComponentDetail(
        **_entry(family.name, component).model_dump(),
        description=inspect.getdoc(component) or "",
        target=component.target,
        json_schema=component.model_json_schema(),
    )


@router.post(
    "/schedules:preview",
    openapi_extra=body_of("SchedulePreviewRequest", SCHEDULE, yaml=True),
    responses=problems(413, 415),
)
def preview_schedule(document: Annotated[dict[str, Any], Depends(read_mapping)]) -> schemas.SchedulePreview:
    """The curve of a schedule without a training: the factor of the base rate at steps of a run."""
    found = preview(document)
    return schemas.SchedulePreview(
        schedule=found.schedule.model_dump(mode="json"),
        steps=found.steps,
        points=[schemas.SchedulePoint(step=step, factor=factor) for step, factor in found.points],
        assumption=found.assumption,
    )


@router.get("/experiments")
def list_experiments() -> schemas.Experiments:
    """What a study can name as its `experiment`."""
    items = [
        schemas.ExperimentEntry(
            name=name, summary=entry.summary, task=entry.task, target=entry.target, base=entry.base()
        )
        for name, entry in list(EXPERIMENTS.items())
    ]
    return schemas.Experiments(items=items)


@router.get("/search-spaces")
def list_search_spaces() -> schemas.SearchSpaces:
    """Ready-made spaces for a study's `space.use`, and studies that can be submitted as they are."""
    return schemas.SearchSpaces(
        spaces=[_library(entry) for entry in named_spaces().values()],
        studies=[_library(entry) for entry in studies().values()],
    )


def _found(kind: str) -> Kind[Any]:
    if kind not in KINDS:
        raise ComponentNotFound(f"there is no kind {kind!r}{suggestion(kind, KINDS)}")
    return KINDS[kind]


def _kind(kind: Kind[Any]) -> schemas.KindEntry:
    entries = [_entry(kind.name, component) for component in kind]
    return schemas.KindEntry(name=kind.name, summary=kind.summary, components=entries)


def _entry(kind: str, component: type[Component]) -> schemas.ComponentEntry:
    """The entry of a class, which never changes; it is made once, because pydantic takes its time for the schema."""
    if component not in _ENTRIES:
        _ENTRIES[component] = _described(kind, component)
    return _ENTRIES[component]


def _described(kind: str, component: type[Component]) -> schemas.ComponentEntry:
    properties = component.model_json_schema()["properties"]
    fields = component.hyperparameters()
    return schemas.ComponentEntry(
        kind=kind,
        name=component.id(),
        summary=(inspect.getdoc(component) or "").partition("\n")[0],
        aliases=list(component.aliases),
        formula=component.formula,
        source=component.source,
        misstatements=list(component.misstatements),
        conflicts=_conflicts(kind, component.id()),
        extra=component.extra,
        own=bool(component.code_hash),
        fields=[_field(name, properties[name], required=fields[name].is_required()) for name in fields],
    )


def _conflicts(kind: str, name: str) -> list[schemas.ComponentConflict]:
    own = {kind, f"{kind}.{name}"}
    return [
        schemas.ComponentConflict(
            other=rule.second if rule.first in own else rule.first, reason=rule.reason, refused=rule.refused
        )
        for rule in rules_of(kind, name)
    ]


def _field(name: str, schema: dict[str, Any], *, required: bool) -> schemas.Hyperparameter:
    alternatives = schema.get("anyOf", [schema])
    bounds = {word: value for one in alternatives for word, value in one.items() if word in BOUNDS}
    return schemas.Hyperparameter(
        name=name,
        type=" or ".join(dict.fromkeys(str(one.get("type", "value")) for one in alternatives)),
        default=schema.get("default"),
        required=required,
        help=schema.get("description", ""),
        bounds=bounds,
        search=schema.get("search"),
        bound_source=schema.get("bound_source", ""),
    )


def _library(entry: Entry) -> schemas.LibraryEntry:
    return schemas.LibraryEntry(name=entry.name, summary=entry.summary, document=dict(entry.document))
