"""What a run trains: a module with its data, built-in or a user's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol

import pytorch_lightning as pl
import torch
from torch import Tensor

from experiments.component import resolve
from experiments.config import ExperimentConfig
from experiments.data._splits import Split, splits, test_rows
from experiments.errors import InvalidInput
from experiments.initializers import Initializer
from experiments.initializers._twins import twins_kept
from experiments.training.device import device
from experiments.training.files.artifacts import Standardized, write_model
from experiments.training.files.model_card import ModelCard
from experiments.training.loading.data_hash import DataHash
from experiments.training.module import Batches, Network, assemble

SplitName = Literal["validation", "test"]
_JUDGED_AT_ONCE = 2048
"""Examples per batch of validation: they need no gradients, so large batches save time."""


class TrainingSetup(Protocol):
    """A module, its data, and what can be made of both after the training."""

    @property
    def module(self) -> pl.LightningModule:
        """What is trained."""
        ...

    def loaders(self) -> Mapping[str, Any]:
        """The data as arguments of ``Trainer.fit``."""
        ...

    @property
    def notes(self) -> Sequence[str]:
        """What the run's log should say of how it was made."""
        ...

    def evaluate(
        self,
        split: SplitName,
        best: Mapping[str, Any] | None = None,
        limit: int | None = None,
        seen: DataHash | None = None,
    ) -> dict[str, float]:
        """The module's loss and metrics on the data of a split, as ``val_…`` or ``test_…``.

        ``best`` is the content of a best checkpoint whose weights are measured; without it, they are those of now.
        With ``limit``, not many more than so many batches are measured.
        ``seen`` takes the test data as they are measured.

        Raises:
            InvalidInput: the checkpoint's weights do not fit the module.
        """
        ...

    def write_artifacts(self, directory: Path, log: Callable[[str], None]) -> dict[str, Path]:
        """Pictures and the exported model, by name."""
        ...


def prepare(config: ExperimentConfig, log: Callable[[str], None] | None = None, *, draw: bool = True) -> TrainingSetup:
    """The setup of a config; weights are drawn from torch's random number generator.

    ``log`` takes what a person should know of it. Where the weights come from a checkpoint anyway, ``draw=False``
    spares the config's initializer the trouble.
    """
    setup: TrainingSetup = resolve(config.model.setup)(config, log or (lambda _: None), draw=draw)
    return setup


def load_weights(module: pl.LightningModule, best: Mapping[str, Any], model: str) -> None:
    """Take over the weights of a best checkpoint.

    Raises:
        InvalidInput: they do not fit.
    """
    try:
        module.load_state_dict(best["state_dict"])
    except RuntimeError as error:
        raise InvalidInput.at("checkpoint", f"the weights do not fit the model {model}: {error}") from error


class BuiltInSetup:
    """A network of ours on a data set in memory."""

    notes = ()

    def __init__(
        self, config: ExperimentConfig, log: Callable[[str], None] | None = None, *, draw: bool = True
    ) -> None:
        """There is nothing to ``log`` of a network of ours."""
        self._config = config
        self._splits = splits(config.data, config.fold, config.folds, device())
        self.module: Network = assemble(config, self._splits.box)
        if draw:
            self._calibrate()

    def _calibrate(self) -> None:
        """Let the initializer look at the data, in the order of the first epoch."""
        assert self._config.initializer  # noqa: S101 - ``conflicts`` has seen to it
        if type(self._config.initializer).calibrate is Initializer.calibrate:
            return
        task = self.module.task
        batches = Batches(self._splits.train, self._config.training.batch_size, self._config.seed)
        network = self.module.network.to(device())
        with twins_kept(network):
            self._config.initializer.calibrate(
                network, batches, lambda network, batch: task.training_loss(network(batch[0]), batch[1])
            )

    def loaders(self) -> Mapping[str, Any]:
        """Shuffled training batches, and validation batches."""
        size, seed = self._config.training.batch_size, self._config.seed
        return {
            "train_dataloaders": Batches(self._splits.train, size, seed, lambda: self.module.current_epoch),
            "val_dataloaders": Batches(self._splits.validation, _JUDGED_AT_ONCE),
        }

    def evaluate(
        self,
        split: SplitName,
        best: Mapping[str, Any] | None = None,
        limit: int | None = None,
        seen: DataHash | None = None,
    ) -> dict[str, float]:
        """Loss and metrics of the network in evaluation mode; the data are measured at once, whatever the limit."""
        if best is not None:
            load_weights(self.module, best, self._config.model.name)
        part = self._splits.part(split)
        tally, task = self.module.val_tally, self.module.task
        if seen is not None and split == "test":
            seen.add(test_rows(self._config.data))
        tally.clear()
        outputs = self._outputs(part)
        tally.add(task.loss(outputs, part.targets), task.sums(outputs, part.targets), len(part))
        prefix = "val" if split == "validation" else "test"
        return {f"{prefix}_{name}": value for name, value in tally.summary(task).items()}

    def write_artifacts(self, directory: Path, log: Callable[[str], None]) -> dict[str, Path]:
        """The picture of the validation data, and the exported model, which takes raw inputs."""
        part = self._splits.validation
        task = self.module.task
        picture = directory / task.picture_name
        task.picture(self._outputs(part).cpu(), part.targets.cpu(), picture)
        model = Standardized(self.module.network, self._splits.mean, self._splits.scale)
        example = part.inputs[:2].cpu() * self._splits.scale + self._splits.mean
        return {task.picture_name: picture, **write_model(model, example, self._card(), directory)}

    def _card(self) -> ModelCard:
        data, parts = self._config.data, self._splits
        scaling = {"inputs": {"mean": parts.mean.tolist(), "scale": parts.scale.tolist()}}
        inputs = (
            f"They are those of the data set {data.name} as it comes: the model itself subtracts the mean of the "
            "training data and divides by their deviation, both in `scaling` of the signature."
        )
        outputs = f"A logit for each class, in this order: {', '.join(data.classes)}. Their softmax is the probability."
        if parts.target_scale is not None and parts.target_mean is not None:
            scaling["targets"] = {"mean": parts.target_mean.tolist(), "scale": parts.target_scale.tolist()}
            outputs = (
                "They are standardized as the targets were: times the deviation, plus the mean, both in `scaling` of "
                "the signature, they are in the units of the data."
            )
        title = f"{self._config.model.name} on {data.name}"
        return ModelCard(title, inputs, outputs, data.classes, scaling)

    def _outputs(self, part: Split) -> Tensor:
        network = self.module.to(device()).eval()
        with torch.no_grad():
            return torch.cat([network(inputs) for inputs, _ in Batches(part, _JUDGED_AT_ONCE)])
