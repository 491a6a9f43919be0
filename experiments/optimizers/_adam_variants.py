"""The steps of Adam's relatives."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from experiments.optimizers._rule import Betas, Rule, average, count, decay, moments


class RAdam(Rule):
    """Adam with a rectified denominator, or with none (Liu et al., 2020, algorithm 2)."""

    def __init__(self, params: Any, lr: float, betas: Betas, eps: float, threshold: float) -> None:
        super().__init__(params, lr=lr, betas=betas, eps=eps, threshold=threshold)

    def update(self, parameter: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Adam's step times the rectification, or a step of the mean alone."""
        mean, square = moments(state, gradient, group["betas"])
        rectification = _rectification(group["betas"][1], state["step"], group["threshold"])
        if rectification:
            # eps stands beside the uncorrected root, as in torch.
            correction = (1 - group["betas"][1] ** state["step"]) ** 0.5
            mean = mean * rectification / (square.sqrt() + group["eps"] / correction)
        parameter.sub_(mean, alpha=group["lr"])


def _rectification(beta2: float, step: int, threshold: float) -> float:
    """The factor of Adam's step, or 0 while the mean square rests on too few gradients."""
    longest = 2 / (1 - beta2) - 1
    length = longest - 2 * step * beta2**step / (1 - beta2**step)
    if length <= threshold:
        return 0.0
    ratio = (length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)
    return float(ratio**0.5)


class AdaBelief(Rule):
    """The mean over the root of the mean squared deviation from it (Zhuang et al., 2020)."""

    def __init__(self, params: Any, lr: float, betas: Betas, eps: float, weight_decay: float) -> None:
        super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)

    def update(self, parameter: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        """One step."""
        beta1, beta2 = group["betas"]
        step = count(state)
        mean = average(state, "mean", gradient, beta1)
        deviation = average(state, "deviation", (gradient - mean) ** 2, beta2).add_(group["eps"])
        decay(parameter, group)
        denominator = (deviation / (1 - beta2**step)).sqrt() + group["eps"]
        parameter.addcdiv_(mean, denominator, value=-group["lr"] / (1 - beta1**step))


class LAMB(Rule):
    """Adam's step in units of the norm of the weights (You et al., 2020)."""

    def __init__(self, params: Any, lr: float, betas: Betas, eps: float, weight_decay: float) -> None:
        super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)

    def update(self, parameter: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        """One step; norms are those of whole tensors."""
        mean, square = moments(state, gradient, group["betas"])
        change = mean / (square.sqrt() + group["eps"]) + group["weight_decay"] * parameter
        size, length = float(parameter.norm()), float(change.norm())
        parameter.sub_(change, alpha=group["lr"] * (size / length if size and length else 1.0))


class Lion(Rule):
    """The sign of a momentum (Chen et al., 2023)."""

    def __init__(self, params: Any, lr: float, beta1: float, beta2: float, weight_decay: float) -> None:
        super().__init__(params, lr=lr, beta1=beta1, beta2=beta2, weight_decay=weight_decay)

    def update(self, parameter: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        """One step; the momentum that is kept is a slower one than that of the step."""
        beta1, beta2 = group["beta1"], group["beta2"]
        before = state["momentum"] if "momentum" in state else 0.0 * gradient
        direction = (beta1 * before + (1 - beta1) * gradient).sign()
        decay(parameter, group)
        parameter.sub_(direction, alpha=group["lr"])
        average(state, "momentum", gradient, beta2)


class NAdam(torch.optim.NAdam):
    """torch's, whose product of momenta is the same number after a checkpoint.

    It is kept in float32, and torch would read it in the precision of the weights: rounded in bfloat16, and in float64
    with digits that it never had.
    """

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what ``state_dict`` gave."""
        super().load_state_dict(state_dict)
        numbers = [number for group in state_dict["param_groups"] for number in group["params"]]
        parameters = [parameter for group in self.param_groups for parameter in group["params"]]
        for number, parameter in zip(numbers, parameters, strict=True):
            if number in state_dict["state"]:
                product: Tensor = state_dict["state"][number]["mu_product"]
                self.state[parameter]["mu_product"] = product.to(parameter.device, copy=True)
