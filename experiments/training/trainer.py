"""Lightning's Trainer with everything switched off that a run of a service does not need."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytorch_lightning as pl

from experiments.config import ExperimentConfig
from experiments.errors import TrainingError
from experiments.training.accumulation import Accumulation
from experiments.training.callbacks import Progress, Stopped
from experiments.training.device import device
from experiments.training.files.checkpoints import ResumeCheckpoints
from experiments.training.lightning import Hooks, LightningPackage, hush, package_of_module
from experiments.training.loading.between_epochs import BetweenEpochs
from experiments.training.setup import TrainingSetup
from experiments.training_fields import Training


def lean_trainer(module: pl.LightningModule, *hooks: Hooks, **options: Any) -> pl.Trainer:
    """A lean trainer of the module's own package."""
    return trainer_of(package_of_module(module), *hooks, **options)


def trainer_of(package: LightningPackage, *hooks: Hooks, **options: Any) -> pl.Trainer:
    """A trainer of a package, without logger, bar, summary and sanity check, on one device."""
    trainer: pl.Trainer = package.trainer(
        hooks,
        accelerator="gpu" if device() == "cuda" else "cpu",
        devices=1,
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        use_distributed_sampler=False,
        **options,
    )
    return trainer


def controlled_trainer(module: pl.LightningModule, training: Training, *hooks: Hooks, **options: Any) -> pl.Trainer:
    """A lean trainer with the precision and the accumulation of gradients that a config asks for.

    Raises:
        TrainingError: the device cannot compute in that precision.
    """
    if training.precision == "16-mixed" and device() == "cpu":
        # Lightning would go on in bfloat16, and a search would take that for the precision it asked for.
        raise TrainingError("precision 16-mixed needs a GPU, and this worker has none; write bf16-mixed or 32")
    return lean_trainer(
        module,
        *([Accumulation(training.accumulate)] if training.accumulate > 1 else []),
        *hooks,
        precision="32-true" if training.precision == "32" else training.precision,
        accumulate_grad_batches=training.accumulate,
        **options,
    )


def fit(
    config: ExperimentConfig,
    setup: TrainingSetup,
    progress: Progress,
    checkpoints: ResumeCheckpoints,
    resume: Path | None,
    **options: Any,
) -> None:
    """Train the module until its last epoch, or until ``progress`` ends it; ``options`` are the trainer's."""
    package = package_of_module(setup.module)
    with quiet():
        trainer = controlled_trainer(
            setup.module,
            config.training,
            BetweenEpochs(progress),
            progress,
            max_epochs=config.training.epochs,
            plugins=[package.plugin(checkpoints.io)],
            default_root_dir=checkpoints.directory,
            **options,
        )
        try:
            trainer.fit(setup.module, **setup.loaders(), ckpt_path=resume)
        except Stopped:
            return
        except package.misconfiguration as error:
            raise TrainingError(f"{config.model.name} cannot be trained so: {error}") from error
        finally:
            progress.stop_clock()
            if config.training.precision == "bf16-true":
                setup.module.float()  # what comes after the training, measuring and exporting, has float data


@contextmanager
def quiet() -> Iterator[None]:
    """Keep Lightning's notices about hardware and its advice about data loaders out of the logs."""
    loud = hush()
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=r"(pytorch_lightning|lightning_fabric)\b")
            warnings.filterwarnings("ignore", module=r"lightning\.(pytorch|fabric)\b")
            yield
    finally:
        for logger, level in loud:
            logger.setLevel(level)
