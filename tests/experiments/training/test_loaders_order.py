"""A user's loader is begun once an epoch, as under plain Lightning, and so gives its batches in the same order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from experiments.config import ExperimentConfig
from experiments.parsing import parse_config
from experiments.registry import EXPERIMENTS
from experiments.train import train
from experiments.training.trainer import quiet
from tests.support.training.registering import registered

SIZE = 24


class First(pl.LightningModule):
    """Logs the first row of each epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(1, 1)
        self.seen: list[float] = []

    def training_step(self, batch: list[Tensor], batch_idx: int) -> Tensor:
        if batch_idx == 0:
            self.seen.append(float(batch[0][0]))
            self.log("first", batch[0][0, 0], on_step=False, on_epoch=True, reduce_fx="max")
        return self.layer(batch[0]).mean()

    def validation_step(self, batch: list[Tensor], batch_idx: int) -> None:
        self.log("val_loss", self.layer(batch[0]).mean())

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.0)


class Numbered(pl.LightningDataModule):
    """Shuffled by a generator of its own, in batches of a size of its own."""

    def __init__(self, batch_size: int = SIZE) -> None:
        super().__init__()
        self.batch_size = batch_size
        self.rows = TensorDataset(torch.arange(240.0)[:, None])

    def train_dataloader(self) -> Any:
        return DataLoader(self.rows, self.batch_size, shuffle=True, generator=torch.Generator().manual_seed(5))

    def val_dataloader(self) -> Any:
        return DataLoader(self.rows, 240)


class FirstOfNumbered:
    """The first row of numbered ones."""

    model, data = First, Numbered


@pytest.fixture(scope="module", autouse=True)
def known() -> Iterator[None]:
    with registered(__name__):
        yield


def config(**training: int) -> ExperimentConfig:
    base = EXPERIMENTS["first-of-numbered"].base()
    return parse_config({**base, "training": {**base["training"], "epochs": 4, **training}})


def test_batches_come_in_the_order_of_plain_lightning(tmp_path: Path, reporter_class: Any) -> None:
    plain = First()
    options = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False}
    with quiet():
        trainer = pl.Trainer(max_epochs=4, num_sanity_val_steps=0, enable_model_summary=False, **options)
        trainer.fit(plain, datamodule=Numbered())
    reporter = reporter_class()
    train(config(), reporter, tmp_path)
    assert reporter.curve("first") == plain.seen
    assert len(set(plain.seen)) > 1


def test_a_batch_size_of_its_own_stands_until_another_is_written() -> None:
    assert config().training.batch_size == SIZE
    assert config(batch_size=8).training.batch_size == 8
