"""A user's module with one fault of each kind, by the name of the fault; without one it is sound."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Data(pl.LightningDataModule):
    """Sums of so many numbers, of which the module takes four; ``drawn`` from the system, they are others each time.

    It may ask the module for something, which is there in a training alone.
    """

    def __init__(
        self, batch_size: int = 8, numbers: int = 4, validation: bool = True, drawn: bool = False, asks: bool = False
    ) -> None:
        super().__init__()
        self.batch_size, self.numbers, self.validation, self.drawn = batch_size, numbers, validation, drawn
        self.asks = asks

    def setup(self, stage: str | None = None) -> None:
        if self.asks:
            self.numbers = self.trainer.lightning_module.net.in_features
        x = torch.randn(96, self.numbers, generator=torch.Generator().manual_seed(time.time_ns() if self.drawn else 0))
        y = x.sum(1, keepdim=True)
        self.sets = [TensorDataset(x[part], y[part]) for part in (slice(64), slice(64, 80), slice(80, 96))]

    def _loader(self, part: int) -> Any:
        return DataLoader(self.sets[part], self.batch_size)

    def train_dataloader(self) -> Any:
        return self._loader(0)

    def val_dataloader(self) -> Any:
        return self._loader(1) if self.validation else []

    def test_dataloader(self) -> Any:
        return self._loader(2)


class Net(pl.LightningModule):
    """One layer, and a schedule that wants to know the steps of the whole run."""

    def __init__(self, fault: str = "", file: str = "") -> None:
        super().__init__()
        self.fault, self.file = fault, file
        if fault == "init":
            raise ValueError("width must be even")
        self.net = nn.Linear(4, 1)

    def setup(self, stage: str) -> None:
        if self.fault == "setup":
            raise FileNotFoundError("no weights here")
        if self.fault == "exit":
            sys.exit(3)
        if self.fault == "waits":  # says that it runs, and waits until it is told to go on
            Path(self.file, str(os.getpid())).touch()
            while not Path(self.file, "go").exists():
                time.sleep(0.01)

    def training_step(self, batch: Any, index: int) -> torch.Tensor:
        return self._loss(batch, "train_loss")

    def validation_step(self, batch: Any, index: int) -> None:
        self._loss(batch, "val_loss")
        if self.current_epoch >= 2:
            self.log("val_f1", 0.5)

    def test_step(self, batch: Any, index: int) -> None:
        self._loss(batch, "test_loss")

    def _loss(self, batch: Any, name: str) -> torch.Tensor:
        loss = nn.functional.l1_loss(self.net(batch[0]), batch[1])
        if self.fault != "silent":
            self.log(name, loss, on_step=False, on_epoch=True)
        return loss

    def on_train_epoch_end(self) -> None:
        if self.fault == "hook":
            raise AttributeError("no such table")

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        if self.fault == "unpicklable":
            checkpoint["mine"] = lambda: None
        if self.fault == "unloadable":
            checkpoint["mine"] = Path("somewhere")

    def configure_optimizers(self) -> Any:
        if self.fault == "optimizers":
            raise KeyError("lr")
        optimizer = torch.optim.SGD(self.parameters(), lr=0.01)
        steps = int(self.trainer.estimated_stepping_batches)
        warm_up = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, step / (steps // 10)))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": warm_up, "interval": "step"}}


class Faulty:
    """Sound, unless it is told otherwise."""

    model, data = Net, Data
    defaults = {"training": {"epochs": 4, "batch_size": 8}}  # noqa: RUF012 - as users write it
