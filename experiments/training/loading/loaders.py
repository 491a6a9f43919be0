"""The loaders within what a hook of a data module, or a trainer, gives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytorch_lightning as pl
from torch.utils._pytree import tree_leaves


def loaders_in(given: Any) -> list[Any]:
    """Each loader of what may be one, none, lists or mappings of them, or Lightning's ``CombinedLoader`` of these."""
    return [loader for loader in tree_leaves(getattr(given, "iterables", given)) if loader is not None]


def training_batches(trainer: pl.Trainer) -> Iterator[Any]:
    """The training batches of an epoch of their own, in the precision of the training.

    The loader is asked only where somebody wants them: to begin with a loader draws a random number.
    """
    if trainer.train_dataloader is not None:
        yield from map(trainer.precision_plugin.convert_input, trainer.train_dataloader)
