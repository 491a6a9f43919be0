"""What an optimizer can do beyond ``step``, and what the training does with one that cannot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import torch
from torch import Tensor


class BeyondStep(Protocol):
    """All that the training asks of an optimizer beside its steps.

    An optimizer, a user's own among them, offers any part by an attribute or a method of that name; nothing has to be
    derived from. ``beyond_step`` fills in the rest.
    """

    @property
    def probing(self) -> bool:
        """Whether the gradient that is computed now only finds the point for another one in the same step.

        Penalties, clipping and decay then wait for that other one.
        """
        ...

    def restore(self) -> None:
        """Put the weights back that the last gradient was taken away from; called before penalties look at them."""
        ...

    @property
    def backward(self) -> Callable[..., None] | None:
        """The backward pass in the place of the module's, for who needs more of it than gradients; None for its own.

        It takes the loss, and whatever else Lightning gives.
        """
        ...

    @property
    def summed(self) -> Sequence[Tensor]:
        """What it adds up over accumulated batches beside the gradients, to be weighted as these are."""
        ...

    @property
    def adapted(self) -> float:
        """What it has made of its rate by itself: the factor of ``lr`` in use."""
        ...

    def train(self) -> None:
        """Let the module hold the weights that are trained."""
        ...

    def eval(self) -> None:
        """Let the module hold the weights that are the result, where these are others."""
        ...


def beyond_step(optimizer: torch.optim.Optimizer) -> BeyondStep:
    """What an optimizer offers, and for the rest what suits one that only steps."""
    return _Filled(optimizer)


class _Filled:
    def __init__(self, optimizer: torch.optim.Optimizer) -> None:
        self._optimizer = optimizer

    @property
    def probing(self) -> bool:
        return bool(self._offer("probing", False))

    @property
    def backward(self) -> Callable[..., None] | None:
        own: Callable[..., None] | None = self._offer("backward", None)
        return own

    @property
    def summed(self) -> Sequence[Tensor]:
        own: Sequence[Tensor] = self._offer("summed", ())
        return own

    @property
    def adapted(self) -> float:
        own: float = self._offer("adapted", 1.0)
        return own

    def restore(self) -> None:
        self._offer("restore", _nothing)()

    def train(self) -> None:
        self._offer("train", _nothing)()

    def eval(self) -> None:
        self._offer("eval", _nothing)()

    def _offer(self, name: str, otherwise: Any) -> Any:
        return getattr(self._optimizer, name, otherwise)


def _nothing() -> None:
    """What one that only steps has to do."""
