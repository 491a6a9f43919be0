"""The range test finds the steepest rate, and leaves no other trace in the training."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments.config import ExperimentConfig
from experiments.optimizers._muon import Muon
from experiments.parsing import parse_config
from experiments.reporting import Decision
from experiments.train import train
from experiments.training.lr_finder import ARTIFACT, HIGHEST, LOWEST, find_base_rate, relative, smoothed, steepest

RATES = [10 ** (-7 + 8 * step / 100) for step in range(100)]


def config_of(
    small: Any, steps: int = 40, lr: float = 0.1, optimizer: str = "momentum", **parts: Any
) -> ExperimentConfig:
    training = {"epochs": 3, "batch_size": 32, "lr_range_test": True, "lr_range_steps": steps}
    config: ExperimentConfig = small(
        optimizer={"name": optimizer, "lr": lr}, training={**training, **parts.pop("training", {})}, **parts
    )
    return config


def curve_of(directory: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((directory / ARTIFACT).read_text())
    return content


def test_the_steepest_rate_is_where_a_sigmoid_falls_fastest_before_the_loss_explodes() -> None:
    losses = [2.3 - 2 / (1 + math.exp(-4 * (math.log10(rate) + 2))) for rate in RATES]
    losses[-10:] = [1e3 * 2**step for step in range(10)]
    assert steepest(RATES, losses) == pytest.approx(1e-2, rel=0.1)
    losses[-5:] = [1.0] * 5  # a fall from the explosion is no descent
    assert steepest(RATES, losses) == pytest.approx(1e-2, rel=0.1)


@pytest.mark.parametrize("losses", [[], [1.0], [1.0] * 100, [1.0 + step for step in range(100)], [1.0, 9.0, 0.1]])
def test_a_loss_that_never_falls_suggests_nothing(losses: list[float]) -> None:
    assert steepest(RATES[: len(losses)], losses) is None


def test_losses_may_be_negative() -> None:
    losses = [-1 - 2 / (1 + math.exp(-4 * (math.log10(rate) + 2))) for rate in RATES]
    assert steepest(RATES, losses) == pytest.approx(1e-2, rel=0.1)


def test_smoothing_does_not_lag() -> None:
    line = [float(step) for step in range(100)]
    assert smoothed(line)[10:90] == pytest.approx(line[10:90])
    noisy = np.random.default_rng(0).normal(size=1000).tolist()
    assert np.std(smoothed(noisy)) < 0.15


def test_the_training_is_that_of_a_config_with_the_found_rate(small: Any, tmp_path: Path, reporter_class: Any) -> None:
    found, plain = reporter_class(), reporter_class()
    parts = {"regularizers": {"dropout": {"p": 0.3}}, "schedule": {"name": "cosine", "warmup": 0.2}}
    config = config_of(small, **parts)
    train(config, found, tmp_path / "found")
    rate = curve_of(tmp_path / "found")["suggested"]
    assert rate != 0.1
    same = config_of(small, lr=rate, training={"lr_range_test": False}, **parts)
    train(same, plain, tmp_path / "plain")
    assert found.rows() == plain.rows()
    assert max(found.curve("lr")) <= rate
    assert any(f"{rate:.3g}" in line for line in found.lines)


def test_the_test_is_deterministic_and_keeps_its_curve(small: Any, tmp_path: Path, reporter_class: Any) -> None:
    contents = []
    for name in ("one", "two"):
        reporter = reporter_class()
        result = train(config_of(small), reporter, tmp_path / name)
        assert reporter.artifacts[ARTIFACT] == result.artifacts[ARTIFACT] == tmp_path / name / ARTIFACT
        contents.append(curve_of(tmp_path / name))
    assert contents[0] == contents[1]
    rates = contents[0]["rates"]
    ratio = (HIGHEST / LOWEST) ** (1 / 40)
    assert rates == pytest.approx([LOWEST * ratio**step for step in range(len(rates))])
    assert len(rates) == len(contents[0]["losses"]) == len(contents[0]["smoothed"]) > 30
    assert contents[0]["configured"] == 0.1


def test_the_configs_of_the_artifacts_are_as_written(small: Any, tmp_path: Path, reporter_class: Any) -> None:
    config = config_of(small)
    train(config, reporter_class(at_end=Decision.KEEP), tmp_path)
    assert parse_config(json.loads((tmp_path / "config.json").read_text())) == config


@pytest.mark.parametrize("optimizer", ["momentum", "hypergradient"])
def test_a_resumed_run_goes_on_with_the_found_rate(
    optimizer: str, small: Any, tmp_path: Path, reporter_class: Any
) -> None:
    config = config_of(small, schedule="linear", optimizer=optimizer)
    whole, first, second = reporter_class(), reporter_class({1: Decision.STOP}), reporter_class()
    train(config, whole, tmp_path / "whole")
    train(config, first, tmp_path / "parts", checkpoint_every=0.0)
    (checkpoint, _) = first.checkpoints[-1]
    (tmp_path / "parts" / ARTIFACT).unlink()
    train(config, second, tmp_path / "parts", resume=checkpoint)
    assert [*first.rows(), *second.rows()] == whole.rows()
    assert not (tmp_path / "parts" / ARTIFACT).exists(), "the rate is in the checkpoint"


def test_each_step_of_accumulated_batches_is_one_point(small: Any, tmp_path: Path, reporter_class: Any) -> None:
    whole = config_of(small, steps=20, training={"batch_size": 32})
    cut = config_of(small, steps=20, training={"batch_size": 8, "accumulate": 4})
    for name, config in (("whole", whole), ("cut", cut)):
        train(config, reporter_class(), tmp_path / name)
    found, expected = curve_of(tmp_path / "cut"), curve_of(tmp_path / "whole")
    assert found["rates"] == expected["rates"]
    assert found["losses"][:12] == pytest.approx(expected["losses"][:12], rel=0.02)


@pytest.mark.parametrize("parts", [{"regularizers": {"swa": {"start": 0.5}}}, {"optimizer": "schedule_free_sgd"}])
def test_what_averages_weights_does_not_disturb_the_ramp(
    parts: dict[str, Any], small: Any, tmp_path: Path, reporter_class: Any
) -> None:
    training = {"epochs": 2, "batch_size": 32, "lr_range_test": True, "lr_range_steps": 40}
    train(small(training=training, **parts), reporter_class(), tmp_path)
    rates = curve_of(tmp_path)["rates"]
    ratio = (HIGHEST / LOWEST) ** (1 / 40)
    assert len(rates) > 30
    assert rates == pytest.approx([LOWEST * ratio**step for step in range(len(rates))])


def test_a_stop_ends_the_test_and_then_the_run(small: Any, tmp_path: Path, reporter_class: Any) -> None:
    result = train(config_of(small), reporter_class(stop_after_polls=5), tmp_path)
    assert result.ended is Decision.STOP
    assert curve_of(tmp_path)["suggested"] is None
    assert len(curve_of(tmp_path)["losses"]) == 5


def test_the_loss_of_a_step_is_that_at_the_weights(small: Any, tmp_path: Path, reporter_class: Any) -> None:
    """A large ball has other losses at its edge."""
    training = {"epochs": 1, "batch_size": 32, "lr_range_test": True, "lr_range_steps": 20}
    for rho in (1e-9, 2.0):
        config = small(optimizer={"name": "sam", "rho": rho}, training=training)
        train(config, reporter_class(), tmp_path / str(rho))
    near, far = (curve_of(tmp_path / str(rho))["losses"] for rho in (1e-9, 2.0))
    assert far[:3] == pytest.approx(near[:3], rel=1e-4)


def test_a_partner_keeps_its_own_rate_in_the_trial(
    small: Any, tmp_path: Path, reporter_class: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Muon's AdamW has it in the training too; what is found depends neither on it alone nor on the configured rate."""
    rates: dict[bool, list[float]] = {True: [], False: []}
    monkeypatch.setattr(Muon, "starts", lambda self, group: rates[group["orthogonal"]].append(group["lr"]))
    found = []
    for lr in (0.02, 1.0):
        config = small(
            model={"name": "mlp", "hidden": [16, 16, 16]},
            optimizer={"name": "muon", "lr": lr, "adamw_lr": 0.004},
            training={"epochs": 1, "batch_size": 32, "lr_range_test": True, "lr_range_steps": 60},
        )
        find_base_rate(config, reporter_class(), tmp_path)
        content = curve_of(tmp_path)
        found.append(content["suggested"])
        assert content["losses"][0] == content["losses_at_lowest"][0]
        assert content["relative"][0] == pytest.approx(1.0, abs=1e-6)
    assert found[0] == found[1]
    assert 1e-3 < found[0] < 0.1
    assert {round(rate, 12) for rate in rates[False]} == {0.004}
    assert max(rates[True]) > 0.1
    assert min(rates[True]) == pytest.approx(LOWEST)


def test_a_loss_beside_another_is_their_ratio_where_that_is_positive() -> None:
    assert relative([1.0, 1.0, -3.0], [1.0, 4.0, -2.0, 9.0]) == [1.0, 0.25, 0.5]
