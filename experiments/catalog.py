"""Every kind of component with its members. Importing it declares them all, and loads nothing heavy."""

from __future__ import annotations

from typing import Any

from experiments.activations import ACTIVATIONS
from experiments.component import Kind
from experiments.data import DATA
from experiments.initializers import INITIALIZERS
from experiments.models import MODELS
from experiments.normalizations import NORMALIZATIONS
from experiments.optimizers import OPTIMIZERS
from experiments.regularizers import REGULARIZERS
from experiments.schedules import SCHEDULES

KINDS: dict[str, Kind[Any]] = {
    kind.name: kind
    for kind in (
        INITIALIZERS,
        ACTIVATIONS,
        NORMALIZATIONS,
        REGULARIZERS,
        OPTIMIZERS,
        SCHEDULES,
        MODELS,
        DATA,
    )
}
