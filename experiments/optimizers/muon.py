"""Muon, with AdamW for what it does not take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from experiments.component import choice, hp, log_uniform, uniform
from experiments.optimizers import AVERAGE, OPTIMIZERS, POSITIVE_RATE, Decaying, decay

if TYPE_CHECKING:
    from torch import nn
    from torch.nn import Parameter
    from torch.optim import Optimizer as TorchOptimizer

    from experiments.optimizers._groups import Options


@OPTIMIZERS.add
class Muon(Decaying):
    """Steps with all singular values near 1: the momentum of each hidden weight matrix, made nearly orthogonal.

    It takes the weights between the first layer and the last; those of convolutions are flattened to a matrix of
    filters. Input and output layers, embeddings, biases, normalization parameters and the lengths of weight
    normalization get AdamW at ``adamw_lr``, which the schedule scales alike and the range test leaves alone. Both are
    one optimizer. Jordan's five steps leave singular values in [0.68, 1.2]; ``polish`` adds a last one. A model with
    fewer than three layers leaves nothing to Muon. The iteration runs in the precision of the weights, not in bfloat16
    as torch's does.
    """

    formula = (
        "B ← momentum · B + G,  O = NewtonSchulz₅(G + momentum · B) ≈ U Vᵀ,\n"
        "W ← (1 - lr · weight_decay) · W - lr · scale · O;  scale: original √max(1, rows / columns), "
        "match_rms_adamw 0.2 · √max(rows, columns)"
    )
    source = (
        "Jordan et al., 2024, Muon: An optimizer for hidden layers; match_rms_adamw: Liu et al., 2025, arXiv:2502.16982"
    )
    misconceptions = (
        "“Muon replaces AdamW”: it is for hidden weights alone. Embeddings, the output layer and all vectors need a "
        "partner, and the partner a rate of its own.",
    )
    target = "experiments.optimizers._muon:Muon"
    withheld = Decaying.withheld | {"adamw_lr"}  # its partner's groups have it
    name: Literal["muon"] = "muon"
    lr: float = hp(
        2e-2, gt=0, search=log_uniform(1e-3, 1e-1), bound_source=POSITIVE_RATE, help="Rate of hidden weights."
    )
    momentum: float = hp(
        0.95, ge=0, lt=1, search=uniform(0.9, 0.99), bound_source=AVERAGE, help="Share of the last momentum that stays."
    )
    scale: Literal["original", "match_rms_adamw"] = hp(
        "original", search=choice("original", "match_rms_adamw"), help="How steps depend on the shape of a matrix."
    )
    polish: bool = hp(True, help="One step of the iteration more, the cubic one: singular values in [0.86, 1].")
    adamw_lr: float = hp(
        3e-3, gt=0, search=log_uniform(1e-4, 1e-2), bound_source=POSITIVE_RATE, help="Base rate of everything else."
    )
    weight_decay: float = decay(1e-2, 1e-3, 0.2)

    def for_model(self, model: nn.Module, taken: Mapping[Parameter, Options] | None = None) -> TorchOptimizer:
        """One optimizer with groups of both kinds."""
        from experiments.optimizers._muon import for_model

        return for_model(self, model, self.adamw_lr, taken)
