"""Data sets: real ones that come with the installed libraries, split once and for all."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar, Literal

from experiments.component import Component, Kind, declare

if TYPE_CHECKING:
    from experiments.data._splits import Arrays

Task = Literal["classification", "regression"]
HELD_OUT = 0.15
"""The share of the examples in the validation part, and that in the test part."""


class Data(Component):
    """A data set of examples and targets that fits in memory.

    The target returns the inputs, float of shape (n, *shape), and the targets: class numbers of shape (n,), or values
    of shape (n, n_outputs). Splitting and standardization are the same for all of them (``experiments.data._splits``).
    """

    traits = ("task", "shape")
    task: ClassVar[Task] = "classification"
    shape: ClassVar[tuple[int, ...]]
    """Shape of one example."""
    n_outputs: ClassVar[int]
    """Number of classes, or of values to predict."""
    n_examples: ClassVar[int] = 0
    """Number of examples in all parts together; 0 where a user's own data module knows it alone."""
    classes: ClassVar[tuple[str, ...]] = ()
    """Names of the classes, for pictures."""
    largest_class: ClassVar[int] = 0
    """Number of examples of the most frequent class; 0 where there are no classes, or nobody has counted."""
    per_feature: ClassVar[bool] = True
    """Standardize each feature by itself; images have one mean and one deviation for all pixels."""
    from_plugin: ClassVar[bool] = False
    """A user's own LightningDataModule."""
    accepts: ClassVar[tuple[str, ...]] = ()
    """Which of ``batch_size``, ``seed``, ``fold`` and ``folds`` the constructor of a user's own data module takes."""

    @classmethod
    def refusal_of_folds(cls) -> str:
        """Why it cannot be divided into folds, which a user's own data module must do itself; empty if it can."""
        if not cls.from_plugin or "fold" in cls.accepts:
            return ""
        remedy = "give its constructor the arguments `fold` and `folds`"
        return f"the data module of {cls.id()} takes no argument fold, so it cannot be cross-validated; {remedy}"

    @classmethod
    def guessing_accuracy(cls, folds: int | None = None) -> float | None:
        """The validation accuracy of always answering the most frequent class; nothing where that is not known.

        Parts are stratified, so that a class has its share of each, give or take a part of an example: the next whole
        one is counted. ``folds`` is the number of folds of a cross-validation.
        """
        if not cls.largest_class:
            return None
        n = cls.n_examples
        n_held_out = math.ceil(HELD_OUT * n)
        n_validation = (n - n_held_out) // folds if folds else n_held_out
        return math.ceil(cls.largest_class * n_validation / n) / n_validation

    @classmethod
    def n_validated(cls, folds: int | None = None) -> int | None:
        """On how many examples a trial is validated, all its folds together; nothing where that is not known."""
        if not cls.n_examples:
            return None
        n_held_out = math.ceil(HELD_OUT * cls.n_examples)
        return cls.n_examples - n_held_out if folds else n_held_out

    def load(self) -> Arrays:
        """Inputs and targets as they come, before any split."""
        arrays: Arrays = self.build()
        return arrays


DATA = Kind("data", Data, "What is learned from")

declare(__name__)
