"""What a study's trials tell of its parameters; computed in a process beside the API, and kept."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Literal

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from experiments.errors import InvalidInput, Problem
from service.api.analyses import Analyses
from service.api.confirmations import ask_levels, study_with_confirmations
from service.api.dependencies import AnalysesDep, StoreDep, StudyDep
from service.api.schemas import analyses as schemas
from service.api.schemas.answers import Comparison
from service.api.schemas.refusals import NOT_FOUND, Responses, problems
from service.errors import Invalid
from service.study.definitions.objectives import MOST_OBJECTIVES
from service.study.records import Over, Study

router = APIRouter(tags=["analyses"], responses=NOT_FOUND | problems(503))
JSON = "application/json"
MEDIA_TYPES = {"json": JSON, "csv": "text/csv", "parquet": "application/vnd.apache.parquet"}
BINARY = {"schema": {"type": "string", "format": "binary"}}
FILES: Responses = {
    200: {
        "description": "The file.",
        "content": {JSON: {"schema": {"type": "object"}}, **{MEDIA_TYPES[name]: BINARY for name in ("csv", "parquet")}},
    }
}
HTML = "text/html"
REPORT: Responses = {200: {"description": "The page.", "content": {HTML: {"schema": {"type": "string"}}}}}
BLOCK = 1 << 20
ObjectiveQuery = Annotated[
    str | None,
    Query(description="The metric of the objective that trials are judged by; left out, the first.", max_length=200),
]


@router.get("/studies/{study}/importances", response_model=schemas.Importances)
async def get_importances(study: StudyDep, analyses: AnalysesDep, objective: ObjectiveQuery = None) -> Response:
    """How much each parameter decides whether a trial is among the best tenth (PED-ANOVA)."""
    return Response(await analyses.ask(study, "importances", objective=objective), media_type=JSON)


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
    margin: Annotated[
        float | None, Query(ge=0, allow_inf_nan=False, description="Up to which a difference does not matter.")
    ] = None,
    over: Annotated[Over | None, Query(description="Which confirmations tell of levels; left out, both kinds.")] = None,
) -> Response:
    """Levels of a choice, trials, or whole studies against each other: tuned, typical, and by failures."""
    if (by is not None) + bool(trial) + (len(study) > 1) != 1:
        remedy = "give one study with `by` or at least two `trial`, or several studies"
        raise InvalidInput.at("study", f"nothing says what is to be compared; {remedy}")
    if trial and len(set(trial)) < 2:
        raise InvalidInput.at("trial", "one trial is compared with nothing; give at least two")
    first, *others = await run_in_threadpool(lambda: [store.studies.get(each) for each in dict.fromkeys(study)])
    asked: dict[str, Any] = {"reference": reference, "margin": margin}
    if by is not None:
        answer = await ask_levels(store, analyses, first, by=by, over=over, **asked)
    else:
        named = {"trials": trial or [], "others": [each.id for each in others]}
        answer = await analyses.ask(first, "comparison", beside=others, **named, **asked)
    return Response(answer, media_type=JSON)


@router.get("/studies/{study}/effects", response_model=schemas.Effects)
async def get_effects(study: StudyDep, analyses: AnalysesDep, objective: ObjectiveQuery = None) -> Response:
    """What trials came to by the values of each parameter, and which parameters' effects depend on each other."""
    return Response(await analyses.ask(study, "effects", objective=objective), media_type=JSON)


@router.get("/studies/{study}/contour", response_model=schemas.Contour)
async def get_contour(
    study: StudyDep,
    analyses: AnalysesDep,
    parameter: Annotated[list[str], Query(min_length=2, max_length=2, description="The one across, the one upwards.")],
    objective: ObjectiveQuery = None,
) -> Response:
    """What trials came to by the values of two parameters together, as a map of cells."""
    return Response(await analyses.ask(study, "contour", parameters=parameter, objective=objective), media_type=JSON)


@router.get("/studies/{study}/parallel", response_model=schemas.Parallel)
async def get_parallel(
    study: StudyDep,
    analyses: AnalysesDep,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1000,
    objective: ObjectiveQuery = None,
) -> Response:
    """The trials as a picture with a parallel axis for each parameter needs them."""
    return Response(await analyses.ask(study, "parallel", limit=limit, objective=objective), media_type=JSON)


@router.get("/studies/{study}/history", response_model=schemas.History)
async def get_history(study: StudyDep, analyses: AnalysesDep, objective: ObjectiveQuery = None) -> Response:
    """How the best value came about, improvement by improvement."""
    return Response(await analyses.ask(study, "history", objective=objective), media_type=JSON)


@router.get("/studies/{study}/pareto", response_model=schemas.Pareto)
async def get_pareto(
    study: StudyDep,
    analyses: AnalysesDep,
    reference: Annotated[
        list[float] | None,
        Query(max_length=MOST_OBJECTIVES, description="A bad value of each objective, in the study's order."),
    ] = None,
) -> Response:
    """The trials that no other is better than in all objectives, and the hypervolume that they came to."""
    return Response(await analyses.ask(study, "pareto", reference=reference or []), media_type=JSON)


@router.get("/studies/{study}/export", response_class=StreamingResponse, responses=FILES)
async def export_study(
    study: StudyDep,
    analyses: AnalysesDep,
    format: Annotated[  # noqa: A002 - what it is called by whoever asks
        Literal["json", "csv", "parquet"],
        Query(description="`json`: one object with the study, its trials and the curves of their runs."),
    ] = "json",
    table: Annotated[
        Literal["trials", "runs", "curves"] | None,
        Query(description="What a CSV or Parquet file holds; left out, the trials."),
    ] = None,
) -> Response:
    """A study in a file."""
    if format == "json" and table is not None:
        message = "a JSON document has all of them; leave it out, or ask for csv or parquet"
        raise Invalid(f"table: {message}", (Problem("table", message),))
    name = f"{study.name}.json" if format == "json" else f"{study.name}-{table or 'trials'}.{format}"
    asked = {"format": format, "table": table}
    return await _written(analyses, study, "export", name, MEDIA_TYPES[format], **asked)


@router.get("/studies/{study}/report", response_class=StreamingResponse, responses=REPORT)
async def get_report(
    study: StudyDep,
    store: StoreDep,
    analyses: AnalysesDep,
    by: Annotated[
        str | None,
        Query(
            description="The parameter by whose levels it draws and compares; left out, the best trials or a choice.",
            examples=["optimizer"],
        ),
    ] = None,
    reference: Annotated[
        str | None, Query(description="Which of its levels the others are compared with; by default the first.")
    ] = None,
) -> Response:
    """A study as one HTML page for a colleague or a reviewer, which opens offline and asks nothing of the network."""
    if reference is not None and by is None:
        raise InvalidInput.at("by", "nothing says of which choice the reference is a level; give `by`")
    found = await run_in_threadpool(study_with_confirmations, store, study)
    confirmed = None if found is None else found.id
    asked = {"confirmed": confirmed, "by": by, "reference": reference}
    return await _written(analyses, study, "report", f"{study.name}-report.html", HTML, **asked)


async def _written(
    analyses: Analyses, study: Study, analysis: str, name: str, media_type: str, **arguments: Any
) -> Response:
    """A file that an analysis writes, for whoever asks to save by that name."""
    descriptor, path = tempfile.mkstemp(prefix="studyhall-")
    file = os.fdopen(descriptor, "rb")
    try:
        await analyses.write(study, analysis, path=path, **arguments)
    except BaseException:
        file.close()
        raise
    finally:
        Path(path).unlink()  # it lasts as long as it is open
    headers = {
        "Content-Length": str(os.fstat(file.fileno()).st_size),
        "Content-Disposition": f'attachment; filename="{name}"',
    }
    return StreamingResponse(_blocks(file), headers=headers, media_type=media_type)


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while block := file.read(BLOCK):
            yield block
