"""Models: the network, from input to output."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from experiments.component import Component, Kind, declare

if TYPE_CHECKING:
    from torch import nn

    from experiments.models._parts import Parts


class Model(Component):
    """A network. The target takes the input's shape, the number of outputs and what makes its hidden layers.

    It is called as ``target(shape, n_outputs, parts, **fields)``: ``shape`` is that of one example, and ``parts`` makes
    the modules that stand behind the weights of every hidden layer.
    """

    traits = ("dimensions", "spatial", "recurrent", "branches")
    spatial: ClassVar[bool] = False
    """Whether its hidden layers are convolutions, which keep the spatial dimensions of the data."""
    recurrent: ClassVar[bool] = False
    """Whether its hidden layers are recurrent."""
    branches: ClassVar[bool] = False
    """Whether the signal goes on without a branch that is left out."""
    dimensions: ClassVar[tuple[int, ...]] = (1, 2, 3)
    """How many dimensions one example may have: 1 for a row of features, 2 for a sequence, 3 for an image."""
    setup: ClassVar[str] = "experiments.training.setup:BuiltInSetup"
    """``"module:attribute"`` of what makes it ready to be trained, a ``TrainingSetup``; imported only then."""
    from_plugin: ClassVar[bool] = False
    """A user's own LightningModule, which brings its loss and metrics with it."""
    pretrained_parts: ClassVar[tuple[str, ...] | None] = None
    """The parts of it whose weights an initializer leaves alone; None where the weights themselves must tell."""

    def network(
        self,
        shape: tuple[int, ...],
        n_outputs: int,
        parts: Parts,
    ) -> nn.Module:
        """The network, with torch's default weights."""
        module: nn.Module = self.build(shape, n_outputs, parts)
        return module


MODELS = Kind("model", Model, "The network, from input to output")

declare(__name__)
