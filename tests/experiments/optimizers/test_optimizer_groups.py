"""Groups of parameters: layers learn at rates of their own, whatever the schedule, and after a resume too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations
from torch.utils.data import DataLoader, TensorDataset

from experiments import seeding
from experiments.config import ExperimentConfig
from experiments.errors import InvalidInput, TrainingError
from experiments.optimizers import OPTIMIZERS
from experiments.optimizers._groups import layers
from experiments.regularizers import REGULARIZERS
from experiments.reporting import Decision
from experiments.train import train
from experiments.training.callbacks import Progress
from experiments.training.files.checkpoints import ResumeCheckpoints
from experiments.training.module import assemble
from experiments.training.optimizer_step import OptimizerStep, norm_of
from experiments.training.trainer import fit
from tests.support.training.stepwise import take_step

Small = Callable[..., ExperimentConfig]


def test_norms_and_biases_belong_to_the_layer_before_them() -> None:
    model = nn.Sequential(
        nn.Conv2d(1, 2, 3),
        nn.BatchNorm2d(2),
        nn.Flatten(),
        parametrizations.weight_norm(nn.Linear(8, 4)),
        nn.Linear(4, 2),
    )
    model[0].bias.requires_grad_(False)
    found = [[tuple(parameter.shape) for parameter in layer] for layer in layers(model)]
    assert found == [[(2, 1, 3, 3), (2,), (2,)], [(4,), (4, 1), (4, 8)], [(2, 4), (2,)]]


def test_a_shared_parameter_is_counted_once() -> None:
    model = nn.Sequential(nn.Embedding(5, 3), nn.Linear(3, 5))
    model[1].weight = model[0].weight
    assert [len(layer) for layer in layers(model)] == [2]


@pytest.mark.parametrize("decay", [0.0, 0.3])
def test_each_layer_has_its_factor_of_the_rate(decay: float) -> None:
    model = nn.Sequential(nn.Linear(4, 3), nn.LayerNorm(3), nn.Linear(3, 3), nn.Linear(3, 2))
    fields = {"name": "adamw", "lr": 0.1, "layer_decay": 0.5, "weight_decay": decay}
    optimizer = OPTIMIZERS.parse(fields).for_model(model)
    rates = {id(weight): group["lr"] for group in optimizer.param_groups for weight in group["params"]}
    assert [rates[id(weight)] for weight in model.parameters()] == pytest.approx([0.025] * 4 + [0.05] * 2 + [0.1] * 2)
    decays = {id(weight): group["weight_decay"] for group in optimizer.param_groups for weight in group["params"]}
    assert all(decays[id(weight)] == (decay if weight.ndim > 1 else 0.0) for weight in model.parameters())


def change(config: ExperimentConfig, directory: Path, reporter: Any) -> list[Tensor]:
    """What a run changes in each parameter."""
    train(config, reporter, directory)
    after = torch.load(reporter.artifacts["best.ckpt"])["state_dict"]
    seeding.seed(config.seed)
    before = assemble(config).state_dict()
    return [after[name] - before[name] for name in before]


def test_the_schedule_keeps_to_the_factors(small: Small, tmp_path: Path, reporter_class: Any) -> None:
    """After one step in the middle of a warm-up, the hidden layer has gone a quarter of the way."""

    def changes(layer_decay: float) -> list[Tensor]:
        optimizer = {"name": "sgd", "lr": 0.1, "layer_decay": layer_decay}
        config = small(epochs=1, batch_size=500, optimizer=optimizer, schedule={"name": "cosine", "warmup": 0.5})
        return change(config, tmp_path / str(layer_decay), reporter_class(at_end=Decision.KEEP))

    for whole, layered, factor in zip(changes(1.0), changes(0.25), (0.25, 0.25, 1, 1), strict=True):
        torch.testing.assert_close(layered, factor * whole, rtol=1e-3, atol=1e-7)


def test_the_factors_survive_a_resume(small: Small, tmp_path: Path, reporter_class: Any) -> None:
    config = small(epochs=4, optimizer={"name": "adamw", "layer_decay": 0.5}, schedule="one_cycle")
    whole, first, second = reporter_class(), reporter_class(decisions={2: Decision.STOP}), reporter_class()
    train(config, whole, tmp_path / "whole")
    train(config, first, tmp_path / "first")
    train(config, second, tmp_path / "second", resume=first.checkpoints[0][0])
    assert first.rows() + second.rows() == whole.rows()


def test_a_factor_above_one_is_refused_with_its_source() -> None:
    with pytest.raises(InvalidInput, match=r"optimizer\.sgd\.layer_decay: .*Howard & Ruder, 2018"):
        OPTIMIZERS.parse({"name": "sgd", "layer_decay": 1.1})


@pytest.mark.parametrize("name", [member.id() for member in OPTIMIZERS if member.sparse])
def test_sparse_gradients_are_taken(name: str) -> None:
    """The fused forms would refuse them."""
    embedding, dense = nn.Embedding(6, 2, sparse=True), nn.Embedding(6, 2)
    dense.load_state_dict(embedding.state_dict())
    words = torch.tensor([1, 1, 4])
    with torch.sparse.check_sparse_tensor_invariants(False):  # or torch warns that nobody has chosen
        for model in (embedding, dense):
            take_step(OPTIMIZERS.parse(name).for_model(model), lambda model=model: (model(words) ** 2).sum())
    torch.testing.assert_close(embedding.weight, dense.weight)


def test_fused_forms_are_for_dense_gradients_on_the_cpu() -> None:
    """Elsewhere they would unscale gradients after these have been clipped."""
    component = OPTIMIZERS.parse("adagrad")
    models = nn.Linear(2, 2), nn.Linear(2, 2, device="meta"), nn.Embedding(2, 2, sparse=True)
    assert [bool(component.for_model(model).param_groups[0].get("fused")) for model in models] == [True, False, False]


@pytest.mark.parametrize("name", ["sgd", "momentum", "adam"])
def test_every_entry_of_a_tensor_in_bfloat16_moves(name: str) -> None:
    """torch's fused SGD moves the last few alone."""
    model = nn.Linear(40, 1, bias=False, dtype=torch.bfloat16)
    nn.init.ones_(model.weight)
    take_step(OPTIMIZERS.parse({"name": name, "lr": 0.5}).for_model(model), model.weight.sum)
    assert bool((model.weight < 0.6).all())


class Words(pl.LightningModule):
    """Learns the length of a sentence from sparse gradients of its words."""

    def __init__(self, config: ExperimentConfig) -> None:
        super().__init__()
        self.words, self.config = nn.Embedding(6, 1, sparse=True), config

    @property
    def module(self) -> pl.LightningModule:
        return self

    def training_step(self, batch: list[Tensor], batch_idx: int) -> Tensor:
        loss = (self.words(batch[0]).sum(1) - 3).square().mean()
        self.log("val_loss", loss, on_step=False, on_epoch=True)
        return loss

    def configure_optimizers(self) -> torch.optim.Optimizer:
        assert self.config.optimizer
        return self.config.optimizer.for_model(self)

    def loaders(self) -> dict[str, Any]:
        sentences = TensorDataset(torch.tensor([[0, 1, 1], [2, 3, 4]] * 4))
        return {"train_dataloaders": DataLoader(sentences, batch_size=2)}


def test_the_norm_of_no_gradients_is_where_those_of_other_steps_are() -> None:
    """Their mean is taken on the device of the module."""
    assert norm_of([], torch.device("meta")).is_meta


def test_a_run_with_sparse_gradients_measures_their_norm(small: Small, tmp_path: Path, reporter_class: Any) -> None:
    config = small(optimizer={"name": "sgd", "lr": 0.05})
    reporter = reporter_class()
    checkpoints = ResumeCheckpoints(tmp_path, 30.0)
    with torch.sparse.check_sparse_tensor_invariants(False):
        fit(config, Words(config), Progress(config, reporter, checkpoints), checkpoints, None)  # type: ignore[arg-type]
    losses = reporter.curve("val_loss")
    assert losses[-1] < losses[0] / 2
    assert all(norm > 0 for norm in reporter.curve("grad_norm"))


@pytest.mark.parametrize("name", REGULARIZERS.names())
def test_regularizers_take_sparse_gradients_or_say_so(name: str, small: Small) -> None:
    regularizer = REGULARIZERS.parse(name)
    config = replace(small(optimizer="sgd"), regularizers={name: regularizer})
    module = Words(config)
    if not regularizer.sparse:
        with pytest.raises(TrainingError, match=f"{name} takes no sparse gradients: .*sparse=False"):
            take_a_step_without_gradients(config, module)
        return
    with torch.sparse.check_sparse_tensor_invariants(False):
        module.words(torch.tensor([1, 2])).sum().backward()
        take_a_step(config, module)


@pytest.mark.parametrize("name", ["adam", "lion"])
def test_sparse_gradients_are_refused_with_the_remedy(name: str) -> None:
    with pytest.raises(
        TrainingError, match=f"{name} takes no sparse gradients: .* sparse=False, or use one of adagrad, sgd, momentum"
    ):
        OPTIMIZERS.parse(name).for_model(nn.Embedding(6, 2, sparse=True))


@pytest.mark.parametrize(
    ("optimizer", "rates"),
    [
        ({"name": "sgd", "lr": 0.5, "layer_decay": 0.1}, (0.05, 0.5)),
        ({"name": "muon", "lr": 0.5, "adamw_lr": 0.25}, (0.25, 0.25)),
        ({"name": "prodigy", "lr": 2.0, "d0": 1e-2}, (0.02, 0.02)),
        ({"name": "hypergradient", "lr": 0.5}, (0.5, 0.5)),
    ],
)
@pytest.mark.parametrize(
    "regularizer", [{"weight_decay": {"strength": 0.1}}, {"l1": {"strength": 0.1, "proximal": True}}]
)
def test_regularizers_apart_from_the_gradient_act_at_the_rate_of_each_weight(
    regularizer: dict[str, Any], optimizer: dict[str, Any], rates: tuple[float, ...], small: Small
) -> None:
    """With gradients of 0 nothing else moves the weights, and learned rates stay where they start."""
    own = {"weight_decay": 0.0} if optimizer["name"] == "muon" else {}
    config = small(optimizer={**optimizer, **own}, regularizers=regularizer)
    module = assemble(config)
    weights = [parameter for parameter in module.parameters() if parameter.ndim > 1]
    for weight in weights:
        nn.init.ones_(weight)
    take_a_step_without_gradients(config, module)
    for weight, rate in zip(weights, rates, strict=True):
        torch.testing.assert_close(weight.detach(), torch.full_like(weight, 1 - 0.1 * rate))


def take_a_step_without_gradients(config: ExperimentConfig, module: pl.LightningModule) -> None:
    """As a run takes it, with gradients of 0."""
    for parameter in module.parameters():
        parameter.grad = torch.zeros_like(parameter)
    take_a_step(config, module)


def take_a_step(config: ExperimentConfig, module: pl.LightningModule) -> None:
    """As a run takes it, with the gradients that the parameters have."""
    optimizer_step = OptimizerStep(config, [])
    optimizer = module.configure_optimizers()
    assert isinstance(optimizer, torch.optim.Optimizer)
    trainer = SimpleNamespace(
        optimizers=[optimizer], estimated_stepping_batches=10, max_epochs=1, num_training_batches=10
    )
    optimizer_step.start(trainer, module)  # type: ignore[arg-type]
    optimizer_step.before_step(0, optimizer)
    optimizer.step()
    assert optimizer_step.after_batch()
