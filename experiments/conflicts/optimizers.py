"""What optimizers do not go together with: batches, schedules, regularizers, precision, models."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from experiments.catalog import KINDS
from experiments.config import ExperimentConfig
from experiments.conflicts.rule import Rule
from experiments.data import Data
from experiments.regularizers import REGULARIZERS

_SCHEDULE_FREE = ("schedule_free_sgd", "schedule_free_adamw")
_CURVED = ("adahessian", "sophia")
_EXACT = ("label_smoothing", "early_stopping", "ema", "swa")
"""Regularizers that leave loss and gradient what they are for each other."""


def optimizer_rules() -> tuple[Rule, ...]:
    """All rules of the family, as ``experiments.conflicts`` lists them."""
    return (*_lbfgs(), *_sam(), *_schedule_free(), *_curved(), *_muon(), *_prodigy(), *_learned())


def _rule(
    name: str, second: str, place: str, reason: str, holds: Callable[[ExperimentConfig], object], refused: bool = True
) -> Rule:
    """A rule of the optimizer ``name``."""

    def both(config: ExperimentConfig) -> bool:
        return config.optimizer is not None and config.optimizer.name == name and bool(holds(config))

    return Rule(f"optimizer.{name}", second, place, reason, both, refused)


def _regularized(name: str, regularizer: str, reason: str) -> Rule:
    place = f"regularizers.{regularizer}"
    return _rule(name, f"regularizer.{regularizer}", place, reason, lambda config: regularizer in config.regularizers)


def _scheduled(config: ExperimentConfig) -> bool:
    return config.schedule is not None and config.schedule.name != "constant"


def _half(name: str, reason: str) -> Rule:
    place = "training.precision"
    return _rule(name, "training", place, reason, lambda config: config.training.precision == "16-mixed")


def _accumulating(name: str, reason: str) -> Rule:
    return _rule(name, "training", "training.accumulate", reason, lambda config: config.training.accumulate > 1)


def _lbfgs() -> Iterator[Rule]:
    for data in KINDS["data"]:
        yield _rule("lbfgs", f"data.{data.id()}", "training.batch_size", _mini(data.n_examples), _in_batches(data))
    yield _accumulating("lbfgs", "lbfgs evaluates the whole batch several times a step; set accumulate to 1")
    yield _rule(
        "lbfgs",
        "schedule",
        "schedule",
        "lbfgs finds the length of its steps by a line search; leave the schedule constant, without a warm-up",
        lambda config: _scheduled(config) or (config.schedule is not None and config.schedule.warmup > 0),
    )
    for regularizer in REGULARIZERS.names():
        if regularizer not in _EXACT:
            reason = "lbfgs compares losses with their gradients, and this changes one without the other"
            yield _regularized("lbfgs", regularizer, f"{reason}; leave it out, or choose another optimizer")
    yield _half("lbfgs", "a scaled loss misleads the line search of lbfgs; choose 32")
    yield _rule(
        "lbfgs",
        "training",
        "training.lr_range_test",
        "lbfgs finds the length of its steps by itself; leave the range test out",
        lambda config: config.training.lr_range_test,
    )


def _mini(n_examples: int) -> str:
    reason = "lbfgs compares gradients of one loss, and every mini-batch has another"
    return f"{reason}; give it all examples as one batch, with batch_size {n_examples} or more, or choose another"


def _in_batches(data: type[Data]) -> Callable[[ExperimentConfig], bool]:
    return lambda config: config.data.name == data.id() and config.training.batch_size < data.n_examples


def _sam() -> Iterator[Rule]:
    reason = "sam evaluates each batch twice, and knows the second gradient of the last one only; set accumulate to 1"
    yield _accumulating("sam", f"{reason}, and batch_size higher")
    yield _half("sam", "sam would climb along a gradient that is still scaled; choose bf16-mixed or 32")
    reason = (
        "sam evaluates each batch twice, and the network that is trained against the model would learn twice from it"
    )
    yield _regularized("sam", "adversarial_network", f"{reason}; use pgd or trades")


def _schedule_free() -> Iterator[Rule]:
    for name in _SCHEDULE_FREE:
        reason = f"the mean that {name} keeps does the work of a schedule; leave it constant (a warm-up may stay)"
        yield _rule(name, "schedule", "schedule", reason, _scheduled)
        reason = f"{name} computes the weights anew from its own sequences, so that what this changes is lost"
        yield _regularized(name, "weight_decay", f"{reason}; use the optimizer's own weight_decay")
        yield _rule(
            name,
            "regularizer.l1",
            "regularizers.l1.proximal",
            f"{reason}; set proximal to false",
            lambda config: getattr(config.regularizers.get("l1"), "proximal", False),
        )
        yield _rule(
            name,
            "normalization.batch",
            "normalization",
            f"batch norm gathers its statistics where {name} takes gradients, and is judged at their mean; layer or "
            "group normalization suits better",
            lambda config: getattr(config.normalization, "name", "") == "batch",
            refused=False,
        )


def _curved() -> Iterator[Rule]:
    for name in _CURVED:
        yield _rule(
            name,
            "model.rnn",
            "optimizer",
            f"{name} differentiates twice, which the recurrent layers of cuDNN do not offer; choose soap or adam",
            lambda config: config.model.name == "rnn",
        )
        yield _half(name, f"{name} would take the curvature of a scaled loss; choose bf16-mixed or 32")


def _muon() -> Iterator[Rule]:
    yield _rule(
        "muon",
        "model.mlp",
        "model.mlp.hidden",
        "muon is for weights between hidden layers; with fewer than two of these, all goes to its partner AdamW",
        lambda config: config.model.name == "mlp" and len(config.model.hidden) < 2,  # type: ignore[attr-defined]
        refused=False,
    )


def _prodigy() -> Iterator[Rule]:
    yield _rule(
        "prodigy",
        "training",
        "training.lr_range_test",
        "prodigy finds its rate by itself, and lr is a factor of it, 1 as a rule; leave the range test out",
        lambda config: config.training.lr_range_test,
        refused=False,
    )


def _learned() -> Iterator[Rule]:
    yield _rule(
        "learned",
        "model",
        "optimizer.learned",
        "the learned optimizer has seen networks with one small hidden layer, and runs of 100 steps; here it may stall "
        "or diverge: compare it with adam",
        lambda config: not _small(config) or _steps(config) > 3 * 100,
        refused=False,
    )


def _small(config: ExperimentConfig) -> bool:
    """Whether the model is much like those that the learned optimizer was trained on."""
    hidden: Sequence[int] = getattr(config.model, "hidden", ())
    return config.model.name == "mlp" and len(hidden) == 1 and hidden[0] <= 32


def _steps(config: ExperimentConfig) -> int:
    """About how many optimizer steps a run has; none where only a user's own data know."""
    training = config.training
    return training.epochs * math.ceil(config.data.n_examples / (training.batch_size * training.accumulate))
