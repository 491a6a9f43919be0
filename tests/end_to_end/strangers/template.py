"""In the manner of project templates: the network, the optimizer and the scheduler are handed to the module."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torchmetrics import MaxMetric, MeanMetric
from torchmetrics.classification import MulticlassAccuracy

from strangers.digits import Digits


class SimpleDenseNet(nn.Module):
    """Two hidden layers with batch normalization."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.model = nn.Sequential(
            nn.Flatten(),
            nn.Linear(64, width),
            nn.BatchNorm1d(width),
            nn.ReLU(),
            nn.Linear(width, width),
            nn.BatchNorm1d(width),
            nn.ReLU(),
            nn.Linear(width, 10),
        )

    def forward(self, images: Tensor) -> Tensor:
        """Logits of shape (n, 10)."""
        return self.model(images)


class LitDigits(pl.LightningModule):
    """Trains whatever network it is given, and keeps its metrics as torchmetrics."""

    def __init__(
        self,
        net: nn.Module,
        optimizer: Callable[..., torch.optim.Optimizer],
        scheduler: Callable[..., Any] | None = None,
        smoothing: float = 0.0,
    ) -> None:
        super().__init__()
        self.save_hyperparameters(logger=False, ignore=["net"])
        self.net = net
        self.criterion = nn.CrossEntropyLoss(label_smoothing=smoothing)
        self.train_loss, self.val_loss = MeanMetric(), MeanMetric()
        self.val_acc, self.test_acc = MulticlassAccuracy(10, average="micro"), MulticlassAccuracy(10, average="micro")
        self.val_acc_best = MaxMetric()

    def forward(self, images: Tensor) -> Tensor:
        """Logits of shape (n, 10)."""
        return self.net(images)

    def on_train_start(self) -> None:
        """Forget what a sanity check may have measured."""
        self.val_acc_best.reset()

    def training_step(self, batch: list[Tensor], batch_idx: int) -> Tensor:
        """The loss of a batch."""
        loss = self.criterion(self(batch[0]), batch[1])
        self.train_loss(loss)
        self.log("train/loss", self.train_loss, on_step=False, on_epoch=True)
        return loss

    def validation_step(self, batch: list[Tensor], batch_idx: int) -> None:
        """Logs ``val/loss`` and ``val/acc``."""
        logits = self(batch[0])
        self.val_loss(self.criterion(logits, batch[1]))
        self.val_acc(logits, batch[1])
        self.log("val/loss", self.val_loss, on_step=False, on_epoch=True)
        self.log("val/acc", self.val_acc, on_step=False, on_epoch=True)

    def on_validation_epoch_end(self) -> None:
        """Logs ``val/acc_best``, the best so far."""
        self.val_acc_best(self.val_acc.compute())
        self.log("val/acc_best", self.val_acc_best.compute(), sync_dist=True)

    def test_step(self, batch: list[Tensor], batch_idx: int) -> None:
        """Logs ``test/acc``."""
        self.test_acc(self(batch[0]), batch[1])
        self.log("test/acc", self.test_acc, on_step=False, on_epoch=True)

    def configure_optimizers(self) -> dict[str, Any]:
        """Complete what was handed over."""
        optimizer = self.hparams.optimizer(params=self.parameters())
        if self.hparams.scheduler is None:
            return {"optimizer": optimizer}
        scheduler = self.hparams.scheduler(optimizer=optimizer)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "monitor": "val/loss"}}


class Template:
    """A project template's module with its parts."""

    model, data = LitDigits, Digits
    defaults = {  # noqa: RUF012 - as people write it
        "model": {
            "net": SimpleDenseNet,
            "optimizer": partial(torch.optim.Adam, lr=3e-3),
            "scheduler": partial(torch.optim.lr_scheduler.ReduceLROnPlateau, mode="min", factor=0.1, patience=1),
        }
    }
