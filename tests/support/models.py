"""A run that left an exported model, for the tests of what MLflow makes of it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import torch
from torch import nn

from experiments.training.files.artifacts import write_model
from experiments.training.files.model_card import ModelCard
from service.study.records import Study
from tests.support.tracking import Engine

MODEL_FILES = ("MLmodel", "requirements.txt", "python_env.yaml", "input_example.json", "serving_input_example.json")


def trial_with_model(engine: Engine, study: Study, folder: Path) -> dict[str, Any]:
    """A completed trial 0 whose run left a model with its text; the model's signature comes back."""
    trial, [run] = engine.insert(study, 0)
    engine.report(run, [1])
    network = nn.Sequential(nn.Linear(4, 3), nn.Softmax(1))
    card = ModelCard("a network on flowers", "Four lengths.", "Three probabilities.", ("a", "b", "c"))
    for path, file in write_model(network, torch.rand(2, 4), card, folder).items():
        engine.add_file(run, path, file.read_bytes())
    engine.end(trial, [run])
    with zipfile.ZipFile(folder / "model.pt2") as archive:
        [name] = [name for name in archive.namelist() if name.endswith("signature.json")]
        found: dict[str, Any] = json.loads(archive.read(name))
    return found
