"""The split of every data set: always the same, stratified, without overlap, standardized by the training part."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from experiments.data import DATA, Data
from experiments.data._splits import arrays, splits
from experiments.seeding import state

NAMES = [data.id() for data in DATA if not data.code_hash]


def part_sizes(data: Data, fold: int | None = None) -> list[int]:
    made = splits(data, fold, 5, "cpu")
    return [len(made.train), len(made.validation), len(made.test)]


def rows(inputs: torch.Tensor) -> set[bytes]:
    return {row.numpy().tobytes() for row in inputs}


@pytest.mark.parametrize("name", NAMES)
def test_the_declaration_matches_the_data(name: str) -> None:
    data = DATA.parse(name)
    raw = arrays(data)
    assert raw.inputs.shape[1:] == data.shape
    if data.task == "classification":
        assert sorted(np.unique(raw.targets)) == list(range(data.n_outputs))
        assert len(data.classes) == data.n_outputs
        assert np.bincount(raw.targets).max() == data.largest_class
    else:
        assert raw.targets.shape[1:] == (data.n_outputs,)


@pytest.mark.parametrize("folds", [None, 2, 5])
@pytest.mark.parametrize("name", [name for name in NAMES if DATA[name].task == "classification"])
def test_guessing_is_right_as_often_as_the_most_frequent_class_comes_in_the_validation_part(
    name: str, folds: int | None
) -> None:
    data = DATA.parse(name)
    for fold in range(folds) if folds else [None]:
        targets = splits(data, fold, folds or 5, "cpu").validation.targets
        share = torch.bincount(targets).max().item() / len(targets)
        assert share <= (data.guessing_accuracy(folds) or 0) < share + (1.2 if folds else 0.1) / len(targets)


def test_what_guessing_gives_is_not_known_without_counted_classes() -> None:
    assert DATA.parse("diabetes").guessing_accuracy() is None


@pytest.mark.parametrize("name", NAMES)
def test_the_parts_are_of_the_promised_sizes_and_disjoint(name: str) -> None:
    data = DATA.parse(name)
    n = len(arrays(data).targets)
    assert [size / n for size in part_sizes(data)] == pytest.approx([0.7, 0.15, 0.15], abs=0.01)
    assert sum(part_sizes(data)) == n
    made = splits(data, None, 5, "cpu")
    distinct = len(np.unique(arrays(data).inputs.reshape(n, -1), axis=0))
    parts = [rows(part.inputs) for part in (made.train, made.validation, made.test)]
    assert sum(map(len, parts)) - len(set.union(*parts)) <= n - distinct


@pytest.mark.parametrize("name", NAMES)
def test_standardization_is_fitted_on_the_training_part_alone(name: str) -> None:
    data = DATA.parse(name)
    made = splits(data, None, 5, "cpu")
    axes = [0] if data.per_feature else list(range(made.train.inputs.ndim))
    train, validation = made.train.inputs.double(), made.validation.inputs.double()
    assert train.mean(axes).abs().max() < 1e-4
    assert (train.std(axes, correction=0) - 1).abs().max() < 1e-4
    assert validation.mean(axes).abs().max() > 1e-4


def test_classes_keep_their_shares_in_every_part() -> None:
    made = splits(DATA.parse("breast_cancer"), None, 5, "cpu")
    shares = [part.targets.float().mean().item() for part in (made.train, made.validation, made.test)]
    assert shares == pytest.approx([357 / 569] * 3, abs=0.01)


def test_folds_cover_all_but_the_test_data_once_and_leave_those_alone() -> None:
    data = DATA.parse("wine")
    plain = splits(data, None, 3, "cpu")
    folds = [splits(data, fold, 3, "cpu") for fold in range(3)]
    raw = [fold.validation.inputs * fold.scale + fold.mean for fold in folds]
    assert sum(len(part) for part in raw) == len(plain.train) + len(plain.validation)
    everything = torch.cat(raw).round(decimals=3)
    assert len(rows(everything)) == len(everything)
    tests = [(fold.test.inputs * fold.scale + fold.mean) for fold in (plain, *folds)]
    for test in tests[1:]:
        torch.testing.assert_close(test, tests[0], rtol=1e-4, atol=1e-4)


def test_a_split_is_made_once_per_process() -> None:
    data = DATA.parse("wine")
    assert splits(data, None, 5, "cpu") is splits(DATA.parse("wine"), None, 5, "cpu")


def test_making_mnist1d_gives_the_same_data_and_leaves_the_random_number_generators_alone() -> None:
    data = DATA.parse("mnist1d")
    torch.manual_seed(5)
    np.random.seed(5)
    before = state()
    first = data.load()
    after = state()
    assert torch.equal(before["torch"], after["torch"])
    assert before["numpy"] == after["numpy"]
    assert before["python"] == after["python"]
    assert float(np.abs(first.inputs).sum()) == pytest.approx(148316.17264806535)
    assert first.targets[:10].tolist() == [2, 6, 4, 5, 6, 6, 6, 0, 3, 1]
