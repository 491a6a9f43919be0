"""What a study says and a user's own modules do not read: refused, or told where it may be meant all the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from experiments.__main__ import doubts
from experiments.errors import InvalidInput
from experiments.parsing import parse_config
from experiments.registry import EXPERIMENTS
from service.study.definitions.definition import StudyDefinition
from service.study.definitions.preview import preview
from service.study.definitions.unread import unread_warnings
from service.study.repeating.rerun import rerun
from tests.support.own_modules import described, field

STUDY: dict[str, Any] = {"name": "x", "experiment": "deaf", "objective": "val_loss", "max_trials": 3, "seed": 1}
ADAM = {"name": "adam", "lr": {"log_uniform": [1e-4, 1e-1]}}
SIZE = {"training": {"batch_size": 16}}


@pytest.fixture(autouse=True)
def experiments() -> Iterator[None]:
    """One whose data module takes nothing of the config, and one whose takes all."""
    rates = (field("lr", "float", 1e-3), field("width", "int", 8))
    all_of_it = ("batch_size", "seed", "fold", "folds")
    with described("deaf", *rates), described("heeding", *rates, accepts=all_of_it):
        yield


def told(**changes: Any) -> dict[str, str]:
    """What is wrong with the study once it is changed, by place."""
    with pytest.raises(InvalidInput) as caught:
        StudyDefinition.parse({**STUDY, **changes})
    return {problem.path: problem.message for problem in caught.value.problems}


def warned(**changes: Any) -> list[str]:
    """What the preview of a study warns of, and with it whoever looks at the study."""
    definition = StudyDefinition.parse({**STUDY, **changes})
    said = list(unread_warnings(definition))
    assert [warning for warning in preview(definition)["warnings"] if warning in said] == said
    return said


@pytest.mark.parametrize("size", [16, 64, {"choice": [8, 16]}])
def test_a_batch_size_that_the_data_module_does_not_take_is_refused(size: Any) -> None:
    """Also where it is the default: whoever writes it means it."""
    found = told(training={"batch_size": size})
    assert found.keys() == {"training.batch_size"}
    assert "the data module of deaf takes no argument batch_size" in found["training.batch_size"]


def test_wherever_a_study_writes_it_it_is_found() -> None:
    inline = {"data": "deaf", "model": "deaf", **SIZE}
    assert told(experiment=inline).keys() == {"experiment.training.batch_size"}
    assert told(space={"use": "playbook-batch-size"}).keys() == {"space.use.playbook-batch-size.training.batch_size"}
    assert told(experiment="digits-mlp", space={"data": "deaf", "model": "deaf"}, **SIZE).keys() == {
        "training.batch_size"
    }


def test_a_batch_size_that_is_read_or_that_nobody_wrote_is_no_fault() -> None:
    assert warned() == warned(training={"epochs": 2}) == warned(experiment="heeding", **SIZE) == []
    assert warned(experiment="digits-mlp", space={"data": "deaf", "model": "deaf"}) == []
    config = {**parse_config(EXPERIMENTS["deaf"].base()).to_json()}
    assert config["training"]["batch_size"] == 64
    assert parse_config(config).to_json() == config
    again = rerun(StudyDefinition.parse(STUDY).to_json(), 0, config, [1])
    assert "batch_size" not in again["training"]
    assert StudyDefinition.parse(again).training["epochs"] == config["training"]["epochs"]
    stored = STUDY | {"replicates": {}, "resources": {}, "objective": {}, "limits": {"trial_epochs": None}}
    assert rerun(stored, 0, {**config, "data": {"name": "gone"}}, [1])


def test_an_experiment_s_own_default_that_does_nothing_is_told() -> None:
    defaults = {**SIZE, "seed": 3, "monitor": {"metric": "val_f1", "direction": "maximize"}}
    with described("by-default", defaults=defaults):
        size, seed, monitor = warned(experiment="by-default")
        assert warned(experiment="by-default", objective={"metric": "val_f1", "direction": "maximize"}) == [size, seed]
    assert size.startswith("training.batch_size, a default of the experiment: the data module of by-default")
    assert seed.startswith("seed, a default of the experiment, does nothing in a study; write the seeds")
    assert monitor.endswith("write it as the study's `objective`")


def test_the_module_s_own_rate_beside_a_study_s_optimizer_is_refused_where_it_is_searched() -> None:
    found = told(space={"optimizer": ADAM, "model": {"lr": {"log_uniform": [1e-4, 1e-1]}}})
    assert found.keys() == {"space.model.lr"}
    assert "the optimizer adam takes the place of deaf's own" in found["space.model.lr"]
    assert "give optimizer.adam.lr instead" in found["space.model.lr"]


def test_the_module_s_own_rate_is_told_where_it_is_set() -> None:
    (warning,) = warned(space={"optimizer": ADAM, "model": {"lr": 0.1}})
    assert warning.startswith("model.deaf.lr: the optimizer adam takes the place of deaf's own")
    config = parse_config(
        {"data": "deaf", "model": {"name": "deaf", "lr": 0.1}, "optimizer": "adam", "training": {"batch_size": 8}}
    )
    size, rate = (word.partition(":")[0] for word in doubts(config))
    assert (size, rate) == ("training.batch_size", "model.deaf.lr")


def test_the_module_s_own_rate_is_fine_by_itself() -> None:
    for model in ({"lr": {"log_uniform": [1e-4, 1e-1]}}, {"lr": 0.1}, {}):
        assert warned(space={"model": model}) == []
    assert warned(space={"optimizer": ADAM, "model": {"lr": 1e-3}}) == []
    assert warned(space={"optimizer": ADAM, "model": {"width": {"int": [4, 8]}}}) == []


def test_folds_that_the_data_module_does_not_take_are_refused() -> None:
    assert "takes no argument fold" in told(replicates={"folds": 3})["replicates.folds"]
    assert warned(experiment="heeding", replicates={"folds": 3}) == []
    assert StudyDefinition.parse({**STUDY, "experiment": "digits-mlp", "replicates": {"folds": 3}})


def test_what_a_study_decides_is_not_its_experiment_s_to_say() -> None:
    experiment = {"data": "digits", "model": "mlp", "seed": 3, "fold": 1, "folds": 4, "monitor": {"metric": "val_loss"}}
    found = told(experiment=experiment)
    assert found.keys() == {"experiment.seed", "experiment.fold", "experiment.folds", "experiment.monitor"}
    assert "`replicates: {seeds: [SEED]}`" in found["experiment.seed"]


def test_a_pruner_that_decides_only_once_all_runs_are_over_is_told() -> None:
    (told_of,) = [said for said in warned(pruner="wilcoxon", replicates={"seeds": 4}) if "wilcoxon" in said]
    assert "decides from 4 runs of a trial on, and a trial has 4: it ends none early" in told_of
    assert not [said for said in warned(pruner="wilcoxon", replicates={"seeds": 5}) if "wilcoxon" in said]
