"""The files a run leaves: its config always; the best checkpoint, a picture and the exported model when wanted."""

from __future__ import annotations

import json
import textwrap
import warnings
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from experiments.component import Component
from experiments.config import PROVENANCE, ExperimentConfig
from experiments.errors import InvalidInput
from experiments.provenance import provenance_of
from experiments.reporting import BEST, CARD, MODEL
from experiments.training.files.checkpoints import write_atomically
from experiments.training.files.model_card import SIGNATURE, ModelCard, signature, text

CONFIG = "config.json"


def write_config(config: ExperimentConfig, directory: Path) -> Path:
    """The complete config as JSON, with the code and the packages that run it; written anew at each attempt."""
    own = json.dumps(config.to_json(), indent=2).removesuffix("\n}")
    text = f'{own},\n  "{PROVENANCE}": {_provenance(*config.own_components().items())}\n}}'
    path = directory / CONFIG
    return write_atomically(path, lambda file: file.write_text(text + "\n", encoding="utf-8"), durable=False)


@lru_cache(maxsize=64)
def _provenance(*own: tuple[str, type[Component]]) -> str:
    """Indented as it stands in a config. Asked for once in a process: what it has loaded stays what it was."""
    return textwrap.indent(json.dumps(provenance_of(dict(own)), indent=2), "  ").lstrip()


def write_best(
    config: ExperimentConfig,
    weights: Mapping[str, Tensor],
    metrics: Mapping[str, float],
    epoch: int,
    data: Mapping[str, Any],
    directory: Path,
) -> Path:
    """The judged epoch's weights with the config they belong to; ``torch.load(weights_only=True)`` reads it.

    ``data`` is the fingerprint of the data that the run was trained with.
    """
    content = {
        "state_dict": {name: weight.cpu() for name, weight in weights.items()},
        "config": json.dumps(config.to_json()),
        "metrics": dict(metrics),
        "epoch": epoch,
        "data": dict(data),
    }
    return write_atomically(directory / BEST, lambda path: torch.save(content, path))


def read_best(path: Path) -> dict[str, Any]:
    """The content of a best checkpoint.

    Raises:
        InvalidInput: the file is missing or is not a best checkpoint.
    """
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise InvalidInput.at("checkpoint", f"there is no file {path}") from error
    except Exception as error:  # torch.load raises whatever the unpickler, the zip reader or the file system raised
        raise InvalidInput.at("checkpoint", f"{path.name} cannot be read: {error}") from error
    if not isinstance(content, dict) or not {"state_dict", "config", "metrics", "epoch"} <= content.keys():
        raise InvalidInput.at("checkpoint", f"{path.name} is not a best checkpoint; give the file {BEST} of a run")
    return content


class Standardized(nn.Module):
    """A network that takes raw inputs: it standardizes them as the training did."""

    mean: Tensor
    scale: Tensor

    def __init__(self, network: nn.Module, mean: Tensor, scale: Tensor) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("mean", mean)
        self.register_buffer("scale", scale)

    def forward(self, inputs: Tensor) -> Tensor:
        """The network's outputs for inputs as the data set has them."""
        outputs: Tensor = self.network((inputs - self.mean) / self.scale)
        return outputs.to(inputs.dtype)  # of the training's precision, which NumPy may not have


def write_model(model: nn.Module, example: Tensor, card: ModelCard, directory: Path) -> dict[str, Path]:
    """The model as an exported program for any number of examples, and the text that says what it takes.

    ``torch.export.load`` reads it without our code.
    """
    program = _exported(model.eval().cpu(), example.cpu())
    content = signature(card, model, example.cpu())
    inside = {SIGNATURE: json.dumps(content)}
    return {
        MODEL: write_atomically(directory / MODEL, lambda path: torch.export.save(program, path, extra_files=inside)),
        CARD: write_atomically(directory / CARD, lambda path: path.write_text(text(card, content), encoding="utf-8")),
    }


def _exported(model: nn.Module, example: Tensor) -> torch.export.ExportedProgram:
    """The program of the model for any number of examples.

    Traced as it runs, a model that asks for ``len(batch)`` has the size of the example for good; read as it is written
    it has not, but fewer models can be read.
    """
    trace = partial(torch.export.export, model, (example,), dynamic_shapes=({0: torch.export.Dim("batch")},))
    with torch.no_grad(), warnings.catch_warnings():
        # Torch's recurrent layers list their weights in an attribute besides; while traced, it says so at length.
        warnings.filterwarnings("ignore", message=r"The tensor attributes? .*_flat_weights")
        try:
            return trace(strict=False)
        except Exception:
            with suppress(Exception):  # then the first reason is the one to tell
                return trace(strict=True)
            raise
