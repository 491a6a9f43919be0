"""The catalog at its bounds, and just inside them: two steps, a late gradient, a checkpoint, in some precision."""

from __future__ import annotations

from typing import Any

import pytest

from experiments.catalog import KINDS
from experiments.component import Component
from experiments.config import ExperimentConfig
from experiments.conflicts import conflicts
from experiments.parsing import read_config
from tests.support.training.edges import at_the_edges
from tests.support.training.plain_run import PRECISIONS, PlainRun

ROWS: dict[str, Any] = {"data": "wine", "model": {"name": "mlp", "hidden": [4]}}
IMAGES: dict[str, Any] = {"data": "digits", "model": {"name": "cnn", "channels": [2], "hidden": [4]}}
STEPS: dict[str, Any] = {"data": "digits", "model": {"name": "rnn", "hidden": 3}}
NEEDED: dict[str, dict[str, Any]] = {
    "initializer.delta_orthogonal": IMAGES,
    "initializer.dirac": IMAGES,
    "initializer.recurrent_orthogonal": STEPS,
    "initializer.recurrent_identity": STEPS,
    "regularizer.spatial_dropout": IMAGES,
    "regularizer.augmentation": IMAGES,
    "regularizer.cutmix": IMAGES,
    "regularizer.series_augmentation": {"data": "mnist1d", "model": {"name": "mlp", "hidden": [4]}},
    "regularizer.stochastic_depth": {"data": "wine", "model": {"name": "residual", "width": 4, "depth": 2}},
    "model.cnn": {"data": "digits"},
    "model.residual": {"data": "digits"},
    "model.rnn": {"data": "digits"},
}
"""The other parts of a config that a component needs."""
SHORT: dict[str, dict[str, Any]] = {"initializer.gradinit": {"steps": 2}, "model.residual": {"depth": 1}}
"""Values of fields that are not at an edge, where the defaults would take long."""
CASES = [
    pytest.param(kind, component, id=f"{kind}-{component.id()}")
    for kind in ("initializer", "activation", "normalization", "regularizer", "model")
    for component in KINDS[kind]
    if not component.code_hash
]


def edges(kind: str, component: type[Component]) -> list[ExperimentConfig]:
    """Configs with the component at each of its edges; those whose parts do not go together are none."""
    found = []
    for edge in at_the_edges(KINDS[kind], component):
        fields = SHORT.get(f"{kind}.{component.id()}", {}) | edge.model_dump(exclude_defaults=True)
        part = {component.id(): fields} if kind == "regularizer" else {"name": component.id(), **fields}
        needed = NEEDED.get(f"{kind}.{component.id()}", ROWS)
        plain = {"initializer": "xavier_normal", "optimizer": {"name": "momentum", "lr": 1e-3}, "seed": 1}
        place = "regularizers" if kind == "regularizer" else kind
        config = read_config({**plain, **needed, place: part})
        if not any(conflicts(config)):
            found.append(config)
    return found


@pytest.mark.parametrize(("kind", "component"), CASES)
def test_a_run_is_finite_and_goes_on_from_a_checkpoint(kind: str, component: type[Component]) -> None:
    configs = edges(kind, component)
    assert configs
    for number, config in enumerate(configs):
        for precision in ("64", "bf16-true") if not number else list(PRECISIONS)[number % 4 :][:1]:
            run = PlainRun(config, precision, late=True).steps(1)
            saved = run.checkpoint()
            whole = run.steps(1).found()
            resumed = PlainRun(config, precision, late=True).resume(saved).steps(1).found()
            what = (precision, getattr(config, kind, config.regularizers))
            assert all(bool(value.isfinite().all()) for value in whole.values()), what
            assert all(value.equal(resumed[name]) for name, value in whole.items()), what
