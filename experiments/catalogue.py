"""Every kind of component with its members. Importing it declares them all, and loads nothing heavy."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType
from typing import Any

from experiments import activations, data, initializers, models, normalizations, optimizers, regularizers, schedules
from experiments.activations import ACTIVATIONS
from experiments.component import Kind
from experiments.data import DATA
from experiments.initializers import INITIALIZERS
from experiments.models import MODELS
from experiments.normalizations import NORMALIZATIONS
from experiments.optimizers import OPTIMIZERS
from experiments.regularizers import REGULARIZERS
from experiments.schedules import SCHEDULES


def declare(package: ModuleType) -> None:
    """Import every module of a kind's package that declares components; names with a leading underscore are maths."""
    for module in pkgutil.iter_modules(package.__path__):
        if not module.name.startswith("_"):
            importlib.import_module(f"{package.__name__}.{module.name}")


for _package in (initializers, activations, normalizations, regularizers, optimizers, schedules, models, data):
    declare(_package)

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
