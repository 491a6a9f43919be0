"""Data modules of users, one for each thing that a resumed run must take up again, and some without a loader."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from torch.utils.data import DataLoader, Dataset, IterableDataset, TensorDataset


def line(n: int, seed: int) -> TensorDataset:
    """Sums of four numbers."""
    x = torch.randn(n, 4, generator=torch.Generator().manual_seed(seed))
    return TensorDataset(x, x.sum(1, keepdim=True))


class Lines(pl.LightningDataModule):
    """Shuffled training batches."""

    def setup(self, stage: str) -> None:
        self.train, self.val = line(44, 0), line(16, 1)

    def train_dataloader(self) -> Any:
        return DataLoader(self.train, 8, shuffle=True)

    def val_dataloader(self) -> Any:
        return DataLoader(self.val, 8)


class Noisy(Dataset[Any]):
    """Each example is disturbed anew whenever it is read, by all three generators."""

    def __init__(self, seed: int) -> None:
        self.examples = line(24, seed)

    def __len__(self) -> int:
        return len(self.examples)

    def __getitem__(self, index: int) -> Any:
        x, y = self.examples[index]
        return x + torch.randn(4) / 10, y + random.random() / 10 + float(np.random.rand()) / 10


class ReadByLastingWorkers(pl.LightningDataModule):
    def train_dataloader(self) -> Any:
        return DataLoader(Noisy(0), 8, shuffle=True, num_workers=2, persistent_workers=True)

    def val_dataloader(self) -> Any:
        return DataLoader(Noisy(1), 8, num_workers=1, persistent_workers=True)


class Unjudged(pl.LightningDataModule):
    """No validation data."""

    def train_dataloader(self) -> Any:
        return DataLoader(line(44, 0), 8, shuffle=True)


class OwnGenerator(Lines):
    def setup(self, stage: str) -> None:
        super().setup(stage)
        self.generator = torch.Generator().manual_seed(5)

    def train_dataloader(self) -> Any:
        return DataLoader(self.train, 8, shuffle=True, generator=self.generator)


class Stream(IterableDataset[Any]):
    def __iter__(self) -> Iterator[Any]:
        for x, y in line(44, 0):
            yield x + torch.randn(4) / 10, y


class Streamed(Lines):
    """Training data without a length."""

    def train_dataloader(self) -> Any:
        return DataLoader(Stream(), 8)


class StreamedValidation(Lines):
    """Validation data without a length, one loader of several."""

    def val_dataloader(self) -> Any:
        return {"streamed": DataLoader(Stream(), 8)}


class Curriculum(Lines):
    """Data that change with the epochs that were trained."""

    n_epochs = 0

    def train_dataloader(self) -> Any:
        return DataLoader(self.train, 8, shuffle=True)

    def on_after_batch_transfer(self, batch: Any, dataloader_idx: int) -> Any:
        assert self.trainer is not None
        if self.trainer.training and self.trainer.fit_loop.batch_idx < 0:
            self.n_epochs += 1
        return batch[0], batch[1] * (1 + self.n_epochs / 10)

    def state_dict(self) -> dict[str, Any]:
        return {"n_epochs": self.n_epochs}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.n_epochs = state_dict["n_epochs"]


class EmptyValidation(Unjudged):
    """No loader in a list of them."""

    def val_dataloader(self) -> Any:
        return []
