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
from typing import Any, ClassVar

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
        error: type[Exception] = self._find("utilities.exceptions", "MisconfigurationException")
        return error

    def owns(self, module: str) -> bool:
        """Whether a module is one of the package, or of the part that it shares with Lightning's Fabric."""
        return module.partition(".")[0] == self.top

    def has(self, described: type[Any], base: str) -> bool:
        """Whether a class derives from the package's class of that name."""
        return self.name in sys.modules and issubclass(described, self._find("", base))

    def trainer(self, callbacks: tuple[Hooks, ...], **options: Any) -> Any:
        """Its trainer, with callbacks made of these hooks."""
        self._look_up_callbacks_once()
        made = [self.callback(hooks) for hooks in callbacks]
        return self._find("", "Trainer")(callbacks=made, profiler=self._no_profiler(), **options)

    def callback(self, hooks: Hooks) -> Any:
        """A callback of the package whose hooks are these. Its state has the name of their class in checkpoints."""
        base = self._find("callbacks", hooks.callback_base)
        names = [name for name in vars(self._find("", "Callback")) if not name.startswith("_")]
        # A trainer passes over what it cannot call, and calls the rest some ten times a step, also what does nothing.
        nothing = {name: None for name in names if name.startswith("on_train_") or name in _PASSED_OVER}
        callback = type(type(hooks).__name__, (base,), nothing)()
        for name in names:
            if hasattr(hooks, name):
                setattr(callback, name, getattr(hooks, name))
        return callback

    def plugin(self, checkpoint_io: Any) -> Any:
        """The object, known to the package as one that saves and loads checkpoints."""
        self._find("plugins.io", "CheckpointIO").register(type(checkpoint_io))
        return checkpoint_io

    def _no_profiler(self) -> Any:
        """What it measures its hooks with: nothing, and at less cost than its own that measures nothing."""
        base = self._find("profilers", "PassThroughProfiler")
        return type("NoProfiler", (base,), {"profile": lambda *_: _NO_PROFILE})()

    def _look_up_callbacks_once(self) -> None:
        """Let its trainers ask only once for the callbacks that other distributions bring.

        Lightning reads the metadata of all that is installed for every trainer, ten times as long as all else takes
        that makes one. In the life of a process it finds the same.
        """
        load = self._find("trainer.connectors.callback_connector", "_load_external_callbacks")
        sys.modules[load.__module__].entry_points = _entry_points  # type: ignore[attr-defined]

    def own_method(self, module: Any, name: str) -> bool:
        """Whether a module has a method of its own in the place of the package's."""
        return getattr(type(module), name) is not getattr(self._find("", "LightningModule"), name)

    def _find(self, place: str, name: str) -> Any:
        return getattr(importlib.import_module(f"{self.name}.{place}".rstrip(".")), name)


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
