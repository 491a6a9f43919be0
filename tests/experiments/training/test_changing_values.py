"""A training whose values change is a chain of trainings, each of which goes on from the checkpoint of the last."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from torch import nn

from experiments.component import Component
from experiments.config import ExperimentConfig
from experiments.errors import InvalidInput
from experiments.optimizers import OPTIMIZERS, Optimizer
from experiments.parsing import parse_config
from experiments.reporting import Decision
from experiments.schedules import SCHEDULES
from experiments.train import train
from experiments.training.optimizer_step import OptimizerStep

Small = Callable[..., ExperimentConfig]
CHANGES: tuple[dict[str, Any], ...] = (
    {"after_epoch": 0, "values": {"optimizer.lr": 0.01, "optimizer.momentum": 0.9, "regularizers.dropout.p": 0.2}},
    {"after_epoch": 2, "values": {"optimizer.lr": 0.1, "regularizers.dropout.p": 0.4}},
    {"after_epoch": 4, "values": {"optimizer.momentum": 0.5}},
)
PARTS: dict[str, Any] = {
    "optimizer": {"name": "momentum", "lr": 0.01},
    "regularizers": {"dropout": {"p": 0.2}, "ema": {}},
}


def changing(n_changes: int) -> ExperimentConfig:
    """Six epochs with so many of the changes."""
    training = {"epochs": 6, "batch_size": 32, "changes": CHANGES[:n_changes]}
    return parse_config({"data": "wine", "model": "mlp", **PARTS, "training": training})


def test_it_is_the_same_chain_whoever_ends_its_parts(tmp_path: Path, reporter_class: Any) -> None:
    whole = reporter_class()
    expected = train(changing(3), whole, tmp_path / "whole")

    rows, resume = [], None
    for n_changes, stop in ((1, 2), (2, 4), (3, 6)):
        part = reporter_class(decisions={stop: Decision.STOP} if stop < 6 else {})
        result = train(changing(n_changes), part, tmp_path / str(stop), resume)
        rows += part.rows()
        resume = part.checkpoints[-1][0] if part.checkpoints else None
    assert rows == whole.rows()
    assert result.metrics == expected.metrics


def test_values_act_and_are_reported_from_their_epoch_on(tmp_path: Path, reporter_class: Any) -> None:
    runs = [reporter_class() for _ in range(3)]
    for n_changes, run in enumerate(runs, 1):
        train(changing(n_changes), run, tmp_path / str(n_changes))
    constant, two, three = (run.rows() for run in runs)
    losses = [[row[2]["train_loss"] for row in rows] for rows in (constant, two, three)]
    assert losses[0][:2] == losses[1][:2] == losses[2][:2]
    assert losses[0][2] != losses[1][2]
    assert losses[1][:4] == losses[2][:4]
    assert losses[1][4] != losses[2][4]  # by the momentum alone, which stands in the checkpoint too
    assert [row[2]["lr"] for row in three] == [0.01] * 2 + [0.1] * 4
    places = ("optimizer.lr", "optimizer.momentum", "regularizers.dropout.p")
    seen = [tuple(row[2][place] for place in places) for row in three]
    assert seen == [(0.01, 0.9, 0.2)] * 2 + [(0.1, 0.9, 0.4)] * 2 + [(0.1, 0.5, 0.4)] * 2


def numbers(component: type[Component]) -> list[str]:
    """The fields that may change."""
    fields = component.hyperparameters()
    return [name for name in fields if fields[name].annotation in (int, float) and name not in component.unchanging]


def with_another(component: Optimizer, field: str) -> Optimizer:
    value = getattr(component, field)
    others = [value + 1] if isinstance(value, int) else [value * 1.25, value * 0.8]
    for other in others:
        try:
            return type(component)(**{**component.model_dump(), field: other})
        except ValueError:
            continue
    raise AssertionError(f"{component.name}.{field} has no other value near {value}")


@pytest.mark.parametrize("kind", [*OPTIMIZERS], ids=lambda kind: kind.id())
def test_an_optimizer_that_takes_over_a_state_has_the_options_of_a_new_one(kind: type[Optimizer]) -> None:
    network = nn.Sequential(nn.Linear(4, 5), nn.Linear(5, 5), nn.Linear(5, 3))
    decays = {"weight_decay": 0.01} if "weight_decay" in kind.hyperparameters() else {}
    before = kind(name=kind.id(), **decays)  # type: ignore[call-arg]
    for field in numbers(kind):
        if not getattr(before, field):
            continue
        now = with_another(before, field)
        old, new = before.for_model(network), now.for_model(network)
        step = OptimizerStep(parse_config({"data": "wine", "model": "mlp"}), [])
        step.know([new])
        old.load_state_dict(old.state_dict())
        new.load_state_dict(old.state_dict())
        step.change(before, now)
        fresh = now.for_model(network)
        assert [options(group) for group in new.param_groups] == [options(group) for group in fresh.param_groups]
        assert [options(group) for group in new.param_groups] != [options(group) for group in old.param_groups]


def options(group: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in group.items() if name != "params"}


def test_numbers_of_every_schedule_may_change() -> None:
    assert all(numbers(kind) for kind in SCHEDULES)


def refused(changes: Any, **parts: Any) -> dict[str, str]:
    training = {"epochs": 6, "changes": changes, **parts.pop("training", {})}
    with pytest.raises(InvalidInput) as error:
        parse_config({"data": "wine", "model": "mlp", **PARTS, **parts, "training": training})
    return {problem.path: problem.message for problem in error.value.problems}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"model.hidden": 3}, "the network is built before the training"),
        ({"training.batch_size": 8}, "a training is cut into epochs and batches once"),
        ({"initializer.gain": 2.0}, "weights are drawn once, before the training"),
        ({"optimizer.layer_decay": 0.5}, "momentum reads it only where a training begins"),
        ({"optimizer.momentun": 0.5}, "did you mean 'momentum'?"),
        ({"optimizer.momentum.lr": 0.5}, "write a place such as optimizer.lr"),
        ({"regularizers.mixup.alpha": 0.5}, "the config has no such component"),
        ({"schedule.interval": 1}, "only numbers change in a training"),
        ({"optimizer.momentum": 1.5}, "less than 1"),
    ],
)
def test_what_cannot_change_is_refused_with_the_reason(values: dict[str, Any], message: str) -> None:
    found = refused([{"after_epoch": 1, "values": values}])
    (place,) = values
    assert list(found) == [f"training.changes.0.values.{place}"]
    assert message in found[f"training.changes.0.values.{place}"]


def test_a_decay_cannot_begin_in_an_optimizer_that_had_none() -> None:
    change = [{"after_epoch": 1, "values": {"optimizer.weight_decay": 0.1}}]
    found = refused(change, optimizer={"name": "adamw", "weight_decay": 0.0})
    assert "at 0 an optimizer keeps another state" in found["training.changes.0.values.optimizer.weight_decay"]


def test_changes_stand_in_the_order_of_their_epochs_and_within_the_training() -> None:
    values = {"optimizer.lr": 0.1}
    found = refused([{"after_epoch": 3, "values": values}, {"after_epoch": 3, "values": values}])
    assert "write changes in their order" in found["training.changes.1.after_epoch"]
    found = refused([{"after_epoch": 6, "values": values}])
    assert "the training is over after 6 epochs" in found["training.changes.0.after_epoch"]
    found = refused([{"after_epoch": 1, "values": values}], training={"lr_range_test": True})
    assert "leave it out" in found["training.lr_range_test"]


def test_what_goes_together_must_do_so_after_each_change() -> None:
    change = [{"after_epoch": 1, "values": {"optimizer.weight_decay": 0.2}}]
    with pytest.raises(InvalidInput, match="weight_decay"):
        parse_config(
            {
                "data": "wine",
                "model": "mlp",
                "optimizer": {"name": "adamw", "weight_decay": 0.1},
                "regularizers": {"weight_decay": {}},
                "training": {"changes": change},
            }
        )
