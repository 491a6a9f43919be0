"""A transformer that reads a scan row by row, with a warm-up of its own."""

from __future__ import annotations

from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from strangers.digits import Digits


class LitTransformer(pl.LightningModule):
    """Eight tokens of eight pixels each, and one that gathers."""

    def __init__(
        self, dim: int = 16, heads: int = 2, depth: int = 1, lr: float = 3e-3, warmup: float = 0.2, dropout: float = 0.1
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.embed = nn.Linear(8, dim)
        self.gather = nn.Parameter(torch.zeros(1, 1, dim))
        self.places = nn.Parameter(0.02 * torch.randn(1, 9, dim))
        layer = nn.TransformerEncoderLayer(dim, heads, 2 * dim, dropout, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, depth)
        self.head = nn.Linear(dim, 10)

    def forward(self, images: Tensor) -> Tensor:
        """Logits of shape (n, 10) from images of shape (n, 8, 8)."""
        tokens = torch.cat([self.gather.expand(len(images), -1, -1), self.embed(images)], 1)
        return self.head(self.encoder(tokens + self.places)[:, 0])

    def _step(self, batch: list[Tensor], split: str) -> Tensor:
        logits = self(batch[0])
        loss = cross_entropy(logits, batch[1])
        accuracy = (logits.argmax(1) == batch[1]).float().mean()
        self.log_dict({f"{split}/loss": loss, f"{split}/acc": accuracy}, on_step=False, on_epoch=True)
        return loss

    def training_step(self, batch: list[Tensor], batch_idx: int) -> Tensor:
        """The loss of a batch."""
        return self._step(batch, "train")

    def validation_step(self, batch: list[Tensor], batch_idx: int) -> None:
        """Logs ``val/loss`` and ``val/acc``."""
        self._step(batch, "val")

    def test_step(self, batch: list[Tensor], batch_idx: int) -> None:
        """Logs ``test/loss`` and ``test/acc``."""
        self._step(batch, "test")

    def _factor(self, step: int) -> float:
        total = int(self.trainer.estimated_stepping_batches)
        rising = max(1, int(self.hparams.warmup * total))
        return (step + 1) / rising if step < rising else max(0.0, (total - step) / max(1, total - rising))

    def configure_optimizers(self) -> dict[str, Any]:
        """AdamW that spares vectors; the rate rises and falls step by step."""
        decayed = [each for each in self.parameters() if each.ndim > 1]
        spared = [each for each in self.parameters() if each.ndim <= 1]
        groups = [{"params": decayed, "weight_decay": 0.05}, {"params": spared, "weight_decay": 0.0}]
        optimizer = torch.optim.AdamW(groups, lr=self.hparams.lr)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, self._factor)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


class Transformer:
    """A transformer on digits."""

    model, data = LitTransformer, Digits
    defaults = {"monitor": {"metric": "val/acc"}}  # noqa: RUF012 - as people write it
