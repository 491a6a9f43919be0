"""Confirmations: the best trials of a study trained once more, and the verdict over all such looks at it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Response
from starlette.status import HTTP_201_CREATED

from experiments.errors import InvalidInput
from service.api.confirmations import ask_confirmation, confirmed_study
from service.api.dependencies import AnalysesDep, StoreDep, StudyDep
from service.api.http.documents import body_of, read_as
from service.api.own_code import PLUGINS_REGISTERED
from service.api.routes.studies import REPEATED, Fields, Submit
from service.api.schemas import studies as schemas
from service.api.schemas.answers import Confirmed
from service.api.schemas.examples import CONFIRMATION
from service.api.schemas.refusals import NOT_FOUND, problems
from service.errors import NothingToConfirm
from service.storage.store import ApiStore
from service.study.definitions.objectives import objective_of
from service.study.ranking import rank, repeated
from service.study.records import Look, Over, Study, Trial
from service.study.repeating.confirming import (
    DEFAULT_TRIALS,
    Confirmation,
    confirmation_name,
    confirming,
    distinct,
    next_look,
)

router = APIRouter(tags=["studies"])


@router.post(
    "/studies/{study}:confirm",
    status_code=HTTP_201_CREATED,
    dependencies=[PLUGINS_REGISTERED],
    openapi_extra=body_of("Confirmation", CONFIRMATION, yaml=True),
    responses=REPEATED | problems(404, 409, 413, 415),
)
def confirm_study(study: StudyDep, asked: Fields, store: StoreDep, submit: Submit) -> schemas.StudyDetail:
    """Train the best trials, or those named, once more with fresh seeds, the same for all, in a study of its own.

    Asked again, of the study or of its confirmation, it is another look, with other seeds: the verdict is over all.
    """
    wanted = read_as(Confirmation, asked)
    study = confirmed_study(store, study)
    before = store.looks.of_study(study.id)
    ranking = rank(store.trials.of_study(study.id), objective_of(study.definition))
    trials = _trials(store, study, ranking, wanted, before)
    look = next_look(study, trials, wanted, before)
    name = confirmation_name(study.name, look.look)
    if store.studies.exists(name):
        name = store.studies.free_name(name)
    used = _used_seeds(store, study, before)
    return submit.submit(confirming(study, trials, wanted, used, name, repeated(ranking)), look)


def _trials(
    store: ApiStore, study: Study, ranking: Sequence[Trial], wanted: Confirmation, before: Sequence[Look]
) -> list[Trial]:
    """Those that are named; of the look before, whose runs can be pooled; or the best.

    Behind a look, what the others are compared with is one of them, or nothing would be told. Of one configuration the
    best-placed stands for all that have it.
    """
    if wanted.trials is not None:
        return _named(study, ranking, wanted.trials)
    best = distinct(ranking, wanted.k or DEFAULT_TRIALS)
    if before:
        firsts = [store.trials.get(study.id, look.trials[0]) for look in before if look.over == wanted.over]
        reference = [trial for trial in firsts if not trial.excluded][:1]
        again = best if wanted.k else [store.trials.get(study.id, number) for number in before[-1].trials]
        taken = {trial.number: trial for trial in [*reference, *again] if not trial.excluded}
        best = [*taken.values()][: wanted.k] or best
    if len(best) < 2:
        raise NothingToConfirm(study.name, len(ranking))
    return best


def _named(study: Study, ranking: Sequence[Trial], numbers: Sequence[int]) -> list[Trial]:
    """The best of them first, because the others are compared with it."""
    missing = set(numbers) - {trial.number for trial in ranking}
    if missing:
        raise InvalidInput.at("trials", f"trial {min(missing)} of {study.name} is none that completed and counts")
    return [trial for trial in ranking if trial.number in numbers]


def _used_seeds(store: ApiStore, study: Study, before: Sequence[Look]) -> set[int]:
    confirmations = [each.confirmation_id for each in before if each.confirmation_id is not None]
    return {run.seed for study_id in (study.id, *confirmations) for run in store.runs.of_study(study_id)}


@router.get(
    "/studies/{study}/confirmation", response_model=Confirmed, responses=NOT_FOUND | problems(503), tags=["analyses"]
)
async def get_confirmation(
    study: StudyDep,
    store: StoreDep,
    analyses: AnalysesDep,
    over: Annotated[
        Over | None, Query(description="This alone; left out, both, first what the newest one varies.")
    ] = None,
    margin: Annotated[
        float | None, Query(ge=0, allow_inf_nan=False, description="Up to which a difference does not matter.")
    ] = None,
) -> Response:
    """Which of the confirmed trials is better, over all confirmations of the study; each is a look that is paid for.

    A confirmation answers for the study that it confirms; its sentence then has its own numbers of the trials too.
    """
    found = await ask_confirmation(store, analyses, study, over=over, margin=margin)
    return Response(found, media_type="application/json")
