"""Second-order optimizers with a matrix for each side of a weight."""

from __future__ import annotations

from typing import Any, Literal

from experiments.component import hp, integers, log_uniform, uniform
from experiments.optimizers import AVERAGE, BETAS, OPTIMIZERS, POSITIVE_EPS, POSITIVE_RATE, Decaying, Optimizer, decay

_PERIOD: dict[str, Any] = {"ge": 1, "le": 1000, "search": integers(1, 50), "bound_source": "a count of steps"}
_SIDE: dict[str, Any] = {"ge": 1, "le": 100_000, "bound_source": "its matrix must fit in memory"}


@OPTIMIZERS.add
class Shampoo(Optimizer):
    """Multiplies the gradient from each side by a root of the sum of its own products: Adagrad with whole matrices.

    A tensor with k sides gets the roots of order 2k; a vector the inverse root of its whole matrix. Turning the inputs
    of a layer changes nothing. Sides longer than ``max_side`` are left as they are. The roots are taken anew in each of
    the first 20 steps, because old ones would make the steps far too long there, then every ``update_period`` steps.
    """

    formula = "L ← L + G Gᵀ,  R ← R + Gᵀ G, both from eps · I on;  W ← W - lr · L^-¼ G R^-¼"
    source = "Gupta, Koren & Singer, 2018, Shampoo, arXiv:1802.09568, algorithms 1 and 2"
    target = "experiments.optimizers._kronecker:Shampoo"
    unchanging = Optimizer.unchanging | {"max_side"}
    name: Literal["shampoo"] = "shampoo"
    lr: float = hp(0.1, gt=0, search=log_uniform(1e-3, 1.0), bound_source=POSITIVE_RATE, help="Base learning rate.")
    eps: float = hp(
        1e-4, gt=0, search=log_uniform(1e-8, 1e-1), bound_source=POSITIVE_EPS, help="Start of the matrices."
    )
    update_period: int = hp(5, help="Steps between two computations of the roots.", **_PERIOD)
    max_side: int = hp(1024, help="Longest side that gets a matrix.", **_SIDE)


@OPTIMIZERS.add
class SOAP(Decaying):
    """Adam in the basis in which Shampoo's matrices are diagonal.

    The basis follows by one step of power iteration every ``update_period`` steps. The first gradient only sets it, and
    moves nothing. Vectors, and sides longer than ``max_side``, keep their own basis, in which it is Adam.
    """

    formula = (
        "G' = Q_Lᵀ G Q_R,  M ← beta1 · M + (1 - beta1) · G,  V ← beta2 · V + (1 - beta2) · G'²,\n"
        "W ← W - lr · Q_L (Q_Lᵀ M̂ Q_R / (√V̂ + eps)) Q_Rᵀ;  L ← beta2 · L + (1 - beta2) · G Gᵀ,  Q_L ← QR(L Q_L)"
    )
    source = "Vyas et al., 2024, SOAP: Improving and Stabilizing Shampoo using Adam, arXiv:2409.11321, algorithm 3"
    target = "experiments.optimizers._kronecker:SOAP"
    joined = BETAS
    unchanging = Decaying.unchanging | {"max_side"}
    name: Literal["soap"] = "soap"
    lr: float = hp(5e-3, gt=0, search=log_uniform(1e-4, 1e-1), bound_source=POSITIVE_RATE, help="Base learning rate.")
    beta1: float = hp(
        0.95, ge=0, lt=1, search=uniform(0.8, 0.99), bound_source=AVERAGE, help="Share of the last mean that stays."
    )
    beta2: float = hp(
        0.95, ge=0, lt=1, search=uniform(0.9, 0.999), bound_source=AVERAGE, help="The same for squares and matrices."
    )
    eps: float = hp(1e-8, gt=0, bound_source=POSITIVE_EPS, help="Added to the denominator.")
    update_period: int = hp(10, help="Steps between two turns of the basis.", **_PERIOD)
    max_side: int = hp(1024, help="Longest side that gets a basis.", **_SIDE)
    weight_decay: float = decay(1e-2)
