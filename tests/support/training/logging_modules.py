"""A user's own module that logs what it is told: each metric's values, epoch by epoch."""

from __future__ import annotations

import json
from typing import Any

import pytorch_lightning as pl
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Data(pl.LightningDataModule):
    """A line of 32 points."""

    def __init__(self, loaders: int = 1) -> None:
        super().__init__()
        self.loaders = loaders

    def _points(self) -> Any:
        x = torch.linspace(-1, 1, 32).reshape(-1, 1)
        return DataLoader(TensorDataset(x, 2 * x), 8)

    def train_dataloader(self) -> Any:
        return self._points()

    def val_dataloader(self) -> Any:
        return self._points() if self.loaders == 1 else [self._points() for _ in range(self.loaders)]

    def test_dataloader(self) -> Any:
        return self._points()


class Told(pl.LightningModule):
    """``curves`` is JSON: a metric to its values, null for an epoch in which it is not logged, "nan" or "inf".

    Metrics called ``val_…`` are logged while it validates, all others while it trains. ``loss`` alone is not logged but
    added to what the training step gives.
    """

    def __init__(self, curves: str = "{}", val_every: int = 1, on_step: bool = False) -> None:
        super().__init__()
        self.curves: dict[str, list[Any]] = json.loads(curves)
        self.val_every, self.on_step = val_every, on_step
        self.net = nn.Linear(1, 1)

    def on_fit_start(self) -> None:
        self.trainer.check_val_every_n_epoch = self.val_every

    def _log(self, validates: bool, **how: Any) -> None:
        for name, values in self.curves.items():
            value = values[self.current_epoch] if self.current_epoch < len(values) else None
            if name != "loss" and name.startswith("val_") is validates and value is not None:
                self.log(name, torch.tensor(float(value)), **how)

    def training_step(self, batch: Any, index: int) -> torch.Tensor:
        self._log(False, on_step=self.on_step, on_epoch=not self.on_step)
        added = self.curves.get("loss", [])[self.current_epoch : self.current_epoch + 1]
        return nn.functional.mse_loss(self.net(batch[0]), batch[1]) + sum(float(value or 0) for value in added)

    def validation_step(self, batch: Any, index: int, dataloader_idx: int = 0) -> None:
        self._log(True)
        self.log("val_mse", nn.functional.mse_loss(self.net(batch[0]), batch[1]))

    def test_step(self, batch: Any, index: int) -> None:
        self.log("test_mse", nn.functional.mse_loss(self.net(batch[0]), batch[1]))

    def configure_optimizers(self) -> Any:
        return torch.optim.SGD(self.parameters(), lr=0.05)


class AsTold:
    """What the module says is what the run measures."""

    model, data = Told, Data
