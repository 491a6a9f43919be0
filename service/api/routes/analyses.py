"""What a study's trials tell of its parameters; computed in a process beside the API, and kept."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from starlette.concurrency import run_in_threadpool

from experiments.errors import InvalidInput
from service.api.dependencies import AnalysesDep, StoreDep, StudyDep
from service.api.schemas import analyses as schemas
from service.api.schemas.answers import Comparison
from service.api.schemas.refusals import NOT_FOUND, problems

router = APIRouter(tags=["analyses"], responses=NOT_FOUND | problems(503))
JSON = "application/json"


@router.get("/studies/{study}/importances", response_model=schemas.Importances)
async def get_importances(study: StudyDep, analyses: AnalysesDep) -> Response:
    """How much each parameter decides whether a trial is among the best tenth (PED-ANOVA)."""
    return Response(await analyses.ask(study, "importances"), media_type=JSON)


@router.get("/compare", response_model=Comparison)
async def compare(
    *,
    store: StoreDep,
    analyses: AnalysesDep,
    study: Annotated[list[str], Query(min_length=1, max_length=20, description="A study, or several to be compared.")],
    by: Annotated[str | None, Query(description="Compare the levels of this choice.", examples=["optimizer"])] = None,
    trial: Annotated[list[int] | None, Query(max_length=20, description="Compare these trials.")] = None,
    reference: Annotated[
        str | None, Query(description="What the others are compared with; by default the first.")
    ] = None,
    margin: Annotated[float | None, Query(ge=0, description="Up to which a difference does not matter.")] = None,
) -> Response:
    """Levels of a choice, trials, or whole studies against each other: tuned, typical, and by failures."""
    if (by is not None) + bool(trial) + (len(study) > 1) != 1:
        remedy = "give one study with `by` or at least two `trial`, or several studies"
        raise InvalidInput.at("study", f"nothing says what is to be compared; {remedy}")
    if trial and len(set(trial)) < 2:
        raise InvalidInput.at("trial", "one trial is compared with nothing; give at least two")
    first, *others = await run_in_threadpool(lambda: [store.studies.get(each) for each in dict.fromkeys(study)])
    answer = await analyses.ask(
        first,
        "comparison",
        beside=others,
        by=by,
        trials=trial or [],
        others=[each.id for each in others],
        reference=reference,
        margin=margin,
    )
    return Response(answer, media_type=JSON)


@router.get("/studies/{study}/effects", response_model=schemas.Effects)
async def get_effects(study: StudyDep, analyses: AnalysesDep) -> Response:
    """What trials came to by the values of each parameter, and which parameters' effects depend on each other."""
    return Response(await analyses.ask(study, "effects"), media_type=JSON)


@router.get("/studies/{study}/parallel", response_model=schemas.Parallel)
async def get_parallel(
    study: StudyDep, analyses: AnalysesDep, limit: Annotated[int, Query(ge=1, le=10_000)] = 1000
) -> Response:
    """The trials as a picture with a parallel axis for each parameter needs them."""
    return Response(await analyses.ask(study, "parallel", limit=limit), media_type=JSON)


@router.get("/studies/{study}/history", response_model=schemas.History)
async def get_history(study: StudyDep, analyses: AnalysesDep) -> Response:
    """How the best value came about, improvement by improvement."""
    return Response(await analyses.ask(study, "history"), media_type=JSON)
