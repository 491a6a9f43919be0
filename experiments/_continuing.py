"""What an epoch begins with beside what Lightning keeps: saved with a checkpoint, and put back before a resumed epoch.

It is taken between two epochs, when all of the last one has happened, the step of a module's own ReduceLROnPlateau too,
and nothing of the next one has. A resumed run takes it over at the same place: whatever its hooks and loaders have drawn
until then, they drew in the first attempt too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytorch_lightning as pl
import torch
from torch.utils._pytree import tree_leaves

from experiments import _randomness


def state(trainer: pl.Trainer, module: pl.LightningModule) -> dict[str, Any]:
    """Random numbers, what was logged last, the gradients that are left, and which parts are frozen or do not train."""
    return {
        "randomness": _randomness.state(),
        "generators": [generator.get_state() for generator in _generators(trainer)],
        "metrics": dict(trainer.callback_metrics),
        "gradients": _gradients(module),
        "frozen": [name for name, parameter in module.named_parameters() if not parameter.requires_grad],
        "evaluating": [name for name, part in module.named_modules() if not part.training],
    }


def restore(saved: dict[str, Any], trainer: pl.Trainer, module: pl.LightningModule) -> None:
    """Take over what ``state`` gave, and have the batches of the epoch drawn after that."""
    _randomness.restore(saved["randomness"])
    if "generators" in saved:  # older checkpoints have the random numbers alone
        _restore_module(saved, module)
        trainer.callback_metrics.update({name: value.to(module.device) for name, value in saved["metrics"].items()})
        for generator, numbers in zip(_generators(trainer), saved["generators"], strict=True):
            generator.set_state(numbers)
    # Lightning has made the iterator of a resumed epoch already; without this mark it makes one at the epoch's start.
    trainer.fit_loop._resuming_from_checkpoint = False


def _restore_module(saved: dict[str, Any], module: pl.LightningModule) -> None:
    for name, gradient in saved["gradients"].items():
        module.get_parameter(name).grad = gradient.to(module.device)
    for name, parameter in module.named_parameters():
        parameter.requires_grad_(name not in saved["frozen"])
    for name, part in module.named_modules():
        part.training = name not in saved["evaluating"]


def between_epochs(loops: dict[str, Any]) -> None:
    """Let the state of Lightning's loops, taken as an epoch starts, say that the one before it has ended."""
    for count in loops["fit_loop"]["epoch_progress"].values():
        if count["started"] == count["completed"]:
            count["ready"] = count["started"]


def _gradients(module: pl.LightningModule) -> dict[str, torch.Tensor]:
    if module.automatic_optimization:
        return {}
    return {name: parameter.grad for name, parameter in module.named_parameters() if parameter.grad is not None}


def _generators(trainer: pl.Trainer) -> Sequence[torch.Generator]:
    """The random number generators that users have given to their loaders and samplers, each once."""
    found: dict[int, torch.Generator] = {}
    for loader in tree_leaves([trainer.train_dataloader, trainer.val_dataloaders]):
        for owner in _owners(loader):
            generator = getattr(owner, "generator", None)
            if isinstance(generator, torch.Generator):
                found[id(generator)] = generator
    return list(found.values())


def _owners(loader: Any) -> Iterator[Any]:
    batches = getattr(loader, "batch_sampler", None)
    yield from (loader, getattr(loader, "sampler", None), batches, getattr(batches, "sampler", None))
