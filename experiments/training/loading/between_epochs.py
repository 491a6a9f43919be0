"""The moment between two epochs: all of the last one has happened, and nothing of the next one has.

The state there is what resume checkpoints hold. A module's own ReduceLROnPlateau, which Lightning steps after all hooks
of an epoch, has been stepped. A resumed run takes over at the same moment: whatever its hooks and loaders have drawn
until then, they drew in the first attempt too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch

from experiments import seeding
from experiments.training.callbacks import Progress
from experiments.training.lightning import Hooks
from experiments.training.loading.loaders import loaders_in

_KEY = "studyhall"
"""Where a checkpoint holds what an epoch begins with beside what Lightning keeps."""
_EPOCHS = "epochs"
"""Among that: how many are over."""


class BetweenEpochs(Hooks):
    """Has ``progress`` keep its checkpoints; the first of all callbacks, for others begin an epoch in theirs."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._saved: dict[str, Any] | None = None

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """A resumed run takes over what was saved, every other one may save it."""
        if self._saved is None:
            self._progress.between_epochs(trainer)
        else:
            _restore(self._saved, trainer, pl_module)
            self._saved = None
            self._progress.go_on()

    def on_save_checkpoint(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Add what Lightning does not keep, and let its loops say that no epoch has begun."""
        checkpoint[_KEY] = {**_state(trainer, pl_module), _EPOCHS: self._progress.epochs}
        for count in checkpoint["loops"]["fit_loop"]["epoch_progress"].values():
            if count["started"] == count["completed"]:
                count["ready"] = count["started"]

    def on_load_checkpoint(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Note it until an epoch begins; a checkpoint of an earlier version has none."""
        self._saved = checkpoint.get(_KEY)


def epochs_in(checkpoint: Path) -> int:
    """How many epochs are over in a resume checkpoint; 0 for one that cannot be read, as its loading will tell."""
    try:
        content = torch.load(checkpoint, map_location="cpu", mmap=True, weights_only=True)
    except Exception:
        return 0
    return int(content[_KEY][_EPOCHS])


def _state(trainer: pl.Trainer, module: pl.LightningModule) -> dict[str, Any]:
    """Random numbers, what was logged last, the gradients that are left, and which parts are frozen or do not train."""
    return {
        "randomness": seeding.state(),
        "generators": [generator.get_state() for generator in _generators(trainer)],
        "metrics": dict(trainer.callback_metrics),
        "gradients": _gradients(module),
        "frozen": [name for name, parameter in module.named_parameters() if not parameter.requires_grad],
        "evaluating": [name for name, part in module.named_modules() if not part.training],
    }


def _restore(saved: dict[str, Any], trainer: pl.Trainer, module: pl.LightningModule) -> None:
    seeding.restore(saved["randomness"])
    for generator, numbers in zip(_generators(trainer), saved["generators"], strict=False):
        generator.set_state(numbers)  # those of the validation come last, whose loaders may be made later
    trainer.callback_metrics.update({name: value.to(module.device) for name, value in saved["metrics"].items()})
    for name, gradient in saved["gradients"].items():
        module.get_parameter(name).grad = gradient.to(module.device)
    frozen, evaluating = set(saved["frozen"]), set(saved["evaluating"])
    for name, parameter in module.named_parameters():
        parameter.requires_grad_(name not in frozen)
    for name, part in module.named_modules():
        part.training = name not in evaluating
    # Lightning has made the iterator of a resumed epoch already; without this mark it makes one after this.
    trainer.fit_loop._resuming_from_checkpoint = False


def _gradients(module: pl.LightningModule) -> dict[str, torch.Tensor]:
    """Those that a module which clears them by itself has not cleared; otherwise the next step does."""
    if module.automatic_optimization:
        return {}
    return {name: parameter.grad for name, parameter in module.named_parameters() if parameter.grad is not None}


def _generators(trainer: pl.Trainer) -> Sequence[torch.Generator]:
    """The random number generators that users have given to their loaders and samplers, each once."""
    found: dict[int, torch.Generator] = {}
    for loader in (*loaders_in(trainer.train_dataloader), *loaders_in(trainer.val_dataloaders)):
        for owner in _owners(loader):
            generator = getattr(owner, "generator", None)
            if isinstance(generator, torch.Generator):
                found[id(generator)] = generator
    return list(found.values())


def _owners(loader: Any) -> Iterator[Any]:
    batches = getattr(loader, "batch_sampler", None)
    yield from (loader, getattr(loader, "sampler", None), batches, getattr(batches, "sampler", None))
