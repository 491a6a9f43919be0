"""What a config says about single steps: penalties, clipping, the learning rate and weight decay."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import chain
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor

from experiments.config import ExperimentConfig
from experiments.errors import TrainingError
from experiments.optimizers import Optimizer
from experiments.optimizers._beyond_step import BeyondStep, beyond_step
from experiments.optimizers._groups import sparse
from experiments.regularizers.roles import AfterStep, Clipping, RateOverride
from experiments.training.reach import Reach


class OptimizerStep:
    """Applies what a config says about single steps: penalties, clipping, the learning rate and weight decay.

    A step is that of one optimizer, and reaches the parameters of that optimizer alone. A module that optimizes by hand
    may have several; a parameter that they share is penalized by the first that steps in a batch.
    """

    def __init__(self, config: ExperimentConfig, history: list[float]) -> None:
        self._regularizers = tuple(config.regularizers.values())
        self._overrides = [each for each in self._regularizers if isinstance(each, RateOverride)]
        self._schedule = config.schedule
        self.base_rate = config.optimizer.lr if config.optimizer else None
        self._full_batch = config.optimizer is not None and config.optimizer.full_batch
        self._name = config.model.name
        self._history = history
        self._norms: list[Tensor] = []
        self._stepped: dict[int, list[tuple[AfterStep, list[Tensor], float]]] = {}
        self._reach: dict[torch.optim.Optimizer, Reach] = {}
        self._owners: dict[Tensor, torch.optim.Optimizer] = {}
        self._stepping: BeyondStep | None = None
        self._as_made: dict[torch.optim.Optimizer, list[dict[str, Any]]] = {}
        """The options of each optimizer's groups before a checkpoint was loaded."""
        self.lr = math.nan

    def start(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        """Look up once what every step needs.

        Raises:
            TrainingError: the module, its data or its optimizer lack what the config asks for.
        """
        self._module = module
        clipping = [each for each in self._regularizers if isinstance(each, Clipping)]
        self._unclipped = {each.name: each.unclipped(module) for each in clipping}
        self._several = len(trainer.optimizers) > 1
        self._n_groups = {optimizer: len(optimizer.param_groups) for optimizer in trainer.optimizers}
        self.know(trainer.optimizers)
        self._by_hand = not module.automatic_optimization
        if not self._by_hand and not _trains(trainer.optimizers, module):
            raise TrainingError(
                f"{self._name} would not be trained: its configure_optimizers gives no optimizer of its parameters. "
                "Return one, name an optimizer in the config, or set automatic_optimization to False in a module that "
                "trains itself"
            )
        for regularizer in self._regularizers:
            if not regularizer.sparse and sparse(module):
                remedy = "leave it out, or build the embedding with sparse=False"
                raise TrainingError(f"{regularizer.name} takes no sparse gradients: {remedy}")
        total = trainer.estimated_stepping_batches  # -1 while nobody knows
        self._total = total if total > 0 else math.inf
        if self._full_batch and trainer.num_training_batches > 1:
            raise TrainingError("the optimizer needs all training examples in one batch: raise training.batch_size")
        self._trainer = trainer
        self._epochs = trainer.max_epochs or 1
        if self._schedule is not None and math.isinf(self._total) and self._schedule.counts_steps:
            raise TrainingError(
                f"{self._schedule.name} is stretched over the steps of the run, and nobody knows how many: the loader "
                "of the training data has no length. Set the schedule's interval to epoch, or give the loader a length"
            )

    def know(self, optimizers: Sequence[torch.optim.Optimizer]) -> None:
        """Note the options of optimizers that were just made."""
        self._as_made = {optimizer: _options(optimizer) for optimizer in optimizers}

    def change(self, before: Optimizer, now: Optimizer) -> None:
        """Give optimizers that have loaded the state of others, made from ``before``, the options of ``now``.

        Raises:
            TrainingError: an optimizer keeps one of them elsewhere than in its groups.
        """
        old, new = before.arguments(), now.arguments()
        names = {name for name, value in new.items() if old[name] != value}
        for optimizer, made in self._as_made.items():
            if missing := names - {name for options in made for name in options}:
                raise TrainingError(f"{now.name} keeps no {' and no '.join(sorted(missing))} that could change")
            for group, options in zip(optimizer.param_groups, made, strict=False):
                group |= {name: options[name] for name in {*names, "lr", "lr_scale"} & options.keys()}
        if before.lr != now.lr:
            self.base_rate = now.lr

    def before_step(self, step: int, optimizer: torch.optim.Optimizer) -> None:
        """Add penalties to the gradient, measure and clip it, set the learning rate, decay the weights.

        Penalties come here and not with each backward pass, so that they count once when gradients are accumulated, and
        meet gradients that mixed precision no longer scales. Where an optimizer takes the gradient more than once a
        step, everything here acts once, on the gradient that is applied, and at the weights it is applied to. What is
        in proportion to the learning rate takes that of each weight: its group's, times what an optimizer that learns
        its own has made of it.
        """
        offer = beyond_step(optimizer)
        if offer.probing:
            return
        self._stepping = offer
        offer.restore()
        reach = self._reach.get(optimizer)
        if reach is None or not reach.is_that_of(optimizer):
            reach = self._reach[optimizer] = self._reached(optimizer, reach)
        penalized = self._penalized(optimizer, reach) if self._several else reach
        for penalty, weights in penalized.penalized:
            penalty.after_backward(weights)
        gradients = [_entries(parameter.grad) for parameter in reach.parameters if parameter.grad is not None]
        norm = norm_of(gradients, self._module.device)
        self._norms.append(norm)
        for clipping, parameters in reach.clipped:
            clipping.clip(parameters, norm)
        self._set_rate(step, optimizer)
        adapted = offer.adapted
        for decay, group, weights in penalized.before_step:
            decay.before_step(weights, group["lr"] * adapted)
        self._stepped[step] = [
            (regularizer, [weight for weight in weights if weight.grad is not None], group["lr"] * adapted)
            for regularizer, group, weights in penalized.after_step
        ]

    def after_batch(self) -> bool:
        """Whether an optimizer has changed the weights since the last call; then regularizers act on them.

        They act once for each step, however often its optimizer evaluated the batch, on the weights that had a
        gradient then: a module that steps by hand may have cleared it since.
        """
        stepped, self._stepped = self._stepped, {}
        self._owners.clear()
        for regularizer, weights, lr in chain.from_iterable(stepped.values()):
            regularizer.after_step(weights, lr)
        return bool(stepped)

    def _reached(self, optimizer: torch.optim.Optimizer, before: Reach | None) -> Reach:
        """What the optimizer's steps reach now; groups that it has got since keep the share of their rate."""
        rate = _base_rate(optimizer)  # not ``lr``: a resumed run has not set it, and a group may join at once
        if self._schedule is not None and rate > 0:
            n_known = self._n_groups[optimizer] if before is None else len(before.groups)
            for group in optimizer.param_groups[n_known:]:
                group.setdefault("lr_scale", group["lr"] / rate)
        return Reach(optimizer, self._module, self._regularizers, self._unclipped)

    def _penalized(self, optimizer: torch.optim.Optimizer, reach: Reach) -> Reach:
        """The reach without the parameters on which another optimizer has stepped in this batch."""
        owners = {parameter: self._owners.setdefault(parameter, optimizer) for parameter in reach.parameters}
        taken = {parameter for parameter, owner in owners.items() if owner is not optimizer}
        return Reach(optimizer, self._module, self._regularizers, self._unclipped, without=taken) if taken else reach

    def done(self, trainer: pl.Trainer) -> float:
        """The share of the run that is over; that of its epochs while nobody knows how many steps there will be.

        Several optimizers, stepped by hand, may make several steps a batch: then batches are counted.
        """
        done = trainer.fit_loop.total_batch_idx + 1 if self._by_hand else trainer.global_step
        return self._share(done)

    def _share(self, steps: int) -> float:
        return self._trainer.current_epoch / self._epochs if math.isinf(self._total) else steps / self._total

    def _set_rate(self, step: int, optimizer: torch.optim.Optimizer) -> None:
        """The schedule's rate; a group of parameters with a scale of its own takes that share of it."""
        if self._schedule is not None and self.base_rate is not None:
            rate = self.base_rate * self._factor(step)
            for override in self._overrides:
                rate = override.rate(rate, self.base_rate, self._share(step))
            for group in optimizer.param_groups:
                group["lr"] = rate * group.get("lr_scale", 1.0)
            self.lr = rate
        else:
            self.lr = _base_rate(optimizer)

    def _factor(self, step: int) -> float:
        assert self._schedule is not None  # noqa: S101 - the caller has seen to it
        if math.isinf(self._total):
            return self._schedule.factor(self._trainer.current_epoch, self._epochs, self._history)
        total = int(self._total)
        per_epoch = max(1, total // self._epochs)
        return self._schedule.factor(step, total, self._history, steps_per_epoch=per_epoch)

    def measured(self) -> dict[str, float]:
        """The learning rate in use and the mean norm of the gradients before clipping; nothing without a step since.

        The rate is the schedule's, times what an optimizer that learns its own has made of it.
        """
        norms, self._norms = self._norms, []
        if not norms or self._stepping is None:
            return {}
        rate = float(self.lr * self._stepping.adapted)
        return {"lr": rate, "grad_norm": float(torch.stack(norms).mean())}


def switch(optimizers: Sequence[torch.optim.Optimizer], training: bool) -> None:
    """Tell optimizers whose trained weights are not the model's result which of the two the module shall hold."""
    for optimizer in optimizers:
        offer = beyond_step(optimizer)
        (offer.train if training else offer.eval)()


def _options(optimizer: torch.optim.Optimizer) -> list[dict[str, Any]]:
    return [{name: value for name, value in group.items() if name != "params"} for group in optimizer.param_groups]


def _base_rate(optimizer: torch.optim.Optimizer) -> float:
    """The rate of which each group has its share."""
    first = optimizer.param_groups[0]
    return float(first["lr"] / first.get("lr_scale", 1.0))


def norm_of(gradients: list[Tensor], device: torch.device) -> Tensor:
    """That of all gradients together; torch's own function takes five times as long for a small network."""
    if not gradients:
        return torch.zeros((), device=device)
    norm: Tensor = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(gradients)))
    return norm


def _entries(gradient: Tensor) -> Tensor:
    """The entries of a gradient that may differ from 0: torch takes no norm of a sparse tensor among others."""
    return gradient.coalesce().values() if gradient.is_sparse else gradient


def _trains(optimizers: Sequence[torch.optim.Optimizer], module: pl.LightningModule) -> bool:
    """Whether an optimizer has a parameter of the module."""
    held = {parameter for optimizer in optimizers for group in optimizer.param_groups for parameter in group["params"]}
    return any(parameter in held for parameter in module.parameters())
