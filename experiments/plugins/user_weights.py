"""The weights of a user's own module: drawn by the config's initializer, but for those that the module comes with."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from experiments import seeding
from experiments.config import ExperimentConfig
from experiments.errors import TrainingError, suggestion
from experiments.initializers import Initializer
from experiments.initializers._apply import LAYERS
from experiments.initializers._twins import is_drawn, twins_kept
from experiments.training.lightning import package_of_module


class Weights:
    """Draws the weights of a module that was just made, as its config says.

    Left alone is what is pretrained: what the experiment names so, or else every layer whose weights come out the same
    whatever the seed, because those were read and not drawn. Twins stay twins.
    """

    def __init__(self, config: ExperimentConfig, initializer: Initializer, module: pl.LightningModule) -> None:
        """``module`` is made, and nothing has been drawn since."""
        self._initializer = initializer
        self._module = module
        self._model = config.model.name
        if any(map(is_lazy, module.parameters())):
            early = f"{initializer.name} comes too early for the lazy layers of {self._model}"
            raise TrainingError(f"{early}; say their sizes, or leave the initializer out")
        self._made_in_time = set(module.modules())
        self._unknown = ""
        """Why nobody can tell what is pretrained."""
        self._pretrained = self._kept_parts(config)

    def initialize(self) -> None:
        """Draw all weights that are not left alone."""
        with self._frame():
            self._initializer.initialize(self._module)

    def calibrate(self, batches: Iterable[Any], loss: Callable[[nn.Module, Any], Tensor]) -> None:
        """Let the initializer adapt them to the data."""
        with self._frame():
            self._initializer.calibrate(self._module, batches, loss)

    def notes(self) -> Iterator[str]:
        """What the initializer did not do, with the reason."""
        name, said = self._initializer.name, _names(self._module, self._pretrained)
        if said:
            otherwise = "`training.keep_pretrained: false` draws them too"
            yield f"{name} leaves {said} of {self._model} alone, whose weights come with the module; {otherwise}"
        if self._unknown:
            remedy = "name `pretrained` in the experiment, which may be empty"
            yield f"{self._model} {self._unknown}, so {name} cannot tell which weights are pretrained; {remedy}"
        late = [part for part in _layers(self._module) if part not in self._made_in_time]
        if late:
            reason = "made after the constructor, and keep the weights they were made with"
            yield f"{name} leaves {_names(self._module, late)} of {self._model} alone: they are {reason}"

    @contextmanager
    def _frame(self) -> Iterator[None]:
        kept = [tensor for part in self._pretrained for tensor in (*part.parameters(), *part.buffers())]
        with twins_kept(self._module, kept), _left_alone(kept):
            yield

    def _kept_parts(self, config: ExperimentConfig) -> Sequence[nn.Module]:
        if not config.training.keep_pretrained:
            return ()
        if config.model.pretrained_parts is not None:
            return list(self._parts(config.model.pretrained_parts))
        return self._seedless_layers(config)

    def _seedless_layers(self, config: ExperimentConfig) -> Sequence[nn.Module]:
        """The layers whose weights are those of the same module made with another seed."""
        ends = _states()
        try:
            with seeding.seeded(config.seed + 1):
                again: pl.LightningModule = config.model.build()
                seeds_itself = any(one == other for one, other in zip(ends, _states(), strict=True))
        except Exception as error:  # a user's code may raise anything
            self._unknown = f"cannot be made twice ({type(error).__name__}: {error})"
            return ()
        if seeds_itself:
            self._unknown = "seeds itself"
            return ()
        pairs = zip(_layers(self._module), _layers(again), strict=False)
        return [layer for layer, other in pairs if _same_weights(layer, other)]

    def _parts(self, paths: Iterable[str]) -> Iterator[nn.Module]:
        parts: dict[str, nn.Module] = dict(self._module.named_modules())
        own_method = package_of_module(self._module).own_method
        for path in filter(None, paths):
            if path in parts:
                yield parts[path]
            elif not any(own_method(self._module, hook) for hook in ("setup", "configure_model")):
                known = suggestion(path, filter(None, parts))
                raise TrainingError(
                    f"the experiment calls {path!r} pretrained, which {self._model} does not have{known}"
                )


def _layers(module: nn.Module) -> list[nn.Module]:
    return [part for part in module.modules() if isinstance(part, LAYERS)]


def _same_weights(layer: nn.Module, other: nn.Module) -> bool:
    """Whether both have the same weights, and not because these are constant."""
    drawn = [
        (weight, twin)
        for weight, twin in zip(layer.parameters(), other.parameters(), strict=False)
        if weight.ndim > 1 and is_drawn(weight)
    ]
    return bool(drawn) and all(torch.equal(weight, twin) for weight, twin in drawn)


def _states() -> list[Any]:
    """Of each generator what tells two states of it apart."""
    return [torch.get_rng_state().tolist(), np.random.get_state()[1].tolist(), random.getstate()]  # type: ignore[index]


@contextmanager
def _left_alone(tensors: Sequence[Tensor]) -> Iterator[None]:
    """Put values back after the block, in which they are not trained either, so that nothing is fitted to a change."""
    before = [(tensor, tensor.detach().clone(), tensor.requires_grad) for tensor in tensors]
    for tensor in tensors:
        tensor.requires_grad_(False)
    try:
        yield
    finally:
        with torch.no_grad():
            for tensor, values, trained in before:
                tensor.copy_(values).requires_grad_(trained)


def _names(module: nn.Module, parts: Iterable[nn.Module]) -> str:
    """The paths of parts, where all layers of a module are meant that of the module."""
    meant = {layer for part in parts for layer in _layers(part)}
    return ", ".join(_paths(module, "", meant))


def _paths(module: nn.Module, path: str, meant: set[nn.Module]) -> Iterator[str]:
    layers = _layers(module)
    if path and layers and meant.issuperset(layers):
        yield path
        return
    for name, child in module.named_children():
        yield from _paths(child, f"{path}.{name}".lstrip("."), meant)
