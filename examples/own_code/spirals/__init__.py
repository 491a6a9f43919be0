"""Two spirals in the plane, told apart by a small network."""

from __future__ import annotations

from typing import Any, Literal

import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

_ACTIVATIONS = {"tanh": nn.Tanh, "relu": nn.ReLU}


class SpiralNet(pl.LightningModule):
    """A multilayer perceptron with its own loss, metrics and optimizer."""

    def __init__(
        self,
        width: int = 32,
        depth: int = 2,
        activation: Literal["tanh", "relu"] = "tanh",
        p: float = 0.0,
        head: Any = None,
    ) -> None:
        super().__init__()
        self.save_hyperparameters(ignore=["head"])
        widths = [2, *[width] * depth]
        layers = [
            layer
            for i in range(depth)
            for layer in (nn.Linear(widths[i], widths[i + 1]), _ACTIVATIONS[activation](), nn.Dropout(p))
        ]
        self.layers = nn.Sequential(*layers, head or nn.Linear(width, 1))

    def forward(self, points: Tensor) -> Tensor:
        """One logit per point."""
        return self.layers(points).squeeze(1)

    def _step(self, batch: list[Tensor], split: str) -> Tensor:
        points, labels = batch
        logits = self(points)
        loss = nn.functional.binary_cross_entropy_with_logits(logits, labels)
        accuracy = ((logits > 0) == (labels > 0.5)).float().mean()
        self.log_dict({f"{split}_loss": loss, f"{split}_accuracy": accuracy}, on_step=False, on_epoch=True)
        return loss

    def training_step(self, batch: list[Tensor], batch_idx: int) -> Tensor:
        """Loss of a batch."""
        return self._step(batch, "train")

    def validation_step(self, batch: list[Tensor], batch_idx: int) -> None:
        """Logs ``val_loss`` and ``val_accuracy``."""
        self._step(batch, "val")

    def test_step(self, batch: list[Tensor], batch_idx: int) -> None:
        """Logs ``test_loss`` and ``test_accuracy``."""
        self._step(batch, "test")

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Adam at a rate of its own."""
        return torch.optim.Adam(self.parameters(), lr=0.0123)


class SpiralData(pl.LightningDataModule):
    """Points of two noisy spirals."""

    def __init__(self, n: int = 300, turns: float = 1.0, noise: float = 0.05, batch_size: int = 32) -> None:
        super().__init__()
        self.n, self.turns, self.noise, self.batch_size = n, turns, noise, batch_size

    def setup(self, stage: str) -> None:
        """Draw the points, always the same ones."""
        generator = torch.Generator().manual_seed(0)
        labels = torch.arange(self.n) % 2
        radius = torch.rand(self.n, generator=generator).sqrt()
        angle = 2 * torch.pi * self.turns * radius + torch.pi * labels
        points = torch.stack([radius * angle.cos(), radius * angle.sin()], 1)
        points += self.noise * torch.randn(points.shape, generator=generator)
        parts = [int(0.6 * self.n), int(0.2 * self.n)]
        sizes = [*parts, self.n - sum(parts)]
        pieces = zip(points.split(sizes), labels.float().split(sizes), strict=True)
        self.train, self.validation, self.test = (TensorDataset(*piece) for piece in pieces)

    def train_dataloader(self) -> DataLoader[Any]:
        """Shuffled from torch's global generator, as most people do."""
        return DataLoader(self.train, self.batch_size, shuffle=True)

    def val_dataloader(self) -> DataLoader[Any]:
        """In order."""
        return DataLoader(self.validation, self.batch_size)

    def test_dataloader(self) -> DataLoader[Any]:
        """In order."""
        return DataLoader(self.test, self.batch_size)


class Spirals:
    """Two spirals in the plane."""

    model = SpiralNet
    data = SpiralData
    defaults = {"training": {"epochs": 5, "batch_size": 30}}  # noqa: RUF012
