"""The data that were measured are known by what they hold, whichever module and code they come from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from experiments.config import ExperimentConfig
from experiments.parsing import parse_config
from experiments.reporting import BEST, Decision
from experiments.train import evaluate, train
from tests.experiments.conftest import ScriptedReporter
from tests.support.training.registering import registered


@pytest.fixture(scope="module", autouse=True)
def known() -> Iterator[None]:
    with registered("tests.support.training.splits"):
        yield


def own(data: dict[str, Any], batch_size: int = 16, **parts: Any) -> ExperimentConfig:
    base = {"data": {"name": "splitting", **data}, "model": "splitting", "monitor": {"metric": "val_loss"}}
    return parse_config({**base, "training": {"epochs": 1, "batch_size": batch_size}, "data_seed": 11, **parts})


def built_in(data: str, **parts: Any) -> ExperimentConfig:
    return parse_config({"data": data, "model": "mlp", "training": {"epochs": 1}, **parts})


def data_hash(config: ExperimentConfig, directory: Path, split: Any = "test") -> str:
    best = train(config, ScriptedReporter(at_end=Decision.KEEP), directory).artifacts[BEST]
    return evaluate(config, best, split).data_hash


def test_of_a_user_s_own_data_the_rows_count_alone(tmp_path: Path) -> None:
    same = [own({}), own({}, batch_size=5, seed=3), own({}, optimizer="sgd")]
    assert len({data_hash(config, tmp_path / str(n)) for n, config in enumerate(same)}) == 1
    assert data_hash(own({}, data_seed=12), tmp_path / "other") not in {"", data_hash(own({}), tmp_path / "again")}
    assert data_hash(own({}), tmp_path / "validation", "validation") == ""


@pytest.mark.parametrize("noise", ["drawn", "own"])
def test_data_that_are_others_at_each_reading_are_not_known(noise: str, tmp_path: Path) -> None:
    assert data_hash(own({"noise": noise}), tmp_path) == ""


def test_built_in_data_are_known_by_their_rows_too(tmp_path: Path) -> None:
    of_fold = {"fold": 1, "folds": 3, "seed": 5}
    assert data_hash(built_in("wine"), tmp_path / "1") == data_hash(built_in("wine", **of_fold), tmp_path / "2") != ""
    assert data_hash(built_in("wine"), tmp_path / "3") != data_hash(built_in("digits"), tmp_path / "4")
