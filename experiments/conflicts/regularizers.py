"""What regularizers do not go together with: each other, the data, the model or the optimizer."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from experiments.config import ExperimentConfig
from experiments.conflicts.rule import Rule, has, having
from experiments.normalizations import NORMALIZATIONS
from experiments.regularizers import REGULARIZERS


def regularizer_rules() -> tuple[Rule, ...]:
    """All rules of the family, as ``experiments.conflicts`` lists them."""
    return (*_pairs(), *_with_optimizer(), *_with_data(), *_with_model(), *_with_monitor())


def pair(first: str, second: str, reason: str, refused: bool = True) -> Rule:
    """A rule between two regularizers, at the place of the second."""

    def holds(config: ExperimentConfig) -> bool:
        return first in config.regularizers and second in config.regularizers

    return Rule(f"regularizer.{first}", f"regularizer.{second}", f"regularizers.{second}", reason, holds, refused)


def _pairs() -> Iterator[Rule]:
    for first, second in combinations(having(REGULARIZERS, "clips"), 2):
        yield pair(first, second, f"{first} clips the gradient already; leave one of them out")
    for first, second in combinations(having(REGULARIZERS, "wraps"), 2):
        yield pair(
            first, second, f"{first} wraps the objective in a search for perturbed inputs already; leave one out"
        )
    for first, second in combinations(having(REGULARIZERS, "drops"), 2):
        yield pair(first, second, f"{first} drops hidden units already; one of them is enough", refused=False)
    for other in ("l1", "l2"):
        yield pair(other, "elastic_net", f"elastic_net contains the penalty of {other}; leave one of them out")
    for first, second in combinations(having(REGULARIZERS, "averages"), 2):
        yield pair(first, second, f"{first} averages the weights already; leave one of them out")
    reason = "it may end the run before averaging starts; raise its patience, or let the run reach its end"
    yield pair("swa", "early_stopping", reason, refused=False)
    mixtures = having(REGULARIZERS, "mixes")
    for mixture in mixtures:
        yield pair(mixture, "label_smoothing", f"{mixture} softens the targets already", refused=False)
    for first, second in combinations(mixtures, 2):
        yield pair(first, second, "every batch is then mixed twice, from four examples", refused=False)
    yield pair("l2", "weight_decay", "l2 pulls the weights towards zero already; one of them is enough", refused=False)


def _decays(config: ExperimentConfig) -> bool:
    return bool(getattr(config.optimizer, "weight_decay", 0.0))


def _with_optimizer() -> Iterator[Rule]:
    yield Rule(
        "optimizer",
        "regularizer.weight_decay",
        "regularizers.weight_decay",
        "the optimizer decays weights already: set its weight_decay to 0, or leave the regularizer out",
        lambda config: _decays(config) and "weight_decay" in config.regularizers,
    )
    for penalty in having(REGULARIZERS, "shrinks"):
        yield _pulled_twice(penalty)
    for attack in having(REGULARIZERS, "wraps"):
        yield _in_half_precision(attack)


def _pulled_twice(penalty: str) -> Rule:
    def holds(config: ExperimentConfig) -> bool:
        return _decays(config) and penalty in config.regularizers

    reason = "the optimizer decays weights already; set its weight_decay to 0 to see what the penalty does by itself"
    return Rule("optimizer", f"regularizer.{penalty}", f"regularizers.{penalty}", reason, holds, refused=False)


def _in_half_precision(attack: str) -> Rule:
    def holds(config: ExperimentConfig) -> bool:
        return attack in config.regularizers and config.training.precision == "16-mixed"

    reason = f"{attack} follows gradients that are not scaled, and small ones vanish in half precision; try bf16-mixed"
    return Rule(f"regularizer.{attack}", "training.precision", "training.precision", reason, holds, refused=False)


def _with_data() -> Iterator[Rule]:
    yield Rule(
        "regularizer.trades",
        "data",
        "regularizers.trades",
        "it compares distributions over classes, and the data have none; use pgd",
        lambda config: "trades" in config.regularizers and config.data.task != "classification",
    )
    yield Rule(
        "regularizer.label_smoothing",
        "data",
        "regularizers.label_smoothing",
        "the data have no classes; leave it out",
        lambda config: "label_smoothing" in config.regularizers and config.data.task != "classification",
    )
    yield _shaped("cutmix", (2, 3), "a row of features has no box to cut out; use mixup")
    yield _shaped("augmentation", (3,), "it changes images; for sequences use series_augmentation, or input_noise")
    yield _shaped("series_augmentation", (2,), "it changes sequences; for images use augmentation, or input_noise")


def _shaped(name: str, dimensions: tuple[int, ...], reason: str) -> Rule:
    """A regularizer that only data of so many dimensions can have."""

    def holds(config: ExperimentConfig) -> bool:
        return name in config.regularizers and not config.data.from_plugin and len(config.data.shape) not in dimensions

    return Rule(f"regularizer.{name}", "data", f"regularizers.{name}", reason, holds)


def _with_model() -> Iterator[Rule]:
    def flat(config: ExperimentConfig) -> bool:
        return not has(config.model, "spatial") or len(config.data.shape) < 2

    def timed(config: ExperimentConfig) -> bool:
        return has(config.model, "recurrent")

    yield Rule(
        "regularizer.spatial_dropout",
        "model",
        "regularizers.spatial_dropout",
        "no hidden layer has channels with spatial dimensions; use dropout",
        lambda config: "spatial_dropout" in config.regularizers and flat(config),
    )
    yield Rule(
        "regularizer.variational_dropout",
        "model",
        "regularizers.variational_dropout",
        "it is made for time steps, and convolutions have channels first; use spatial_dropout",
        lambda config: "variational_dropout" in config.regularizers and not flat(config),
    )
    yield Rule(
        "regularizer.variational_dropout",
        "model",
        "regularizers.variational_dropout",
        "without time steps it is plain dropout",
        lambda config: (
            "variational_dropout" in config.regularizers and not has(config.model, "recurrent") and flat(config)
        ),
        refused=False,
    )
    yield Rule(
        "regularizer.stochastic_depth",
        "model",
        "regularizers.stochastic_depth",
        "only a residual network goes on without a branch; use the model residual, or dropout",
        lambda config: "stochastic_depth" in config.regularizers and not has(config.model, "branches"),
    )
    yield Rule(
        "regularizer.alpha_dropout",
        "activation",
        "regularizers.alpha_dropout",
        "it keeps mean and variance for the activation selu alone; use that, or dropout",
        lambda config: "alpha_dropout" in config.regularizers and getattr(config.activation, "name", "") != "selu",
        refused=False,
    )
    for form in having(NORMALIZATIONS, "reparametrizes"):
        yield _clipped_in_parts(form)


def _clipped_in_parts(form: str) -> Rule:
    def holds(config: ExperimentConfig) -> bool:
        return "adaptive_clipping" in config.regularizers and getattr(config.normalization, "name", "") == form

    reason = (
        f"{form} normalization keeps a weight in another form, whose parts are clipped each by its own size, some of "
        "the output layer's among them; use clip_norm"
    )
    names = ("regularizer.adaptive_clipping", f"normalization.{form}")
    return Rule(*names, "regularizers.adaptive_clipping", reason, holds, refused=False)


def _with_monitor() -> Iterator[Rule]:
    def needs_an_error(config: ExperimentConfig) -> bool:
        criterion = getattr(config.regularizers.get("early_stopping"), "criterion", "")
        return criterion in {"GL", "PQ"} and config.monitor.direction == "maximize"

    for mixture in having(REGULARIZERS, "mixes"):
        yield from _mixed_labels(mixture)
    yield Rule(
        "regularizer.early_stopping",
        "monitor",
        "regularizers.early_stopping.criterion",
        "GL and PQ compare errors that are minimized; monitor val_loss, or use patience or UP",
        needs_an_error,
    )


def _mixed_labels(mixture: str) -> Iterator[Rule]:
    """The accuracy in training wants hard labels; with mixed ones it is something else."""

    def judged_by_it(config: ExperimentConfig) -> bool:
        return mixture in config.regularizers and config.monitor.metric == "train_accuracy"

    def reported(config: ExperimentConfig) -> bool:
        classes = config.data.task == "classification" and not config.data.from_plugin
        return mixture in config.regularizers and classes and not judged_by_it(config)

    names = (f"regularizer.{mixture}", "monitor")
    reason = f"{mixture} mixes the labels that train_accuracy compares with; monitor val_accuracy or val_loss"
    yield Rule(*names, "monitor.metric", reason, judged_by_it)
    reason = "train_accuracy counts an answer by the share of its class in the mixed label; read val_accuracy"
    yield Rule(*names, f"regularizers.{mixture}", reason, reported, refused=False)
