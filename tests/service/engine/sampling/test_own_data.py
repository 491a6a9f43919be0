"""Studies over data modules of users' own: cross-validation only where there are folds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
import pytorch_lightning as pl

from experiments.errors import InvalidInput
from service.engine.sampling.search import Search
from service.study.definitions.definition import StudyDefinition
from tests.support.training.registering import registered


class Plain(pl.LightningDataModule):
    """It takes no fold."""


class Folding(pl.LightningDataModule):
    """It takes one."""

    def __init__(self, fold: int = 0, folds: int = 2) -> None: ...


class Net(pl.LightningModule):
    """Nothing."""


class Unfolded:
    """An experiment that cannot be cross-validated."""

    model, data = Net, Plain


class Folded:
    """One that can, with a split that is the same in every study."""

    model, data = Net, Folding
    defaults: ClassVar = {"data_seed": 3}


@pytest.fixture(scope="module", autouse=True)
def known() -> Iterator[None]:
    with registered(__name__):
        yield


def definition(experiment: str, **changes: Any) -> StudyDefinition:
    document = {"name": "own", "experiment": experiment, "objective": "val_loss", "max_trials": 2, "seed": 7}
    return StudyDefinition.parse({**document, **changes})


def test_folds_for_data_that_take_none_are_refused_when_the_study_is_submitted() -> None:
    definition("folded", replicates={"folds": 3})
    definition("unfolded", replicates={"seeds": 3})
    with pytest.raises(InvalidInput) as refused:
        definition("unfolded", replicates={"folds": 3})
    problems = {problem.path: problem.message for problem in refused.value.problems}
    assert "the data module of unfolded takes no argument fold" in problems["replicates.folds"]
    with pytest.raises(InvalidInput, match=r"replicates\.folds: the data module of unfolded"):
        definition("folded", replicates={"folds": 3}, space={"data": {"choice": ["folded", "unfolded"]}})


def test_an_experiment_may_name_the_seed_of_its_split() -> None:
    for experiment, seed in (("folded", 3), ("unfolded", 7)):
        study = definition(experiment, sampler="random")
        assert study.complete(Search(study).ask(0).config)["data_seed"] == seed
