"""Five projects as people write them, each on handwritten digits: nothing here knows who trains it."""

from strangers.adversarial import Gan
from strangers.contrast import MomentumContrast
from strangers.random_rows import RandomRows
from strangers.template import Template
from strangers.transformer import Transformer

__all__ = ["Gan", "MomentumContrast", "RandomRows", "Template", "Transformer"]
