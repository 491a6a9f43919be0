"""What a study's trials tell of its parameters; computed in a process beside the API, and kept."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from service.api.dependencies import AnalysesDep, StudyDep
from service.api.schemas import analyses as schemas
from service.api.schemas.refusals import NOT_FOUND, problems

router = APIRouter(tags=["analyses"], responses=NOT_FOUND | problems(503))
JSON = "application/json"


@router.get("/studies/{study}/importances", response_model=schemas.Importances)
async def get_importances(study: StudyDep, analyses: AnalysesDep) -> Response:
    """How much each parameter decides whether a trial is among the best tenth (PED-ANOVA)."""
    return Response(await analyses.ask(study, "importances"), media_type=JSON)


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
