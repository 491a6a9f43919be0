"""What confirmations say, put together beside the API: of the study that they confirm, whichever is asked about."""

from __future__ import annotations

from typing import Any

from starlette.concurrency import run_in_threadpool

from service.api.analyses import Analyses
from service.storage.store import ApiStore
from service.study.records import Over, Study


def confirmed_study(store: ApiStore, study: Study) -> Study:
    """The study that this one confirms; itself where it confirms none."""
    look = store.looks.of_confirmation(study.id)
    return study if look is None else store.studies.get(look.study_id)


def study_with_confirmations(store: ApiStore, study: Study) -> Study | None:
    """The same, if any confirmation of it was begun."""
    confirmed = confirmed_study(store, study)
    return confirmed if store.looks.of_study(confirmed.id) else None


async def ask_confirmation(
    store: ApiStore, analyses: Analyses, study: Study, *, over: Over | None = None, margin: float | None = None
) -> bytes:
    """The verdict over all confirmations of a study, or of that which it confirms, as JSON."""
    confirmed = await run_in_threadpool(confirmed_study, store, study)
    beside = await run_in_threadpool(_confirmations, store, confirmed)
    return await analyses.ask(confirmed, "confirmation", beside=beside, over=over, margin=margin, here=study.id)


async def ask_ranking(store: ApiStore, analyses: Analyses, study: Study) -> bytes:
    """What a ranking tells, as JSON: by confirmations, if the study has some or is one."""
    confirmed = await run_in_threadpool(study_with_confirmations, store, study)
    if confirmed is None:
        return await analyses.ask(study, "ranking")
    beside = [confirmed, *await run_in_threadpool(_confirmations, store, confirmed)]
    return await analyses.ask(study, "ranking", beside=beside, confirmed=confirmed.id)


async def ask_levels(store: ApiStore, analyses: Analyses, study: Study, **asked: Any) -> bytes:
    """Levels of a choice against each other, as JSON; at their best by confirmations, if it has some or is one."""
    confirmed = await run_in_threadpool(study_with_confirmations, store, study)
    if confirmed is None:
        return await analyses.ask(study, "comparison", **asked)
    beside = [confirmed, *await run_in_threadpool(_confirmations, store, confirmed)]
    return await analyses.ask(study, "comparison", beside=beside, confirmed=confirmed.id, **asked)


def _confirmations(store: ApiStore, study: Study) -> list[Study]:
    looks = store.looks.of_study(study.id)
    return [store.studies.get(look.confirmation_id) for look in looks if look.confirmation_id is not None]
