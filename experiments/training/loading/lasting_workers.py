"""Users' loaders with persistent workers: each epoch's random numbers follow from the run's seed and the epoch.

Torch seeds a worker when it starts. One that lasts over the epochs then draws on from where it stands, which no
checkpoint knows. Here the first indices of an epoch that reach a worker seed it anew. Workers that do not last are left
to torch: it draws their seeds from the random numbers that a checkpoint holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial, wraps
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from torch.utils.data import DataLoader, get_worker_info

from experiments import seeding
from experiments.training.loading.loaders import loaders_in

_Seeds = Callable[[], list[int]]
"""The numbers that make the seed of the present epoch."""


def seed_lasting_workers(data: pl.LightningDataModule, seed: int, epoch: Callable[[], int]) -> None:
    """Have the persistent workers of the loaders that the data module gives seeded by the seed and the epoch."""
    for purpose, name in enumerate(("train_dataloader", "val_dataloader")):
        setattr(data, name, _watched(getattr(data, name), (seed, purpose), epoch))


def _watched(make: Callable[[], Any], seed: tuple[int, int], epoch: Callable[[], int]) -> Callable[[], Any]:
    @wraps(make)
    def made() -> Any:
        loaders = make()
        for position, loader in enumerate(loaders_in(loaders)):
            if isinstance(loader, DataLoader) and loader.persistent_workers:
                _seed_workers(loader, partial(_numbers, *seed, position, epoch))
        return loaders

    return made


def _numbers(seed: int, purpose: int, position: int, epoch: Callable[[], int]) -> list[int]:
    return [seed, purpose, position, epoch()]


def _seed_workers(loader: DataLoader[Any], seeds: _Seeds) -> None:
    # Torch draws the first seed of lasting workers once, in the first epoch of each attempt: not from what others draw.
    loader.generator = torch.Generator().manual_seed(seeds()[0])
    name = "sampler" if loader.batch_sampler is None else "batch_sampler"
    sampler = getattr(loader, name)
    if not isinstance(sampler, _SeedingSampler):
        object.__setattr__(loader, name, _SeedingSampler(sampler, seeds))  # ``DataLoader`` itself forbids it


class _SeedingSampler:
    """A sampler whose indices bring the seed of their epoch with them."""

    def __init__(self, sampler: Any, seeds: _Seeds) -> None:
        self._sampler = sampler
        self._seeds = seeds

    def __len__(self) -> int:
        return len(self._sampler)

    def __iter__(self) -> Iterator[Any]:
        seed = int(np.random.SeedSequence(self._seeds()).generate_state(1, np.uint64)[0] >> np.uint64(2))
        return (_Indices(indices, seed) for indices in self._sampler)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sampler, name)


class _Indices:
    """What a sampler gives, on its way to a worker: that is where it is unpickled, as what it was."""

    def __init__(self, indices: Any, seed: int) -> None:
        self._indices = indices
        self._seed = seed

    def __reduce__(self) -> tuple[Callable[[Any, int], Any], tuple[Any, int]]:
        return _arrived, (self._indices, self._seed)


_begun: set[int] = set()
"""The seeds of the epochs that this worker has begun."""


def _arrived(indices: Any, seed: int) -> Any:
    worker = get_worker_info()
    if worker is not None and seed not in _begun:
        _begun.add(seed)
        seeding.seed(seed + worker.id)
    return indices
