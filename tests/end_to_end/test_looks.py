"""Looks at the test split of a user's own data follow the data, through a real service that trains them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.client.client import Studyhall
from service.settings import Settings
from service.supervisor.serving import serving

pytestmark = pytest.mark.slow

MODULE = '''"""A line through the points of a table."""

import numpy as np
import pytorch_lightning as pl
import torch
from torch.utils.data import DataLoader, TensorDataset


class Points(pl.LightningDataModule):
    def __init__(self, file: str, batch_size: int = 8) -> None:
        super().__init__()
        self.file, self.batch_size = file, batch_size

    def setup(self, stage: str) -> None:
        table = torch.from_numpy(np.loadtxt(self.file, delimiter=",", dtype=np.float32))
        self.parts = TensorDataset(table[:16]), TensorDataset(table[16:24]), TensorDataset(table[24:])

    def train_dataloader(self) -> DataLoader:
        return DataLoader(self.parts[0], self.batch_size, shuffle=True)

    def val_dataloader(self) -> DataLoader:
        return DataLoader(self.parts[1], self.batch_size)

    def test_dataloader(self) -> DataLoader:
        return DataLoader(self.parts[2], self.batch_size, shuffle=True)


class Line(pl.LightningModule):
    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(1, 1)

    def _loss(self, batch: list, name: str) -> torch.Tensor:
        x, y = batch[0].T
        loss = torch.nn.functional.mse_loss(self.layer(x[:, None])[:, 0], y)
        self.log(name, loss)
        return loss

    def training_step(self, batch: list, number: int) -> torch.Tensor:
        return self._loss(batch, "train_loss")

    def validation_step(self, batch: list, number: int) -> None:
        self._loss(batch, "val_loss")

    def test_step(self, batch: list, number: int) -> None:
        self._loss(batch, "test_loss")

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), 0.01)


class OwnLine:
    model, data = Line, Points
'''


@pytest.fixture
def hall(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studyhall]:
    """A service that trains a module of the folder, on a table that lies there."""
    (tmp_path / "own_line.py").write_text(MODULE)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    settings = Settings(
        home=tmp_path / "home",
        port=0,
        pool="process",
        workers=1,
        mlflow_enabled=False,
        components=("own_line",),
        cache=tmp_path / "cache",
    )
    with serving(settings, patience=120) as url, Studyhall(url) as hall:
        yield hall


def write_table(folder: Path, slope: float) -> None:
    (folder / "points.csv").write_text("".join(f"{x},{slope * x}\n" for x in range(32)))


def look_of(hall: Studyhall, folder: Path, name: str) -> tuple[int | None, str]:
    """The look that a study has, and the hash of its code."""
    space = {"data": {"file": str(folder / "points.csv")}}
    training = {"epochs": 1, "batch_size": 4 if name == "smaller-batches" else 8}
    study = {"name": name, "experiment": "own-line", "objective": "val_loss", "sampler": "random", "max_trials": 1}
    hall.submit({**study, "space": space, "training": training})
    ended = hall.wait(name)
    assert ended["state"] == "COMPLETED", ended["reason"]
    return ended["test_result"]["look"], ended["provenance"]["code_hash"]


def test_other_code_counts_on_and_other_data_under_the_same_code_begin_anew(hall: Studyhall, tmp_path: Path) -> None:
    write_table(tmp_path, 2.0)
    first, code = look_of(hall, tmp_path, "first")
    with (tmp_path / "own_line.py").open("a") as module:
        module.write("# a comment\n")
    second, other_code = look_of(hall, tmp_path, "commented")
    third, _ = look_of(hall, tmp_path, "smaller-batches")
    write_table(tmp_path, 3.0)
    of_other_data, same_code = look_of(hall, tmp_path, "other-data")

    assert (first, second, third, of_other_data) == (1, 2, 3, 1)
    assert code != other_code == same_code
