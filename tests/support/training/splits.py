"""Data modules that divide numbered rows at random, each in another way, and a model that notes which rows it saw."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, IterableDataset, Subset, SubsetRandomSampler, random_split

from experiments.data._parts import split

SEEN: dict[str, list[int]] = defaultdict(list)
"""Row numbers in the order in which a step saw them, by split."""
PARTS = (64, 16, 16)
Way = Literal["torch", "numpy", "python", "constructor", "prepared", "seed", "sampler", "loaders", "entropy"]


class Numbered(Dataset[Any]):
    """Rows (number, features); reading one may draw random numbers, from a generator of its own too."""

    def __init__(self, noise: Literal["none", "drawn", "own"] = "none") -> None:
        self.features = torch.randn(sum(PARTS), 4, generator=torch.Generator().manual_seed(0))
        self.noise = noise
        self.opened = False

    def __len__(self) -> int:
        return len(self.features)

    def __getitem__(self, row: int) -> dict[str, Any]:
        self.opened = True
        features = self.features[row]
        if self.noise == "drawn":
            features = features + 0.01 * torch.randn(4)
        if self.noise == "own":
            features = features + torch.from_numpy(np.random.default_rng().normal(0, 0.01, 4)).float()
        return {"row": row, "name": f"row {row}", "features": features}


class Split(pl.LightningDataModule):
    """``way`` says where the random numbers of the split come from, none of them from a generator that is seeded."""

    def __init__(self, way: Way = "torch", noise: str = "none", batch_size: int = 16, seed: int = 0) -> None:
        super().__init__()
        self.way, self.batch_size, self.seed = way, batch_size, seed
        self.rows = Numbered(noise)  # type: ignore[arg-type]
        if way == "constructor":
            self.order = torch.randperm(len(self.rows)).tolist()

    def prepare_data(self) -> None:
        if self.way == "prepared":
            self.order = random.sample(range(len(self.rows)), len(self.rows))

    def setup(self, stage: str) -> None:
        if self.way in {"sampler", "loaders", "numpy", "python", "seed"}:
            self.order = self._order()
        if self.way in {"torch", "entropy"}:
            generator = torch.Generator()
            drawn = {"generator": generator} if self.way == "entropy" and generator.seed() else {}
            self.parts: Sequence[Any] = random_split(self.rows, PARTS, **drawn)
        else:
            cut = np.split(np.array(self.order), np.cumsum(PARTS)[:2])
            self.parts = [Subset(self.rows, rows.tolist()) for rows in cut]

    def _order(self) -> list[int]:
        rows = list(range(len(self.rows)))
        if self.way == "python":
            random.shuffle(rows)
            return rows
        if self.way == "seed":
            return np.random.default_rng(self.seed).permutation(rows).tolist()  # type: ignore[no-any-return]
        return np.random.permutation(rows).tolist()  # type: ignore[no-any-return]

    def train_dataloader(self) -> Any:
        if self.way == "sampler":
            return DataLoader(self.rows, self.batch_size, sampler=SubsetRandomSampler(self.parts[0].indices))
        if self.way == "loaders":  # drawn anew whenever somebody asks
            return DataLoader(random_split(self.rows, PARTS)[0], self.batch_size)
        return DataLoader(self.parts[0], self.batch_size, shuffle=True)

    def val_dataloader(self) -> Any:
        return [DataLoader(self.parts[1], self.batch_size)]

    def test_dataloader(self) -> Any:
        return DataLoader(self.parts[2], self.batch_size)


class Noting(pl.LightningModule):
    """One linear layer; its first weights are the run's own."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 1)

    def forward(self, features: Tensor) -> Tensor:
        return self.layer(features)

    def _step(self, batch: dict[str, Any], split: str) -> Tensor:
        SEEN[split] += batch["row"].tolist()
        loss = nn.functional.mse_loss(self(batch["features"]), batch["features"].sum(1, keepdim=True))
        self.log(f"{split}_loss", loss, on_step=False, on_epoch=True)
        return loss

    def training_step(self, batch: dict[str, Any], batch_idx: int) -> Tensor:
        return self._step(batch, "train")

    def validation_step(self, batch: dict[str, Any], batch_idx: int) -> None:
        self._step(batch, "val")

    def test_step(self, batch: dict[str, Any], batch_idx: int) -> None:
        self._step(batch, "test")

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.1)


class Splitting:
    """A split without a seeded generator."""

    model, data = Noting, Split


class Folded(Split):
    """Cut into folds, for which four rows each belong together, or the last row is the first in time."""

    def __init__(
        self,
        by: Literal["groups", "times"] = "groups",
        shuffle: bool = False,
        batch_size: int = 16,
        seed: int = 0,
        fold: int | None = None,
        folds: int = 4,
    ) -> None:
        super().__init__(batch_size=batch_size, seed=seed)
        self.by, self.shuffle, self.fold, self.folds = by, shuffle, fold, folds

    def setup(self, stage: str) -> None:
        n_rows = len(self.rows)
        says = {
            "groups": {"groups": [row // 4 for row in range(n_rows)]},
            "times": {"times": [*reversed(range(n_rows))], "shuffle": self.shuffle},
        }
        cut = split(n_rows, seed=self.seed, fold=self.fold, folds=self.folds, **says[self.by])  # type: ignore[arg-type]
        self.parts = [Subset(self.rows, rows.tolist()) for rows in (cut.train, cut.validation, cut.test)]


class Folding:
    """Data that say which rows belong together, or when they were."""

    model, data = Noting, Folded


class Late(Noting):
    """Makes one layer when it is set up, another when it is configured."""

    def setup(self, stage: str) -> None:
        self.scale = nn.Linear(1, 1)

    def configure_model(self) -> None:
        if not hasattr(self, "shift"):
            self.shift = nn.Linear(1, 1)

    def forward(self, features: Tensor) -> Tensor:
        return self.shift(self.scale(self.layer(features)))


class LateLayers:
    """Layers that are made after the constructor."""

    model, data = Late, Split


class _Rows(IterableDataset[Any]):
    def __iter__(self) -> Any:
        return iter(Numbered())


class Stream(pl.LightningDataModule):
    """Streams without a length, one of which can be read only once; no test data."""

    def setup(self, stage: str) -> None:
        self.once = iter(DataLoader(_Rows(), 16))

    def train_dataloader(self) -> Any:
        return DataLoader(_Rows(), 16)

    def val_dataloader(self) -> Any:
        return self.once


class Streaming:
    """Data of which little can be known."""

    model, data = Noting, Stream
