"""Accumulated gradients, precision and the range test do what their names say."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from torch.utils.data import DataLoader, TensorDataset

from experiments.config import ExperimentConfig
from experiments.errors import InvalidInput, TrainingError
from experiments.parsing import parse_config
from experiments.reporting import Decision
from experiments.train import evaluate, train
from experiments.training.module import attached
from experiments.training.trainer import controlled_trainer, quiet

SGD = {"name": "momentum", "lr": 0.05}


def rows(config: ExperimentConfig, directory: Path, reporter_class: Any) -> Any:
    reporter = reporter_class()
    train(config, reporter, directory)
    return reporter.rows()


def close(left: Any, right: Any) -> bool:
    """Whether two runs took the same steps and measured the same, up to the error of floats."""
    return [row[:2] for row in left] == [row[:2] for row in right] and all(
        one[2] == pytest.approx(other[2], rel=2e-4, abs=1e-5) for one, other in zip(left, right, strict=True)
    )


@pytest.mark.parametrize(("size", "accumulate"), [(4, 4), (5, 3), (1, 16), (7, 6)])
def test_accumulated_batches_are_one_large_batch(
    size: int, accumulate: int, small: Any, tmp_path: Path, reporter_class: Any
) -> None:
    """124 examples: the last group of 4, 5 or 1 is not full, and the last batch of 5 or 7 is cut."""
    parts = {
        "optimizer": SGD,
        "schedule": {"name": "cosine", "warmup": 0.2},
        "regularizers": {"l2": {"strength": 0.01}, "clip_norm": {"bound": 0.5}},
    }
    whole = small(**parts, training={"epochs": 3, "batch_size": size * accumulate})
    cut = small(**parts, training={"epochs": 3, "batch_size": size, "accumulate": accumulate})
    assert close(rows(cut, tmp_path / "cut", reporter_class), rows(whole, tmp_path / "whole", reporter_class))


def test_curvature_is_accumulated_as_gradients_are(small: Any) -> None:
    """Five batches in groups of three: the second group is not full."""
    learned = []
    for size, accumulate in ((15, 1), (5, 3)):
        config = small(optimizer={"name": "adahessian", "lr": 1e-12}, training={"accumulate": accumulate})
        learned.append(estimates(config, size))
    for found, expected in zip(learned[1], learned[0], strict=True):
        torch.testing.assert_close(found, expected)


def estimates(config: ExperimentConfig, size: int) -> list[torch.Tensor]:
    """What AdaHessian has learned of the curvature of 25 examples in batches of a size."""
    module = Square(config)
    data = TensorDataset(torch.linspace(0.5, 2.0, 25)[:, None])
    with quiet():
        trainer = controlled_trainer(module, config.training, max_epochs=1, enable_checkpointing=False)
        trainer.fit(module, DataLoader(data, size))
    (state,) = module.optimizers().state.values()  # type: ignore[union-attr]
    return [state["square"]]


class Square(pl.LightningModule):
    """A parabola, whose curvature no probe of signs can miss."""

    def __init__(self, config: ExperimentConfig) -> None:
        super().__init__()
        self.weight, self._config = torch.nn.Parameter(torch.ones(1)), config

    def training_step(self, batch: list[torch.Tensor], batch_idx: int) -> torch.Tensor:
        return (batch[0] * self.weight**2).mean()

    def configure_optimizers(self) -> torch.optim.Optimizer:
        assert self._config.optimizer
        return attached(self._config.optimizer.for_model(self), self)


def test_a_group_of_one_batch_changes_nothing(small: Any, tmp_path: Path, reporter_class: Any) -> None:
    config = small(batch_size=32)
    again = small(training={"epochs": 3, "batch_size": 32, "accumulate": 1})
    assert rows(config, tmp_path / "one", reporter_class) == rows(again, tmp_path / "two", reporter_class)


def test_sixteen_bits_are_refused_where_they_would_be_others(small: Any, tmp_path: Path, reporter_class: Any) -> None:
    """Lightning goes on in bfloat16 on a CPU, under the name of the precision that was asked for."""
    config = small(training={"precision": "16-mixed"})
    if torch.cuda.is_available():
        assert train(config, reporter_class(), tmp_path).epochs == 20
        return
    with pytest.raises(TrainingError, match=r"16-mixed needs a GPU.*write bf16-mixed or 32"):
        train(config, reporter_class(), tmp_path)


@pytest.mark.parametrize("precision", ["bf16-mixed", "bf16-true"])
@pytest.mark.parametrize(("data", "model"), [("wine", "mlp"), ("diabetes", "mlp"), ("digits", "cnn")])
def test_bfloat16_trains_measures_and_exports(
    precision: str, data: str, model: str, small: Any, tmp_path: Path, reporter_class: Any
) -> None:
    training = {"epochs": 4, "batch_size": 64, "precision": precision}
    config = small(data=data, model=model, training=training)
    reporter = reporter_class(at_end=Decision.KEEP)
    result = train(config, reporter, tmp_path)
    curve = reporter.curve("train_loss")
    assert curve[-1] < curve[0]
    weights = torch.load(result.artifacts["best.ckpt"], weights_only=True)["state_dict"].values()
    expected = torch.bfloat16 if precision == "bf16-true" else torch.float32
    assert {weight.dtype for weight in weights if weight.is_floating_point()} == {expected}
    assert "model.pt2" in result.artifacts
    measured = evaluate(config, result.artifacts["best.ckpt"], "validation").metrics
    assert measured["val_loss"] == pytest.approx(result.metrics["val_loss"], rel=0.05)


def test_precision_changes_the_arithmetic(small: Any, tmp_path: Path, reporter_class: Any) -> None:
    curves = {
        precision: rows(small(training={"epochs": 2, "precision": precision}), tmp_path / precision, reporter_class)
        for precision in ("32", "bf16-mixed", "bf16-true")
    }
    assert curves["32"] != curves["bf16-mixed"] != curves["bf16-true"] != curves["32"]


def test_the_number_32_is_the_word(small: Any) -> None:
    config = small(training={"precision": 32})
    assert config.training.precision == "32"
    assert parse_config(config.to_json()) == config
    with pytest.raises(InvalidInput, match=r"training\.precision: .*'32'.*'bf16-true'"):
        small(training={"precision": 64})
    with pytest.raises(InvalidInput, match=r"training\.accumulate: .*greater than or equal to 1 \(whole batches\)"):
        small(training={"accumulate": 0})


def test_lightning_is_as_loud_as_before_behind_what_is_quiet() -> None:
    logger = logging.getLogger("pytorch_lightning")
    before = logger.level
    assert before < logging.ERROR
    with quiet(), quiet():
        assert logger.level == logging.ERROR
    assert logger.level == before
