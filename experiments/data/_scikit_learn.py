"""Reads the data sets that come with scikit-learn."""

from __future__ import annotations

from sklearn import datasets

from experiments.data._splits import Arrays


def digits() -> Arrays:
    """Images of shape (1797, 1, 8, 8), values 0 to 16, and the digit."""
    bunch = datasets.load_digits()
    return Arrays(bunch.images[:, None], bunch.target)


def wine() -> Arrays:
    """Measurements of shape (178, 13), and the grower."""
    return Arrays(*datasets.load_wine(return_X_y=True))


def breast_cancer() -> Arrays:
    """Measurements of shape (569, 30); 0 is malignant, 1 benign."""
    return Arrays(*datasets.load_breast_cancer(return_X_y=True))


def diabetes() -> Arrays:
    """Measurements of shape (442, 10), and the progress of the disease, shape (442, 1)."""
    inputs, targets = datasets.load_diabetes(return_X_y=True)
    return Arrays(inputs, targets[:, None])
