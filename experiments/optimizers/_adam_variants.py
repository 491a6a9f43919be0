"""The steps of Adam's relatives."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from experiments.optimizers._rule import (
    Betas,
    Rule,
    States,
    Tensors,
    average,
    corrected,
    count,
    decay,
    kept,
    moments,
    roots,
)


class RAdam(Rule):
    """Adam with a rectified denominator, or with none (Liu et al., 2020, algorithm 2)."""

    def __init__(self, params: Any, lr: float, betas: Betas, eps: float, threshold: float) -> None:
        super().__init__(params, lr=lr, betas=betas, eps=eps, threshold=threshold)

    def update(self, parameters: Tensors, gradients: Tensors, states: States, group: dict[str, Any]) -> None:
        """Adam's step times the rectification, or a step of the mean alone."""
        changes, squares = moments(states, gradients, group["betas"])
        beta2, steps = group["betas"][1], [state["step"] for state in states]
        factors = [_rectification(beta2, step, group["threshold"]) for step in steps]
        rectified = [place for place, factor in enumerate(factors) if factor]
        if rectified:
            denominators = torch._foreach_sqrt([squares[place] for place in rectified])
            # eps stands beside the uncorrected root, as in torch.
            corrections = [(1 - beta2 ** steps[place]) ** 0.5 for place in rectified]
            torch._foreach_add_(denominators, [group["eps"] / correction for correction in corrections])
            means = [changes[place] for place in rectified]
            torch._foreach_mul_(means, [factors[place] for place in rectified])
            torch._foreach_div_(means, denominators)
        torch._foreach_sub_(parameters, changes, alpha=group["lr"])


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

    def update(self, parameters: Tensors, gradients: Tensors, states: States, group: dict[str, Any]) -> None:
        """One step."""
        beta1, beta2 = group["betas"]
        steps = count(states)
        means = average(states, "mean", gradients, beta1)
        surprises = torch._foreach_sub(gradients, means)
        torch._foreach_mul_(surprises, surprises)
        deviations = average(states, "deviation", surprises, beta2)
        torch._foreach_add_(deviations, group["eps"])
        decay(parameters, group)
        denominators = roots(corrected(deviations, beta2, steps), group["eps"])
        torch._foreach_addcdiv_(parameters, means, denominators, [-group["lr"] / (1 - beta1**step) for step in steps])


class LAMB(Rule):
    """Adam's step in units of the norm of the weights (You et al., 2020)."""

    def __init__(self, params: Any, lr: float, betas: Betas, eps: float, weight_decay: float) -> None:
        super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)

    def update(self, parameters: Tensors, gradients: Tensors, states: States, group: dict[str, Any]) -> None:
        """One step; norms are those of whole tensors, and stay on the device."""
        changes, squares = moments(states, gradients, group["betas"])
        torch._foreach_div_(changes, roots(squares, group["eps"]))
        torch._foreach_add_(changes, parameters, alpha=group["weight_decay"])
        sizes, lengths = torch.stack(torch._foreach_norm(parameters)), torch.stack(torch._foreach_norm(changes))
        ratios = torch.where((sizes != 0) & (lengths != 0), sizes / lengths, 1.0)
        torch._foreach_mul_(changes, ratios.unbind())
        torch._foreach_sub_(parameters, changes, alpha=group["lr"])


class Lion(Rule):
    """The sign of a momentum (Chen et al., 2023)."""

    def __init__(self, params: Any, lr: float, beta1: float, beta2: float, weight_decay: float) -> None:
        super().__init__(params, lr=lr, beta1=beta1, beta2=beta2, weight_decay=weight_decay)

    def update(self, parameters: Tensors, gradients: Tensors, states: States, group: dict[str, Any]) -> None:
        """One step; the momentum that is kept is a slower one than that of the step."""
        beta1, beta2 = group["beta1"], group["beta2"]
        directions = torch._foreach_lerp(kept(states, "momentum", gradients), gradients, 1 - beta1)
        torch._foreach_sign_(directions)
        decay(parameters, group)
        torch._foreach_sub_(parameters, directions, alpha=group["lr"])
        average(states, "momentum", gradients, beta2)


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
