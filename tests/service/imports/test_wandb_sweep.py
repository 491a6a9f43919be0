"""A sweep of Weights & Biases as a study: every distribution, and what has no place here."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest

from experiments.errors import InvalidInput
from service.errors import Invalid
from service.imports.importing import ImportedStudy, import_study

SWEEP = """
program: train.py
name: Digits sweep no. 7
description: what we always try
method: bayes
metric: {name: val_accuracy, goal: maximize, target: 0.98}
run_cap: 40
early_terminate: {type: hyperband, min_iter: 3, eta: 2}
parameters:
  optimizer: {values: [adam, SGD]}
  learning_rate: {distribution: log_uniform_values, min: 1e-4, max: 0.1}
  momentum: {min: 0.5, max: 0.99}
  batch_size: {values: [32, 64]}
  epochs: {value: 10}
  dropout: {min: 0.0, max: 0.5}
  n_heads: {values: [1, 2]}
"""


def imported(parameters: dict[str, Any], **sweep: Any) -> ImportedStudy:
    document = {"method": "random", "run_cap": 5, "metric": {"name": "val_loss"}, "parameters": parameters} | sweep
    return import_study(document, experiment="digits-mlp")


def paths(problems: tuple[Any, ...]) -> set[str]:
    return {problem.path for problem in problems}


def test_a_whole_sweep_becomes_a_study_that_can_be_submitted(tmp_path: Any) -> None:
    (tmp_path / "sweep.yaml").write_text(SWEEP)
    found = import_study(tmp_path / "sweep.yaml", experiment="digits-mlp")
    lr = {"log_uniform": [1e-4, 0.1]}
    assert found.title == "a W&B sweep"
    assert found.problems == ()
    assert found.definition == {
        "name": "digits-sweep-no.-7",
        "experiment": "digits-mlp",
        "objective": {"metric": "val_accuracy", "direction": "maximize", "target": 0.98},
        "sampler": "auto",
        "pruner": {"name": "asha", "min_epochs": 3, "reduction_factor": 2},
        "space": {
            "optimizer": {
                "choice": [
                    {"name": "adam", "lr": lr},
                    {"name": "momentum", "lr": lr, "momentum": {"uniform": [0.5, 0.99]}},
                ]
            },
            "regularizers": {"dropout": {"p": {"uniform": [0.0, 0.5]}}},
        },
        "training": {"batch_size": {"choice": [32, 64]}, "epochs": 10},
        "notes": "what we always try",
        "max_trials": 40,
    }
    assert paths(found.left_out) == {"program", "parameters.n_heads"}
    assert paths(found.changed) == {"early_terminate"}


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"min": 1, "max": 9}, {"int": [1, 9]}),
        ({"min": 0.5, "max": 1}, {"uniform": [0.5, 1]}),
        ({"distribution": "int_uniform", "min": 1, "max": 9}, {"int": [1, 9]}),
        ({"distribution": "q_uniform", "min": 0.13, "max": 0.52, "q": 0.1}, {"quniform": [0.2, 0.5, 0.1]}),
        ({"distribution": "q_uniform", "min": 1, "max": 9}, {"int": [1, 9]}),
        ({"distribution": "log_uniform", "min": math.log(1e-4), "max": 0}, {"log_uniform": [1e-4, 1.0]}),
        ({"distribution": "inv_log_uniform", "min": 0, "max": math.log(100)}, {"log_uniform": [0.01, 1.0]}),
        ({"distribution": "inv_log_uniform_values", "min": 1e-3, "max": 1}, {"log_uniform": [1e-3, 1]}),
        ({"distribution": "q_log_uniform_values", "min": 8, "max": 512}, {"log_int": [8, 512]}),
        ({"distribution": "q_log_uniform_values", "min": 8, "max": 512, "q": 8}, {"log_int": [8, 512]}),
        ({"distribution": "q_log_uniform_values", "min": 0.1, "max": 0.9, "q": 0.1}, {"log_uniform": [0.1, 0.9]}),
        ({"distribution": "normal", "mu": 1, "sigma": 0.2}, {"uniform": [0.6, 1.4]}),
        ({"distribution": "q_normal", "mu": 4, "sigma": 1}, {"int": [2, 6]}),
        ({"distribution": "beta", "a": 2, "b": 3}, {"uniform": [1e-4, 1.0]}),
        ({"distribution": "constant", "value": 0.1}, 0.1),
        ({"values": [0.1, 0.2], "probabilities": [0.9, 0.1]}, {"choice": [0.1, 0.2]}),
        ({"values": [0.1]}, 0.1),
        ({"min": 2, "max": 2}, 2),
    ],
)
def test_each_distribution_has_its_range(spec: dict[str, Any], expected: Any) -> None:
    found = imported({"lr": spec})
    lr = found.definition["space"]["optimizer"]["lr"]
    if isinstance(expected, float | int):
        assert lr == expected
    else:
        assert {word: pytest.approx(numbers) for word, numbers in expected.items()} == lr


@pytest.mark.parametrize(
    "spec", [{"distribution": "normal"}, {"distribution": "beta"}, {"values": [1, 2], "probabilities": [1, 0]}]
)
def test_what_is_not_quite_the_same_is_told(spec: dict[str, Any]) -> None:
    assert any(problem.path.startswith("parameters.dropout") for problem in imported({"dropout": spec}).changed)


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ({"distribution": "cauchy", "min": 0, "max": 1}, "'cauchy' is not known"),
        ({"distribution": "log_uniform_values", "min": 0, "max": 1}, "must start above 0"),
        ({"min": 1}, "neither `value`, `values` nor `min` and `max`"),
        ({"min": 3, "max": 1}, "reversed; write \\[1, 3\\]"),
        ({"min": "a", "max": "b"}, "a finite number was expected, not 'a'"),
        ({"values": []}, "the list of values is empty"),
        ({"values": 3}, "a list of values was expected, not 3"),
        ({"distribution": "log_uniform", "min": 0, "max": 1e9}, "beyond the numbers there are"),
        ({"distribution": ["uniform"], "min": 0, "max": 1}, "distribution .* is not known"),
        ({"value": {"choice": [1, 2]}}, "a mapping is no value of a parameter"),
        ([1, 2], "a mapping such as .* was expected"),
    ],
)
def test_what_is_no_range_is_listed_with_the_reason(spec: Any, reason: str) -> None:
    found = imported({"lr": spec, "dropout": {"value": 0.1}})
    (told,) = found.left_out
    assert told.path.startswith("parameters.lr")
    assert re.search(reason, told.message)
    assert "optimizer" not in found.definition["space"]


def test_nested_parameters_are_found_by_the_names_of_their_groups() -> None:
    nested = {"optimizer": {"parameters": {"learning_rate": {"value": 0.1}, "name": {"value": "adamw"}}}}
    found = imported({"model.hidden": {"values": [[32], [64, 64]]}, **nested})
    assert found.definition["space"]["model"] == {"hidden": {"choice": [[32], [64, 64]]}}
    assert found.definition["space"]["optimizer"] == {"name": "adamw", "lr": 0.1}


def test_a_weight_decay_of_torch_s_sgd_is_a_penalty_here() -> None:
    found = imported({"optimizer": {"value": "sgd"}, "lr": {"value": 0.1}, "weight_decay": {"min": 0.0, "max": 0.1}})
    assert found.definition["space"]["regularizers"] == {"l2": {"strength": {"uniform": [0.0, 0.1]}}}
    assert "L2 penalty" in str(found.changed)
    kept = imported({"optimizer": {"values": ["sgd", "adamw"]}, "weight_decay": {"value": 0.1}})
    assert kept.definition["space"]["optimizer"]["choice"][1] == {"name": "adamw", "weight_decay": 0.1}


def test_a_program_that_asks_for_its_trials_keeps_the_names_of_all_parameters() -> None:
    parameters = {"--my-rate": {"min": 0.1, "max": 0.2}, "net": {"parameters": {"heads": {"values": [1, 2]}}}}
    document = {"method": "random", "metric": {"name": "score", "goal": "maximize"}, "parameters": parameters}
    found = import_study(document | {"training": 3}, experiment="elsewhere")
    assert found.problems == ()
    assert found.definition["space"] == {"my-rate": {"uniform": [0.1, 0.2]}, "net.heads": {"choice": [1, 2]}}
    (refused,) = import_study(document | {"parameters": {"training": {"value": 1}}}, experiment="elsewhere").left_out
    assert "`training` stands beside the space" in refused.message


def test_seeds_become_replicates() -> None:
    found = imported({"seed": {"values": [1, 2, 3]}, "lr": {"min": 0.1, "max": 0.2}})
    assert found.definition["replicates"] == {"seeds": [1, 2, 3]}


def test_an_optimizer_that_there_is_not_is_listed_with_where_to_look() -> None:
    (told,) = imported({"optimizer": {"values": ["adam", "mysgd"]}, "lr": {"min": 0.1, "max": 0.2}}).left_out
    assert told.path == "parameters.optimizer"
    assert "there is no optimizer 'mysgd' here; `studyhall catalog optimizer`" in told.message


def test_without_an_experiment_the_study_says_what_is_missing() -> None:
    found = import_study({"method": "random", "parameters": {"lr": {"min": 0.1, "max": 0.2}}})
    assert "experiment" in paths(found.problems)
    assert found.definition["max_trials"] == 100
    assert "max_trials is 100" in str(found.changed)
    assert "names no metric" in str(found.changed)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("method: [", "did not find expected node content, line 2, column 1"),
        ("method: &a random\nparameters: *a", "aliases are not read here.*line 2"),
        ("[" * 60, "line 1|nested too deeply"),
        ("method: !!python/object/apply:os.system [ls]", "the tag .* is not read here.*line 1"),
        ("parameters: 3\nmethod: random", "a sweep has a mapping `parameters`"),
        ("just: a mapping", "none of what can be imported: a W&B sweep"),
    ],
)
def test_a_hostile_or_malformed_file_is_a_clear_error(text: str, message: str, tmp_path: Any) -> None:
    (tmp_path / "sweep.yaml").write_text(text)
    with pytest.raises((Invalid, InvalidInput), match=message):
        import_study(tmp_path / "sweep.yaml")


def test_a_format_that_there_is_not_is_told() -> None:
    with pytest.raises(InvalidInput, match="unknown format 'wanbd' \\(did you mean 'wandb'"):
        import_study({}, format="wanbd")
