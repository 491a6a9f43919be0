"""The LightningModule assembled from a config, and the batches it is fed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from torch import Tensor, nn

from experiments.config import ExperimentConfig
from experiments.data._splits import Box, Split
from experiments.initializers._twins import twins_kept
from experiments.models._parts import Parts
from experiments.optimizers._beyond_step import beyond_step
from experiments.regularizers import Regularizer
from experiments.regularizers.roles import HiddenLayer, MovesInputs, Surgery, TargetSmoothing
from experiments.training.objective import TrainingObjective
from experiments.training.tasks import Classification, Regression, Tally, Task

Batch = tuple[Tensor, Tensor]


class Network(pl.LightningModule):
    """A network with its task's loss and its optimizer.

    Loss and metrics are gathered per epoch in ``train_tally`` and ``val_tally``; the callbacks read them there.
    """

    def __init__(
        self,
        network: nn.Module,
        task: Task,
        optimizer: Callable[[Any], torch.optim.Optimizer],
        regularizers: Iterable[Regularizer] = (),
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.network = network
        self.task = task
        self._optimizer = optimizer
        self._objective = TrainingObjective(network, task, tuple(regularizers), seed)
        self.train_tally = Tally()
        self.val_tally = Tally()

    def __setattr__(self, name: str, value: Any) -> None:
        # Lightning notes here which hook runs, some twenty times a step, and torch's setter is made for modules and
        # parameters: going round it takes a tenth off the time of a small network.
        if name == "_current_fx_name":
            object.__setattr__(self, name, value)
        else:
            super().__setattr__(name, value)

    def forward(self, inputs: Tensor) -> Tensor:
        """Logits or values of shape (n, n_outputs)."""
        outputs: Tensor = self.network(inputs)
        return outputs

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """The loss to minimize; penalties on weights act on the gradient and are not in it."""
        inputs, targets = self._objective.batch(*batch, self.current_epoch, batch_idx)
        loss, outputs = self._objective.objective(inputs, targets)
        sums = self.task.sums(outputs.detach(), targets)
        self.train_tally.add(loss, sums, len(targets), (self.current_epoch, batch_idx))
        return loss

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Gathers the plain loss and the metrics."""
        inputs, targets = batch
        outputs = self.network(inputs)
        self.val_tally.add(self.task.loss(outputs, targets), self.task.sums(outputs, targets), len(targets))

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add what regularizers keep beside the weights."""
        checkpoint["objective"] = self._objective.state_dict()

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Take it over."""
        self._objective.load_state_dict(checkpoint["objective"])

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """The config's optimizer; the learning rate is set step by step by a callback."""
        return attached(self._optimizer(self), self)

    def transfer_batch_to_device(self, batch: Batch, device: torch.device, dataloader_idx: int) -> Batch:
        """The batch as it is: ``Batches`` cuts it from tensors that are on the device already."""
        return batch


def attached(optimizer: torch.optim.Optimizer, module: pl.LightningModule) -> torch.optim.Optimizer:
    """The optimizer, to which the module leaves its backward pass if it has one of its own, as second-order ones do."""
    backward = beyond_step(optimizer).backward
    if backward is not None:
        module.backward = backward  # type: ignore[method-assign]
    return optimizer


class Batches:
    """Batches cut from tensors in memory, shuffled anew each epoch when given a seed; no worker, no copy per example.

    The order of epoch e depends on the seed and on e alone, so a resumed run needs no state of it. An example that
    would be left alone in the last batch joins the one before it: a single example has no batch statistics.
    """

    def __init__(self, split: Split, size: int, seed: int | None = None, epoch: Callable[[], int] = int) -> None:
        self.split = split
        self.size = size
        self.seed = seed
        self.epoch = epoch

    def __len__(self) -> int:
        return len(self._sizes())

    def __iter__(self) -> Iterator[Batch]:
        sizes = self._sizes()
        if self.seed is None:
            yield from zip(torch.split(self.split.inputs, sizes), torch.split(self.split.targets, sizes), strict=True)
            return
        for part in torch.split(self._order(self.seed), sizes):
            yield self.split.inputs[part], self.split.targets[part]

    def _sizes(self) -> list[int]:
        full, rest = divmod(len(self.split), self.size)
        if rest == 1 and full and self.size > 1:
            return [self.size] * (full - 1) + [self.size + 1]
        return [self.size] * full + [rest] * (rest > 0)

    def _order(self, seed: int) -> Tensor:
        mixed = int(np.random.SeedSequence([seed, self.epoch()]).generate_state(1, np.uint64)[0] >> np.uint64(1))
        generator = torch.Generator().manual_seed(mixed)
        return torch.randperm(len(self.split), generator=generator).to(self.split.inputs.device)


def assemble(config: ExperimentConfig, box: Box | None = None) -> Network:
    """The network of a config with built-in parts, initialized from torch's random number generator.

    ``box`` is the range of the training inputs; what regularizers make of these stays in it.
    """
    assert config.activation and config.normalization  # noqa: S101 - ``conflicts`` has seen to it
    assert config.optimizer and config.initializer  # noqa: S101
    given = config.regularizers.values()
    regularizers = [each.within(box) if box and isinstance(each, MovesInputs) else each for each in given]

    def extras(dimensions: int) -> Iterable[nn.Module]:
        layers = [each.layer(dimensions) for each in regularizers if isinstance(each, HiddenLayer)]
        return [layer for layer in layers if layer is not None]

    parts = Parts(config.activation.build, config.normalization.layer, extras)
    network = config.model.network(config.data.shape, config.data.n_outputs, parts)
    for surgery in (each for each in regularizers if isinstance(each, Surgery)):
        surgery.install(network)
    with twins_kept(network):
        config.initializer.initialize(network)
    config.normalization.reparametrize(network)
    return Network(network, make_task(config), config.optimizer.for_model, regularizers, config.seed)


def make_task(config: ExperimentConfig) -> Task:
    """The loss and metrics of the config's data, with the smoothing that its regularizers ask for."""
    if config.data.task == "regression":
        return Regression()
    shares = [each.smoothing() for each in config.regularizers.values() if isinstance(each, TargetSmoothing)]
    return Classification(max(shares, default=0.0), config.data.classes, config.data.n_outputs)
