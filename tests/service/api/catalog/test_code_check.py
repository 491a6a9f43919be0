"""What the check of a study's code found stands with the study."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from service.study.records import CodeCheck
from tests.support.api import Bench

STUDIES = "/api/v1/studies"


@pytest.mark.parametrize(
    "check", [None, CodeCheck(True, ["never logged"]), CodeCheck(False, [], "ValueError: odd", "Traceback …")]
)
def test_a_check_is_shown_with_its_warnings_among_the_study_s(
    api: TestClient, lab: Bench, check: CodeCheck | None
) -> None:
    study = lab.study()
    if check is not None:
        with lab.store.transaction(lab.epoch) as transaction:
            transaction.set_code_check(study.id, check, "key")
    seen = api.get(f"{STUDIES}/digits").json()
    assert seen["code_check"] == (None if check is None else vars(check))
    (listed,) = api.get(STUDIES).json()["items"]
    assert seen["warnings"] == listed["warnings"] == (check.warnings if check else [])
