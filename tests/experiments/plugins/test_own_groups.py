"""A config's optimizer takes over the parameter groups of a user's own module, unless it is told not to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from experiments import seeding
from experiments.config import ExperimentConfig
from experiments.errors import InvalidInput, TrainingError
from experiments.optimizers import OPTIMIZERS
from experiments.parsing import parse_config
from experiments.registry import EXPERIMENTS
from experiments.reporting import Decision
from experiments.train import train
from experiments.training.callbacks import Progress
from experiments.training.files.checkpoints import ResumeCheckpoints
from experiments.training.setup import prepare
from experiments.training.trainer import fit
from tests.support.training import optimizers as optimizers_kit
from tests.support.training.optimizers import ByHand, Grouped, batches
from tests.support.training.registering import registered

SGD = {"optimizer": {"name": "sgd", "lr": 0.2}, "schedule": {"name": "linear"}}


@pytest.fixture(scope="module", autouse=True)
def known() -> Iterator[None]:
    """The modules of the kit."""
    with registered(optimizers_kit.__name__):
        yield


def config_of(kind: str, name: str = "groups", training: dict[str, Any] | None = None, **parts: Any) -> Any:
    model = {"name": name} if name == "hands" else {"name": name, "kind": kind}
    training = {"epochs": 2, **(training or {})}
    return parse_config({**EXPERIMENTS[name].base(), "model": model, "training": training, **parts})


def fitted(config: ExperimentConfig, directory: Path, reporter: Any) -> tuple[Grouped, torch.optim.Optimizer, Grouped]:
    """The trained module, its optimizer, and the module with the weights that it started from."""
    seeding.seed(config.seed)
    setup, checkpoints = prepare(config, reporter.log), ResumeCheckpoints(directory, 30.0)
    fit(config, setup, Progress(config, reporter, checkpoints), checkpoints, None)
    optimizer = setup.module.optimizers(use_pl_optimizer=False)
    assert isinstance(optimizer, torch.optim.Optimizer)
    seeding.seed(config.seed)
    start = prepare(config).module
    assert isinstance(setup.module, Grouped)
    assert isinstance(start, Grouped)
    return setup.module, optimizer, start


def changed(module: Grouped, start: Grouped) -> set[str]:
    """The layers that the training has moved."""
    before = start.state_dict()
    return {name.partition(".")[0] for name, weight in module.state_dict().items() if not weight.equal(before[name])}


def scales(module: Grouped, optimizer: torch.optim.Optimizer) -> dict[str, float]:
    """The rate of each parameter relative to the base rate, which the first epochs have lowered."""
    names = {parameter: name for name, parameter in module.named_parameters()}
    groups = optimizer.param_groups
    return {names[parameter]: group.get("lr_scale", 1.0) for group in groups for parameter in group["params"]}


@pytest.mark.parametrize(
    ("kind", "body", "head"),
    [("rates", 1.0, 100.0), ("default", 0.01, 1.0), ("warm-up", 1.0, 100.0), ("total", 1.0, 1.0)],
)
def test_rates_keep_their_ratios_and_what_is_left_out_rests(
    kind: str, body: float, head: float, tmp_path: Path, reporter_class: Any
) -> None:
    """The base rate is that of the module's own optimizer, where a group has it, otherwise that of the first group."""
    optimizer_fields = {"optimizer": {"name": "sgd", "lr": 0.002}, "schedule": "linear"}
    reporter = reporter_class()
    module, optimizer, start = fitted(config_of(kind, **optimizer_fields), tmp_path, reporter)
    assert scales(module, optimizer) == {
        f"{layer}.{part}": pytest.approx(scale)
        for layer, scale in (("body", body), ("head", head))
        for part in ("weight", "bias")
    }
    assert changed(module, start) == {"body", "head"}
    assert module.calls == 1
    assert max(reporter.curve("lr")) <= 0.002
    assert any("2 tensors that it leaves out stay as they are" in line for line in reporter.lines)
    n_told = sum("the schedule of groups itself is left out" in line for line in reporter.lines)
    assert n_told == (kind in {"warm-up", "total"})


def test_an_optimizer_that_finds_its_rate_itself_has_groups_of_one_rate(tmp_path: Path, reporter_class: Any) -> None:
    module, optimizer, start = fitted(config_of("unrated", optimizer="sgd"), tmp_path, reporter_class())
    assert set(scales(module, optimizer).values()) == {1.0}
    assert changed(module, start) == {"body", "head"}


def test_each_step_is_one_at_the_rates_of_the_groups(tmp_path: Path, reporter_class: Any) -> None:
    """Beside plain torch, bit for bit; no gradient of what is left out is measured or clipped with the others."""
    parts = {"optimizer": {"name": "sgd", "lr": 0.002}, "regularizers": {"clip_norm": {"bound": 0.5}}}
    module, _, plain = fitted(config_of("rates", **parts), tmp_path, reporter_class())
    body, head = list(plain.body.parameters()), list(plain.head.parameters())
    optimizer = torch.optim.SGD([{"params": body, "lr": 0.002}, {"params": head, "lr": 0.002 * (1e-2 / 1e-4)}])
    for batch in batches() * 2:
        plain.zero_grad()
        plain.loss(batch).backward()
        torch.nn.utils.clip_grad_norm_([*body, *head], 0.5)
        optimizer.step()
    for weight, expected in zip(module.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(weight, expected, rtol=1e-6, atol=0)


def test_a_group_without_decay_is_not_decayed(tmp_path: Path, reporter_class: Any) -> None:
    """Of the study's optimizer, too, if others are; that an optimizer has no decay at all says nothing."""
    adamw = {"name": "adamw", "weight_decay": 0.3, "decay_biases": True}
    reporter = reporter_class()
    module, optimizer, _ = fitted(config_of("decay", optimizer=adamw), tmp_path / "decay", reporter)
    decays = {id(weight): group["weight_decay"] for group in optimizer.param_groups for weight in group["params"]}
    assert [decays[id(weight)] for weight in (*module.body.parameters(), *module.head.parameters())] == [0.3, 0.0] * 2
    assert any("2 tensors are not decayed" in line for line in reporter.lines)
    module, optimizer, _ = fitted(config_of("rates", optimizer=adamw), tmp_path / "rates", reporter_class())
    assert {group["weight_decay"] for group in optimizer.param_groups} == {0.3}
    _, optimizer, _ = fitted(config_of("decay", optimizer="sgd"), tmp_path / "sgd", reporter_class())
    assert len(optimizer.param_groups) == 1


def test_layer_decay_multiplies_the_ratios(tmp_path: Path, reporter_class: Any) -> None:
    reporter = reporter_class()
    sgd = {"name": "sgd", "lr": 0.002, "layer_decay": 0.5}
    module, optimizer, _ = fitted(config_of("default", optimizer=sgd), tmp_path, reporter)
    found = scales(module, optimizer)
    assert (found["body.weight"], found["head.bias"]) == (pytest.approx(0.005), 1.0)
    assert any("layer_decay multiplies them" in line for line in reporter.lines)


def test_a_resumed_run_keeps_the_groups(tmp_path: Path, reporter_class: Any) -> None:
    config = config_of("warm-up", training={"epochs": 3}, optimizer={"name": "adamw", "lr": 0.002}, schedule="cosine")
    whole, first, second = reporter_class(), reporter_class({1: Decision.STOP}), reporter_class()
    train(config, whole, tmp_path / "whole")
    train(config, first, tmp_path / "first")
    train(config, second, tmp_path / "second", resume=first.checkpoints[0][0])
    assert first.rows() + second.rows() == whole.rows()


def test_muon_and_its_partner_keep_the_ratios(tmp_path: Path, reporter_class: Any) -> None:
    muon = {"name": "muon", "lr": 0.02, "adamw_lr": 0.004}
    module, optimizer, _ = fitted(config_of("default", optimizer=muon), tmp_path, reporter_class())
    found = scales(module, optimizer)
    expected = {"body.weight": 0.002, "body.bias": 0.002, "head.weight": 1.0, "head.bias": 0.2}
    assert found == {name: pytest.approx(scale) for name, scale in expected.items()}


def test_what_is_frozen_in_a_group_is_trained_when_it_thaws(tmp_path: Path, reporter_class: Any) -> None:
    _, optimizer, _ = fitted(config_of("frozen", **SGD), tmp_path, reporter_class())
    assert sum(len(group["params"]) for group in optimizer.param_groups) == 4


@pytest.mark.parametrize("kind", ["rates", "several", "raises"])
def test_without_own_groups_all_parameters_are_trained_alike(kind: str, tmp_path: Path, reporter_class: Any) -> None:
    reporter = reporter_class()
    config = config_of(kind, training={"own_groups": False}, **SGD)
    module, optimizer, start = fitted(config, tmp_path, reporter)
    assert changed(module, start) == {"body", "head", "left_out"}
    assert len(optimizer.param_groups) == 1
    assert module.calls == 0
    assert reporter.lines == []


@pytest.mark.parametrize("kind", ["none", "raises"])
def test_a_module_without_an_optimizer_that_works_gets_the_configs(
    kind: str, tmp_path: Path, reporter_class: Any
) -> None:
    reporter = reporter_class()
    module, _, start = fitted(config_of(kind, **SGD), tmp_path, reporter)
    assert changed(module, start) == {"body", "head", "left_out"}
    told = [line for line in reporter.lines if "configure_optimizers of groups failed (KeyError: 'lr')" in line]
    assert len(told) == (kind == "raises")


def test_a_module_that_configures_nothing_gets_the_configs(
    tmp_path: Path, reporter_class: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in Grouped.__mro__[:2]:
        monkeypatch.delattr(each, "configure_optimizers")
    module, _, start = fitted(config_of("rates", **SGD), tmp_path, reporter_class())
    assert changed(module, start) == {"body", "head", "left_out"}


def test_one_optimizer_cannot_take_the_place_of_several(tmp_path: Path, reporter_class: Any) -> None:
    with pytest.raises(TrainingError, match=r"groups has 2 optimizers, .* sgd .* or set training\.own_groups to false"):
        train(config_of("several", **SGD), reporter_class(), tmp_path)


def test_lbfgs_has_no_groups_of_several_rates(tmp_path: Path, reporter_class: Any) -> None:
    lbfgs: dict[str, Any] = {"optimizer": "lbfgs", "training": {"batch_size": 32}}
    component = OPTIMIZERS.parse("lbfgs")
    module = Grouped()
    with pytest.raises(TrainingError, match=r"lbfgs has one rate, .* several: .* training\.own_groups to false"):
        component.for_model(module, {p: {"lr_scale": 1.0 + p.ndim} for p in module.parameters()})
    assert len(component.for_model(module, {p: {"lr_scale": 1.0} for p in module.body.parameters()}).param_groups) == 1
    with pytest.raises(TrainingError, match="lbfgs has one rate"):
        train(config_of("rates", **lbfgs), reporter_class(), tmp_path)


@pytest.mark.parametrize("after_setup", [False, True])
def test_an_optimizer_for_a_module_that_optimizes_by_hand_is_refused(
    after_setup: bool, tmp_path: Path, reporter_class: Any
) -> None:
    config = config_of("", name="hands", **SGD)
    if after_setup:
        model = {"name": "groups", "kind": "rates", "by_hand_after_setup": True}
        config = parse_config({**EXPERIMENTS["groups"].base(), "model": model, **SGD})
    reporter = reporter_class()
    with pytest.raises(TrainingError, match=r"optimizes by hand, .* leave the optimizer out"):
        train(config, reporter, tmp_path)
    assert reporter.reports == []


def test_a_module_that_nothing_would_train_is_refused_before_its_first_epoch(
    tmp_path: Path, reporter_class: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    reporter = reporter_class()
    with pytest.raises(TrainingError, match=r"groups would not be trained: .* name an optimizer in the config"):
        train(config_of("none"), reporter, tmp_path)
    assert reporter.reports == []
    monkeypatch.setattr(ByHand, "configure_optimizers", lambda self: None)
    monkeypatch.setattr(ByHand, "training_step", lambda self, batch, batch_idx: None)
    train(config_of("", name="hands"), reporter, tmp_path)  # it may train itself
    assert len(reporter.reports) == 2


@pytest.mark.parametrize("base", [{"data": "wine", "model": "mlp"}, {"data": "groups", "model": "groups"}])
def test_own_groups_are_refused_where_there_are_none(base: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match=r"training\.own_groups: "):
        parse_config({**base, "training": {"own_groups": False}})
