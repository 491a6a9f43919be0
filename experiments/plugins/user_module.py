"""A user's own LightningModule and LightningDataModule as what a run trains."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from torch import Tensor

from experiments.config import ExperimentConfig
from experiments.errors import TrainingError
from experiments.initializers import Initializer
from experiments.plugins.user_data import REMEDY, data_module, fingerprint_of
from experiments.plugins.user_optimizer import replace_optimizer
from experiments.plugins.user_weights import Weights
from experiments.reporting import NOT_EXPORTED
from experiments.training.files.artifacts import write_model
from experiments.training.files.model_card import ModelCard
from experiments.training.lightning import Hooks, package_of_module
from experiments.training.loading.data_hash import DataHash
from experiments.training.loading.fingerprints import differences, varies
from experiments.training.loading.lasting_workers import seed_lasting_workers
from experiments.training.loading.loaders import loaders_in
from experiments.training.mixed_packages import mixed
from experiments.training.setup import SplitName, load_weights
from experiments.training.trainer import lean_trainer, quiet


class UserModuleSetup:
    """Built from the fields of the config; the initializer and the optimizer are the config's where it names them."""

    def __init__(self, config: ExperimentConfig, log: Callable[[str], None], *, draw: bool = True) -> None:
        self._config = config
        self.module: pl.LightningModule = config.model.build()
        self._weights: Weights | None = None
        if config.initializer is not None and draw:
            self._weights = Weights(config, config.initializer, self.module)
            self._weights.initialize()
        if config.optimizer is not None:
            replace_optimizer(self.module, config, log)
        self._data = data_module(config)
        if reason := mixed(type(self.module), type(self._data)):  # the data may be those of another experiment
            raise TrainingError(reason)
        if config.initializer is not None and self._weights is not None:
            self._calibrate(config.initializer, self._weights)

    @property
    def notes(self) -> Sequence[str]:
        """What the initializer did not do; once the module is set up, also to layers that it makes then."""
        return [] if self._weights is None else list(self._weights.notes())

    def _calibrate(self, initializer: Initializer, weights: Weights) -> None:
        """Let the initializer look at the data; the module is run outside of a trainer, which not all of them allow.

        Raises:
            TrainingError: the module or its data cannot be used so.
        """
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # without a trainer, nothing that the module logs goes anywhere
                weights.calibrate(self._training_batches(), _training_loss)
        except Exception as error:  # a user's code may raise anything
            raise TrainingError(
                f"{initializer.name} runs the training step of {self._config.model.name} before the training, which "
                f"failed ({type(error).__name__}: {error}); choose another initializer"
            ) from error

    def _training_batches(self) -> Iterator[Any]:
        self._data.prepare_data()
        self._data.setup("fit")
        yield from self._data.train_dataloader()

    def loaders(self) -> Mapping[str, Any]:
        """The data module, which makes its own loaders."""
        seed_lasting_workers(self._data, self._config.seed, lambda: self.module.current_epoch)
        return {"datamodule": self._data}

    def evaluate(
        self,
        split: SplitName,
        best: Mapping[str, Any] | None = None,
        limit: int | None = None,
        seen: DataHash | None = None,
    ) -> dict[str, float]:
        """What the module logs in its validation or test steps, under its own names.

        Raises:
            TrainingError: the module or the data module has no such step or data, or its data are not split as they
                were for the training.
        """
        hooks: list[Hooks] = [] if seen is None else [_Seeing(seen)]
        if best is not None:
            self._refuse_other_data(split, best)
            hooks.append(_Loading(partial(load_weights, self.module, best, self._config.model.name)))
        with quiet():
            limits = {"limit_val_batches": limit, "limit_test_batches": limit}
            trainer = lean_trainer(self.module, *hooks, enable_checkpointing=False, **limits)
            run = trainer.validate if split == "validation" else trainer.test
            try:
                run(self.module, datamodule=self._data, verbose=False)
            except package_of_module(self.module).misconfiguration as error:
                raise TrainingError(
                    f"{self._config.model.name} cannot be measured on the {split} data: {error}"
                ) from error
        if seen is not None and any(map(varies, loaders_in(trainer.test_dataloaders))):
            seen.forget()
        return {name: float(value) for name, value in trainer.callback_metrics.items()}

    def _refuse_other_data(self, split: SplitName, best: Mapping[str, Any]) -> None:
        """Measure nothing on rows that may have been trained on.

        Raises:
            TrainingError: the data are others than those that the checkpoint was trained with.
        """
        try:
            differing = differences(best.get("data", {}), fingerprint_of(self._config))
        except Exception:  # a user's code may raise anything; if it matters, it will in the trainer too
            return
        if differing:
            raise TrainingError(
                f"not measured on the {split} data: {self._config.data.name} has other data than at the training "
                f"({differing}), so these may hold rows that were trained on; {REMEDY}"
            )

    def write_artifacts(self, directory: Path, log: Callable[[str], None]) -> dict[str, Path]:
        """The exported model, if torch can trace the module; otherwise the log says why not."""
        try:
            return write_model(self.module, self._example(), self._card(), directory)
        except Exception as error:  # torch.export raises many kinds of errors for code that it cannot trace
            log(f"{NOT_EXPORTED}{(str(error) or type(error).__name__).splitlines()[0]}")
            return {}

    def _example(self) -> Tensor:
        """What ``forward`` takes of a batch of the validation data, or of the training data where there are none.

        Raises:
            TrainingError: there is no such thing.
        """
        if not package_of_module(self.module).own_method(self.module, "forward"):
            raise TrainingError(f"{self._config.model.name} has no `forward` of its own; give it one")
        batch = next(iter(self._loaders()[0]))
        example = batch[0] if isinstance(batch, list | tuple) else batch
        if not isinstance(example, Tensor):
            raise TrainingError("its batches do not start with a tensor")
        return example

    def _loaders(self) -> Sequence[Any]:
        found: Sequence[Any] = []
        with suppress(package_of_module(self.module).misconfiguration):  # the data module has no such method
            found = loaders_in(self._data.val_dataloader())
        return found or loaders_in(self._data.train_dataloader())

    def _card(self) -> ModelCard:
        model, data = self._config.model.name, self._config.data.name
        return ModelCard(
            f"{model} on {data}",
            f"They are what `forward` of {model} takes: the first part of a batch of {data}. Whatever {data} does to "
            "its data, scaling among it, is not in the model.",
            f"They are what `forward` of {model} gives.",
        )


class _Loading(Hooks):
    """Loads weights once the module's own hooks have made the layers that they belong to."""

    def __init__(self, load: Callable[[], None]) -> None:
        self._load = load

    def on_validation_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._load()

    def on_test_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._load()


class _Seeing(Hooks):
    """Notes which data are measured, as the test step is given them."""

    def __init__(self, seen: DataHash) -> None:
        self._seen = seen

    def on_test_batch_start(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, batch: Any, batch_idx: int, dataloader_idx: int = 0
    ) -> None:
        self._seen.add(batch, dataloader_idx)


def _training_loss(module: Any, batch: Any) -> Tensor:
    """The loss that the module's own training step gives for a batch."""
    if not module.automatic_optimization:
        raise TrainingError("it optimizes by hand")
    outcome = module.training_step(batch, 0)
    loss = outcome["loss"] if isinstance(outcome, Mapping) else outcome
    if not isinstance(loss, Tensor):
        raise TrainingError("it gives no loss")
    return loss
