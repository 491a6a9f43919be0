"""A data module that splits without a generator: whatever state the random numbers are in decides."""

from __future__ import annotations

import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.utils.data import TensorDataset, random_split

from strangers.digits import Digits, digits


class Shuffled(Digits):
    """Another split at each set-up, if nobody sees to it; each row knows its number."""

    def setup(self, stage: str | None = None) -> None:
        """Split at random."""
        rows = TensorDataset(*digits(self.hparams.n).tensors, torch.arange(self.hparams.n))
        self.train, self.val, self.test = random_split(rows, [0.75, 0.125, 0.125])


class Recalling(pl.LightningModule):
    """Knows which rows it was trained on, and how many of those that it is measured on are among them."""

    def __init__(self, width: int = 32, lr: float = 1e-2, rows: int = 1797) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.net = nn.Sequential(nn.Flatten(), nn.Linear(64, width), nn.ReLU(), nn.Linear(width, 10))
        self.register_buffer("seen", torch.zeros(rows, dtype=torch.bool))

    def forward(self, images: Tensor) -> Tensor:
        """Logits of shape (n, 10)."""
        return self.net(images)

    def training_step(self, batch: list[Tensor], batch_idx: int) -> Tensor:
        """The loss of a batch, whose rows are noted."""
        images, labels, rows = batch
        self.seen[rows] = True
        loss = cross_entropy(self(images), labels)
        self.log("train_loss", loss, on_step=False, on_epoch=True)
        return loss

    def _measure(self, batch: list[Tensor], split: str) -> None:
        images, labels, rows = batch
        accuracy = (self(images).argmax(1) == labels).float().mean()
        self.log_dict({f"{split}_accuracy": accuracy, f"{split}_recalled": self.seen[rows].float().mean()})

    def validation_step(self, batch: list[Tensor], batch_idx: int) -> None:
        """Logs ``val_accuracy`` and ``val_recalled``, the share of rows that were trained on."""
        self._measure(batch, "val")

    def test_step(self, batch: list[Tensor], batch_idx: int) -> None:
        """Logs ``test_accuracy`` and ``test_recalled``."""
        self._measure(batch, "test")

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Adam."""
        return torch.optim.Adam(self.parameters(), lr=self.hparams.lr)


class RandomRows:
    """A split that nobody has fixed."""

    model, data = Recalling, Shuffled
