"""Studies: create, look, change, delete."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.status import HTTP_200_OK, HTTP_201_CREATED, HTTP_202_ACCEPTED

from experiments.errors import InvalidInput, Problem
from experiments.provenance import provenance_of
from service.api.confirmations import ask_ranking
from service.api.dependencies import (
    AnalysesDep,
    Cursor,
    FilterDep,
    IdempotencyKey,
    PresenterDep,
    StoreDep,
    StudyDep,
)
from service.api.http.documents import body_of, fingerprint, read_as, read_definition, read_mapping
from service.api.own_code import PLUGINS_REGISTERED
from service.api.routes.actions import Act, Wait
from service.api.schemas import studies as schemas
from service.api.schemas.actions import ActionResult, StudyPatch
from service.api.schemas.answers import RankingAnswer
from service.api.schemas.examples import CLONE, PATCH, STUDY
from service.api.schemas.previews import Preview
from service.api.schemas.refusals import CONFLICT, NOT_FOUND, Responses, problems
from service.api.warm_starts import with_earlier
from service.errors import NoBestTrial
from service.hardware import offered
from service.study.code import own_components
from service.study.definitions.definition import StudyDefinition
from service.study.definitions.objectives import has_several
from service.study.definitions.submission import submission_of
from service.study.records import Look, Study, Submission
from service.study.repeating.clone import clone
from service.study.states import Desired, RunState, StudyState

router = APIRouter(tags=["studies"])

Document = Annotated[Any, Depends(read_definition)]
DEFINITION = body_of("StudyDefinition", STUDY, yaml=True)
REPEATED: Responses = {
    200: {"description": "Created before, with the same Idempotency-Key", "model": schemas.StudyDetail}
}
CHANGES = body_of("StudyPatch", PATCH, yaml=False)
FIXED = StudyDefinition.model_fields.keys() - StudyPatch.model_fields.keys()
NEVER_CHANGES = f"this never changes in a study, only {', '.join(StudyPatch.model_fields)} do"


class Submitter:
    """Makes the study that a request asks for, in whatever way; with an Idempotency-Key, once."""

    def __init__(
        self,
        response: Response,
        store: StoreDep,
        presenter: PresenterDep,
        digest: Annotated[str, Depends(fingerprint)],
        idempotency_key: IdempotencyKey = None,
    ) -> None:
        self._response, self._store, self._presenter = response, store, presenter
        self._idempotency = (idempotency_key, digest) if idempotency_key else None

    def submit(self, document: Any, look: Look | None = None) -> schemas.StudyDetail:
        """The study of this definition: a new one, or that of the same request before. ``look``: what it confirms."""
        definition = StudyDefinition.parse(document)
        provenance = provenance_of(dict(own_components(definition.search_space())))
        submission = with_earlier(self._store, definition, submission_of(definition, provenance))
        submission = replace(submission, look=look)
        study, created = self._store.studies.create(submission, idempotency=self._idempotency)
        view = self._presenter.study(study)
        self._response.headers["Location"] = view.links.self
        self._response.status_code = HTTP_201_CREATED if created else HTTP_200_OK
        return view


Submit = Annotated[Submitter, Depends(Submitter)]
Fields = Annotated[dict[str, Any], Depends(read_mapping)]


@router.post(
    "/studies",
    status_code=HTTP_201_CREATED,
    dependencies=[PLUGINS_REGISTERED],
    openapi_extra=DEFINITION,
    responses=REPEATED | problems(404, 409, 413, 415),
)
def create_study(document: Document, submit: Submit) -> schemas.StudyDetail:
    """Submit a study. With an Idempotency-Key, the same request again gives the study of the first time.

    One that was deleted since is not made again.
    """
    return submit.submit(document)


@router.post(
    "/studies:validate", dependencies=[PLUGINS_REGISTERED], openapi_extra=DEFINITION, responses=problems(413, 415)
)
def validate_study(document: Document, request: Request, store: StoreDep) -> Preview:
    """What a definition would do: parameters, size of the grid, ten sampled configurations. Nothing is created."""
    from service.study.definitions.preview import preview

    definition = StudyDefinition.parse(document)
    with_earlier(store, definition, Submission(definition.to_json(), queue=definition.queued_points()))
    free_name = store.studies.free_name(definition.name) if store.studies.exists(definition.name) else None
    return Preview(**preview(definition, offered(request.app.state.settings), free_name))


@router.get("/studies", responses=NOT_FOUND)
def list_studies(
    store: StoreDep,
    presenter: PresenterDep,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    state: Annotated[list[StudyState] | None, Query(description="Only studies in these states.")] = None,
    chosen: FilterDep = None,
    confirms: Annotated[str | None, Query(description="Only the confirmations of this study.")] = None,
    confirmations: Annotated[
        bool,
        Query(description="Whether confirmations are listed too; without, only those whose study is not in the list."),
    ] = True,
) -> schemas.Page[schemas.Study]:
    """Studies, newest first."""
    of = None if confirms is None else store.studies.get(confirms).id
    page = store.studies.page(
        cursor=cursor, limit=limit, states=state, chosen=chosen, confirms=of, confirmations=confirmations
    )
    return schemas.Page(items=presenter.studies(page.items), next_cursor=page.next_cursor)


@router.get("/studies/{study}", responses=NOT_FOUND)
def get_study(study: StudyDep, presenter: PresenterDep) -> schemas.StudyDetail:
    """One study with its definition."""
    return presenter.study(study)


@router.patch("/studies/{study}", openapi_extra=CHANGES, responses=NOT_FOUND | CONFLICT | problems(413, 415))
def change_study(study: StudyDep, changes: Fields, store: StoreDep, presenter: PresenterDep) -> schemas.StudyDetail:
    """Change max_trials, max_concurrent_trials, priority, budget, notes or tags; nothing else of a study ever changes.

    A budget replaces the whole budget, and null takes it away.
    """
    if fixed := [name for name in changes if name in FIXED]:
        raise InvalidInput(Problem(name, f"{NEVER_CHANGES}; clone it with another one") for name in fixed)
    patch = read_as(StudyPatch, changes)
    given = patch.model_dump(mode="json", exclude_unset=True)
    if "budget" in given:
        given["budget"] = patch.budget.limits if patch.budget else {}
    return presenter.study(store.desired_state.update(study.id, given))


@router.post(
    "/studies/{study}:clone",
    status_code=HTTP_201_CREATED,
    dependencies=[PLUGINS_REGISTERED],
    openapi_extra=body_of("StudyClone", CLONE, yaml=True),
    responses=REPEATED | problems(404, 409, 413, 415),
)
def clone_study(study: StudyDep, changes: Fields, store: StoreDep, submit: Submit) -> schemas.StudyDetail:
    """Submit a study like this one, with other fields; each replaces the whole field, and null leaves it out.

    Without a name it gets one that is free. It is read with the catalog of now, as a new study is.
    """
    return submit.submit(clone(study, changes, store.studies.free_name(study.name)))


@router.delete("/studies/{study}", status_code=HTTP_202_ACCEPTED, responses=NOT_FOUND)
async def delete_study(study: StudyDep, act: Act, wait: Wait = 0) -> ActionResult:
    """Delete a study with all its trials, curves and artifacts; running runs are ended first."""
    return await act.towards(study, Desired.DELETED, wait=wait)


def _without_best(study: Study) -> str:
    """Why there is no best trial; what has ended will have none unless somebody goes on with it."""
    if study.counts.get(RunState.COMPLETED):
        return "no completed trial keeps the constraints, so none is the best; their reasons say what they violate"
    if not study.state.ended:
        return ""
    return f"the study is {study.state} and no trial of it completed, so none is the best ({study.reason})"


@router.get("/studies/{study}/ranking", responses=NOT_FOUND | problems(503))
async def get_ranking(
    study: StudyDep,
    store: StoreDep,
    presenter: PresenterDep,
    analyses: AnalysesDep,
    limit: Annotated[int, Query(ge=1, le=1000)] = 20,
    answer: Annotated[bool, Query(description="Whether to say what the order tells, which may take seconds.")] = True,
) -> schemas.Ranking:
    """The best completed trials, best first, and what their order tells: which are tied with the best."""
    items = await run_in_threadpool(lambda: presenter.trials(study, store.trials.ranking(study.id, limit)))
    if not answer or (len(items) < 2 and study.counts.get(RunState.COMPLETED, 0) < 2):
        return schemas.Ranking(items=items, answer=None)
    found = orjson.loads(await ask_ranking(store, analyses, study))
    found["places"] = found["places"][: len(items)]
    return schemas.Ranking(items=items, answer=RankingAnswer(**found))


@router.get("/studies/{study}/best", responses=NOT_FOUND)
def get_best(study: StudyDep, store: StoreDep, presenter: PresenterDep) -> schemas.TrialDetail:
    """The best completed trial, with its configuration and runs; a study with several objectives has none."""
    if has_several(study.definition):
        raise NoBestTrial(
            f"by several objectives no single trial is the best; `studyhall pareto {study.name}` shows those that "
            f"none is better than, and `studyhall best {study.name} --trial N` prints one of them"
        )
    best = store.trials.best(study.id)
    if best is None:
        raise NoBestTrial(_without_best(study))
    return presenter.trial(study, best)
