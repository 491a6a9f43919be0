"""The catalog: components, read from their declarations, and whatever else a study can name."""

from __future__ import annotations

import inspect
from typing import Annotated, Any
from weakref import WeakKeyDictionary

from fastapi import APIRouter, Depends

from experiments.catalog import KINDS
from experiments.component import Component, Kind
from experiments.config import metric_names
from experiments.conflicts.pairs import taken_by, verdicts_of
from experiments.data import DATA, Data
from experiments.errors import suggestion
from experiments.registry import EXPERIMENTS
from experiments.schedules.preview import preview
from service.api.http.documents import body_of, read_mapping
from service.api.own_code import PLUGINS_REGISTERED
from service.api.routes.library import list_experiments, list_search_spaces
from service.api.schemas import catalog as schemas
from service.api.schemas.examples import SCHEDULE
from service.api.schemas.refusals import NOT_FOUND, problems
from service.errors import ComponentNotFound

router = APIRouter(tags=["catalog"], dependencies=[PLUGINS_REGISTERED])
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
def get_catalog() -> schemas.Catalog:
    """Everything a study can name: components by kind, experiments, named spaces and ready-made studies."""
    library, experiments = list_search_spaces(), list_experiments()
    return schemas.Catalog(
        kinds=[_kind(kind) for kind in KINDS.values()],
        experiments=experiments.items,
        refused=experiments.refused,
        spaces=library.spaces,
        studies=library.studies,
    )


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
        data=_facts(component) if family is DATA and not component.from_plugin else None,
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


def _facts(data: type[Data]) -> schemas.DataFacts:
    name = data.id()
    return schemas.DataFacts(
        task=data.task,
        shape=list(data.shape),
        n_examples=data.n_examples,
        n_outputs=data.n_outputs,
        classes=list(data.classes),
        metrics=list(metric_names(data.task)),
        models=list(taken_by(name)),
        experiments=[each.name for each in EXPERIMENTS.values() if each.data["name"] == name],
    )


def _found(kind: str) -> Kind[Any]:
    if kind not in KINDS:
        raise ComponentNotFound(f"there is no kind {kind!r}{suggestion(kind, KINDS)}")
    return KINDS[kind]


def _kind(kind: Kind[Any]) -> schemas.KindEntry:
    entries = [_entry(kind.name, component) for component in kind]
    return schemas.KindEntry(name=kind.name, summary=kind.summary, components=entries)


def _entry(kind: str, component: type[Component]) -> schemas.ComponentEntry:
    """The entry of a class, with its conflicts as they are: another component may have come in meanwhile."""
    return _lasting(kind, component).model_copy(update={"conflicts": _conflicts(kind, component.id())})


def _lasting(kind: str, component: type[Component]) -> schemas.ComponentEntry:
    """What never changes of the entry of a class, made once: pydantic takes its time for the schema."""
    if component not in _ENTRIES:
        _ENTRIES[component] = _described(kind, component)
    return _ENTRIES[component]


def _described(kind: str, component: type[Component]) -> schemas.ComponentEntry:
    properties = component.model_json_schema()["properties"]
    fields = component.hyperparameters()
    return schemas.ComponentEntry(
        kind=kind,
        name=component.id(),
        summary=component.summary(),
        aliases=list(component.aliases),
        formula=component.formula,
        source=component.source,
        misconceptions=list(component.misconceptions),
        conflicts=[],
        extra=component.extra,
        own=bool(component.code_hash),
        fields=[_field(name, properties[name], required=fields[name].is_required()) for name in fields],
    )


def _conflicts(kind: str, name: str) -> list[schemas.ComponentConflict]:
    return [
        schemas.ComponentConflict(
            others=list(each.others), reason=each.reason, refused=each.refused, always=each.always
        )
        for each in verdicts_of(kind, name)
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
