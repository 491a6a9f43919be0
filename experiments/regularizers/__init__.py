"""Regularizers: what keeps a model from fitting the noise, or from leaving the ground."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import PrivateAttr

from experiments.component import Component, Kind, declare

if TYPE_CHECKING:
    from torch import Generator, Tensor, nn

    from experiments.data._splits import Box

    Objective = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
    """From a batch's inputs and targets to the mean loss that is trained, and the network's outputs for the inputs."""


def weights_among(parameters: Sequence[Tensor]) -> list[Tensor]:
    """The parameters with two or more dimensions, so neither biases nor those of a normalization."""
    return [parameter for parameter in parameters if parameter.ndim > 1]


class Regularizer(Component):
    """Acts on a run through the hooks below; each does nothing unless a member says otherwise."""

    traits = (
        *("needs", "sparse", "averages", "mixes", "clips", "wraps", "learns", "drops", "shrinks", "moves_weights"),
        "exact",
    )
    needs: ClassVar[str] = ""
    """What of a run it changes that a user's own LightningModule does not offer; empty if it fits every module."""
    sparse: ClassVar[bool] = True
    """Whether it takes the sparse gradients of ``nn.Embedding(sparse=True)``."""
    averages: ClassVar[Literal["", "step", "epoch"]] = ""
    """After what the weights join an average, which is judged and kept in their place; empty for never."""
    fresh_statistics: ClassVar[bool] = False
    """Whether batch norm's statistics are measured anew for the average, and not averaged with the weights."""
    mixes: ClassVar[bool] = False
    """Whether its ``batch`` mixes targets: those of a classification then come as shares of classes, (n, classes)."""
    clips: ClassVar[bool] = False
    """Whether it bounds gradients."""
    wraps: ClassVar[bool] = False
    """Whether it wraps the objective in a search for perturbed inputs."""
    learns: ClassVar[bool] = False
    """Whether it trains a part of its own each time that the objective is evaluated."""
    drops: ClassVar[bool] = False
    """Whether it drops hidden units."""
    shrinks: ClassVar[bool] = False
    """Whether its penalty shrinks weights as a decay does."""
    moves_weights: ClassVar[bool] = False
    """Whether it changes weights beside the optimizer's steps."""
    exact: ClassVar[bool] = False
    """Whether it leaves loss and gradient what they are for each other."""

    _box: Box | None = PrivateAttr(default=None)

    def within(self, box: Box) -> Self:
        """The same for a run whose training inputs lie in the box, to which ``held`` then brings others back."""
        bound = self.model_copy()
        bound._box = box
        return bound

    def held(self, moved: Tensor, inputs: Tensor) -> Tensor:
        """What is made of inputs, brought back into the range of the training data as the model sees them."""
        return moved if self._box is None else self._box.hold(moved, inputs)

    def layer(self, dimensions: int) -> nn.Module | None:
        """A layer that stands after every hidden activation, for inputs with that many spatial dimensions."""
        return None

    def install(self, network: nn.Module) -> None:
        """Change a network of ours that has just been made, before its weights are drawn."""

    def smoothing(self) -> float:
        """The share of each class target that is spread over all classes."""
        return 0.0

    def batch(self, inputs: Tensor, targets: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
        """A training batch as the model shall see it; all chance comes from ``generator``, on the batch's device.

        Its state follows from the run's seed, the epoch and the number of the batch, so a resumed run repeats it.
        """
        return inputs, targets

    def objective(self, inner: Objective, network: nn.Module) -> Objective:
        """What is trained in the place of ``inner``, which it may call on other inputs that are ``held``."""
        return inner

    def weights(self, parameters: Sequence[Tensor]) -> Sequence[Tensor]:
        """Those of an optimizer's parameters that the hooks around its steps are given as ``weights``."""
        return weights_among(parameters)

    def after_backward(self, weights: Sequence[Tensor]) -> None:
        """Change the gradients of the loss, in place, once a step and before they are clipped."""

    def unclipped(self, module: nn.Module) -> Collection[Tensor]:
        """The parameters of a module that ``clip`` is not given; asked once, before the training."""
        return ()

    def clip(self, parameters: Sequence[Tensor], norm: Tensor) -> None:
        """Bound the gradients of all ``parameters`` of an optimizer, in place, once a step.

        ``norm`` is that of all its gradients together, before any clipping.
        """

    def before_step(self, weights: Sequence[Tensor], lr: float) -> None:
        """Change weights, in place, before the optimizer's step at learning rate ``lr``; called for each rate."""

    def after_step(self, weights: Sequence[Tensor], lr: float) -> None:
        """Change weights that had a gradient, in place, after the step at learning rate ``lr``; for each rate."""

    def rate(self, lr: float, base: float, done: float) -> float:
        """The learning rate of a step in the place of the schedule's ``lr``.

        ``base`` is the optimizer's own, ``done`` the share of the run's steps before this one.
        """
        return lr

    def share(self, n: int, done: float) -> float:
        """The share of the newest weights in an average of ``n``, once the share ``done`` of the run is behind them.

        0 leaves them out; they are not counted then.
        """
        return 0.0

    def stop(self, history: Sequence[float], losses: Sequence[float]) -> str:
        """The reason to end the run; empty to go on.

        ``history`` is the monitored metric (lower is better) and ``losses`` the training loss, after each epoch that
        has a finite value of the metric; it is asked after each of those.
        """
        return ""


REGULARIZERS = Kind("regularizer", Regularizer, "What keeps a model from fitting the noise")

declare(__name__)
