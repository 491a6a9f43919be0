"""Which way an objective is better: by the table of metrics, or said by the user; never guessed."""

from __future__ import annotations

from typing import Any

import pytest

from experiments.errors import InvalidInput
from experiments.parsing import parse_config
from service.study.definitions.definition import StudyDefinition
from service.study.definitions.objectives import Objective
from service.study.definitions.preview import preview

STUDY: dict[str, Any] = {
    "name": "directions",
    "experiment": "digits-mlp",
    "sampler": "random",
    "space": {"optimizer": {"name": "sgd", "lr": {"log_uniform": [0.001, 0.3]}}},
    "max_trials": 4,
}
NEEDED = "write `direction: maximize` or `direction: minimize` beside the metric"


def refused(objective: Any) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        StudyDefinition.parse({**STUDY, "objective": objective})
    return {problem.path: problem.message for problem in caught.value.problems}


@pytest.mark.parametrize(
    ("written", "direction"),
    [
        *[("val_loss/dataloader_idx_0", "minimize"), ("val_error", "minimize"), ("val_perplexity", "minimize")],
        *[("train_loss_epoch", "minimize"), ("val_f1", "maximize"), ({"metric": "val_wer"}, "minimize")],
        *[({}, "minimize"), ({"reduce": "last"}, "minimize"), ({"metric": "val_acc", "direction": None}, "maximize")],
        *[({"metric": "val_score", "direction": "minimize"}, "minimize")],
        *[({"metric": "val_loss", "direction": "maximize"}, "maximize")],
    ],
)
def test_an_objective_has_the_direction_of_its_metric_or_the_one_that_is_stated(written: Any, direction: str) -> None:
    assert Objective.model_validate(written).direction == direction


@pytest.mark.parametrize("metric", ["val_score", "elbo", "reward", "val_accuracy_loss", "neg_loss", "1-val_accuracy"])
def test_a_metric_that_the_table_does_not_know_needs_a_direction(metric: str) -> None:
    document = {**STUDY, "experiment": {"data": "digits", "model": "mlp"}}
    for objective in (metric, {"metric": metric}):
        with pytest.raises(InvalidInput) as caught:
            StudyDefinition.parse({**document, "objective": objective})
        (problem,) = caught.value.problems
        assert problem.path == "objective.direction"
        assert NEEDED in problem.message
        assert repr(metric) in problem.message


def test_a_misspelled_metric_of_ours_is_told_as_such() -> None:
    assert refused("val_acuracy") == {
        "objective.metric": "no such metric in this experiment: 'val_acuracy' (did you mean 'val_accuracy'?)"
    }
    assert list(refused("grad_norm")) == ["objective.direction"]
    assert refused({"metric": 5}) == {"objective.metric": 'this must be a text, not 5; put it in quotes: "5"'}


def test_a_run_without_a_study_follows_the_same_table() -> None:
    def monitor(**fields: str) -> dict[str, Any]:
        config = parse_config({"data": "digits", "model": "mlp", "monitor": fields})
        found: dict[str, Any] = config.to_json()["monitor"]
        return found

    assert monitor(metric="val_accuracy")["direction"] == "maximize"
    assert monitor()["direction"] == monitor(metric="train_loss")["direction"] == "minimize"
    assert monitor(metric="grad_norm", direction="maximize")["direction"] == "maximize"
    with pytest.raises(InvalidInput, match=rf"monitor\.direction: .*'grad_norm' is better is not known; {NEEDED}"):
        monitor(metric="grad_norm")


def warnings(**changes: Any) -> list[str]:
    found: list[str] = preview(StudyDefinition.parse({**STUDY, **changes}))["warnings"]
    return found


def test_a_preview_warns_of_a_direction_against_the_table() -> None:
    against = warnings(objective={"metric": "val_accuracy", "direction": "minimize"})

    assert against == [
        "minimize val_accuracy: of that metric more is better, so that the worst would be called the best"
    ]
    assert warnings(objective={"metric": "val_accuracy", "direction": "maximize"}) == []


CHOICES = {
    "optimizer": {"name": "sgd", "lr": {"choice": [0.1, 0.2]}},
    "regularizers": {"dropout": {"optional": {"p": 0.2}}},
}


@pytest.mark.parametrize(
    ("changes", "warned"),
    [
        ({"space": CHOICES, "max_trials": 4}, False),
        ({"space": CHOICES, "max_trials": 5}, "max_trials is 5, and the space has 4 different configurations: some"),
        ({"space": CHOICES, "max_trials": 5, "sampler": "grid"}, "the study ends with the last of them"),
        ({"space": CHOICES, "max_trials": 4, "sampler": "grid"}, False),
        ({"sampler": {"name": "grid", "points": 3}, "max_trials": 9}, "the space has 3 different configurations"),
        ({"max_trials": 10_000}, False),
        ({"training": {"epochs": {"int": [1, 1000], "points": 2}}, "space": {}, "max_trials": 9}, False),
        ({"training": {"epochs": {"int": [1, 3]}}, "space": {}, "max_trials": 9}, "the space has 3 different"),
        ({"space": {"optimizer": {"choice": [{"name": "adamw", "lr": 0.1}, {"name": "sgd", "lr": 0.1}]},
                    "regularizers": {"weight_decay": {"optional": {"strength": 0.1}}}}, "max_trials": 4},
         "the space has 3 different"),
    ],
)  # fmt: skip
def test_a_preview_warns_of_more_trials_than_there_are_configurations(changes: Any, warned: Any) -> None:
    found = [warning for warning in warnings(**changes) if "different configurations" in warning]

    assert len(found) == bool(warned)
    assert all(warned in warning for warning in found)
