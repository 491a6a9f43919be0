"""Initializers of recurrent networks: one for the step from state to state, another for everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from experiments.component import choice, hp, uniform
from experiments.initializers import INITIALIZERS, Initializer, Plain
from experiments.initializers.variance_preserving import GAIN_SOURCE

if TYPE_CHECKING:
    from torch import nn

_FORGET_BIAS_HELP = "Bias of an LSTM's forget gates: at 1 a state keeps 0.73 of itself at every step, at 0 half of it."


class _Recurrent(Initializer):
    """Fills each gate's hidden-to-hidden matrix with the target; all other matrices are drawn by ``ih``."""

    gain: float = hp(
        1.0,
        gt=0,
        search=uniform(0.8, 1.2),
        help="Factor of the hidden-to-hidden matrices; above 1 gradients grow with the number of steps.",
        bound_source=GAIN_SOURCE,
    )
    withheld = frozenset({"ih", "forget_bias"})
    ih: Plain = hp(
        "xavier_normal",
        search=choice("xavier_normal", "kaiming_normal"),
        help="Initializer of the input-to-hidden matrices, and of the layers that are not recurrent.",
    )
    forget_bias: float = hp(
        1.0,
        ge=-30,
        le=30,
        search=uniform(0.0, 3.0),
        help=_FORGET_BIAS_HELP,
        bound_source="beyond ±30 the gate is open or closed for good",
    )

    def initialize(self, model: nn.Module) -> None:
        """Hidden-to-hidden matrices by the target, one gate at a time; the others by ``ih``."""
        from experiments.initializers._apply import initialize

        others = INITIALIZERS.parse(self.ih)
        initialize(model, others.build, recurrent=self.build, forget_bias=self.forget_bias)


@INITIALIZERS.add
class RecurrentOrthogonal(_Recurrent):
    """An orthogonal matrix for the step from state to state of each gate, so that no direction fades or grows.

    The four gates of an LSTM are four matrices; orthogonalizing the stacked one would scale each of them down. Layers
    that are not recurrent are drawn by ``ih``, so a model without recurrent layers is initialized by it alone.
    """

    target = "torch.nn.init:orthogonal_"
    aliases = ("rnn_orthogonal",)
    formula = "U_gate = gain · Q with Q Qᵀ = I for every H×H gate; W by ih; b = 0, but b_forget = forget_bias"
    source = (
        "Saxe, McClelland & Ganguli (2014), arXiv 1312.6120; Gers, Schmidhuber & Cummins (2000); Jozefowicz, Zaremba & "
        "Sutskever (2015), An empirical exploration of recurrent network architectures"
    )
    misconceptions = (
        "'orthogonal_ on weight_hh makes an LSTM's recurrence orthogonal.' It makes the columns of the stacked 4H×H "
        "matrix orthonormal; no gate is.",
        "'A forget bias of 1 in torch means setting both biases to 1.' They are added: that is a bias of 2.",
    )
    for_recurrent = True
    name: Literal["recurrent_orthogonal"] = "recurrent_orthogonal"


@INITIALIZERS.add
class RecurrentIdentity(_Recurrent):
    """The identity for the step from state to state, made for ``rnn_relu``: without input the state stays as it is.

    The other matrices are drawn by ``ih``, as in ``recurrent_orthogonal``; the paper draws them much smaller, with a
    deviation of 0.001.
    """

    target = "experiments.initializers._structured:identity_"
    aliases = ("irnn",)
    formula = "U_gate = gain · I for every H×H gate; W by ih; b = 0, but b_forget = forget_bias"
    source = "Le, Jaitly & Hinton (2015), A simple way to initialize recurrent networks, arXiv 1504.00941"
    for_recurrent = True
    name: Literal["recurrent_identity"] = "recurrent_identity"
