"""No field of the catalog that is searched does nothing: two of its values give two runs, or one is refused or told.

Every component is put where each kind of data and model is. What a rule refuses there, or warns of, need not act.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Literal, get_args, get_origin

import pytest
from torch import Tensor

from experiments.catalog import KINDS
from experiments.component import Component
from experiments.config import ExperimentConfig
from experiments.conflicts import conflicts, warnings
from experiments.errors import InvalidInput
from experiments.parsing import read_config
from experiments.schedules import SCHEDULES, Schedule
from tests.support.training.plain_run import PlainRun

HOMES: dict[str, dict[str, Any]] = {
    "rows, mlp": {"data": "wine", "model": {"name": "mlp", "hidden": [8, 8]}},
    "rows, residual": {"data": "wine", "model": {"name": "residual", "width": 8, "depth": 2}},
    "images, cnn": {"data": "digits", "model": {"name": "cnn", "channels": [3, 3], "hidden": [8]}},
    "images, residual": {"data": "digits", "model": {"name": "residual", "width": 4, "depth": 2}},
    "images, rnn": {"data": "digits", "model": {"name": "rnn", "hidden": 6, "layers": 2}},
    "sequences, mlp": {"data": "mnist1d", "model": {"name": "mlp", "hidden": [8, 8]}},
}
FEWER_HOMES = {
    "initializer": ("rows, mlp", "images, cnn", "images, rnn"),
    "initializer.gradinit": ("rows, mlp",),
    "optimizer": ("images, cnn",),
    "optimizer.muon": tuple(HOMES),
    **{f"regularizer.{attack}": ("images, cnn",) for attack in ("fgsm", "pgd", "trades", "adversarial_network")},
}
"""Where a kind or a component is put, if not everywhere: most optimizers see tensors and no models, attacks inputs."""
STEPS = {
    "optimizer.radam": 8,
    "optimizer.schedule_free_adamw": 4,
    "optimizer.schedule_free_sgd": 4,
    "optimizer.shampoo": 22,
    "optimizer.soap": 4,
    "optimizer.sophia": 4,
    "regularizer.swa": 8,
}
"""How many steps a run needs where more than two: until a mean is trusted, a root is old, an average has begun."""
ELSEWHERE = {
    "regularizer.early_stopping": "it ends a run, and changes no step; its laws show each criterion with each field",
    "initializer.lsuv.tol": "it only decides when a deviation is near enough to 1",
}
"""Fields that such a run cannot show to act, and why."""

CASES = [
    pytest.param(kind, component, id=f"{kind}-{component.id()}")
    for kind in ("initializer", "activation", "normalization", "regularizer", "optimizer", "model")
    for component in KINDS[kind]
    if component.search_ranges() and not component.code_hash and f"{kind}.{component.id()}" not in ELSEWHERE
]


@pytest.mark.parametrize(("kind", "component"), CASES)
def test_a_field_acts_wherever_its_component_goes(kind: str, component: type[Component]) -> None:
    key = f"{kind}.{component.id()}"
    idle = []
    for place in FEWER_HOMES.get(key, FEWER_HOMES.get(kind, HOMES)):
        home = HOMES[place]
        if kind == "model" and home["model"]["name"] != component.id():
            continue
        plain = config(kind, component, home)
        if any(conflicts(plain)) or (kind != "model" and any(warnings(plain))):
            continue
        fields = [field for field in component.search_ranges() if f"{key}.{field}" not in ELSEWHERE]
        idle += [f"{field} on {place}" for field in fields if not acts(kind, component, field, home)]
    assert idle == []


def acts(kind: str, component: type[Component], field: str, home: dict[str, Any]) -> bool:
    """Whether some two values of the field give different runs, with some words in the other fields."""
    ((_, values),) = component.search_ranges()[field].items()
    for others in [{}, *words_beside(component, field)]:
        try:
            configs = [config(kind, component, home, **others, **{field: value}) for value in values]
        except InvalidInput:
            continue
        if any(any(conflicts(each)) for each in configs):
            return True
        first, *rest = (found(each, STEPS.get(f"{kind}.{component.id()}", 2)) for each in reversed(configs))
        if any(differ(first, each) for each in rest):
            return True
    return False


def words_beside(component: type[Component], field: str) -> Iterator[dict[str, Any]]:
    for other, info in component.hyperparameters().items():
        if other != field and get_origin(info.annotation) is Literal:
            yield from ({other: word} for word in get_args(info.annotation))


def config(kind: str, component: type[Component], home: dict[str, Any], **fields: Any) -> ExperimentConfig:
    part: Any = {"name": component.id(), **fields}
    document: dict[str, Any] = {"optimizer": {"name": "sgd", "lr": 0.1}, **home}
    if kind == "regularizer":
        document["regularizers"] = {component.id(): fields}
    else:
        document[kind] = home["model"] | part if kind == "model" else part
    if part["name"] == "lbfgs":
        document["training"] = {"batch_size": 10_000}
    return read_config(document)


def found(config: ExperimentConfig, steps: int) -> dict[str, Tensor]:
    return _found(_Key(config), steps)


class _Key:
    """A config, which equals those with the same content."""

    def __init__(self, config: ExperimentConfig) -> None:
        self.config = config
        self._text = repr(config)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)


@lru_cache(maxsize=64)
def _found(key: _Key, steps: int) -> dict[str, Tensor]:
    return PlainRun(key.config).steps(steps).found()


def differ(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return one.keys() != other.keys() or any(not value.equal(other[name]) for name, value in one.items())


@pytest.mark.parametrize("component", list(SCHEDULES), ids=lambda component: component.id())
def test_a_field_of_a_schedule_changes_the_factors(component: type[Schedule]) -> None:
    for field, search in component.search_ranges().items():
        ((_, values),) = search.items()
        curves = set()
        for others in [{}, *words_beside(component, field)]:
            for value in values:
                schedule = SCHEDULES.parse({"name": component.id(), **others, field: value})
                curves.add((str(others), *(factors(schedule, slope) for slope in (0.0, 0.002))))
        assert len(curves) > len({others for others, *_ in curves}), field


def factors(schedule: Schedule, slope: float) -> tuple[float, ...]:
    """Over a hundred steps in which the metric falls by ``slope`` each."""
    history = [1.0 - slope * step for step in range(100)]
    return tuple(schedule.factor(step, 100, history[:step]) for step in range(100))
