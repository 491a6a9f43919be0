"""What stands with an exported model: with the file alone, and nothing of ours, it can be used as it says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from torch.utils.data import DataLoader

from experiments.data._splits import arrays
from experiments.plugins.user_module import UserModuleSetup
from experiments.reporting import Decision
from experiments.train import train


@pytest.mark.parametrize(
    ("data", "shape", "classes"),
    [("digits", [-1, 1, 8, 8], list("0123456789")), ("diabetes", [-1, 10], [])],
)
def test_the_signature_says_what_the_model_takes_and_the_example_comes_out(
    data: str, shape: list[int], classes: list[str], small: Any, tmp_path: Path, reporter_class: Any
) -> None:
    config = small(epochs=1, data=data)
    files = train(config, reporter_class(at_end=Decision.KEEP), tmp_path).artifacts
    inside = {"signature.json": ""}
    model = torch.export.load(files["model.pt2"], extra_files=inside).module()
    signature = json.loads(inside["signature.json"])
    example = signature["example"]

    assert (signature["inputs"], signature["classes"]) == ({"shape": shape, "dtype": "float32"}, classes)
    torch.testing.assert_close(model(torch.tensor(example["inputs"])), torch.tensor(example["outputs"]))
    assert len(example["outputs"][0]) == signature["outputs"]["shape"][1] == max(1, len(classes))
    raw = arrays(config.data)
    rows = torch.tensor(raw.inputs.reshape(len(raw.inputs), -1), dtype=torch.float32)
    assert (rows - torch.tensor(example["inputs"][0]).flatten()).abs().amax(1).min() < 1e-4  # as the data set has it
    said = files["model.md"].read_text()
    assert f"({', '.join(['n', *map(str, shape[1:])])})" in said
    assert all(name in said for name in classes)
    if data == "diabetes":
        targets, mean = torch.tensor(raw.targets), signature["scaling"]["targets"]["mean"]
        assert abs(targets.mean().item() - mean[0]) < 0.2 * targets.std().item()


def test_the_text_s_code_loads_the_model(
    small: Any, tmp_path: Path, reporter_class: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = train(small(epochs=1), reporter_class(at_end=Decision.KEEP), tmp_path).artifacts
    code = re.findall("```python\n(.*?)```", files["model.md"].read_text(), re.DOTALL)[0]
    monkeypatch.chdir(files["model.pt2"].parent)
    names: dict[str, Any] = {}
    exec(code, names)

    assert names["model"](names["inputs"]).shape == (2, 3)


class Halves(pl.LightningModule):
    """A user's module with two outputs and no scaling."""

    def forward(self, inputs: torch.Tensor) -> Any:
        return inputs / 2, inputs


class Bare(pl.LightningModule):
    """A user's module that has its steps alone."""


class Mute(Halves):
    """A user's module that cannot be traced, and does not say why."""

    def forward(self, inputs: torch.Tensor) -> Any:
        raise AssertionError


class TwoLoaders(pl.LightningDataModule):
    """A user's data with two validation loaders."""

    def val_dataloader(self) -> Any:
        return [DataLoader(torch.arange(6).reshape(3, 2), 3), DataLoader(torch.zeros(2, 9))]


def exported(module: pl.LightningModule, directory: Path) -> tuple[dict[str, Path], list[str]]:
    """What a run of the user's module leaves of its model, and what it says."""
    setup: Any = object.__new__(UserModuleSetup)
    names = SimpleNamespace(name="theirs")
    setup.module, setup._data, setup._config = module, TwoLoaders(), SimpleNamespace(model=names, data=names)
    said: list[str] = []
    return setup.write_artifacts(directory, said.append), said


def test_a_user_s_model_is_described_as_far_as_it_can_be_told(tmp_path: Path) -> None:
    files, said = exported(Halves(), tmp_path)
    inside = {"signature.json": ""}
    torch.export.load(files["model.pt2"], extra_files=inside)
    signature = json.loads(inside["signature.json"])
    text = files["model.md"].read_text()

    assert said == []
    assert (signature["inputs"], signature["outputs"]) == ({"shape": [-1, 2], "dtype": "int64"}, None)
    assert "A tensor of int64 with the shape (n, 2)." in text and "is not in the model" in text


@pytest.mark.parametrize(("module", "reason"), [(Bare, "has no `forward`"), (Mute, "AssertionError")])
def test_a_user_s_model_that_cannot_be_exported_says_why_and_the_run_stands(
    module: type[pl.LightningModule], reason: str, tmp_path: Path
) -> None:
    files, [said] = exported(module(), tmp_path)

    assert (files, reason in said) == ({}, True)
