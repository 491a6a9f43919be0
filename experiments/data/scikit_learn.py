"""The data sets that come with scikit-learn."""

from __future__ import annotations

from typing import Literal

from experiments.data import DATA, Data


@DATA.add
class Digits(Data):
    """1,797 scans of handwritten digits, 8×8 pixels (Alpaydin & Kaynak, 1998, UCI)."""

    target = "experiments.data._scikit_learn:digits"
    shape = (1, 8, 8)
    n_outputs = 10
    n_examples = 1797
    classes = tuple("0123456789")
    largest_class = 183
    per_feature = False
    name: Literal["digits"] = "digits"


@DATA.add
class Wine(Data):
    """178 wines of three growers, 13 chemical measurements (Aeberhard, Coomans & de Vel, 1992, UCI)."""

    target = "experiments.data._scikit_learn:wine"
    shape = (13,)
    n_outputs = 3
    n_examples = 178
    classes = ("grower 0", "grower 1", "grower 2")
    largest_class = 71
    name: Literal["wine"] = "wine"


@DATA.add
class BreastCancer(Data):
    """569 tumours, malignant or benign, 30 measurements of cell nuclei (Street, Wolberg & Mangasarian, 1993, UCI)."""

    target = "experiments.data._scikit_learn:breast_cancer"
    shape = (30,)
    n_outputs = 2
    n_examples = 569
    classes = ("malignant", "benign")
    largest_class = 357
    name: Literal["breast_cancer"] = "breast_cancer"


@DATA.add
class Diabetes(Data):
    """442 patients, 10 measurements, and the progress of their disease after a year (Efron et al., 2004).

    The target is standardized; errors are in standard deviations of the training targets.
    """

    target = "experiments.data._scikit_learn:diabetes"
    task = "regression"
    shape = (10,)
    n_outputs = 1
    n_examples = 442
    name: Literal["diabetes"] = "diabetes"
