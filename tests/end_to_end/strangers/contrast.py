"""Momentum contrast: an encoder learns to tell images apart, and a copy of it follows slowly."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize

from strangers.digits import Digits


class LitContrast(pl.LightningModule):
    """Two noisy views of an image shall be nearer to each other than to a queue of former ones."""

    def __init__(
        self, dim: int = 16, width: int = 32, queue: int = 64, momentum: float = 0.99, temperature: float = 0.2
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.encoder = nn.Sequential(nn.Flatten(), nn.Linear(64, width), nn.ReLU(), nn.Linear(width, dim))
        self.follower = deepcopy(self.encoder).requires_grad_(False)
        self.register_buffer("queue", normalize(torch.randn(queue, dim), dim=1))
        self.register_buffer("place", torch.zeros(1, dtype=torch.long))

    def forward(self, images: Tensor) -> Tensor:
        """Unit vectors of shape (n, dim)."""
        return normalize(self.encoder(images), dim=1)

    @torch.no_grad()
    def _follow(self) -> None:
        for slow, fast in zip(self.follower.parameters(), self.encoder.parameters(), strict=True):
            slow.lerp_(fast, 1 - self.hparams.momentum)

    @torch.no_grad()
    def _enqueue(self, keys: Tensor) -> None:
        places = (int(self.place) + torch.arange(len(keys), device=self.device)) % len(self.queue)
        self.queue[places] = keys
        self.place[0] = (int(self.place) + len(keys)) % len(self.queue)

    def _logits(self, images: Tensor) -> tuple[Tensor, Tensor]:
        views = [images + 0.1 * torch.randn_like(images) for _ in range(2)]
        queries = self(views[0])
        with torch.no_grad():
            keys = normalize(self.follower(views[1]), dim=1)
        alike = (queries * keys).sum(1, keepdim=True)
        return torch.cat([alike, queries @ self.queue.clone().T], 1) / self.hparams.temperature, keys

    def training_step(self, batch: list[Tensor], batch_idx: int) -> Tensor:
        """The contrastive loss of a batch, whose keys join the queue."""
        self._follow()
        logits, keys = self._logits(batch[0])
        self._enqueue(keys)
        loss = cross_entropy(logits, torch.zeros(len(logits), dtype=torch.long, device=self.device))
        self.log("train_loss", loss, on_step=False, on_epoch=True)
        return loss

    def _neighbors(self, batch: list[Tensor], name: str) -> None:
        vectors, labels = self(batch[0]), batch[1]
        nearest = (vectors @ vectors.T).fill_diagonal_(-2).argmax(1)
        self.log(name, (labels[nearest] == labels).float().mean())

    def validation_step(self, batch: list[Tensor], batch_idx: int) -> None:
        """Logs ``val_neighbors``, the share of images whose nearest one is the same digit."""
        self._neighbors(batch, "val_neighbors")

    def test_step(self, batch: list[Tensor], batch_idx: int) -> None:
        """Logs ``test_neighbors``."""
        self._neighbors(batch, "test_neighbors")

    def configure_optimizers(self) -> dict[str, Any]:
        """SGD under a cosine over the epochs."""
        optimizer = torch.optim.SGD(self.encoder.parameters(), lr=0.06, momentum=0.9, weight_decay=5e-4)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, self.trainer.max_epochs or 1)
        return {"optimizer": optimizer, "lr_scheduler": schedule}


class MomentumContrast:
    """Self-supervised vectors of digits."""

    model, data = LitContrast, Digits
