"""Where a study finds the earlier ones that it begins from."""

from __future__ import annotations

from service.errors import StudyNotFound
from service.storage.store import ApiStore
from service.study.definitions.definition import StudyDefinition
from service.study.definitions.warm_start import EarlierStudy, warm_started
from service.study.records import Submission


def with_earlier(store: ApiStore, definition: StudyDefinition, submission: Submission) -> Submission:
    """The submission with what the definition takes over from earlier studies.

    Raises:
        InvalidInput: there is nothing to take over.
    """

    def earlier(reference: str) -> EarlierStudy | None:
        try:
            study = store.studies.get(reference)
        except StudyNotFound:
            return None
        return EarlierStudy(study, store.trials.of_study(study.id))

    return warm_started(definition, submission, earlier)
