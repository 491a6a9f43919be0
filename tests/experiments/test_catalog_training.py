"""Every component trains for real, once: it learns, and a resumed run repeats the curve and the state, bit for bit."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from experiments.catalog import KINDS
from experiments.config import ExperimentConfig
from experiments.parsing import parse_config
from experiments.train import train

EPOCHS = 3
IMAGES = {"data": "digits", "model": {"name": "cnn", "channels": [4]}, "batch_size": 200}
ROWS = {"data": "digits", "model": {"name": "rnn", "hidden": 8}, "batch_size": 200}
NEEDED: dict[str, dict[str, Any]] = {
    "initializer.recurrent_orthogonal": ROWS,
    "initializer.recurrent_identity": ROWS | {"model": {"name": "rnn", "hidden": 8, "cell": "rnn_relu"}},
    "regularizer.spatial_dropout": IMAGES,
    "regularizer.variational_dropout": ROWS,
    "regularizer.cutmix": IMAGES,
    "regularizer.stochastic_depth": {"model": {"name": "residual", "width": 16}},
    "regularizer.augmentation": IMAGES,
    "regularizer.series_augmentation": {"data": "mnist1d", "batch_size": 500},
    "optimizer.lbfgs": {"batch_size": 178},
    "model.cnn": IMAGES,
    "model.rnn": ROWS,
    "data.diabetes": {"model": {"name": "mlp", "hidden": [8]}},
    "data.mnist1d": {"batch_size": 500},
    "data.mnist5k": {"batch_size": 500},
}
"""The other parts of a config that a component needs, or that make its run short."""

CASES = [(kind, member.id()) for kind in KINDS for member in KINDS[kind] if not member.code_hash]


@pytest.mark.parametrize(("kind", "name"), CASES, ids=[f"{kind}-{name}" for kind, name in CASES])
def test_the_component_learns_and_resumes(
    kind: str, name: str, tmp_path: Path, small: Callable[..., ExperimentConfig], reporter_class: Any
) -> None:
    """The checkpoint is that of the whole run after its first epoch, as a worker that is lost later leaves it."""
    part: dict[str, Any] = {"regularizers": [name]} if kind == "regularizer" else {kind: name}
    config = small(epochs=EPOCHS, **part | NEEDED.get(f"{kind}.{name}", {}))
    assert parse_config(json.loads(json.dumps(config.to_json()))) == config
    whole, rest = reporter_class(), reporter_class()
    result = train(config, whole, tmp_path / "whole", checkpoint_every=0.0)
    assert set(result.metrics) == set(config.metric_names())
    assert all(math.isfinite(value) for value in result.metrics.values())
    losses = whole.curve("train_loss")
    assert losses[-1] < losses[0]
    first, second = (path for path, _ in whole.checkpoints[:2])
    torch.rand(11)
    train(config, rest, tmp_path / "rest", resume=first, checkpoint_every=0.0)
    assert rest.rows() == whole.rows()[1:]
    assert same(*(state_in(path) for path in (second, rest.checkpoints[0][0])))


def state_in(path: Path) -> dict[str, Any]:
    """What the training goes on from: weights, and what optimizer and objective keep beside them."""
    content = torch.load(path, weights_only=True)
    return {part: content[part] for part in ("state_dict", "optimizer_states", "objective")}


def same(one: Any, other: Any) -> bool:
    """Whether two states are equal, bit for bit."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return torch.equal(one, other) if isinstance(one, torch.Tensor) else bool(one == other)
