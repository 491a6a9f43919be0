"""What optimizers do not go together with: batches, schedules, regularizers, precision, models."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import product

from experiments.config import ExperimentConfig
from experiments.conflicts.rule import Rule, having
from experiments.data import DATA, Data
from experiments.models import MODELS
from experiments.normalizations import NORMALIZATIONS
from experiments.optimizers import OPTIMIZERS
from experiments.regularizers import REGULARIZERS


def optimizer_rules() -> tuple[Rule, ...]:
    """All rules of the family, as ``experiments.conflicts`` lists them."""
    return (
        *_full_batch(),
        *_line_search(),
        *_probing(),
        *_averaging(),
        *_second_order(),
        *_own_rate(),
        *_muon(),
        *_learned(),
    )


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


def _full_batch() -> Iterator[Rule]:
    counted = [data for data in DATA if data.n_examples]
    for name, data in product(having(OPTIMIZERS, "full_batch"), counted):
        yield _rule(name, f"data.{data.id()}", "training.batch_size", _mini(name, data.n_examples), _in_batches(data))


def _line_search() -> Iterator[Rule]:
    for name in having(OPTIMIZERS, "compares_losses"):
        yield _accumulating(name, f"{name} evaluates the whole batch several times a step; set accumulate to 1")
        yield _rule(
            name,
            "schedule",
            "schedule",
            f"{name} finds the length of its steps by a line search; leave the schedule constant, without a warm-up",
            lambda config: _scheduled(config) or (config.schedule is not None and config.schedule.warmup > 0),
        )
        for regularizer in REGULARIZERS.names():
            if regularizer not in having(REGULARIZERS, "exact"):
                reason = f"{name} compares losses with their gradients, and this changes one without the other"
                yield _regularized(name, regularizer, f"{reason}; leave it out, or choose another optimizer")
        yield _half(name, f"a scaled loss misleads the line search of {name}; choose 32")
        yield _rule(
            name,
            "training",
            "training.lr_range_test",
            f"{name} finds the length of its steps by itself; leave the range test out",
            lambda config: config.training.lr_range_test,
        )


def _mini(name: str, n_examples: int) -> str:
    reason = f"{name} compares gradients of one loss, and every mini-batch has another"
    return f"{reason}; give it all examples as one batch, with batch_size {n_examples} or more, or choose another"


def _in_batches(data: type[Data]) -> Callable[[ExperimentConfig], bool]:
    return lambda config: config.data.name == data.id() and config.training.batch_size < data.n_examples


def _probing() -> Iterator[Rule]:
    for name in having(OPTIMIZERS, "probes"):
        reason = f"{name} evaluates each batch twice, and knows the second gradient of the last one only"
        yield _accumulating(name, f"{reason}; set accumulate to 1, and batch_size higher")
        yield _half(name, f"{name} would climb along a gradient that is still scaled; choose bf16-mixed or 32")
        for regularizer in having(REGULARIZERS, "learns"):
            reason = f"{name} evaluates each batch twice, and what {regularizer} trains would learn twice from it"
            yield _regularized(name, regularizer, f"{reason}; use pgd or trades")


def _averaging() -> Iterator[Rule]:
    for name in having(OPTIMIZERS, "averages"):
        reason = f"the mean that {name} keeps does the work of a schedule; leave it constant (a warm-up may stay)"
        yield _rule(name, "schedule", "schedule", reason, _scheduled)
        lost = f"{name} computes the weights anew from its own sequences, so that what this changes is lost"
        for regularizer in having(REGULARIZERS, "moves_weights"):
            yield _regularized(name, regularizer, f"{lost}; use the optimizer's own weight_decay")
        yield _rule(
            name,
            "regularizer.l1",
            "regularizers.l1.proximal",
            f"{lost}; set proximal to false",
            lambda config: getattr(config.regularizers.get("l1"), "proximal", False),
        )
        for regularizer in having(REGULARIZERS, "averages"):
            yield _regularized(name, regularizer, f"{name} averages the weights already; leave it out")
        for normalization in having(NORMALIZATIONS, "over_batch"):
            yield _judged_elsewhere(name, normalization)


def _judged_elsewhere(name: str, normalization: str) -> Rule:
    reason = (
        f"{normalization} norm gathers its statistics where {name} takes gradients, and is judged at their mean; layer "
        "or group normalization suits better"
    )
    names = (name, f"normalization.{normalization}", "normalization")
    return _rule(*names, reason, lambda config: getattr(config.normalization, "name", "") == normalization, False)


def _second_order() -> Iterator[Rule]:
    for name in having(OPTIMIZERS, "second_order"):
        for model in having(MODELS, "recurrent"):
            yield _through_cells(name, model)
        yield _half(name, f"{name} would take the curvature of a scaled loss; choose bf16-mixed or 32")


def _through_cells(name: str, model: str) -> Rule:
    reason = f"{name} differentiates twice, which the recurrent layers of cuDNN do not offer; choose soap or adam"
    return _rule(name, f"model.{model}", "optimizer", reason, lambda config: config.model.name == model)


def _muon() -> Iterator[Rule]:
    yield _rule(
        "muon",
        "model.mlp",
        "model.mlp.hidden",
        "muon is for weights between hidden layers; with fewer than two of these, all goes to its partner AdamW",
        lambda config: config.model.name == "mlp" and len(config.model.hidden) < 2,  # type: ignore[attr-defined]
        refused=False,
    )


def _own_rate() -> Iterator[Rule]:
    for name in having(OPTIMIZERS, "owns_rate"):
        yield _rule(
            name,
            "training",
            "training.lr_range_test",
            f"{name} finds its rate by itself, and lr is a factor of it, 1 as a rule; leave the range test out",
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
