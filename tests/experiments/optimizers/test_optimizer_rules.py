"""What optimizers do not go together with is refused with its reason, or warned of."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from experiments.conflicts import conflicts, rules, rules_of, warnings
from experiments.data import DATA
from experiments.errors import TrainingError
from experiments.optimizers import OPTIMIZERS
from experiments.parsing import read_config
from experiments.train import train

WINE: dict[str, Any] = {"data": "wine", "model": "mlp"}
LBFGS: dict[str, Any] = {**WINE, "optimizer": "lbfgs", "training": {"batch_size": 178}}
FREE: dict[str, Any] = {**WINE, "optimizer": "schedule_free_sgd"}
SAM: dict[str, Any] = {**WINE, "optimizer": "sam"}
HALF: dict[str, Any] = {"training": {"precision": "16-mixed"}}
SMALL: dict[str, Any] = {"name": "mlp", "hidden": [16]}
DIGITS: dict[str, Any] = {"data": "digits", "model": "cnn"}

REFUSED: list[tuple[Mapping[str, Any], str, str]] = [
    ({**WINE, "optimizer": "lbfgs"}, "training.batch_size", "batch_size 178 or more"),
    ({**DIGITS, "optimizer": "lbfgs"}, "training.batch_size", "batch_size 1797 or more"),
    ({**LBFGS, "training": {"batch_size": 178, "accumulate": 2}}, "training.accumulate", "set accumulate to 1"),
    ({**LBFGS, "schedule": "cosine"}, "schedule", "leave the schedule constant"),
    ({**LBFGS, "schedule": {"name": "constant", "warmup": 0.1}}, "schedule", "without a warm-up"),
    ({**LBFGS, "regularizers": ["clip_norm"]}, "regularizers.clip_norm", "changes one without the other"),
    ({**LBFGS, "regularizers": ["weight_decay"]}, "regularizers.weight_decay", "changes one without the other"),
    ({**LBFGS, "regularizers": ["dropout"]}, "regularizers.dropout", "changes one without the other"),
    ({**LBFGS, "training": {"batch_size": 178, "precision": "16-mixed"}}, "training.precision", "choose 32"),
    (
        {**LBFGS, "training": {"batch_size": 178, "lr_range_test": True}},
        "training.lr_range_test",
        "leave the range test",
    ),
    ({**SAM, "training": {"accumulate": 4}}, "training.accumulate", "and batch_size higher"),
    ({**SAM, **HALF}, "training.precision", "still scaled"),
    ({**SAM, "regularizers": ["adversarial_network"]}, "regularizers.adversarial_network", "would learn twice"),
    ({**FREE, "schedule": "one_cycle"}, "schedule", "does the work of a schedule"),
    ({**FREE, "optimizer": "schedule_free_adamw", "schedule": "plateau"}, "schedule", "does the work of a schedule"),
    ({**FREE, "regularizers": ["weight_decay"]}, "regularizers.weight_decay", "is lost; use the optimizer's own"),
    ({**FREE, "regularizers": {"l1": {"proximal": True}}}, "regularizers.l1.proximal", "set proximal to false"),
    ({**FREE, "regularizers": ["ema"]}, "regularizers.ema", "averages the weights already"),
    ({"data": "digits", "model": "rnn", "optimizer": "adahessian"}, "optimizer", "cuDNN do not offer"),
    ({"data": "digits", "model": "rnn", "optimizer": "sophia"}, "optimizer", "cuDNN do not offer"),
    ({**WINE, "optimizer": "sophia", **HALF}, "training.precision", "curvature of a scaled loss"),
]
WARNED: list[tuple[Mapping[str, Any], str, str]] = [
    ({**WINE, "model": {"name": "mlp", "hidden": [8]}, "optimizer": "muon"}, "model.mlp.hidden", "its partner AdamW"),
    ({**WINE, "optimizer": "learned"}, "optimizer.learned", "may stall or diverge"),
    ({**WINE, "model": SMALL, "optimizer": "learned", "training": {"epochs": 500}}, "optimizer.learned", "100 steps"),
    ({**WINE, "optimizer": "prodigy", "training": {"lr_range_test": True}}, "training.lr_range_test", "by itself"),
    ({**FREE, "normalization": "batch"}, "normalization", "is judged at their mean"),
]
FINE: list[Mapping[str, Any]] = [
    {**LBFGS, "regularizers": ["label_smoothing", "early_stopping"]},
    {**SAM, "regularizers": ["weight_decay", "clip_norm"], "schedule": "cosine"},
    {
        **FREE,
        "schedule": {"name": "constant", "warmup": 0.1},
        "regularizers": ["l1", "dropout"],
        "normalization": "layer",
    },
    {**WINE, "optimizer": "muon", "schedule": "cosine", "training": {"accumulate": 2}},
    {**WINE, "model": SMALL, "optimizer": "learned", "training": {"epochs": 20}},
    {**WINE, "optimizer": "adahessian", "training": {"accumulate": 2}},
]


def found(document: Mapping[str, Any], of: Any) -> dict[str, str]:
    return {problem.path: problem.message for problem in of(read_config(document))}


@pytest.mark.parametrize(("document", "place", "reason"), REFUSED)
def test_what_is_wrong_together_is_refused(document: Mapping[str, Any], place: str, reason: str) -> None:
    assert reason in found(document, conflicts)[place]


@pytest.mark.parametrize(("document", "place", "reason"), WARNED)
def test_what_is_unwise_together_is_warned_of(document: Mapping[str, Any], place: str, reason: str) -> None:
    assert reason in found(document, warnings)[place]
    assert not found(document, conflicts)


@pytest.mark.parametrize("document", FINE)
def test_the_rest_is_fine(document: Mapping[str, Any]) -> None:
    assert not found(document, conflicts)
    assert not found(document, warnings)


def test_the_rules_of_an_optimizer_are_in_its_entry_of_the_catalog() -> None:
    assert {rule.second for rule in rules_of("optimizer", "sam")} >= {"training", "regularizer.adversarial_network"}
    known = {f"optimizer.{name}" for name in OPTIMIZERS.names()} | {"optimizer"}
    assert {rule.first for rule in rules() if rule.first.startswith("optimizer")} <= known


@pytest.mark.parametrize("name", DATA.names())
def test_data_say_how_many_examples_they_have(name: str) -> None:
    data = DATA.parse(name)
    assert len(data.load().targets) == data.n_examples


def test_a_full_batch_that_a_users_own_data_break_up_is_refused_when_the_run_starts(
    small: Any, tmp_path: Path, reporter_class: Any
) -> None:
    config = read_config({**LBFGS, "training": {"batch_size": 100, "epochs": 1}})
    with pytest.raises(TrainingError, match=r"all training examples in one batch: raise training\.batch_size"):
        train(config, reporter_class(), tmp_path)
