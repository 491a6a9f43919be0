"""What a study draws was decided when it was submitted, whatever becomes of the catalog and of the named spaces."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from experiments.activations import ACTIVATIONS
from experiments.optimizers import OPTIMIZERS
from experiments.registry import EXPERIMENTS
from search_spaces.language import layers
from search_spaces.presets import named_spaces
from service.study.records import Study
from service.study.states import StudyState
from tests.service.engine.conftest import Bench, states
from tests.support.scripted_pool import ScriptedPool, accuracy

SPACE = {"use": "schedules", "optimizer": {"choice": ["adamw", "momentum"]}}
CHANGES = {"space": SPACE, "max_trials": 8, "max_concurrent_trials": 1}


def _drawn(bench: Bench, study: Study) -> list[Any]:
    return [(trial.parameters, trial.config) for trial in bench.store.trials.of_study(study.id)]


def _later_version(patch: pytest.MonkeyPatch) -> None:
    """Other named spaces, default ranges, defaults, members and a registered experiment with another network."""
    newer = {
        name: dataclasses.replace(entry, document={"schedule": {"choice": ["constant", "exponential"]}})
        for name, entry in named_spaces().items()
    }
    patch.setattr(layers, "named_spaces", lambda: newer)
    patch.setattr(OPTIMIZERS["adamw"].model_fields["lr"], "json_schema_extra", {"search": {"uniform": [2.0, 3.0]}})
    patch.setattr(ACTIVATIONS, "_members", dict(reversed(ACTIVATIONS._members.items())))
    wider = dataclasses.replace(EXPERIMENTS["digits-mlp"], model={"name": "mlp", "hidden": [7]})
    patch.setitem(EXPERIMENTS, "digits-mlp", wider)


@pytest.mark.parametrize("sampler", ["random", {"name": "grid", "points": 2}])
async def test_a_later_version_changes_nothing_of_a_study(
    bench: Bench, sampler: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = bench.submit(name="alone", sampler=sampler, **CHANGES)
    async with bench.engine(ScriptedPool(accuracy)):
        await bench.ended(alone)
    changed = bench.submit(name="changed", sampler=sampler, **CHANGES)
    async with bench.engine(ScriptedPool(accuracy), crash=True):
        await bench.until(lambda: sum(state.ended for state in states(bench, changed.id)) >= 3)

    _later_version(monkeypatch)
    async with bench.engine(ScriptedPool(accuracy)):
        await bench.ended(changed)

    assert _drawn(bench, changed) == _drawn(bench, alone)
    assert len(_drawn(bench, changed)) == 8


async def test_a_study_whose_component_is_gone_says_which(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    study = bench.submit()
    members = {name: member for name, member in OPTIMIZERS._members.items() if name != "sgd"}
    monkeypatch.setattr(OPTIMIZERS, "_members", members)

    async with bench.engine(ScriptedPool(accuracy)):
        ended = await bench.ended(study)

    assert ended.state == StudyState.FAILED
    assert "its definition cannot be used any more: optimizer: unknown optimizer 'sgd'" in ended.reason
