"""What a regularizer may do in a run: its roles.

A regularizer is of the class of each of its roles; most have one. Whoever trains asks once per run which regularizers
have a role, and has nothing to do with the others.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import PrivateAttr

from experiments.regularizers import Regularizer

if TYPE_CHECKING:
    from torch import Generator, Tensor, nn

    from experiments.data._splits import Box

    Objective = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
    """From a batch's inputs and targets to the mean loss that is trained, and the network's outputs for the inputs."""


# --- before the training


class HiddenLayer(Regularizer):
    """Stands in a network of ours, after every hidden activation."""

    needs = "a layer after every hidden activation"

    @abstractmethod
    def layer(self, dimensions: int) -> nn.Module | None:
        """The layer for inputs with that many spatial dimensions, where there is one."""


class Surgery(Regularizer):
    """Changes a network of ours that has just been made, before its weights are drawn."""

    @abstractmethod
    def install(self, network: nn.Module) -> None:
        """Change it in place."""


class TargetSmoothing(Regularizer):
    """Trains towards softer targets."""

    needs = "the loss function"

    @abstractmethod
    def smoothing(self) -> float:
        """The share of each class target that is spread over all classes."""


# --- what is trained


class MovesInputs(Regularizer):
    """Makes other inputs of those of the training."""

    _box: Box | None = PrivateAttr(default=None)

    def within(self, box: Box) -> Self:
        """The same for a run whose training inputs lie in the box, to which ``held`` then brings others back."""
        bound = self.model_copy()
        bound._box = box
        return bound

    def held(self, moved: Tensor, inputs: Tensor) -> Tensor:
        """What is made of inputs, brought back into the range of the training data as the model sees them."""
        return moved if self._box is None else self._box.hold(moved, inputs)


class BatchTransform(MovesInputs):
    """Changes the training batches on their way to the model."""

    needs = "the batches on their way to the model"

    @abstractmethod
    def batch(self, inputs: Tensor, targets: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
        """A training batch as the model shall see it; all chance comes from ``generator``, on the batch's device.

        Its state follows from the run's seed, the epoch and the number of the batch, so a resumed run repeats it.
        """


class ObjectiveWrapper(MovesInputs):
    """Trains another objective in the place of the run's."""

    needs = "the objective of its training"

    @abstractmethod
    def objective(self, inner: Objective, network: nn.Module) -> Objective:
        """What is trained in the place of ``inner``, which it may call on other inputs that are ``held``."""


# --- around each step of an optimizer


class OnParameters(Regularizer):
    """Acts around an optimizer's steps on some of its parameters."""

    def weights(self, parameters: Sequence[Tensor]) -> Sequence[Tensor]:
        """Those of an optimizer's parameters that it is given: the ones that are no bias and no normalization."""
        return weights_among(parameters)


class GradientPenalty(OnParameters):
    """Adds the gradient of a penalty to that of the loss."""

    @abstractmethod
    def after_backward(self, weights: Sequence[Tensor]) -> None:
        """Change the gradients of the loss, in place, once a step and before they are clipped."""


class Clipping(Regularizer):
    """Bounds the gradients."""

    clips = True

    def unclipped(self, module: nn.Module) -> Collection[Tensor]:
        """The parameters of a module that ``clip`` is not given; asked once, before the training."""
        return ()

    @abstractmethod
    def clip(self, parameters: Sequence[Tensor], norm: Tensor) -> None:
        """Bound the gradients of all ``parameters`` of an optimizer, in place, once a step.

        ``norm`` is that of all its gradients together, before any clipping.
        """


class BeforeStep(OnParameters):
    """Changes weights before an optimizer's step."""

    @abstractmethod
    def before_step(self, weights: Sequence[Tensor], lr: float) -> None:
        """Change weights, in place, before the step at learning rate ``lr``; called for each rate."""


class AfterStep(OnParameters):
    """Changes weights after an optimizer's step."""

    @abstractmethod
    def after_step(self, weights: Sequence[Tensor], lr: float) -> None:
        """Change weights that had a gradient, in place, after the step at learning rate ``lr``; for each rate."""


class RateOverride(Regularizer):
    """Trains at another rate than the schedule's."""

    @abstractmethod
    def rate(self, lr: float, base: float, done: float) -> float:
        """The learning rate of a step in the place of the schedule's ``lr``.

        ``base`` is the optimizer's own, ``done`` the share of the run's steps before this one.
        """


# --- after a step or an epoch


class WeightAverage(Regularizer):
    """Has an average of the weights judged and kept in their place; ``averages`` says after what they join it."""

    averages: ClassVar[Literal["step", "epoch"]]
    fresh_statistics: ClassVar[bool] = False
    """Whether batch norm's statistics are measured anew for the average, and not averaged with the weights."""

    @abstractmethod
    def share(self, n: int, done: float) -> float:
        """The share of the newest weights in an average of ``n``, once the share ``done`` of the run is behind them.

        0 leaves them out; they are not counted then.
        """


class StoppingRule(Regularizer):
    """Ends a run before its last epoch."""

    @abstractmethod
    def stop(self, history: Sequence[float], losses: Sequence[float]) -> str:
        """The reason to end the run; empty to go on.

        ``history`` is the monitored metric (lower is better) and ``losses`` the training loss, after each epoch that
        has a finite value of the metric; it is asked after each of those.
        """


ROLES: tuple[type[Regularizer], ...] = (
    *(HiddenLayer, Surgery, TargetSmoothing, BatchTransform, ObjectiveWrapper),
    *(GradientPenalty, Clipping, BeforeStep, AfterStep, RateOverride, WeightAverage, StoppingRule),
)


def weights_among(parameters: Sequence[Tensor]) -> list[Tensor]:
    """The parameters with two or more dimensions, so neither biases nor those of a normalization."""
    return [parameter for parameter in parameters if parameter.ndim > 1]
