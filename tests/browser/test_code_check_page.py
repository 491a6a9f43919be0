"""What the check of a study's code comes to is seen on the page as it happens."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from service.engine.task.checking import REASON
from service.study.definitions.definition import StudyDefinition
from service.study.definitions.submission import submission_of
from service.study.records import CodeCheck
from service.study.states import StudyState
from tests.browser.conftest import Service
from tests.browser.filling import DEFINITION

pytestmark = pytest.mark.slow


def test_a_check_is_followed_to_its_end(page: Page, service: Service) -> None:
    filler = service.filler
    study, _ = filler.store.studies.create(submission_of(StudyDefinition.parse({**DEFINITION, "name": "mine"})))
    with filler.store.transaction(filler.epoch) as transaction:
        transaction.set_study_state(study.id, StudyState.QUEUED, REASON)
    page.goto("/studies/mine")
    expect(page.locator(".study-header .badge")).to_have_text("queued")
    expect(page.locator(".study-header .reason")).to_have_text(REASON)

    with filler.store.transaction(filler.epoch) as transaction:
        transaction.set_code_check(study.id, CodeCheck(False, [], "ValueError: odd", "Traceback …\nodd"), "")
        transaction.set_study_state(study.id, StudyState.FAILED, "ValueError: odd")
    expect(page.locator(".study-header .reason")).to_have_text("ValueError: odd")
    text = page.locator(".traceback pre")
    expect(text).to_be_hidden()
    page.locator(".traceback summary").click()
    expect(text).to_have_text("Traceback …\nodd")

    with filler.store.transaction(filler.epoch) as transaction:
        transaction.set_code_check(study.id, CodeCheck(True, ["it is never logged"]), "")
        transaction.set_study_state(study.id, StudyState.RUNNING, "")
    expect(page.get_by_role("note", name="Warnings")).to_contain_text("it is never logged")
    expect(page.locator(".traceback")).to_have_count(0)
