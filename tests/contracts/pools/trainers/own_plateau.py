"""A user's own module that lowers its rate by itself, in a module that only workers import."""

from typing import Any

import pytorch_lightning as pl
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Points(pl.LightningDataModule):
    """Shuffled points of a line."""

    def train_dataloader(self) -> Any:
        x = torch.linspace(-1, 1, 32).reshape(-1, 1)
        return DataLoader(TensorDataset(x, 2 * x), 8, shuffle=True)

    def val_dataloader(self) -> Any:
        return self.train_dataloader()


class Line(pl.LightningModule):
    """Its rate falls after every epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Linear(1, 1)

    def training_step(self, batch: Any, index: int) -> Any:
        return nn.functional.mse_loss(self.net(batch[0]), batch[1])

    def validation_step(self, batch: Any, index: int) -> None:
        self.log("val_loss", nn.functional.mse_loss(self.net(batch[0]), batch[1]))

    def configure_optimizers(self) -> Any:
        optimizer = torch.optim.SGD(self.parameters(), lr=0.05)
        schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=0, threshold=100.0)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "monitor": "val_loss"}}


class OwnPlateau:
    """One line about it."""

    model, data = Line, Points
