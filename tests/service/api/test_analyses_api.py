"""Analyses over REST: computed in a process beside the API's, and kept as long as the study does not change."""

from __future__ import annotations

import asyncio
import math
import os
import pickle
from collections.abc import AsyncIterator
from dataclasses import replace

import orjson
import psutil
import pytest
from fastapi.testclient import TestClient

from service.analysis.questions import ANALYSES, Question, function_of
from service.api import analyses as module
from service.api.analyses import Analyses, _digest
from service.errors import AnalysisFailed, StudyNotFound, Unavailable
from service.study.states import RunState
from tests.support.acts import Acts
from tests.support.api import Bench


def test_importances_say_which_trials_they_are_of(api: TestClient, lab: Bench) -> None:
    study = lab.study()
    for number in range(8):
        lab.trial(study, number, [abs(number - 3)], lr=0.1 * (number + 1))
    lab.trial(study, 8, [0.7], RunState.PRUNED)

    answer = api.get("/api/v1/studies/digits/importances")

    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "method": "ped-anova",
        "objective": {"metric": "val_loss", "direction": "minimize"},
        "n_best": 1,
        "trials": {"completed": 8, "beaten": 1, "failed": 0, "cancelled": 0, "excluded": 0, "unended": 0},
        "items": [{"parameter": "optimizer.sgd.lr", "importance": 1.0, "n_trials": 9}],
        "notes": [answer.json()["notes"][0]],
    }
    assert api.get("/api/v1/studies/other/importances").status_code == 404


def test_every_analysis_is_a_function_of_its_name() -> None:
    assert {name: function_of(name).__name__ for name in ANALYSES} == {name: name for name in ANALYSES}


@pytest.fixture
async def analyses(lab: Bench) -> AsyncIterator[Analyses]:
    made = Analyses(lab.store, lab.settings.database)
    yield made
    await made.close()


def process_of(analyses: Analyses) -> asyncio.subprocess.Process | None:
    return analyses._helper._process


async def test_an_answer_is_kept_until_the_study_changes(
    analyses: Analyses, lab: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bytes] = []

    async def ask(question: bytes, seconds: float) -> bytes:
        asked.append(question)
        return pickle.dumps(b"%d" % len(asked))

    monkeypatch.setattr(analyses._helper, "ask", ask)
    study = lab.study()
    assert await asyncio.gather(*(analyses.ask(study, "importances") for _ in range(3))) == [b"1"] * 3
    assert await analyses.ask(study, "importances", of="other arguments") == b"2"
    lab.trial(study, 0, [0.5])
    changed = lab.store.studies.get(study.id)
    assert [await analyses.ask(changed, "importances") for _ in range(2)] == [b"3"] * 2
    other = lab.study(name="other")
    assert await analyses.ask(changed, "importances", beside=[other]) == b"4"
    lab.trial(other, 0, [0.5])
    assert await analyses.ask(changed, "importances", beside=[lab.store.studies.get("other")]) == b"5"
    with lab.store.transaction(lab.epoch) as transaction:
        transaction.delete_study(study.id)
    assert await analyses.ask(changed, "importances") == b"6", "what was kept went with the study"
    assert await analyses.ask(changed, "importances") == b"7", "and nothing is kept of one that is gone"


def test_no_other_arguments_have_the_answer_of_these() -> None:
    asked = [{"margin": margin, "by": by} for margin in (None, math.inf, 1, 1.0) for by in (None, "None")]
    assert len({_digest(Question("comparison", "st_1", arguments), ()) for arguments in asked}) == len(asked)
    turned = [dict(reversed(arguments.items())) for arguments in asked]
    assert [_digest(Question("comparison", "st_1", each), ()) for each in turned] == [
        _digest(Question("comparison", "st_1", each), ()) for each in asked
    ]


async def test_a_process_that_is_lost_or_too_slow_is_said_to_be_and_the_next_question_has_another(
    analyses: Analyses, lab: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = lab.study()
    monkeypatch.setattr(module, "_digest", lambda question, beside: repr(question)[:64])
    with pytest.raises(Unavailable, match=r"importances of this study: its process ended .*; ask again"):
        await analyses.ask(study, "importances", at=Acts(os._exit, 3))
    with monkeypatch.context() as patch:
        patch.setattr(module, "DEADLINE_SECONDS", 0.0)
        with pytest.raises(Unavailable, match="no answer within 0 s; ask again"):
            await analyses.ask(study, "importances")
    with pytest.raises(AnalysisFailed, match=r"TypeError: .* unexpected keyword argument 'at'"):
        await analyses.ask(study, "importances", at=3)
    process = process_of(analyses)
    assert process is not None
    assert psutil.Process(process.pid).nice() == 10
    assert orjson.loads(await analyses.ask(study, "importances"))["items"] == []
    assert process_of(analyses) is process, "a refused question harms no other"
    monkeypatch.setattr(module, "IDLE_SECONDS", 0.0)
    with pytest.raises(StudyNotFound, match="st_gone"):
        await analyses.ask(replace(study, id="st_gone"), "importances")
    assert analyses._idle is not None
    await analyses._idle
    assert process_of(analyses) is None
    assert process.returncode is not None
