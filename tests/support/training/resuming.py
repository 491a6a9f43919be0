"""Modules of users, one for each thing that a resumed run must take up again."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import BackboneFinetuning, EarlyStopping, ModelCheckpoint
from torch import Tensor, nn, optim
from torch.optim import lr_scheduler

from tests.support.training.resuming_data import (
    Curriculum,
    EmptyValidation,
    Lines,
    OwnGenerator,
    ReadByLastingWorkers,
    Streamed,
    StreamedValidation,
    Unjudged,
)


class Net(pl.LightningModule):
    """Dropout draws from the random numbers that the loaders draw from."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(0.2))
        self.head = nn.Linear(8, 1)

    def forward(self, inputs: Tensor) -> Tensor:
        outputs: Tensor = self.head(self.backbone(inputs))
        return outputs

    def loss(self, batch: Any, name: str) -> Tensor:
        """Logged by the name, at each step and each epoch."""
        loss = nn.functional.mse_loss(self(batch[0]), batch[1])
        self.log(f"{name}_loss", loss, on_step=name == "train", on_epoch=True)
        return loss

    def training_step(self, batch: Any, index: int) -> Any:
        return self.loss(batch, "train")

    def validation_step(self, batch: Any, index: int) -> None:
        self.loss(batch, "val")

    def test_step(self, batch: Any, index: int) -> None:
        self.loss(batch, "test")

    def sgd(self) -> optim.Optimizer:
        """Its own optimizer."""
        return optim.SGD(self.parameters(), lr=0.02, momentum=0.9)

    def configure_optimizers(self) -> Any:
        return self.sgd()


def falling(optimizer: optim.Optimizer, monitor: str, **interval: Any) -> dict[str, Any]:
    """A rate that falls each time it is asked about."""
    schedule = lr_scheduler.ReduceLROnPlateau(optimizer, patience=0, threshold=100.0, factor=0.7)
    return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "monitor": monitor, **interval}}


class Plateau(Net):
    def configure_optimizers(self) -> Any:
        return falling(self.sgd(), "val_loss")


class PlateauOfSteps(Net):
    def configure_optimizers(self) -> Any:
        return falling(self.sgd(), "train_loss_step", interval="step", frequency=4)


class PlateauOfRareValidation(Net):
    def configure_optimizers(self) -> Any:
        self.trainer.check_val_every_n_epoch = 2
        return falling(self.sgd(), "val_loss", strict=False)


class OneCycle(Net):
    def configure_optimizers(self) -> Any:
        optimizer, total = optim.SGD(self.parameters(), lr=0.01), int(self.trainer.estimated_stepping_batches)
        schedule = lr_scheduler.OneCycleLR(optimizer, 0.05, total_steps=total, cycle_momentum=False)
        return [optimizer], [{"scheduler": schedule, "interval": "step"}]


class TwoSchedules(Net):
    def configure_optimizers(self) -> Any:
        optimizer = self.sgd()
        by_epoch = {"scheduler": lr_scheduler.StepLR(optimizer, 1, 0.5), "interval": "epoch", "frequency": 2}
        by_step = {"scheduler": lr_scheduler.ExponentialLR(optimizer, 0.98), "interval": "step", "frequency": 4}
        return [optimizer], [by_epoch, by_step]


class OftenValidated(Net):
    def setup(self, stage: str) -> None:
        self.trainer.val_check_interval = 0.5


class HeadAlone(Net):
    """The gradients of what its optimizer leaves out are never cleared."""

    def configure_optimizers(self) -> Any:
        return optim.SGD(self.head.parameters(), lr=0.05)


class ByHand(Net):
    """Steps at every fourth batch, so that gradients are left over at the end of an epoch; schedules by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.automatic_optimization = False

    def training_step(self, batch: Any, index: int) -> None:
        optimizers: Any = self.optimizers()
        self.manual_backward(self.loss(batch, "train"))
        if index % 4 == 3:
            for optimizer in optimizers:
                optimizer.step()
                optimizer.zero_grad()

    def on_train_epoch_end(self) -> None:
        schedule: Any = self.lr_schedulers()
        schedule.step(self.trainer.callback_metrics["train_loss_epoch"])

    def configure_optimizers(self) -> Any:
        optimizers = [optim.SGD(part.parameters(), lr=0.05) for part in (self.backbone, self.head)]
        return optimizers, [lr_scheduler.ReduceLROnPlateau(optimizers[0], patience=0, threshold=100.0)]


class MovingAverage(pl.Callback):
    """Pulls the weights towards their average, and counts the epochs that have begun."""

    def __init__(self) -> None:
        self.average: dict[str, Tensor] = {}
        self.begun = 0

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self.begun += 1

    def on_train_batch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule, *_: Any) -> None:
        with torch.no_grad():
            for name, weight in pl_module.named_parameters():
                average = self.average.setdefault(name, weight.clone())
                average.lerp_(weight, 0.1 / self.begun)
                weight.lerp_(average, 0.1)

    def state_dict(self) -> dict[str, Any]:
        return {"average": self.average, "begun": self.begun}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.average, self.begun = state_dict["average"], state_dict["begun"]


class WithCallback(Net):
    def configure_callbacks(self) -> Sequence[pl.Callback]:
        return [MovingAverage()]


class EndsItself(Net):
    def configure_callbacks(self) -> Sequence[pl.Callback]:
        return [EarlyStopping("val_loss", mode="max", patience=1)]


class SavesItself(Net):
    """Its callback saves a file after each validation."""

    def configure_callbacks(self) -> Sequence[pl.Callback]:
        return [ModelCheckpoint(monitor="val_loss")]


class ThawedLater(Net):
    """A callback adds a group to the optimizer when its second epoch begins."""

    def configure_callbacks(self) -> Sequence[pl.Callback]:
        return [BackboneFinetuning(unfreeze_backbone_at_epoch=1)]

    def configure_optimizers(self) -> Any:
        return optim.SGD(filter(lambda weight: weight.requires_grad, self.parameters()), lr=0.05)


class Grows(Net):
    """Adds a group to its optimizer in a way that no checkpoint tells."""

    def on_train_epoch_start(self) -> None:
        optimizer: Any = self.optimizers()
        if self.current_epoch == 1:
            optimizer.add_param_group({"params": list(self.backbone.parameters()), "lr": 0.01})

    def configure_optimizers(self) -> Any:
        return optim.SGD(self.head.parameters(), lr=0.05)


class DrawsInHooks(Net):
    """Random numbers outside of the steps, and in the validation."""

    def on_train_start(self) -> None:
        self.target = torch.randn(1)

    def on_train_epoch_start(self) -> None:
        self.noise = torch.randn(1) * random.random()

    def training_step(self, batch: Any, index: int) -> Any:
        return super().training_step((batch[0], batch[1] + self.noise + self.target), index)

    def validation_step(self, batch: Any, index: int) -> None:
        self.loss((batch[0] + 0.1 * torch.randn_like(batch[0]), batch[1]), "val")


class Keeping(Net):
    """Puts something into its checkpoints that cannot be read back, or can."""

    def __init__(self, what: str) -> None:
        super().__init__()
        self.what = what

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        kept = {"path": Path("here"), "array": np.zeros(2), "class": Lines(), "function": lambda: 1, "number": 1.0}
        checkpoint["kept"] = {"first": [kept["number"], kept[self.what]]}


class KeepingAndSaving(Keeping):
    """Both, and what its callback saves may hold anything."""

    def configure_callbacks(self) -> Sequence[pl.Callback]:
        return [ModelCheckpoint()]


MODELS = (
    *(Plateau, PlateauOfSteps, PlateauOfRareValidation, OneCycle, TwoSchedules, OftenValidated),
    *(WithCallback, EndsItself, SavesItself, ThawedLater, DrawsInHooks),
)
PAIRS: list[tuple[type[Net], type[pl.LightningDataModule]]] = [
    *((model, Lines) for model in (*MODELS, Keeping, KeepingAndSaving, Grows)),
    *((Net, data) for data in (ReadByLastingWorkers, OwnGenerator, Streamed, StreamedValidation, Curriculum)),
    *((model, Unjudged) for model in (HeadAlone, ByHand, Net)),
    (Net, EmptyValidation),
]
EXPERIMENTS: list[str] = []
for _model, _data in PAIRS:
    EXPERIMENTS.append(f"{_model.__name__}-on-{_data.__name__}".lower())
    _parts = {"model": _model, "data": _data, "name": EXPERIMENTS[-1], "__module__": __name__}
    globals()[EXPERIMENTS[-1]] = type("Pair", (), _parts)
RESUMING = [name for name in EXPERIMENTS if not name.startswith(("keeping", "grows", "net-on-empty"))]
