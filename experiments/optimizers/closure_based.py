"""Optimizers that take the gradient several times a step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from experiments.component import choice, hp, integers, log_uniform, uniform
from experiments.errors import TrainingError
from experiments.optimizers import AVERAGE, OPTIMIZERS, POSITIVE_RATE, Decaying, Optimizer, decay

if TYPE_CHECKING:
    from torch import nn
    from torch.nn import Parameter
    from torch.optim import Optimizer as TorchOptimizer

    from experiments.optimizers._groups import Options


@OPTIMIZERS.add
class SAM(Decaying):
    """Takes the gradient where the loss is worst within a small ball, and steps from where it is: towards flat minima.

    Every batch is evaluated twice, so a step costs double. The loss that is reported is that of the first time, at the
    weights; what a user's own module logs in its training step is the mean of both times. Batch norm counts its
    statistics the first time only. Clipping, penalties and decay act on the second gradient alone.
    The base takes the step: ``momentum`` wants a rate of about 0.03, ``adamw`` one of about 0.002. Adaptive balls
    (``adaptive``) want ten times the radius.
    """

    formula = (
        "e = rho · g / ‖g‖,  adaptive: e = rho · T² g / ‖T g‖ with T = |w| + 0.01;\n"
        "w ← the base optimizer's step from w with the gradient at w + e"
    )
    source = "Foret et al., 2021, arXiv:2010.01412; adaptive: Kwon et al., 2021, ASAM, arXiv:2102.11600"
    misconceptions = (
        "“step(closure) of a SAM class is all it takes”: the usual ones expect the gradient to be there already. Where "
        "the closure computes it, as in Lightning, each ball is searched along the gradient of the batch before.",
    )
    target = "experiments.optimizers._sam:sam"
    probes = True
    unchanging = Decaying.unchanging | {"weight_decay"}
    name: Literal["sam"] = "sam"
    lr: float = hp(3e-2, gt=0, search=log_uniform(1e-4, 1.0), bound_source=POSITIVE_RATE, help="Rate of the base.")
    base: Literal["momentum", "adamw"] = hp("momentum", search=choice("momentum", "adamw"), help="What takes the step.")
    rho: float = hp(0.05, gt=0, search=log_uniform(0.01, 0.5), bound_source="a radius", help="Radius of the ball.")
    adaptive: bool = hp(False, search=choice(False, True), help="Measure the ball in units of the weights.")
    momentum: float = hp(
        0.9,
        ge=0,
        lt=1,
        search=uniform(0.5, 0.99),
        bound_source=AVERAGE,
        help="Of the base momentum; adamw has its own.",
    )
    weight_decay: float = decay(0.0)

    def for_model(self, model: nn.Module, taken: Mapping[Parameter, Options] | None = None) -> TorchOptimizer:
        """The optimizer, which also keeps the second evaluation out of the model's running statistics."""
        optimizer: Any = super().for_model(model, taken)
        optimizer.buffers = tuple(model.buffers())
        return optimizer  # type: ignore[no-any-return]


@OPTIMIZERS.add
class LBFGS(Optimizer):
    """A quasi-Newton step: the inverse curvature is estimated from the last gradients, the length by a line search.

    For the whole training set as one batch, where it needs few steps: each takes up to ``max_iter`` iterations of one
    evaluation or more. The line search compares losses, so nothing may come between loss and gradient: no penalties,
    clipping, noise or schedule. There is one rate for all layers.
    """

    formula = (
        "w ← w - t · H g;  H from the last pairs s = Δw, y = Δg by the two-loop recursion, with H₀ = ⟨s, y⟩ / ⟨y, y⟩"
    )
    source = "Liu & Nocedal, 1989, On the limited memory BFGS method for large scale optimization"
    target = "experiments.optimizers._sam:LBFGS"
    aliases = ("l_bfgs", "quasi_newton")
    full_batch = True
    compares_losses = True
    unchanging = Optimizer.unchanging | {"max_iter"}
    name: Literal["lbfgs"] = "lbfgs"
    lr: float = hp(
        1.0, gt=0, search=log_uniform(0.1, 1.0), bound_source=POSITIVE_RATE, help="First length that is tried."
    )
    layer_decay: float = hp(1.0, ge=1, le=1, bound_source="one curvature for all layers", help="1: there is one rate.")
    max_iter: int = hp(
        20, ge=1, le=1000, search=integers(5, 30), bound_source="a count", help="Iterations in each step of the run."
    )
    history_size: int = hp(
        10, ge=1, le=1000, search=integers(5, 50), bound_source="a count", help="Pairs that the curvature rests on."
    )
    line_search: Literal["strong_wolfe", "none"] = hp("strong_wolfe", help="How the length is found; none: it is lr.")

    def arguments(self) -> dict[str, Any]:
        """torch's word for the line search."""
        arguments = super().arguments()
        search = arguments.pop("line_search")
        return {**arguments, "line_search_fn": None if search == "none" else search}

    def for_model(self, model: nn.Module, taken: Mapping[Parameter, Options] | None = None) -> TorchOptimizer:
        """The optimizer, which has one rate for all parameters.

        Raises:
            TrainingError: those that are taken have several.
        """
        if len({options.get("lr_scale", 1.0) for options in (taken or {}).values()}) > 1:
            raise TrainingError(
                "lbfgs has one rate, and the module's own optimizer has groups with several: choose another optimizer, "
                "or set training.own_groups to false"
            )
        return super().for_model(model, taken)
