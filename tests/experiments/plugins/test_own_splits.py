"""A user's own data module that splits at random: one split for training, resumption, measuring and all trials."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytorch_lightning as pl
import torch
from pytorch_lightning.utilities import CombinedLoader
from torch.utils.data import DataLoader, Subset, TensorDataset

from experiments import seeding
from experiments.config import ExperimentConfig
from experiments.dry_run import dry_run
from experiments.errors import InvalidInput, TrainingError
from experiments.parsing import parse_config
from experiments.plugins.user_data import data_module, difference_between_set_ups
from experiments.reporting import Decision
from experiments.train import evaluate, train
from experiments.training.loading.fingerprints import differences, fingerprint
from tests.support.training.registering import registered
from tests.support.training.splits import PARTS, SEEN

TRAINED = ("torch", "constructor", "prepared", "sampler")
WAYS = (*TRAINED, "numpy", "python", "seed")


@pytest.fixture(scope="module", autouse=True)
def known() -> Iterator[None]:
    with registered("tests.support.training.splits"):
        yield


@pytest.fixture(autouse=True)
def nothing_seen() -> None:
    SEEN.clear()


def config(name: str = "splitting", data: dict[str, Any] | None = None, **parts: Any) -> ExperimentConfig:
    base = {"data": {"name": name, **(data or {})}, "model": name, "monitor": {"metric": "val_loss"}}
    return parse_config({**base, "training": {"epochs": 3, "batch_size": 16}, **parts})


def trained(chosen: ExperimentConfig, directory: Path, reporter: Any, resume: Path | None = None) -> Path:
    """The best checkpoint, which a run that is stopped does not leave."""
    train(chosen, reporter, directory, resume)
    return directory / "best.ckpt"


def rows(split: str) -> set[int]:
    return set(SEEN[split])


@pytest.mark.parametrize("way", TRAINED)
def test_no_row_is_trained_on_and_measured_in_training_resumption_and_evaluation(
    way: str, tmp_path: Path, reporter_class: Any
) -> None:
    chosen = config(data={"way": way}, seed=3, data_seed=11)
    first = reporter_class(decisions={1: Decision.STOP})
    trained(chosen, tmp_path / "first", first)
    best = trained(chosen, tmp_path / "rest", reporter_class(at_end=Decision.KEEP), first.checkpoints[0][0])
    evaluate(chosen, best, "test")
    assert (len(rows("train")), len(rows("val")), len(rows("test"))) == PARTS
    assert rows("train") | rows("val") | rows("test") == set(range(sum(PARTS)))


@pytest.mark.parametrize("by", ["groups", "times"])
def test_of_each_fold_nothing_is_trained_on_that_belongs_to_what_judges_or_comes_after_it(
    by: str, tmp_path: Path, reporter_class: Any
) -> None:
    judged: list[int] = []
    for fold in range(4):
        once = {"epochs": 1, "batch_size": 16}
        chosen = config("folding", data={"by": by}, fold=fold, folds=4, training=once, data_seed=11)
        best = trained(chosen, tmp_path / str(fold), reporter_class(at_end=Decision.KEEP))
        evaluate(chosen, best, "test")
        parts = [rows(part) for part in ("train", "val", "test")]
        if by == "groups":
            assert not {row // 4 for row in parts[0]} & {row // 4 for row in parts[1]}
            assert not {row // 4 for row in parts[2]} & {row // 4 for row in parts[0] | parts[1]}
        else:  # the last row is the first in time
            assert min(parts[0]) > max(parts[1]) > min(parts[1]) > max(parts[2])
        judged += parts[1]
        SEEN.clear()
    assert len(set(judged)) == len(judged) >= 64


def test_a_time_series_that_would_be_shuffled_is_refused_before_anything_is_trained(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="shuffle: a time series that is shuffled is trained on its future"):
        dry_run(config("folding", data={"by": "times", "shuffle": True}, fold=0, folds=4), tmp_path)
    assert not SEEN


def test_what_looks_at_the_data_before_the_training_sees_the_same_split(tmp_path: Path, reporter_class: Any) -> None:
    training = {"epochs": 2, "batch_size": 16, "lr_range_test": True, "lr_range_steps": 20}
    chosen = config(optimizer="sgd", initializer="lsuv", training=training, data_seed=11)
    best = trained(chosen, tmp_path, reporter_class(at_end=Decision.KEEP))
    evaluate(chosen, best, "validation")
    evaluate(chosen, best, "test")
    assert (len(rows("train")), len(rows("val")), len(rows("test"))) == PARTS


@pytest.mark.parametrize("way", TRAINED)
def test_trials_share_a_split_and_shuffle_it_each_in_its_own_way(way: str, tmp_path: Path, reporter_class: Any) -> None:
    orders = []
    for seed, data_seed in ((1, 11), (2, 11), (1, None)):
        once = {"epochs": 1, "batch_size": 16}
        chosen = config(data={"way": way}, seed=seed, data_seed=data_seed, training=once)
        trained(chosen, tmp_path / f"{seed} {data_seed}", reporter_class())
        orders.append(SEEN.pop("train"))
    assert set(orders[0]) == set(orders[1])
    assert orders[0] != orders[1]
    assert set(orders[2]) != set(orders[0])  # without a study, the split is the run's own


def test_setting_data_up_draws_nothing_from_the_run() -> None:
    """Whatever the data module draws, and even if it seeds everything itself."""
    seeding.seed(5)
    expected = torch.rand(3), np.random.rand(3)
    seeding.seed(5)
    data = data_module(config())
    data.prepare_data()
    data.setup("fit")
    fingerprint(data)
    assert torch.equal(torch.rand(3), expected[0])
    assert np.array_equal(np.random.rand(3), expected[1])


class Disturbed(TensorDataset):
    """Each reading draws from generators of its own, and of a transform's."""

    def __init__(self) -> None:
        super().__init__(torch.zeros(8))
        self.numbers, self.transform = np.random.default_rng(0), Noise()

    def __getitem__(self, index: Any) -> Any:
        return self.transform() + self.numbers.normal()


class Noise:
    """A transform."""

    def __init__(self) -> None:
        self.generator = torch.Generator().manual_seed(0)

    def __call__(self) -> torch.Tensor:
        return torch.randn(1, generator=self.generator)


class Several(pl.LightningDataModule):
    """More than one loader of a part."""

    def __init__(self) -> None:
        super().__init__()
        self.rows = Disturbed()

    def train_dataloader(self) -> Any:
        return CombinedLoader({"one": DataLoader(Subset(self.rows, range(4))), "other": DataLoader(self.rows)})


@pytest.mark.filterwarnings("ignore:.*LeafSpec:FutureWarning")
def test_looking_at_data_draws_nothing_from_generators_of_their_own() -> None:
    data = Several()
    assert [len(place) for place in fingerprint(data)["training"][1]["samples"]] == [8]
    assert torch.equal(data.rows[0], Disturbed()[0])


@pytest.mark.filterwarnings("ignore:.*LeafSpec:FutureWarning")
def test_all_loaders_of_a_part_are_looked_at() -> None:
    assert [known["length"] for known in fingerprint(Several())["training"]] == [4, 8]


def test_data_that_differ_between_set_ups_are_not_measured(tmp_path: Path, reporter_class: Any) -> None:
    chosen = config(data={"way": "entropy"})
    first, second = reporter_class(decisions={1: Decision.STOP}), reporter_class(at_end=Decision.KEEP)
    trained(chosen, tmp_path / "first", first)
    best = trained(chosen, tmp_path / "rest", second, first.checkpoints[0][0])
    assert [line for line in second.lines if "other data than it began with (training: other rows" in line]
    refusal = r"not measured on the test data: splitting has other data than at the training \(training: other rows"
    with pytest.raises(TrainingError, match=rf"{refusal}.*generator of a fixed seed"):
        evaluate(chosen, best, "test")
    assert rows("test") == set()


@pytest.mark.parametrize("noise", ["drawn", "own"])
def test_augmentation_is_no_other_split(noise: str, tmp_path: Path, reporter_class: Any) -> None:
    chosen = config(data={"noise": noise})
    first, second = reporter_class(decisions={1: Decision.STOP}), reporter_class(at_end=Decision.KEEP)
    trained(chosen, tmp_path / "first", first)
    best = trained(chosen, tmp_path / "rest", second, first.checkpoints[0][0])
    assert not [line for line in second.lines if "other data" in line]
    assert evaluate(chosen, best, "test").metrics.keys() == {"test_loss"}
    assert difference_between_set_ups(chosen) == ""


def test_a_checkpoint_without_a_fingerprint_is_measured(tmp_path: Path, reporter_class: Any) -> None:
    chosen = config(data={"way": "entropy"})
    best = trained(chosen, tmp_path, reporter_class(at_end=Decision.KEEP))
    content = torch.load(best, weights_only=True)
    del content["data"]
    torch.save(content, best)
    assert evaluate(chosen, best, "test").metrics.keys() == {"test_loss"}


@pytest.mark.parametrize(
    ("way", "told"),
    [*((way, "") for way in WAYS), ("entropy", "training: other rows"), ("loaders", "training: other rows")],
)
def test_two_set_ups_are_compared_before_a_study_trains(way: str, told: str) -> None:
    found = difference_between_set_ups(config(data={"way": way}))
    assert found.startswith("splitting has other data at each set-up") if told else found == ""
    assert told in found
    assert difference_between_set_ups(parse_config({"data": "wine", "model": "mlp"})) == ""


def test_of_a_stream_nothing_is_taken() -> None:
    data = data_module(config("streaming"))
    data.setup("fit")
    nothing = [{"length": None, "indices": None, "samples": []}]
    assert fingerprint(data) == {"training": nothing, "validation": nothing}
    assert len(list(data.val_dataloader())) == 6


def test_a_file_that_a_data_set_opens_when_it_is_first_read_stays_closed_for_the_workers() -> None:
    data = data_module(config())
    data.setup("fit")
    assert fingerprint(data)["training"][0]["samples"]
    assert not data.rows.opened
    data.parts[0][0]
    assert data.rows.opened


def test_lengths_samples_and_parts_tell_data_apart() -> None:
    data = data_module(config(data={"way": "seed"}))
    data.setup("fit")
    one = fingerprint(data)
    assert {part: known[0]["length"] for part, known in one.items()} == dict(
        zip(("training", "validation", "test"), PARTS, strict=True)
    )
    data.rows.features = data.rows.features + 1
    others = [f"{part}: other samples" for part in ("training", "validation", "test")]
    assert differences(one, fingerprint(data)) == ", ".join(others)
    data.parts = data.parts[1:]
    assert differences(one, fingerprint(data)).startswith("training: 64 rows and 16, validation: other rows")
    assert differences(one, {}) == ""


def test_layers_made_after_the_constructor_train_resume_and_are_measured(tmp_path: Path, reporter_class: Any) -> None:
    chosen = config("late-layers", initializer="orthogonal")
    whole, first = reporter_class(at_end=Decision.KEEP), reporter_class(decisions={1: Decision.STOP})
    best = trained(chosen, tmp_path / "whole", whole)
    trained(chosen, tmp_path / "first", first)
    second = reporter_class()
    trained(chosen, tmp_path / "rest", second, first.checkpoints[0][0])
    assert first.rows() + second.rows() == whole.rows()
    measured = evaluate(chosen, best, "validation")
    assert measured.metrics["val_loss"] == pytest.approx(min(whole.curve("val_loss")), rel=1e-5)
    assert measured.n_parameters == 9
    assert evaluate(chosen, best, "test").metrics.keys() == {"test_loss"}
    assert "orthogonal leaves scale, shift of late-layers alone: they are made after" in str(whole.lines)


def test_weights_of_another_model_are_refused(tmp_path: Path, reporter_class: Any) -> None:
    best = trained(config("late-layers"), tmp_path, reporter_class(at_end=Decision.KEEP))
    with pytest.raises(InvalidInput, match="the weights do not fit the model splitting"):
        evaluate(config(), best, "test")
