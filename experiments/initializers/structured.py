"""Initializers with a structure: matrices that keep lengths, that pass the signal on, or that are mostly zero."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from experiments.component import hp, uniform
from experiments.initializers import INITIALIZERS, Initializer
from experiments.initializers.variance_preserving import GAIN, GAIN_SOURCE

if TYPE_CHECKING:
    from torch import nn


@INITIALIZERS.add
class Orthogonal(Initializer):
    """A random (semi-)orthogonal matrix, which keeps lengths: W Wᵀ = gain² I, or Wᵀ W if there are more rows.

    A convolution's kernel is flattened to (out_channels, in_channels · kernel size) first.
    """

    target = "torch.nn.init:orthogonal_"
    formula = "W = gain · Q, with Q from the QR decomposition of a Gaussian matrix: Q Qᵀ = I"
    source = "Saxe, McClelland & Ganguli (2014), Exact solutions to the nonlinear dynamics of learning, arXiv 1312.6120"
    misconceptions = (
        "'Orthogonal initialization makes training more expensive.' It is one QR decomposition per layer before the "
        "first step, and nothing after it.",
        "'A flattened orthogonal kernel makes the convolution orthogonal.' It does not; delta_orthogonal does.",
    )
    name: Literal["orthogonal"] = "orthogonal"
    gain: float = hp(1.0, gt=0, search=uniform(0.8, 1.5), help=GAIN, bound_source=GAIN_SOURCE)


@INITIALIZERS.add
class DeltaOrthogonal(Initializer):
    """Kernels that are zero but for an orthogonal center, so that the convolution as a whole keeps lengths.

    With fewer output than input channels no kernel can do that; the center is then semi-orthogonal, as in
    ``orthogonal``. Linear and recurrent layers have no center: they get ``orthogonal`` with the same gain.
    """

    target = "experiments.initializers._structured:delta_orthogonal_"
    formula = "K[:, :, center] = gain · Q with QᵀQ = I, and K = 0 elsewhere"
    source = "Xiao et al. (2018), Dynamical isometry and a mean field theory of CNNs, arXiv 1806.05393"
    for_kernels = True
    name: Literal["delta_orthogonal"] = "delta_orthogonal"
    gain: float = hp(1.0, gt=0, search=uniform(0.8, 1.5), help=GAIN, bound_source=GAIN_SOURCE)

    def initialize(self, model: nn.Module) -> None:
        """Kernels by this component, matrices by ``orthogonal``."""
        from experiments.initializers._apply import initialize

        initialize(model, Orthogonal(gain=self.gain).build, kernels=self.build)


@INITIALIZERS.add
class Dirac(Initializer):
    """Kernels that pass each input channel on as it is.

    With more output than input channels the inputs are repeated: an output channel left at zero, as torch's own
    function does, never learns behind a ReLU. With fewer, the first ones are passed on. Linear and recurrent layers
    have no channels: they get ``orthogonal``.
    """

    target = "experiments.initializers._structured:identity_"
    formula = "K[o, o mod in_channels, center] = 1, and K = 0 elsewhere"
    source = "Zagoruyko & Komodakis (2017), DiracNets, arXiv 1706.00388"
    for_kernels = True
    name: Literal["dirac"] = "dirac"

    def initialize(self, model: nn.Module) -> None:
        """Kernels by this component, matrices by ``orthogonal``."""
        from experiments.initializers._apply import initialize

        initialize(model, Orthogonal().build, kernels=self.build)


@INITIALIZERS.add
class Identity(Initializer):
    """Matrices that pass the signal on as it is; kernels of convolutions are those of ``dirac``.

    A matrix that is not square repeats its inputs when it has more rows, and passes on the first ones when it has
    fewer: a row of zeros would never learn behind a ReLU. Nothing is random, so repeated units differ only once what
    reads them does. For the hidden-to-hidden matrices alone, take ``recurrent_identity``.
    """

    target = "experiments.initializers._structured:identity_"
    aliases = ("eye",)
    formula = "W[i, i mod fan_in] = gain, and W = 0 elsewhere"
    source = "Hardt & Ma (2017), Identity matters in deep learning, arXiv 1611.04231; Le, Jaitly & Hinton (2015)"
    misconceptions = (
        "'Identity initialization gives all units the same gradient.' Only constant matrices do; the rows of an "
        "identity differ as their inputs do.",
    )
    name: Literal["identity"] = "identity"
    gain: float = hp(1.0, gt=0, search=uniform(0.5, 1.5), help="The entry on the diagonal.", bound_source=GAIN_SOURCE)


@INITIALIZERS.add
class Sparse(Initializer):
    """Few connections into each unit, the others exactly zero; their variance makes up for what is missing.

    At least one connection per unit stays. The paper's own choice, 15 connections of variance 1, is a gain of √15.
    """

    target = "experiments.initializers._structured:sparse_"
    formula = "k = fan_in - round(sparsity · fan_in) weights into each unit ~ N(0, gain² / k), the others 0"
    source = "Martens (2010), Deep learning via Hessian-free optimization"
    misconceptions = (
        "'torch.nn.init.sparse_ is Martens' method.' It limits the connections out of each input, so that a unit may "
        "lose all of its own; the paper limits those into each unit.",
    )
    name: Literal["sparse"] = "sparse"
    sparsity: float = hp(
        0.5,
        ge=0,
        lt=1,
        search=uniform(0.1, 0.95),
        help="Share of the connections into each unit that are zero.",
        bound_source="a share; at 1 nothing would be left",
    )
    gain: float = hp(1.4, gt=0, search=uniform(0.5, 2.0), help=GAIN, bound_source=GAIN_SOURCE)
