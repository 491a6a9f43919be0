"""Everything that is wrong with a definition is told at once, and nothing that only follows from it."""

from __future__ import annotations

from typing import Any

import pytest

from experiments.errors import InvalidInput
from service.study.definitions.definition import StudyDefinition

GOOD: dict[str, Any] = {"name": "x", "experiment": "digits-mlp", "max_trials": 3}
RANGE = {"name": "sgd", "lr": {"uniform": [0.1, 0.2]}}


def paths(changes: dict[str, Any]) -> set[str]:
    """Where something is wrong with the good definition once it is changed; ``...`` leaves a field out."""
    document = {name: value for name, value in {**GOOD, **changes}.items() if value is not ...}
    with pytest.raises(InvalidInput) as caught:
        StudyDefinition.parse(document)
    said = [str(problem) for problem in caught.value.problems]
    assert len(said) == len(set(said)), "each is said once"
    return {problem.path for problem in caught.value.problems}


def test_every_kind_of_fault_is_told_in_one_answer() -> None:
    document = {
        "name": "My Study!",
        "experiment": "digits-mpl",
        "max_trails": 3,
        "sampler": "tpee",
        "replicates": {"seeds": [3, 3]},
        "space": {
            "optimizer": {"choice": ["adamm", {"name": "sgd", "lrr": 1, "lr": {"min": 1, "max": 2}}]},
            "regularizers": {"dropout": {"p": 1.5}, "clip_norm": {}, "clip_value": {}},
        },
        "training": {"epochs": 0},
    }
    assert paths(document) == {
        "name",
        "experiment",
        "max_trails",
        "sampler",
        "replicates.seeds",
        "space.optimizer.choice.0",
        "space.optimizer.choice.1.lrr",
        "space.optimizer.choice.1.lr",
        "space.regularizers.dropout.p",
        "training.epochs",
    }


def test_what_lies_between_the_fields_is_told_with_the_rest() -> None:
    document = {
        "objective": "val_acuracy",
        "sampler": "grid",
        "pruner": "wilcoxon",
        "replicates": {"seeds": 3},
        "priority": 10_000,
        "space": {"optimizer": RANGE, "regularizers": {"dropout": {"p": -1}, "clip_norm": {}, "clip_value": {}}},
    }
    assert paths(document) == {
        "objective.metric",
        "pruner",
        "priority",
        "space.optimizer.sgd.lr",
        "space.regularizers.dropout.p",
        "space.regularizers.clip_value",
    }


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        # what is wrong itself has no conflicts: they would change with the remedy
        ({"space": {"optimizer": "adamww", "regularizers": ["weight_decay"]}}, {"space.optimizer"}),
        (
            {"space": {"optimizer": {"choice": ["adamw", "adamm"]}, "regularizers": ["weight_decay"]}},
            {"space.optimizer.choice.1"},
        ),
        ({"space": {"modell": "cnn", "data": "wine"}}, {"space.modell"}),
        ({"space": {"modell": "residual", "regularizers": ["stochastic_depth"]}}, {"space.modell"}),
        ({"space": {"use": "optimizrs", "schedule": "cosine"}}, {"space.use.0"}),
        # without an experiment, nothing is said of what it would bring
        ({"experiment": ..., "space": {"model": {"hidden": [8]}}}, {"experiment"}),
        ({"experiment": "digitz", "objective": "val_loss2"}, {"experiment"}),
        ({"experiment": 5, "space": {"optimizer": {"name": "sgd", "lr": -1}}}, {"experiment", "space.optimizer.lr"}),
        ({"experiment": {"data": "wine", "modell": "cnn"}}, {"experiment.model", "experiment.modell"}),
        # nor of what depends on a wrong field
        ({"space": ["sgd"], "objective": "val_rmse", "training": {"epochs": 0}}, {"space", "training.epochs"}),
        ({"sampler": {"name": "grid", "points": 0}, "space": {"optimizer": RANGE}}, {"sampler.grid.points"}),
        ({"sampler": "tpee", "max_trials": ...}, {"sampler"}),
        ({"objective": {"metric": "val_acuracy", "reduce": "mean"}}, {"objective.metric", "objective.reduce"}),
        ({"pruner": "asha", "replicates": {"seeds": 0}}, {"replicates.seeds"}),
    ],
)
def test_nothing_is_told_that_only_follows(changes: dict[str, Any], told: set[str]) -> None:
    assert paths(changes) == told


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"objective": {"metric": "val_f1", "mode": "max"}},
            "objective.mode: unknown field (one of: direction, metric, reduce, target)",
        ),
        ({"replicates": {"seed": 5}}, "replicates.seed: unknown field (did you mean 'seeds'?)"),
        (
            {"pruner": {"name": "asha", "max_t": 10}},
            "pruner.asha.max_t: unknown field (one of: interval, min_epochs, name, reduction_factor)",
        ),
        (
            {"pruner": "patient"},
            "pruner.patient.pruner: name the pruner that decides about a run without gain, e.g. `pruner: median`",
        ),
        (
            {"pruner": {"name": "hyperband", "interval": {"steps": 500}}},
            "pruner.hyperband.interval: hyperband counts epochs alone; within them asha prunes, e.g. "
            "`pruner: {name: asha, interval: {steps: 500}}`",
        ),
        (
            {"pruner": {"name": "patient", "pruner": {"name": "hyperband", "interval": {"steps": 500}}}},
            "pruner.patient.pruner.hyperband.interval: hyperband counts epochs alone; within them asha prunes, e.g. "
            "`pruner: {name: asha, interval: {steps: 500}}`",
        ),
        (
            {"pruner": {"name": "asha", "interval": 2}},
            "pruner.asha.interval: asha looks at rungs, the first after `min_epochs`; write that, or "
            "`interval: {steps: 500}` to count optimizer steps",
        ),
        (
            {"pruner": {"name": "wilcoxon", "interval": 2}, "replicates": {"seeds": 5}},
            "pruner.wilcoxon.interval: wilcoxon looks at a trial each time that a run of it has completed; "
            "leave it out",
        ),
        (
            {"pruner": {"name": "median", "interval": {"steps": 500, "last": 900}}},
            "pruner.median.interval.steps.last: unknown field",
        ),
        ({"sampler": {"name": "pbt", "perturb": []}, "max_trials": ...}, "sampler.pbt.perturb: give 1 or more"),
        (
            {"pruner": {"name": "patient", "pruner": "none"}},
            "pruner.patient.pruner: unknown name 'none' (one of: asha, hyperband, median, percentile, threshold)",
        ),
        (
            {"pruner": "threshold"},
            "pruner.threshold: give `lower`, `upper` or both; e.g. {name: threshold, upper: 2.5} ends what comes above",
        ),
        (
            {"pruner": {"name": "threshold", "lower": 1, "upper": 0.5}},
            "pruner.threshold.upper: 0.5 does not lie above lower, 1; exchange them, or leave one out",
        ),
        (
            {"pruner": {"name": "hyperband", "min_epochs": 4, "max_epochs": 3}},
            "pruner.hyperband.max_epochs: 3 lies below min_epochs, 4; raise it, or leave it out",
        ),
        (
            {"pruner": {"name": "hyperband", "min_epochs": 9}, "training": {"epochs": {"int": [3, 8]}}},
            "pruner.hyperband.min_epochs: 9 are more than the 8 epochs of the longest run; lower it",
        ),
        (
            {"pruner": {"name": "hyperband", "min_epochs": 9, "max_epochs": 27}, "training": {"epochs": 8}},
            "pruner.hyperband.min_epochs: 9 are more than the 8 epochs of the longest run; lower it",
        ),
        (
            {"pruner": {"name": "asha", "min_epochs": 9}, "training": {"epochs": {"int": [3, 8]}}},
            "pruner.asha.min_epochs: 9 are more than the 8 epochs of the longest run; lower it",
        ),
        (
            {"pruner": {"name": "patient", "pruner": {"name": "hyperband", "min_epochs": 40}}},
            "pruner.patient.pruner.hyperband.min_epochs: 40 are more than the 20 epochs of the longest run; lower it",
        ),
        (
            {"pruner": "wilcoxon", "replicates": {"seeds": 3}},
            "pruner: wilcoxon compares the runs of two trials in pairs, and below 4 pairs it never decides; a trial "
            "has 3 here: write `replicates: {seeds: 5}` or more, or take a pruner that judges curves, e.g. asha",
        ),
        (
            {"pruner": "wilcoxon", "replicates": {"seeds": 5, "paired": False}},
            "replicates.paired: wilcoxon compares runs of the same seed; leave `paired: false` out, so that all trials "
            "have the same",
        ),
        ({"replicates": {"aggregate": "max"}}, "replicates.aggregate: this must be 'mean', 'median' or 'worst'"),
        ({"stop_when": {"min_gain": 0.1}}, "stop_when.no_gain_in: this field is required"),
        ({"replicates": 5}, "replicates: write {seeds: 5}"),
        ({"name": "new"}, "name: the page on which studies are written has this address; choose another name"),
        ({"replicates": True}, "replicates: this must be a mapping, not true"),
        ({"sampler": "TPE"}, "sampler: unknown name 'TPE' (did you mean 'tpe'?)"),
        ({"sampler": "bayes"}, "sampler: unknown name 'bayes'; Bayesian search is tpe, or gp"),
        (
            {"experiment": ..., "objective": {"metric": "val_f1", "direction": "max"}},
            "objective.direction: write maximize, not 'max'",
        ),
        ({"experiment": ..., "objective": "val_acuracy"}, "did you mean 'val_accuracy'?"),
    ],
)
def test_the_remedy_is_that_of_the_place(changes: dict[str, Any], message: str) -> None:
    document = {name: value for name, value in {**GOOD, **changes}.items() if value is not ...}
    with pytest.raises(InvalidInput) as caught:
        StudyDefinition.parse(document)
    assert message in str(caught.value)


def test_a_definition_without_a_fault_is_taken() -> None:
    assert StudyDefinition.parse({**GOOD, "space": {"optimizer": RANGE}}).max_trials == 3
    at_the_end = {"pruner": {"name": "asha", "min_epochs": 4}, "training": {"epochs": 4}}
    assert StudyDefinition.parse({**GOOD, **at_the_end}).most_epochs() == 4


ELSEWHERE = {
    "name": "x",
    "experiment": "elsewhere",
    "objective": {"metric": "loss", "direction": "minimize"},
    "space": {"lr": {"uniform": [0, 1]}},
    "max_trials": 3,
}


def test_a_run_that_is_trained_elsewhere_may_be_longer_than_any_first_rung() -> None:
    for pruner in ("asha", "hyperband"):
        StudyDefinition.parse({**ELSEWHERE, "pruner": pruner})
    StudyDefinition.parse({**ELSEWHERE, "pruner": {"name": "asha", "min_epochs": 5}})
    StudyDefinition.parse({**ELSEWHERE, "pruner": {"name": "hyperband", "min_epochs": 5, "max_epochs": 45}})
    with pytest.raises(InvalidInput, match=r"^pruner\.hyperband\.max_epochs: brackets .* `training\.epochs`$"):
        StudyDefinition.parse({**ELSEWHERE, "pruner": {"name": "hyperband", "min_epochs": 5}})
    short = {"pruner": {"name": "asha", "min_epochs": 5}, "training": {"epochs": 4}}
    with pytest.raises(InvalidInput, match="min_epochs: 5 are more than the 4 epochs"):
        StudyDefinition.parse({**ELSEWHERE, **short})


SWEEP = {
    "program": "train.py",
    "method": "bayes",
    "metric": {"name": "val_loss", "goal": "minimize"},
    "parameters": {"lr": {"min": 1e-4, "max": 1e-1}},
    "early_terminate": {"type": "hyperband"},
}


def told(document: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        StudyDefinition.parse(document)
    return {problem.path: problem.message for problem in caught.value.problems}


def test_a_sweep_of_another_tool_is_answered_field_by_field() -> None:
    found = told(SWEEP)
    assert found.keys() == {*SWEEP, "name", "experiment", "max_trials"}
    assert found["method"] == "unknown field, as a sweep of W&B has it; write `sampler: tpe`, `random` or `grid`"
    assert "{metric: NAME, direction: minimize}" in found["metric"]
    assert "what varies stands in `space`" in found["parameters"]
    assert not any("one of:" in message for message in found.values())


def test_all_fields_that_there_are_are_listed_once() -> None:
    found = told({**GOOD, "qqq": 1, "xxx": 2, "zzz": 3, "sapce": {}})
    assert [message.count("one of:") for message in found.values()] == [1, 0, 0, 0]
    assert (found["xxx"], found["sapce"]) == ("unknown field", "unknown field (did you mean 'space'?)")


def test_a_choice_of_nothing_is_told_as_such() -> None:
    """However another tool writes it; a value is said as YAML has it."""
    empty: dict[str, Any] = {"values": []}
    space = {"optimizer": {"name": "sgd", "lr": empty}, "schedule": empty, "model": {"hidden": {"choice": []}}}
    found = told({**GOOD, "space": space, "training": {"epochs": True, "batch_size": {"int": [None, 3]}}})
    assert found == {
        "space.optimizer.lr": "the choice is empty; list at least one value",
        "space.schedule": "the choice is empty; list at least one schedule",
        "space.model.hidden.choice": "the choice is empty; list at least one value",
        "training.epochs": "this must be a whole number, not true",
        "training.batch_size.int": "the bounds must be numbers, and null is not",
    }
