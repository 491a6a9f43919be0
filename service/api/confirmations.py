"""What confirmations say, put together beside the API: of the study that they confirm, whichever is asked about."""

from __future__ import annotations

import orjson
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
    """The verdict over all confirmations of a study, as JSON."""
    beside = await run_in_threadpool(_confirmations, store, study)
    return await analyses.ask(study, "confirmation", beside=beside, over=over, margin=margin)


async def confirmed_sentence(store: ApiStore, analyses: Analyses, study: Study) -> str:
    """What the confirmations tell of a study that has some, or is one; nothing where none has ended yet."""
    confirmed = await run_in_threadpool(study_with_confirmations, store, study)
    if confirmed is None:
        return ""
    found = orjson.loads(await ask_confirmation(store, analyses, confirmed))
    return str(found["sentence"]) if found["verdicts"] or confirmed.id != study.id else ""


def _confirmations(store: ApiStore, study: Study) -> list[Study]:
    looks = store.looks.of_study(study.id)
    return [store.studies.get(look.confirmation_id) for look in looks if look.confirmation_id is not None]
