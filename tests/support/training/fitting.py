"""Fits a config without the end of a run, whose exported model takes most of a short run's time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from experiments import seeding
from experiments.config import ExperimentConfig
from experiments.training.callbacks import Progress
from experiments.training.files.checkpoints import ResumeCheckpoints
from experiments.training.setup import TrainingSetup, prepare
from experiments.training.trainer import fit


def fitted(
    config: ExperimentConfig, directory: Path, reporter: Any, resume: Path | None = None
) -> tuple[TrainingSetup, Progress]:
    """The trained setup, with the weights of the last step, and what was noted on the way."""
    directory.mkdir(parents=True, exist_ok=True)
    seeding.seed(config.seed)
    setup = prepare(config)
    checkpoints = ResumeCheckpoints(directory, 30.0)
    progress = Progress(config, reporter, checkpoints)
    fit(config, setup, progress, checkpoints, resume)
    return setup, progress


def final_weights(config: ExperimentConfig, directory: Path, reporter: Any) -> torch.Tensor:
    """All weights after the last step, as one vector."""
    setup, _ = fitted(config, directory, reporter)
    return torch.cat([weight.detach().flatten() for weight in setup.module.parameters()])
