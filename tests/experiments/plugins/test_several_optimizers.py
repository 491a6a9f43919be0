"""Modules with optimizers of their own: what a config adds to a step acts once, on the parameters of the optimizer.

Each run is compared with the same steps in plain torch, bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from experiments import seeding
from experiments.config import ExperimentConfig
from experiments.parsing import parse_config
from experiments.registry import EXPERIMENTS
from experiments.reporting import Decision
from experiments.training.setup import prepare
from tests.support.training import optimizers as optimizers_kit
from tests.support.training.fitting import fitted
from tests.support.training.optimizers import BATCHES, TwoLayers, batches
from tests.support.training.registering import registered

STRENGTH = 0.1
L2 = {"l2": {"strength": STRENGTH}}


@pytest.fixture(scope="module", autouse=True)
def known() -> Iterator[None]:
    """The modules of the kit."""
    with registered(optimizers_kit.__name__):
        yield


def config_of(name: str, epochs: int = 2, model: dict[str, Any] | None = None, **parts: Any) -> ExperimentConfig:
    model = {"name": name, **(model or {})}
    return parse_config({**EXPERIMENTS[name].base(), "model": model, "training": {"epochs": epochs}, **parts})


def untrained(config: ExperimentConfig) -> TwoLayers:
    """The module with the weights that a run starts from."""
    seeding.seed(config.seed)
    module = prepare(config).module
    assert isinstance(module, TwoLayers)
    return module


def trained(config: ExperimentConfig, directory: Path, reporter: Any) -> list[Tensor]:
    """The weights after the last step."""
    return list(fitted(config, directory, reporter)[0].module.parameters())


def gradient(module: TwoLayers, batch: Any, parameters: Sequence[Tensor], strength: float = STRENGTH) -> Tensor:
    """Compute gradients with the penalty on weights; returns their norm."""
    for parameter in parameters:
        parameter.grad = None
    module.loss(batch).backward()
    for parameter in parameters:
        if parameter.ndim > 1:
            parameter.grad.add_(parameter.detach(), alpha=strength)
    return torch.nn.utils.get_total_norm([parameter.grad for parameter in parameters])


def same(found: Sequence[Tensor], module: torch.nn.Module) -> bool:
    return all(map(torch.equal, found, module.parameters()))


@pytest.mark.parametrize(
    "model", [{}, {"toggled": True}, {"per_batch": 3}, {"closures": True}], ids=lambda fields: str([*fields])
)
def test_each_optimizers_step_is_penalized_measured_and_clipped_once(
    model: dict[str, Any], tmp_path: Path, reporter_class: Any
) -> None:
    config = config_of("hands", model=model, regularizers={**L2, "clip_norm": {"bound": 0.5}})
    plain, reporter = untrained(config), reporter_class()
    body, head = list(plain.body.parameters()), list(plain.head.parameters())
    steps, norms = [(torch.optim.SGD(body, lr=0.05), body), (torch.optim.SGD(head, lr=0.02), head)], []
    for batch in batches() * 2:
        for optimizer, parameters in steps:
            for _ in range(model.get("per_batch", 1)):
                norms.append(gradient(plain, batch, parameters))
                torch.nn.utils.clip_grads_with_norm_(parameters, 0.5, norms[-1])
                optimizer.step()
    assert same(trained(config, tmp_path, reporter), plain)
    first = torch.stack(norms[: len(norms) // 2]).mean().item()
    assert reporter.curve("grad_norm")[0] == pytest.approx(first, rel=1e-6)


def test_what_two_optimizers_share_is_penalized_with_the_first_step_of_a_batch(
    tmp_path: Path, reporter_class: Any
) -> None:
    config = config_of("hands", model={"shared": True}, regularizers=L2)
    plain = untrained(config)
    body, head = list(plain.body.parameters()), list(plain.head.parameters())
    first, second = torch.optim.SGD([*body, *head], lr=0.05), torch.optim.SGD(head, lr=0.02)
    for batch in batches() * 2:
        gradient(plain, batch, [*body, *head])
        first.step()
        gradient(plain, batch, head, strength=0.0)
        second.step()
    assert same(trained(config, tmp_path, reporter_class()), plain)


@pytest.mark.parametrize("model", ["closures", "cleared"])
def test_a_proximal_penalty_acts_once_a_step_however_often_that_evaluates(
    model: str, tmp_path: Path, reporter_class: Any
) -> None:
    regularizers = {"l1": {"strength": STRENGTH, "proximal": True}}
    config = config_of("hands", model={model: True}, regularizers=regularizers)
    plain = untrained(config)
    layers = [(list(layer.parameters()), rate) for layer, rate in ((plain.body, 0.05), (plain.head, 0.02))]
    for batch in batches() * 2:
        for parameters, rate in layers:
            gradient(plain, batch, parameters, strength=0.0)
            torch.optim.SGD(parameters, lr=rate).step()
        for (weight, _), rate in layers:
            with torch.no_grad():
                weight.copy_(weight.sign() * (weight.abs() - rate * STRENGTH).clamp(min=0.0))
    assert same(trained(config, tmp_path, reporter_class()), plain)


def test_an_average_that_starts_late_counts_batches_and_not_the_steps_of_all_optimizers(
    tmp_path: Path, reporter_class: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    shares: list[float] = []
    regularizer = config_of("hands", regularizers=["ema"]).regularizers["ema"]
    monkeypatch.setattr(type(regularizer), "share", lambda self, n, done: shares.append(done) or 0.0)
    trained(config_of("hands", regularizers=["ema"]), tmp_path, reporter_class())
    assert shares == [(index + 1) / (2 * BATCHES) for index in range(2 * BATCHES)]


def test_steps_that_nobody_sees_are_told(tmp_path: Path, reporter_class: Any) -> None:
    reporter = reporter_class()
    trained(config_of("hands", model={"unseen": True}, regularizers=L2), tmp_path, reporter)
    (line,) = [line for line in reporter.lines if "no step" in line]
    assert "nothing of l2 acted" in line
    assert "self.optimizers()" in line


def test_epochs_without_a_step_that_is_seen_are_told_apart_and_leave_checkpoints(
    tmp_path: Path, reporter_class: Any
) -> None:
    reporter = reporter_class(decisions={2: Decision.STOP})
    fitted(config_of("hands", epochs=3, model={"unseen": True}), tmp_path, reporter)
    assert [report.step for report in reporter.reports] == [1, 2]
    assert [step for _, step in reporter.checkpoints] == [2]


@pytest.mark.parametrize("joins", [False, True])
def test_what_thaws_is_penalized_measured_and_clipped_from_then_on(
    joins: bool, tmp_path: Path, reporter_class: Any
) -> None:
    config = config_of("thaws", model={"joins": joins}, regularizers={**L2, "clip_norm": {"bound": 0.5}})
    plain, reporter = untrained(config), reporter_class()
    body, head = list(plain.body.parameters()), list(plain.head.parameters())
    optimizer, norms = torch.optim.SGD([{"params": head, "lr": 0.05}]), []
    start = [parameter.clone() for parameter in body]
    for epoch in range(2):
        if epoch == 1:
            plain.body.requires_grad_(True)
            optimizer.add_param_group({"params": body, "lr": 0.005 if joins else 0.05})
        parameters = [*body, *head] if epoch else head
        for batch in batches():
            norms.append(gradient(plain, batch, parameters))
            torch.nn.utils.clip_grads_with_norm_(parameters, 0.5, norms[-1])
            optimizer.step()
    found = trained(config, tmp_path, reporter)
    assert same(found, plain)
    assert not torch.equal(found[0], start[0])
    expected = [torch.stack(norms[i : i + BATCHES]).mean().item() for i in (0, BATCHES)]
    assert reporter.curve("grad_norm") == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("name", ["l1", "l2", "elastic_net", "clip_norm", "clip_value", "adaptive_clipping"])
def test_what_is_frozen_is_left_as_it_is(name: str, tmp_path: Path, reporter_class: Any) -> None:
    config = config_of("thaws", epochs=1, regularizers=[name])
    start = untrained(config)
    setup, _ = fitted(config, tmp_path, reporter_class())
    body = list(setup.module.get_submodule("body").parameters())
    assert all(map(torch.equal, body, start.body.parameters()))
    assert all(parameter.grad is None for parameter in body)


def test_a_group_that_joins_keeps_its_share_of_the_rate_under_a_schedule(tmp_path: Path, reporter_class: Any) -> None:
    """The module asks for a tenth of the rate of the moment."""
    parts = {"optimizer": {"name": "sgd", "lr": 0.05}, "schedule": {"name": "linear"}}
    config = config_of("thaws", epochs=3, model={"joins": True}, **parts)
    rates: list[list[float]] = []
    optimizer_step = fitted_rates(config, tmp_path, reporter_class, rates)
    assert len(optimizer_step) == 3 * BATCHES
    assert [len(each) for each in rates] == [1] * BATCHES + [2] * 2 * BATCHES
    assert all(each[1] == pytest.approx(each[0] / 10) for each in rates[BATCHES:-1])
    assert rates[-2][0] < rates[BATCHES][0]


def fitted_rates(
    config: ExperimentConfig, directory: Path, reporter_class: Callable[..., Any], rates: list[list[float]]
) -> list[list[float]]:
    """The rates of all groups at every step."""
    seen = torch.optim.SGD.step

    def step(self: torch.optim.SGD, closure: Any = None) -> Any:
        outcome = seen(self, closure)
        rates.append([float(group["lr"]) for group in self.param_groups])
        return outcome

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.optim.SGD, "step", step)
        fitted(config, directory, reporter_class())
    return rates
