"""The recurrent network."""

from __future__ import annotations

from typing import Literal

from experiments.component import choice, hp, integers
from experiments.models import MODELS, Model
from experiments.models.mlp import Width


@MODELS.add
class RNN(Model):
    """Recurrent layers over the steps of a sequence, and an output from the last step.

    A sequence of shape (channels, length) is read sample by sample, an image of shape (channels, height, width) row by
    row. Read in both directions, each direction gives the state that has seen the whole sequence. The cell brings its
    own non-linearities, so that the config's activation acts in the ``dense`` layers alone; without any, only the
    default one is accepted. A normalization that is a layer stands behind each recurrent layer too, and normalizes the
    state of each step by itself; batch norm's statistics are over the batch and all steps ("sequence-wise").
    Another form of the weights is that of the dense layers and the output. Regularizers' layers stand behind each
    recurrent layer and see (batch, time, features).
    """

    target = "experiments.models._rnn:RNN"
    aliases = ("recurrent", "lstm")
    formula = (
        "lstm: i, f, o = σ(W x + U h + b), g = tanh(W x + U h + b), c ← f·c + i·g, h ← o·tanh(c); "
        "gru: r, z = σ(W x + U h + b), n = tanh(W x + b + r·(U h + b')), h ← (1 - z)·n + z·h; rnn: h ← f(W x + U h + b)"
    )
    source = (
        "Elman (1990), Finding structure in time; Hochreiter & Schmidhuber (1997), Long short-term memory; Gers, "
        "Schmidhuber & Cummins (2000), Learning to forget; Cho et al. (2014), arXiv 1406.1078; sequence-wise: Laurent "
        "et al. (2016), Batch normalized recurrent neural networks, arXiv 1510.01378"
    )
    misconceptions = (
        "'The LSTM of 1997 has a forget gate.' It came in 2000, and needs a bias: at 0 it forgets half of its state at "
        "every step. Initializers set 1; recurrent_orthogonal and recurrent_identity let you choose.",
        "'An LSTM's gates keep gradients from vanishing and exploding.' They help against vanishing; against exploding "
        "clip the gradient.",
        "'torch's GRU is that of Cho et al.' Theirs applies the reset gate before the state's matrix, torch's after.",
    )
    dimensions = (2, 3)
    recurrent = True
    name: Literal["rnn"] = "rnn"
    cell: Literal["rnn_tanh", "rnn_relu", "gru", "lstm"] = hp(
        "lstm", search=choice("rnn_tanh", "rnn_relu", "gru", "lstm"), help="What computes the next state."
    )
    hidden: int = hp(
        64,
        ge=1,
        le=65536,
        search=choice(16, 32, 64, 128),
        help="Width of the state, in each direction.",
        bound_source="a state has a unit at least",
    )
    layers: int = hp(
        1,
        ge=1,
        le=16,
        search=integers(1, 3),
        help="Recurrent layers, each reading the states of the one before.",
        bound_source="one layer at least; more than 16 hardly train",
    )
    bidirectional: bool = hp(False, search=choice(False, True), help="Read the sequence backwards as well.")
    dense: tuple[Width, ...] = hp(
        (),
        max_length=64,
        help="Widths of the dense layers between the last step and the output.",
        bound_source="a layer has a unit at least",
    )
