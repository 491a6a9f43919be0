"""What regularizers and normalizations do not go together with is refused with its reason, or warned of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from experiments.conflicts import conflicts, warnings
from experiments.parsing import parse_config, read_config

BASE: dict[str, Any] = {"data": "wine", "model": "mlp"}
IMAGES: dict[str, Any] = {"data": "digits", "model": "cnn"}

REFUSED: list[tuple[Mapping[str, Any], str]] = [
    ({**BASE, "regularizers": ["clip_norm", "clip_value"]}, "clip_norm clips the gradient already"),
    ({**BASE, "regularizers": ["clip_norm", "adaptive_clipping"]}, "clip_norm clips the gradient already"),
    ({**BASE, "regularizers": ["l1", "elastic_net"]}, "contains the penalty of l1"),
    ({**BASE, "regularizers": ["l2", "elastic_net"]}, "contains the penalty of l2"),
    ({**BASE, "regularizers": ["weight_decay"], "optimizer": "adamw"}, "decays weights already"),
    ({**BASE, "regularizers": ["spatial_dropout"]}, "no hidden layer has channels"),
    ({**IMAGES, "regularizers": ["variational_dropout"]}, "it is made for time steps"),
    ({**BASE, "data": "diabetes", "regularizers": ["label_smoothing"]}, "the data have no classes"),
    ({**BASE, "regularizers": ["cutmix"]}, "no box to cut out"),
    ({**BASE, "regularizers": ["stochastic_depth"]}, "only a residual network"),
    ({**BASE, "normalization": "batch", "training": {"batch_size": 1}}, "has no variance for batch norm"),
    ({**BASE, "regularizers": ["ema", "swa"]}, "ema averages the weights already"),
    ({**BASE, "regularizers": ["swa"], "optimizer": "schedule_free_sgd"}, "averages the weights already"),
    ({**BASE, "regularizers": ["fgsm", "pgd"]}, "fgsm wraps the objective"),
    ({**BASE, "regularizers": ["trades", "adversarial_network"]}, "trades wraps the objective"),
    ({**BASE, "data": "diabetes", "regularizers": ["trades"]}, "the data have none; use pgd"),
    ({**BASE, "regularizers": ["augmentation"]}, "it changes images"),
    ({**BASE, "data": "mnist1d", "regularizers": ["augmentation"]}, "it changes images"),
    ({**IMAGES, "regularizers": ["series_augmentation"]}, "it changes sequences"),
    ({**BASE, "regularizers": ["mixup"], "monitor": {"metric": "train_accuracy"}}, "mixup mixes the labels"),
    (
        {
            **BASE,
            "regularizers": {"early_stopping": {"criterion": "GL"}},
            "monitor": {"metric": "val_accuracy", "direction": "maximize"},
        },
        "GL and PQ compare errors",
    ),
]
WARNED: list[tuple[Mapping[str, Any], str]] = [
    ({**BASE, "regularizers": ["pgd"], "training": {"precision": "16-mixed"}}, "vanish in half precision"),
    ({**BASE, "regularizers": ["dropout", "alpha_dropout"]}, "dropout drops hidden units already"),
    ({**BASE, "normalization": "batch", "training": {"accumulate": 4}}, "normalizes over the small batches"),
    ({**BASE, "regularizers": ["swa", "early_stopping"]}, "may end the run before averaging starts"),
    ({**BASE, "regularizers": ["mixup"]}, "counts an answer by the share of its class"),
    ({**IMAGES, "regularizers": ["cutmix"]}, "counts an answer by the share of its class"),
    ({**BASE, "regularizers": ["mixup", "label_smoothing"]}, "mixup softens the targets already"),
    ({**IMAGES, "regularizers": ["mixup", "cutmix"]}, "every batch is then mixed twice"),
    ({**BASE, "regularizers": ["l2", "weight_decay"]}, "pulls the weights towards zero already"),
    ({**BASE, "regularizers": ["l2"], "optimizer": "adamw"}, "the optimizer decays weights already"),
    ({**BASE, "regularizers": ["elastic_net"], "optimizer": "lion"}, "the optimizer decays weights already"),
    ({**BASE, "regularizers": ["adaptive_clipping"], "normalization": "weight"}, "clipped each by its own size"),
    ({**BASE, "regularizers": ["variational_dropout"]}, "without time steps it is plain dropout"),
    ({**BASE, "regularizers": ["alpha_dropout"]}, "for the activation selu alone"),
]
FINE: list[Mapping[str, Any]] = [
    {**BASE, "regularizers": ["l1", "l2", "clip_norm", "dropout", "label_smoothing", "early_stopping"]},
    {**IMAGES, "regularizers": ["spatial_dropout", "elastic_net", "clip_value", "augmentation"]},
    {**BASE, "data": "diabetes", "regularizers": ["mixup", "input_noise", "pgd"]},
    {**BASE, "regularizers": ["weight_decay"], "optimizer": {"name": "adamw", "weight_decay": 0.0}},
    {**BASE, "regularizers": ["l2"], "optimizer": {"name": "adamw", "weight_decay": 0.0}},
]


@pytest.mark.parametrize(("document", "reason"), REFUSED, ids=lambda value: value if isinstance(value, str) else "")
def test_what_is_wrong_is_refused(document: Mapping[str, Any], reason: str) -> None:
    (problem,) = conflicts(read_config(document))
    assert reason in problem.message


@pytest.mark.parametrize(("document", "reason"), WARNED, ids=lambda value: value if isinstance(value, str) else "")
def test_what_is_unwise_is_warned_of(document: Mapping[str, Any], reason: str) -> None:
    config = parse_config(document)
    assert any(reason in problem.message for problem in warnings(config))


@pytest.mark.parametrize("document", FINE)
def test_what_goes_together_is_neither(document: Mapping[str, Any]) -> None:
    config = parse_config(document)
    assert list(warnings(config)) == []
