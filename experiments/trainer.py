"""Lightning's Trainer with everything switched off that a run of a service does not need."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytorch_lightning as pl
import torch

from experiments.callbacks import Progress, Stopped
from experiments.checkpoints import ResumeCheckpoints
from experiments.config import ExperimentConfig

if TYPE_CHECKING:
    from experiments.subject import Subject


def device() -> str:
    """Where runs of this process train: ``cuda`` when a GPU is visible, otherwise ``cpu``."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def lean_trainer(**options: Any) -> pl.Trainer:
    """A trainer without logger, bar, summary and sanity check, on one device."""
    return pl.Trainer(
        accelerator="gpu" if device() == "cuda" else "cpu",
        devices=1,
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        use_distributed_sampler=False,
        **options,
    )


def fit(
    config: ExperimentConfig,
    subject: Subject,
    progress: Progress,
    checkpoints: ResumeCheckpoints,
    resume: Path | None,
) -> None:
    """Train the subject until its last epoch, or until ``progress`` ends it."""
    with quiet():
        trainer = lean_trainer(
            max_epochs=config.training.epochs,
            callbacks=[progress],
            plugins=[checkpoints.io],
            default_root_dir=checkpoints.directory,
        )
        try:
            trainer.fit(subject.module, **subject.loaders(), ckpt_path=resume)
        except Stopped:
            return
        finally:
            progress.stop_clock()


@contextmanager
def quiet() -> Iterator[None]:
    """Keep Lightning's notices about hardware and its advice about data loaders out of the logs."""
    logger = logging.getLogger("pytorch_lightning")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="pytorch_lightning")
            warnings.filterwarnings("ignore", module="lightning_fabric")
            yield
    finally:
        logger.setLevel(level)
