"""Handwritten digits of 8×8 pixels from scikit-learn, as most of the projects load them."""

from __future__ import annotations

from typing import Any

import pytorch_lightning as pl
import torch
from sklearn.datasets import load_digits
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, TensorDataset, random_split


def digits(n: int) -> TensorDataset:
    """The first ``n`` scans, (8, 8) from 0 to 1, with their labels."""
    scans, labels = load_digits(return_X_y=True)
    pixels = torch.tensor(scans[:n], dtype=torch.float32).reshape(-1, 8, 8) / 16
    return TensorDataset(pixels, torch.tensor(labels[:n]))


class Digits(pl.LightningDataModule):
    """Split by a generator of its own."""

    def __init__(self, batch_size: int = 32, n: int = 256, split_seed: int = 42) -> None:
        super().__init__()
        self.save_hyperparameters()

    def setup(self, stage: str | None = None) -> None:
        """Three quarters to train on, an eighth to validate and an eighth to test on."""
        n, generator = self.hparams.n, torch.Generator().manual_seed(self.hparams.split_seed)
        parts = [n - 2 * (n // 8), n // 8, n // 8]
        self.train, self.val, self.test = random_split(digits(n), parts, generator)

    def _loader(self, part: Dataset[tuple[Tensor, Tensor]], **options: Any) -> DataLoader[Any]:
        return DataLoader(part, self.hparams.batch_size, **options)

    def train_dataloader(self) -> DataLoader[Any]:
        """Shuffled; a last batch that is not full is left out."""
        return self._loader(self.train, shuffle=True, drop_last=True)

    def val_dataloader(self) -> DataLoader[Any]:
        """In order."""
        return self._loader(self.val)

    def test_dataloader(self) -> DataLoader[Any]:
        """In order."""
        return self._loader(self.test)
