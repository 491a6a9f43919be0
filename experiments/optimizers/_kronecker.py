"""The steps of Shampoo and SOAP, with a matrix for each side of a tensor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from experiments.errors import Diverged
from experiments.optimizers._rule import Betas, OneByOne, average, count, decay

_EAGER = 20
"""First steps in which Shampoo's roots are always new: the matrices grow fast, and old roots make steps too long."""


class Shampoo(OneByOne):
    """Gupta et al. (2018), algorithm 2: for tensors of any order."""

    def __init__(self, params: Any, lr: float, eps: float, update_period: int, max_side: int) -> None:
        super().__init__(params, lr=lr, eps=eps, update_period=update_period, max_side=max_side)

    def move(self, parameter: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Add to the matrices, take their roots if it is time, and step."""
        step = count([state])[0]
        due = step <= _EAGER or (step - 1) % group["update_period"] == 0
        sides = list(_sides(gradient, group["max_side"]))
        change = gradient
        for side in sides:
            matrix = state.setdefault(f"matrix{side}", group["eps"] * _identity(gradient, side))
            matrix.add_(_products(gradient, side))
            if due:
                state[f"root{side}"] = _inverse_root(matrix, 2 * len(sides), group["eps"])
            change = _multiplied(change, state[f"root{side}"], side)
        parameter.sub_(change, alpha=group["lr"])


class SOAP(OneByOne):
    """Vyas et al. (2024), algorithm 3."""

    def __init__(
        self, params: Any, lr: float, betas: Betas, eps: float, update_period: int, max_side: int, weight_decay: float
    ) -> None:
        own = {"update_period": update_period, "max_side": max_side}
        super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, **own)

    def move(self, parameter: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Adam's step in the basis, then the basis; the first gradient only makes it."""
        sides = list(_sides(gradient, group["max_side"])) if gradient.ndim > 1 else []
        if sides and "basis" + str(sides[0]) not in state:
            for side in sides:
                matrix = _average(state, f"matrix{side}", _products(gradient, side), group["betas"][1])
                state[f"basis{side}"] = _eigen(matrix)[1].flip(1).to(matrix.dtype)
            return
        decay([parameter], group)
        parameter.sub_(self._direction(gradient, state, group, sides), alpha=group["lr"])
        for side in sides:
            matrix = _average(state, f"matrix{side}", _products(gradient, side), group["betas"][1])
            if state["step"] % group["update_period"] == 0:
                self._turn(state, side, matrix)

    @staticmethod
    def _turn(state: dict[str, Any], side: int, matrix: Tensor) -> None:
        """One step of power iteration, with the longest directions first and the squares in the same order.

        The iteration keeps each direction apart from those before it. Were a short one first, the long ones would lose
        their places to it, and be divided by squares that are not theirs.
        """
        basis = state[f"basis{side}"]
        order = (basis * (matrix @ basis)).sum(0).argsort(descending=True, stable=True)
        state["square"] = state["square"].index_select(side, order)
        turned = (matrix @ basis[:, order]).double()
        state[f"basis{side}"] = torch.linalg.qr(turned)[0].to(matrix.dtype)

    def _direction(self, gradient: Tensor, state: dict[str, Any], group: dict[str, Any], sides: list[int]) -> Tensor:
        """Adam's step, taken in the basis and turned back."""
        (beta1, beta2), step = group["betas"], count([state])[0]
        mean = _average(state, "mean", gradient, beta1) / (1 - beta1**step)
        for side in sides:
            gradient = _multiplied(gradient, state[f"basis{side}"].T, side)
            mean = _multiplied(mean, state[f"basis{side}"].T, side)
        square = _average(state, "square", gradient**2, beta2) / (1 - beta2**step)
        direction: Tensor = mean / (square.sqrt() + group["eps"])
        for side in sides:
            direction = _multiplied(direction, state[f"basis{side}"], side)
        return direction


def _average(state: dict[str, Any], name: str, value: Tensor, share: float) -> Tensor:
    return average([state], name, [value], share)[0]


def _sides(gradient: Tensor, longest: int) -> Iterator[int]:
    """The dimensions that get a matrix."""
    return (side for side, length in enumerate(gradient.shape) if length <= longest)


def _identity(gradient: Tensor, side: int) -> Tensor:
    return torch.eye(gradient.shape[side], dtype=gradient.dtype, device=gradient.device)


def _products(gradient: Tensor, side: int) -> Tensor:
    """G Gᵀ, where G has this side as its rows."""
    rows = gradient.movedim(side, 0).reshape(gradient.shape[side], -1)
    return rows @ rows.T


def _multiplied(tensor: Tensor, matrix: Tensor, side: int) -> Tensor:
    """The tensor with ``matrix`` applied along a side."""
    result: Tensor = torch.tensordot(matrix, tensor, dims=([1], [side])).movedim(0, side)
    return result


def _inverse_root(matrix: Tensor, order: int, least: float) -> Tensor:
    """matrix^(-1/order); rounding may not make an eigenvalue smaller than that of the first matrix, ``least``."""
    values, vectors = _eigen(matrix)
    root: Tensor = (vectors * values.clamp(min=least) ** (-1 / order)) @ vectors.T
    return root.to(matrix.dtype)


def _eigen(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """Eigenvalues and eigenvectors, in double precision.

    Raises:
        Diverged: the matrix is not finite, because the gradients were not.
    """
    if not bool(matrix.isfinite().all()):
        raise Diverged("the gradient became infinite; lower the learning rate or clip the gradient")
    values, vectors = torch.linalg.eigh(matrix.double())
    return values, vectors
