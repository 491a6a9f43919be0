"""Users' modules that differ in nothing but the package of Lightning that they import."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from experiments.plugins.describing import load
from tests.support.training.registering import forget

PACKAGES = ("pytorch_lightning", "lightning.pytorch")

LINE = """
import LIGHTNING as pl
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Data(pl.LightningDataModule):
    def __init__(self, batch_size: int = 8) -> None:
        super().__init__()
        self.save_hyperparameters()

    def _points(self, n: int, **how) -> DataLoader:
        x = torch.linspace(-1, 1, n).reshape(-1, 1)
        return DataLoader(TensorDataset(x, 2 * x + 1), self.hparams.batch_size, **how)

    def train_dataloader(self) -> DataLoader:
        return self._points(27, shuffle=True)

    def val_dataloader(self) -> DataLoader:
        return self._points(16)

    def test_dataloader(self) -> DataLoader:
        return self._points(9)


class Late(pl.Callback):
    def on_train_epoch_end(self, trainer, pl_module) -> None:
        pl_module.log("late", float(trainer.current_epoch))


class Net(pl.LightningModule):
    def __init__(self, width: int = 8) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.net = nn.Sequential(nn.Linear(1, width), nn.Dropout(0.2), nn.ReLU(), nn.Linear(width, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.net(x)

    def _loss(self, batch, name: str) -> torch.Tensor:
        loss = nn.functional.mse_loss(self(batch[0]), batch[1])
        self.log(f"{name}_loss", loss, on_step=False, on_epoch=True)
        return loss

    def training_step(self, batch, index: int) -> torch.Tensor:
        return self._loss(batch, "train")

    def validation_step(self, batch, index: int) -> None:
        self._loss(batch, "val")

    def test_step(self, batch, index: int) -> None:
        self._loss(batch, "test")

    def configure_callbacks(self):
        return [Late()]

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.05)


class NAME:
    model, data = Net, Data
"""


def line(package: str, name: str) -> str:
    """The source of a module with an experiment called ``name``."""
    return LINE.replace("LIGHTNING", package).replace("NAME", name)


def loaded(folder: Path, sources: dict[str, str], modules: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
    """What ``load`` finds in modules with these sources (all, if none is named); they are forgotten afterward."""
    for name, source in sources.items():
        (folder / f"{name}.py").write_text(source)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        found = load(tuple(modules or sources))
        yield found
    forget(found)
    for name in sources:
        sys.modules.pop(name, None)
