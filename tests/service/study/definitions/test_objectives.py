"""Several objectives in a definition: how they are written, and what they cannot go with."""

from __future__ import annotations

from typing import Any

import pytest

from experiments.errors import InvalidInput
from service.study.definitions.definition import StudyDefinition
from service.study.definitions.objectives import has_several, objectives_of

BOTH = ["val_accuracy", {"metric": "val_loss", "target": 0.1}]


def parsed(**changes: Any) -> StudyDefinition:
    return StudyDefinition.parse(
        {"name": "both", "experiment": "digits-mlp", "objective": BOTH, "max_trials": 3, **changes}
    )


def refused(**changes: Any) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        parsed(**changes)
    return {problem.path: problem.message for problem in caught.value.problems}


def test_one_is_stored_as_one_and_several_as_a_list() -> None:
    alone, both = parsed(objective="val_loss").to_json(), parsed().to_json()
    assert alone["objective"] == {"metric": "val_loss", "direction": "minimize", "reduce": "best", "target": None}
    assert [(each["metric"], each["direction"], each["target"]) for each in both["objective"]] == [
        ("val_accuracy", "maximize", None),
        ("val_loss", "minimize", 0.1),
    ]
    assert [has_several(document) for document in (alone, both)] == [False, True]
    assert StudyDefinition.model_validate(both).objectives == objectives_of(both) == parsed().objectives


def test_the_first_says_which_epoch_counts_for_all() -> None:
    last = parsed(objective=[{"metric": "val_loss", "reduce": "last"}, "val_accuracy"])
    assert [each.reduce for each in last.objectives] == ["last", "last"]
    assert last.complete({"data": {}})["monitor"]["metric"] == "val_loss"
    found = refused(objective=["val_loss", {"metric": "val_accuracy", "reduce": "last"}])
    assert found == {
        "objective.1.reduce": "all values of a trial are of one epoch, that of the first objective; leave `reduce` out "
        "here"
    }


@pytest.mark.parametrize(
    ("objective", "path", "message"),
    [
        ([], "objective", "give 1 to 6 objectives, e.g. `[val_accuracy, val_loss]`; here are 0"),
        (["val_loss", "val_acuracy"], "objective.1.metric", "did you mean 'val_accuracy'"),
        (["val_loss", "val_loss"], "objective.1.metric", "val_loss is an objective already; name it once"),
        (["val_loss", {"metrik": "val_accuracy"}], "objective.1.metrik", "did you mean 'metric'"),
        (["val_loss", {"metric": "val_f1", "direction": "max"}], "objective.1.metric", "no such metric"),
        (["val_loss", {"metric": "val_accuracy", "direction": "max"}], "objective.1.direction", "write maximize"),
        ({"metrik": "val_loss"}, "objective.metrik", "did you mean 'metric'"),
        (5, "objective", "give one objective, e.g."),
    ],
)
def test_what_is_wrong_is_told_at_its_place(objective: Any, path: str, message: str) -> None:
    found = refused(objective=objective)
    assert list(found) == [path]
    assert message in found[path]


@pytest.mark.parametrize(
    ("changes", "path", "remedy"),
    [
        ({"pruner": "asha"}, "pruner", "write `pruner: none`"),
        ({"sampler": "cmaes"}, "sampler", "cmaes optimizes one objective, and this study has 2; use"),
        ({"sampler": "pbt", "max_trials": None}, "sampler", "pbt ranks members by one value"),
        ({"stop_when": {"no_gain_in": 5}}, "stop_when", "leave it out, and give targets or `max_trials`"),
        ({"warm_start": {"studies": ["x"], "trials": "all"}}, "warm_start.trials", "use `best: k`"),
    ],
)
def test_what_goes_by_one_value_is_refused(changes: dict[str, Any], path: str, remedy: str) -> None:
    rates = {"optimizer": {"name": "momentum", "lr": {"uniform": [0.1, 0.2]}, "momentum": {"uniform": [0.1, 0.9]}}}
    found = refused(space=rates, **changes)
    assert list(found) == [path]
    assert remedy in found[path]
    assert parsed(space=rates, objective="val_loss", **changes).objective.metric == "val_loss"


def test_nsga3_is_for_several_and_a_genetic_sampler_must_have_something_to_breed() -> None:
    rates = {"optimizer": {"name": "sgd", "lr": {"uniform": [0.1, 0.2]}}}
    found = refused(space=rates, objective="val_loss", sampler="nsga3")
    assert found == {"sampler": "nsga3 spreads trials over several objectives, and this study has one; use nsga2"}
    assert parsed(space=rates, sampler="nsga3").sampler.name == "nsga3"
    assert "nsga2 breeds parameters that every configuration has" in refused(space={}, sampler="nsga2")["sampler"]
