"""Studyhall's public names, each imported when it is first used: ``from studyhall import Studyhall, Component, hp``.

| Names | What for |
|---|---|
| ``Studyhall`` | the client of a service |
| ``import_study`` | a study of W&B, Katib, the Lightning CLI, Ray Tune or Optuna, as a definition |
| ``ServiceError``, ``NotFound``, ``Conflict``, ``Invalid``, ``Unavailable`` | what its calls raise |
| ``Component``, ``hp``, ``uniform``, ``log_uniform``, ``integers``, ``choice`` | declare a component of one's own |
| ``Initializer``, ``Activation``, ``Normalization``, ``Regularizer``, ``Optimizer``, ``Schedule`` | its kind |
| ``HiddenLayer``, ``Surgery``, ``TargetSmoothing``, ``BatchTransform``, ``ObjectiveWrapper`` | a regularizer's role |
| ``GradientPenalty``, ``Clipping``, ``BeforeStep``, ``AfterStep`` | the same, around each step |
| ``RateOverride``, ``WeightAverage``, ``StoppingRule`` | the same, over many steps |
| ``ExperimentConfig``, ``train``, ``evaluate``, ``InvalidInput``, ``TrainingError`` | one run, without a service |
| ``split`` | rows of one's own data into parts and folds: stratified, grouped or chronological |

Studyhall's own packages are called ``experiments``, ``search_spaces`` and ``service``. A project may have folders of
these names: in a process that imported this module first, or was started by it, the names mean Studyhall's packages,
whatever stands before them on ``sys.path``. ``python -P studyhall.py service.api`` runs a module of ours so.
"""

from __future__ import annotations

import gc
import runpy
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from experiments.activations import Activation as Activation
    from experiments.component import Component as Component
    from experiments.component import choice as choice
    from experiments.component import hp as hp
    from experiments.component import integers as integers
    from experiments.component import log_uniform as log_uniform
    from experiments.component import uniform as uniform
    from experiments.config import ExperimentConfig as ExperimentConfig
    from experiments.data._parts import split as split
    from experiments.errors import InvalidInput as InvalidInput
    from experiments.errors import TrainingError as TrainingError
    from experiments.initializers import Initializer as Initializer
    from experiments.normalizations import Normalization as Normalization
    from experiments.optimizers import Optimizer as Optimizer
    from experiments.regularizers import Regularizer as Regularizer
    from experiments.regularizers.roles import AfterStep as AfterStep
    from experiments.regularizers.roles import BatchTransform as BatchTransform
    from experiments.regularizers.roles import BeforeStep as BeforeStep
    from experiments.regularizers.roles import Clipping as Clipping
    from experiments.regularizers.roles import GradientPenalty as GradientPenalty
    from experiments.regularizers.roles import HiddenLayer as HiddenLayer
    from experiments.regularizers.roles import ObjectiveWrapper as ObjectiveWrapper
    from experiments.regularizers.roles import RateOverride as RateOverride
    from experiments.regularizers.roles import StoppingRule as StoppingRule
    from experiments.regularizers.roles import Surgery as Surgery
    from experiments.regularizers.roles import TargetSmoothing as TargetSmoothing
    from experiments.regularizers.roles import WeightAverage as WeightAverage
    from experiments.schedules import Schedule as Schedule
    from experiments.train import evaluate as evaluate
    from experiments.train import train as train
    from service.client.client import Studyhall as Studyhall
    from service.errors import Conflict as Conflict
    from service.errors import Invalid as Invalid
    from service.errors import NotFound as NotFound
    from service.errors import ServiceError as ServiceError
    from service.errors import Unavailable as Unavailable
    from service.imports.importing import import_study as import_study

_NAMES = {
    "experiments.activations": ("Activation",),
    "experiments.component": ("Component", "choice", "hp", "integers", "log_uniform", "uniform"),
    "experiments.config": ("ExperimentConfig",),
    "experiments.data._parts": ("split",),
    "experiments.errors": ("InvalidInput", "TrainingError"),
    "experiments.initializers": ("Initializer",),
    "experiments.normalizations": ("Normalization",),
    "experiments.optimizers": ("Optimizer",),
    "experiments.regularizers": ("Regularizer",),
    "experiments.regularizers.roles": (
        *("HiddenLayer", "Surgery", "TargetSmoothing", "BatchTransform", "ObjectiveWrapper", "GradientPenalty"),
        *("Clipping", "BeforeStep", "AfterStep", "RateOverride", "WeightAverage", "StoppingRule"),
    ),
    "experiments.schedules": ("Schedule",),
    "experiments.train": ("evaluate", "train"),
    "service.client.client": ("Studyhall",),
    "service.errors": ("Conflict", "Invalid", "NotFound", "ServiceError", "Unavailable"),
    "service.imports.importing": ("import_study",),
}
_HOMES = {name: module for module, names in _NAMES.items() for name in names}
_YOUNG = 50_000
"""New objects after which a command looks for garbage among them: what it imports stays, and to look through all of it
after every 700, as Python does, took an eighth of the time of a short command."""
_PACKAGES = ("experiments", "search_spaces", "service")
_HERE = Path(__file__).resolve().parent


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'studyhall' has no attribute {name!r}")
    _refuse_others()
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(_HOMES)


class _OwnPackages:
    """Finds our packages beside this file, and says what is the matter where somebody looks for his own."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None, _target: ModuleType | None = None) -> ModuleSpec | None:
        """The spec of one of our packages or of a module in it; nothing of any other name."""
        top = name.partition(".")[0]
        if top not in _PACKAGES:
            return None
        spec = PathFinder.find_spec(name, [str(_HERE)] if name == top else path)
        if spec is None:
            for place in _others(top):
                raise ModuleNotFoundError(f"{name} is not a module of Studyhall: {_clash(place)}", name=name)
        return spec


def _others(package: str) -> Iterator[Path]:
    """Where else on ``sys.path`` Python code of this name lies."""
    for entry in dict.fromkeys(sys.path):
        place = Path(entry or ".").resolve() / package
        if place.parent == _HERE:
            continue
        if place.is_dir() and any(place.glob("*.py")):
            yield place
        elif place.with_suffix(".py").is_file():
            yield place.with_suffix(".py")


def _clash(place: Path) -> str:
    return (
        f"{place} has the name of one of Studyhall's own packages, which is what `import {place.stem}` gives here; "
        f"rename yours, or put it inside a package of another name"
    )


def _refuse_others() -> None:
    """Raise where a package of somebody else was imported under one of our names before this module was."""
    for package in _PACKAGES:
        places = getattr(sys.modules.get(package), "__path__", None)
        if package in sys.modules and str(_HERE / package) not in map(str, places or ()):
            file = getattr(sys.modules[package], "__file__", None) or next(iter(places or ()), package)
            place = Path(file).parent if Path(file).name == "__init__.py" else Path(file)
            raise ImportError(f"{_clash(place)}, or import studyhall before it")


def main() -> None:
    """The command ``studyhall``."""
    gc.set_threshold(_YOUNG, *gc.get_threshold()[1:])
    from service.cli import main as command

    for place in (place for package in _PACKAGES for place in _others(package)):
        print(f"note: {_clash(place)}", file=sys.stderr)
    command()


if not any(getattr(finder, "__qualname__", "") == _OwnPackages.__qualname__ for finder in sys.meta_path):
    sys.meta_path.insert(0, _OwnPackages)

if __name__ == "__main__":
    _module = sys.argv[1] if len(sys.argv) > 1 else ""
    if _module.partition(".")[0] in _PACKAGES:
        sys.argv = sys.argv[1:]
        runpy.run_module(_module, run_name="__main__", alter_sys=True)
    else:
        main()
