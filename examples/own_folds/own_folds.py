"""Data that say how they may be divided: visits of patients, who stay together, and a series, which has a future."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from studyhall import split


class Rows(pl.LightningDataModule, ABC):
    """Rows in memory, divided as what is read says that they may be."""

    def __init__(self, batch_size: int = 32, seed: int = 0, fold: int | None = None, folds: int = 5) -> None:
        super().__init__()
        self.batch_size, self.seed, self.fold, self.folds = batch_size, seed, fold, folds

    def setup(self, stage: str) -> None:
        """Divide first, then fit whatever is fitted on data: here mean and deviation, on the training rows alone."""
        inputs, targets, says = self.read()
        self.rows = split(len(inputs), seed=self.seed, fold=self.fold, folds=self.folds, **says)
        known = inputs[self.rows.train]
        self.table = TensorDataset((inputs - known.mean(0)) / known.std(0), targets)

    @abstractmethod
    def read(self) -> tuple[Tensor, Tensor, dict[str, Any]]:
        """Inputs, targets, and what the data say of how they may be divided."""

    def train_dataloader(self) -> DataLoader[Any]:
        """Shuffled, which no row's future minds: it is in another part."""
        return self._loader(self.rows.train, shuffle=True)

    def val_dataloader(self) -> DataLoader[Any]:
        """In order."""
        return self._loader(self.rows.validation)

    def test_dataloader(self) -> DataLoader[Any]:
        """In order."""
        return self._loader(self.rows.test)

    def _loader(self, rows: Any, *, shuffle: bool = False) -> DataLoader[Any]:
        return DataLoader(torch.utils.data.Subset(self.table, rows.tolist()), self.batch_size, shuffle=shuffle)


class VisitRows(Rows):
    """Several visits of each of sixty patients, whose own level is easily recognized."""

    def read(self) -> tuple[Tensor, Tensor, dict[str, Any]]:
        """A patient's visits are a group."""
        generator = torch.Generator().manual_seed(0)
        patient = torch.arange(60).repeat_interleave(5)
        level = torch.randn(60, generator=generator)[patient]
        inputs = torch.randn(300, 3, generator=generator) + level[:, None]
        return inputs, inputs[:, 0] - inputs[:, 1] + level, {"groups": patient.numpy()}


class LoadRows(Rows):
    """An hourly load, to be told from the hours before."""

    def __init__(
        self,
        hours: int = 400,
        shuffle: bool = False,
        batch_size: int = 32,
        seed: int = 0,
        fold: int | None = None,
        folds: int = 5,
    ) -> None:
        super().__init__(batch_size, seed, fold, folds)
        self.hours, self.shuffle = hours, shuffle

    def read(self) -> tuple[Tensor, Tensor, dict[str, Any]]:
        """Each row has its time."""
        time = torch.arange(self.hours + 3.0)
        noise = torch.randn(len(time), generator=torch.Generator().manual_seed(0))
        load = torch.sin(time / 24 * 2 * torch.pi) + 0.002 * time + 0.1 * noise
        return load.unfold(0, 3, 1)[:-1], load[3:], {"times": time[3:].numpy(), "shuffle": self.shuffle}


class Line(pl.LightningModule):
    """One linear layer."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(3, 1)

    def _step(self, batch: list[Tensor], part: str) -> Tensor:
        inputs, targets = batch
        loss = nn.functional.mse_loss(self.layer(inputs).squeeze(1), targets)
        self.log(f"{part}_loss", loss, on_step=False, on_epoch=True)
        return loss

    def training_step(self, batch: list[Tensor], batch_idx: int) -> Tensor:
        """Loss of a batch."""
        return self._step(batch, "train")

    def validation_step(self, batch: list[Tensor], batch_idx: int) -> None:
        """Logs ``val_loss``."""
        self._step(batch, "val")

    def test_step(self, batch: list[Tensor], batch_idx: int) -> None:
        """Logs ``test_loss``."""
        self._step(batch, "test")

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Plain descent."""
        return torch.optim.SGD(self.parameters(), lr=0.1)


class Visits:
    """Visits of patients, who are never trained on and judged by."""

    model, data = Line, VisitRows
    defaults = {"training": {"epochs": 5}}  # noqa: RUF012


class Loads:
    """A time series, which is never trained on its future."""

    model, data = Line, LoadRows
    defaults = {"training": {"epochs": 5}}  # noqa: RUF012
