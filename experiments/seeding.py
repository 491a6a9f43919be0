"""The random number generators a run draws from: seeded, saved and put back together."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch


def seed(value: int) -> None:
    """Seed torch (on the CPU and all GPUs), NumPy and Python.

    Lightning's own function would leave the seed in the environment, where the next run of this process would find it.
    ``torch.manual_seed`` would, where there is no GPU, note the call and its whole stack for the day there is one.
    """
    torch.default_generator.manual_seed(value)
    if torch.cuda.is_available():
        torch.cuda.manual_seed_all(value)
    np.random.seed(np.random.SeedSequence(value).generate_state(4))
    random.seed(value)


def state() -> dict[str, Any]:
    """The state of all generators, of types that ``torch.load(weights_only=True)`` accepts."""
    _, keys, position, has_gauss, cached = np.random.get_state(legacy=True)
    return {
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
        "numpy": [[int(key) for key in keys], int(position), int(has_gauss), float(cached)],
        "python": random.getstate(),
    }


def restore(saved: dict[str, Any]) -> None:
    """Put all generators into a state that ``state`` returned."""
    torch.set_rng_state(saved["torch"])
    if saved["cuda"] and torch.cuda.is_available():
        torch.cuda.set_rng_state_all(saved["cuda"])
    keys, position, has_gauss, cached = saved["numpy"]
    np.random.set_state(("MT19937", np.array(keys, dtype=np.uint32), position, has_gauss, cached))
    version, words, gauss = saved["python"]
    random.setstate((version, tuple(words), gauss))


@contextmanager
def preserved() -> Iterator[None]:
    """Leave all generators as they were before the block."""
    saved = state()
    try:
        yield
    finally:
        restore(saved)


@contextmanager
def seeded(value: int) -> Iterator[None]:
    """Draw from this seed within the block, and go on after it as if nothing had been drawn."""
    with preserved():
        seed(value)
        yield
