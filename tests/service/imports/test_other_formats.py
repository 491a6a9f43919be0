"""Katib's experiments and the Lightning CLI's configs as studies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import yaml

from experiments.errors import InvalidInput
from service.imports.importing import FORMATS, import_study
from tests.service.imports.test_wandb_sweep import SWEEP

EXPERIMENT = """
apiVersion: kubeflow.org/v1beta1
kind: Experiment
metadata: {namespace: kubeflow, name: tune-digits}
spec:
  objective:
    type: maximize
    goal: 0.99
    objectiveMetricName: val_accuracy
    additionalMetricNames: [train_loss]
    metricStrategies: [{name: val_accuracy, value: latest}]
  algorithm:
    algorithmName: multivariate-tpe
    algorithmSettings: [{name: random_state, value: "10"}, {name: gamma, value: "0.3"}]
  earlyStopping:
    algorithmName: medianstop
    algorithmSettings: [{name: min_trials_required, value: "2"}]
  parallelTrialCount: 2
  maxTrialCount: 12
  maxFailedTrialCount: 3
  parameters:
    - {name: --lr, parameterType: double, feasibleSpace: {min: "0.001", max: "0.1", distribution: logUniform}}
    - {name: optimizer, parameterType: categorical, feasibleSpace: {list: [adamw, rmsprop]}}
    - {name: --batch-size, parameterType: discrete, feasibleSpace: {list: ["32", "64"]}}
    - {name: epochs, parameterType: int, feasibleSpace: {min: "2", max: "8", step: "2"}}
    - {name: dropout, parameterType: double, feasibleSpace: {min: "0.1", max: "0.5", step: "0.1"}}
    - {name: num-layers, parameterType: int, feasibleSpace: {min: "2", max: "5"}}
  trialTemplate: {primaryContainerName: training-container}
"""
CONFIG = """
seed_everything: 7
trainer:
  max_epochs: 20
  accelerator: gpu
  devices: 1
  precision: bf16-mixed
  gradient_clip_val: 0.5
  logger: true
  callbacks:
    - class_path: lightning.pytorch.callbacks.EarlyStopping
      init_args: {monitor: val_accuracy, mode: max, patience: 4}
    - class_path: mine.Printer
model: {class_path: mine.Net, init_args: {hidden: [32, 32]}}
data: {class_path: mine.Csv, init_args: {file: a.csv}}
optimizer: {class_path: torch.optim.AdamW, init_args: {lr: 0.002, betas: [0.9, 0.99], amsgrad: false}}
lr_scheduler: {class_path: torch.optim.lr_scheduler.StepLR, init_args: {step_size: 5, gamma: 0.5, verbose: true}}
ckpt_path: last.ckpt
"""


def test_a_katib_experiment_becomes_a_study_that_can_be_submitted() -> None:
    found = import_study(yaml.safe_load(EXPERIMENT), experiment="digits-mlp")
    lr = {"log_uniform": [0.001, 0.1]}
    assert found.problems == ()
    assert found.definition == {
        "name": "tune-digits",
        "experiment": "digits-mlp",
        "objective": {"metric": "val_accuracy", "direction": "maximize", "target": 0.99, "reduce": "last"},
        "sampler": "tpe",
        "pruner": {"name": "median", "n_startup_trials": 2, "warmup_epochs": 3},
        "space": {
            "optimizer": {"choice": [{"name": "adamw", "lr": lr}, {"name": "rmsprop", "lr": lr}]},
            "regularizers": {"dropout": {"p": {"quniform": [0.1, 0.5, 0.1]}}},
        },
        "training": {"batch_size": {"choice": [32, 64]}, "epochs": {"qint": [2, 8, 2]}},
        "max_concurrent_trials": 2,
        "seed": 10,
        "max_trials": 12,
        "max_failures": {"first": 3},
    }
    assert {problem.path for problem in found.left_out} == {
        "spec.algorithm.algorithmSettings.gamma",
        "spec.parameters.5",
        "spec.trialTemplate",
    }
    assert {problem.path for problem in found.changed} == {"spec.earlyStopping", "spec.maxFailedTrialCount"}


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [("grid", "grid"), ("bayesianoptimization", "gp"), ("sobol", {"name": "qmc", "sequence": "sobol"})],
)
def test_each_algorithm_has_its_sampler(algorithm: str, expected: Any) -> None:
    document = yaml.safe_load(EXPERIMENT)
    document["spec"]["algorithm"] = {"algorithmName": algorithm}
    assert import_study(document).definition["sampler"] == expected


def test_hyperband_of_katib_is_a_pruner_and_an_unknown_algorithm_is_listed() -> None:
    document = yaml.safe_load(EXPERIMENT)
    settings = [{"name": "eta", "value": "4"}, {"name": "r_l", "value": "16"}]
    document["spec"]["algorithm"] = {"algorithmName": "hyperband", "algorithmSettings": settings}
    document["spec"].pop("earlyStopping")
    found = import_study(document).definition
    assert (found["sampler"], found["pruner"]) == (
        "random",
        {"name": "hyperband", "reduction_factor": 4, "max_epochs": 16},
    )
    document["spec"]["algorithm"] = {"algorithmName": "enas"}
    assert "spec.algorithm: the algorithm 'enas' is not known here" in str([*map(str, import_study(document).left_out)])


def test_an_experiment_without_parameters_is_refused_at_the_place() -> None:
    with pytest.raises(InvalidInput, match=r"spec\.parameters: an Experiment has a list"):
        import_study({"apiVersion": "kubeflow.org/v1beta1", "kind": "Experiment", "spec": {}})


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_config_of_the_lightning_cli_becomes_a_study_of_one_trial(wrapped: bool) -> None:
    config = yaml.safe_load(CONFIG)
    found = import_study({"fit": config} if wrapped else config, experiment="digits-mlp")
    assert found.problems == ()
    assert found.definition == {
        "name": "imported",
        "experiment": "digits-mlp",
        "objective": {"metric": "val_accuracy", "direction": "maximize"},
        "space": {
            "regularizers": {"clip_norm": {"bound": 0.5}, "early_stopping": {"patience": 4}},
            "model": {"hidden": [32, 32]},
            "optimizer": {"name": "adamw", "lr": 0.002, "beta1": 0.9, "beta2": 0.99},
            "schedule": {"name": "step", "every": 0.25, "gamma": 0.5},
        },
        "training": {"epochs": 20, "precision": "bf16-mixed"},
        "seed": 7,
        "resources": {"gpus": 1},
        "max_trials": 1,
    }
    assert {problem.path for problem in found.left_out} == {
        "trainer.devices",
        "trainer.logger",
        "trainer.callbacks.1",
        "data.init_args.file",
        "lr_scheduler.init_args.verbose",
        "ckpt_path",
    }


def with_each_part_as(odd: Any, document: Any) -> Iterator[Any]:
    """The document with each of its parts, however deep, replaced by something odd, one at a time."""
    items = document if isinstance(document, list) else []
    for place, part in document.items() if isinstance(document, dict) else enumerate(items):
        for replaced in (odd, *with_each_part_as(odd, part)):
            changed = document.copy()
            changed[place] = replaced
            yield changed


@pytest.mark.parametrize(
    ("format_", "text"),
    [("wandb", SWEEP), ("katib", EXPERIMENT), ("lightning", CONFIG)],
    ids=["wandb", "katib", "lightning"],
)
@pytest.mark.parametrize(
    "odd",
    ['[["x"]]', "{x: [y]}", "1" + 400 * "0", "-.inf", "x", "null", "true"],
    ids=["list", "mapping", "huge", "infinite", "text", "none", "true"],
)
def test_an_odd_value_anywhere_is_listed_or_refused(format_: str, text: str, odd: str) -> None:
    for document in with_each_part_as(yaml.safe_load(odd), yaml.safe_load(text)):
        with suppress(InvalidInput):
            FORMATS[format_].read(document)


def test_an_odd_value_is_listed_at_its_place() -> None:
    experiment, config = yaml.safe_load(EXPERIMENT), yaml.safe_load(CONFIG)
    experiment["spec"]["parameters"][0]["feasibleSpace"]["max"] = 10**400
    config["trainer"] |= {"accelerator": ["gpu"]}
    config["trainer"]["callbacks"][0]["init_args"]["min_delta"] = "a"
    listed = {told.path for document in (experiment, config) for told in import_study(document).left_out}
    assert {
        "spec.parameters.0",
        "trainer.accelerator",
        "trainer.callbacks.0.init_args.min_delta",
    } <= listed
