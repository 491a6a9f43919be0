"""What a study can name beside components: registered experiments, named spaces and ready-made studies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml
from fastapi import APIRouter

from experiments.errors import InvalidInput, suggestion
from experiments.parsing import parse_config
from experiments.registry import EXPERIMENTS, Experiment
from search_spaces.presets import Entry, named_spaces, studies
from service.api.own_code import PLUGINS_REGISTERED
from service.api.schemas import catalog as schemas
from service.api.schemas.refusals import NOT_FOUND
from service.errors import ComponentNotFound

router = APIRouter(tags=["catalog"], dependencies=[PLUGINS_REGISTERED])


@router.get("/experiments")
def list_experiments() -> schemas.Experiments:
    """What a study can name as its `experiment`, and what of users' own cannot be named."""
    return schemas.Experiments(
        items=[schemas.ExperimentEntry(**_entry(each)) for each in list(EXPERIMENTS.values())],
        refused=[schemas.LeftOut(name=name, reason=reason) for name, reason in EXPERIMENTS.looked.refused],
    )


@router.get("/experiments/{name}", responses=NOT_FOUND)
def get_experiment(name: str) -> schemas.ExperimentDetail:
    """One experiment, with the configuration that a study of it starts from."""
    experiment = _found("experiment", name, EXPERIMENTS)
    try:
        config = parse_config(experiment.base())
    except InvalidInput:  # a user's own experiment may need a field that only a study gives
        config = None
    return schemas.ExperimentDetail(
        **_entry(experiment),
        metrics=list(config.metric_names()) if config else [],
        config=config.to_json() if config else None,
        study=_study_of(experiment),
    )


@router.get("/search-spaces")
def list_search_spaces() -> schemas.SearchSpaces:
    """Ready-made spaces for a study's `space.use`, and studies that can be submitted as they are."""
    return schemas.SearchSpaces(
        spaces=[schemas.LibraryEntry(**_listed(entry)) for entry in named_spaces().values()],
        studies=[schemas.LibraryEntry(**_listed(entry)) for entry in studies().values()],
    )


@router.get("/search-spaces/{name}", responses=NOT_FOUND)
def get_search_space(name: str) -> schemas.LibraryDetail:
    """One named space, as it is written."""
    return _detail(_found("named space", name, named_spaces()))


@router.get("/ready-made-studies/{name}", responses=NOT_FOUND)
def get_ready_made_study(name: str) -> schemas.LibraryDetail:
    """One ready-made study, as it is written."""
    return _detail(_found("ready-made study", name, studies()))


def _found(what: str, name: str, known: Mapping[str, Any]) -> Any:
    if name not in known:
        raise ComponentNotFound(f"there is no {what} {name!r}{suggestion(name, known)}")
    return known[name]


def _entry(experiment: Experiment) -> dict[str, Any]:
    return {
        "name": experiment.name,
        "summary": experiment.summary,
        "task": experiment.task,
        "base": experiment.base(),
        "target": experiment.target,
    }


def _study_of(experiment: Experiment) -> str:
    study = {
        "name": f"{experiment.name}-first",
        "experiment": experiment.name,
        "space": {"optimizer": {"name": "adam", "lr": {"log_uniform": [1e-4, 1e-1]}}},
        "max_trials": 20,
    }
    return yaml.safe_dump(study, sort_keys=False, default_flow_style=None)


def _listed(entry: Entry) -> dict[str, Any]:
    return {"name": entry.name, "summary": entry.summary, "document": dict(entry.document)}


def _detail(entry: Entry) -> schemas.LibraryDetail:
    return schemas.LibraryDetail(**_listed(entry), description=entry.description, text=entry.text)
