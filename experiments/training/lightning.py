"""The two packages of Lightning: ``pytorch_lightning`` and ``lightning.pytorch``, copies of one code base.

Classes of one are none of the other: a trainer takes modules, callbacks and plugins of its own package alone. What we
hand to a trainer is therefore written once, without a base class of Lightning, and given the base of the package at
hand. Annotations name the classes of ``pytorch_lightning`` for both. Our own modules are of ``pytorch_lightning``;
``lightning`` is imported by nobody but users' modules.
"""

from __future__ import annotations

import importlib
import logging
import sys
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from inspect import FullArgSpec, getfullargspec, signature
from types import FunctionType, MethodType, SimpleNamespace
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

_PASSED_OVER = (
    "on_after_backward",
    "on_before_backward",
    "on_before_optimizer_step",
    "on_before_zero_grad",
    "on_validation_batch_start",
    "on_validation_batch_end",
)
"""Hooks of every batch, beside those whose names begin with ``on_train_``."""
_NO_PROFILE = nullcontext()
_entry_points = cache(entry_points)
_signature = cache(signature)
_known_arguments: WeakKeyDictionary[FunctionType, FullArgSpec] = WeakKeyDictionary()


class Hooks:
    """Hooks that a trainer calls, under Lightning's names; ``LightningPackage.callback`` makes a callback of them."""

    callback_base: ClassVar[str] = "Callback"
    """Lightning's base class: a ``Callback``, or a ``Checkpoint``, which runs after those that a module brings."""


@dataclass(frozen=True)
class LightningPackage:
    """One of the packages, by the name under which it is imported."""

    name: str

    @property
    def top(self) -> str:
        """The first part of its name."""
        return self.name.partition(".")[0]

    @property
    def misconfiguration(self) -> type[Exception]:
        """What its trainer raises for a module or data that lack something."""
        error: type[Exception] = self.find("utilities.exceptions", "MisconfigurationException")
        return error

    def owns(self, module: str) -> bool:
        """Whether a module is one of the package, or of the part that it shares with Lightning's Fabric."""
        return module.partition(".")[0] == self.top

    def has(self, described: type[Any], base: str) -> bool:
        """Whether a class derives from the package's class of that name."""
        return self.name in sys.modules and issubclass(described, self.find("", base))

    def trainer(self, callbacks: tuple[Hooks, ...], **options: Any) -> Any:
        """Its trainer, with callbacks made of these hooks."""
        _look_up_once(self)
        made = [self.callback(hooks) for hooks in callbacks]
        return self.find("", "Trainer")(callbacks=made, profiler=_profiler_class(self)(), **options)

    def callback(self, hooks: Hooks) -> Any:
        """A callback of the package whose hooks are these. Its state has the name of their class in checkpoints."""
        callback = _callback_class(self, type(hooks).__name__, hooks.callback_base)()
        for name in _hook_names(self):
            if hasattr(hooks, name):
                setattr(callback, name, getattr(hooks, name))
        return callback

    def plugin(self, checkpoint_io: Any) -> Any:
        """The object, known to the package as one that saves and loads checkpoints."""
        self.find("plugins.io", "CheckpointIO").register(type(checkpoint_io))
        return checkpoint_io

    def own_method(self, module: Any, name: str) -> bool:
        """Whether a module has a method of its own in the place of the package's."""
        return getattr(type(module), name) is not getattr(self.find("", "LightningModule"), name)

    def find(self, place: str, name: str) -> Any:
        """What a module of the package, or the package itself, calls so."""
        return getattr(importlib.import_module(f"{self.name}.{place}".rstrip(".")), name)


def _look_up_once(package: LightningPackage) -> None:
    """Let the package's trainers ask only once for what stays the same in the life of a process.

    For every trainer Lightning reads the metadata of all that is installed, for the callbacks that other distributions
    bring, which takes ten times as long as all else that makes one; and the signatures of the trainer and of all hooks,
    a tenth of a run of one step.
    """
    connector = _module_of(package.find("trainer.connectors.callback_connector", "_load_external_callbacks"))
    connector.entry_points = _entry_points
    hooks = _module_of(package.find("utilities.signature_utils", "is_param_in_hook_signature"))
    hooks.inspect = SimpleNamespace(getfullargspec=_arguments)
    trainers = _module_of(package.find("utilities.argparse", "_parse_env_variables"))
    trainers.inspect = SimpleNamespace(signature=_signature)


def _module_of(function: Any) -> Any:
    return sys.modules[function.__module__]


def _arguments(hook: Any) -> FullArgSpec:
    """Remembered for as long as the function lives: one that is made for a run may hold all that the run trains."""
    function = hook.__func__ if isinstance(hook, MethodType) else hook
    if not isinstance(function, FunctionType):
        return getfullargspec(hook)
    if function not in _known_arguments:
        _known_arguments[function] = getfullargspec(function)
    return _known_arguments[function]


@cache
def _hook_names(package: LightningPackage) -> list[str]:
    return [name for name in vars(package.find("", "Callback")) if not name.startswith("_")]


@cache
def _callback_class(package: LightningPackage, name: str, base_name: str) -> type[Any]:
    """A trainer passes over what it cannot call, and calls the rest some ten times a step, also what does nothing."""
    nothing = {hook: None for hook in _hook_names(package) if hook.startswith("on_train_") or hook in _PASSED_OVER}
    base: type[Any] = package.find("callbacks", base_name)
    return type(name, (base,), nothing)


@cache
def _profiler_class(package: LightningPackage) -> type[Any]:
    """What a trainer measures its hooks with: nothing, and at less cost than its own that measures nothing."""
    base: type[Any] = package.find("profilers", "PassThroughProfiler")
    return type("NoProfiler", (base,), {"profile": lambda *_: _NO_PROFILE})


PACKAGES = (LightningPackage("pytorch_lightning"), LightningPackage("lightning.pytorch"))


def hush() -> list[tuple[logging.Logger, int]]:
    """Let both packages log errors only; those that said more come back, with the level they had.

    Of the others nothing is set: at each level that is set, logging forgets what it knows of all loggers.
    """
    loggers = [logging.getLogger(package.name) for package in PACKAGES]
    loud = [(logger, logger.level) for logger in loggers if logger.level < logging.ERROR]
    for logger, _ in loud:
        logger.setLevel(logging.ERROR)
    return loud


def package_of(described: type[Any], base: str = "LightningModule") -> LightningPackage | None:
    """The package whose class of the name ``base`` a class derives from; nothing if it derives from neither."""
    return next((package for package in PACKAGES if package.has(described, base)), None)


def package_of_module(module: Any) -> LightningPackage:
    """The package under whose trainer a module is trained."""
    package = package_of(type(module))
    assert package  # noqa: S101 - users' modules are looked at when they are described
    return package
