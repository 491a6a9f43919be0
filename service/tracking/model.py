"""An exported model as MLflow knows models: a folder that says how to load it, what it takes, and what it needs.

Written from the signature inside of the file, without PyTorch, and with no request to anybody; so
``mlflow.pyfunc.load_model("runs:/…/model")`` works on what a run left.
"""

from __future__ import annotations

import json
import uuid
import zipfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from mlflow.version import VERSION

from experiments.reporting import CARD, MODEL

"""Our paths of the exported program, and of the text beside it."""
FOLDER = "model"
PATHS = {MODEL: f"{FOLDER}/data/{MODEL}", CARD: f"{FOLDER}/{CARD}"}
"""Where MLflow has them: it looks for the program in the folder ``data``."""
MLMODEL = f"{FOLDER}/MLmodel"
REQUIREMENTS, PYTHON, EXAMPLE = "requirements.txt", "python_env.yaml", "input_example.json"
SERVED_EXAMPLE = "serving_input_example.json"
_SIGNATURE = "extra/signature.json"
_NAMESPACE = uuid.UUID("1d9f4d64-0c0e-4e0e-9df3-0b3c5a1f3e52")


def write_model_files(program: Path, folder: Path, *, sha256: str, created_at: datetime) -> None:
    """Write the files beside an exported program; nothing if it has no signature.

    Args:
        program: the exported program, wherever it lies now.
        folder: where MLflow has the model.
        sha256: the program's hash, from which the model's id follows.
        created_at: when the run left it.
    """
    signature = _signature(program)
    if signature is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    example = signature["example"]
    if example is not None:
        _write_json(folder / EXAMPLE, example["inputs"])
        _write_json(folder / SERVED_EXAMPLE, {"inputs": example["inputs"]})
    torch = signature["torch"].partition("+")[0]  # without the build: it is another elsewhere
    (folder / REQUIREMENTS).write_text(f"mlflow=={VERSION}\ntorch=={torch}\n", encoding="utf-8")
    _write_yaml(folder / PYTHON, {"python": signature["python"], "dependencies": [f"-r {REQUIREMENTS}"]})
    model = {
        **_described(signature),
        "mlflow_version": VERSION,
        "model_size_bytes": program.stat().st_size,
        "model_uuid": uuid.uuid5(_NAMESPACE, sha256).hex,
        "utc_time_created": created_at.strftime("%Y-%m-%d %H:%M:%S.%f"),
    }
    _write_yaml(folder / "MLmodel", model)  # the last: where it stands, the others do


def _signature(program: Path) -> dict[str, Any] | None:
    try:
        with zipfile.ZipFile(program) as archive:
            names = [name for name in archive.namelist() if name.endswith(_SIGNATURE)]
            found: dict[str, Any] | None = json.loads(archive.read(names[0])) if names else None
            return found
    except zipfile.BadZipFile:
        return None


def _described(signature: Mapping[str, Any]) -> dict[str, Any]:
    """How the model is loaded, and its signature where NumPy has the types."""
    inputs, outputs = (_tensor(signature[side]) for side in ("inputs", "outputs"))
    described: dict[str, Any] = {
        "flavors": {
            "python_function": {
                # Exported on the CPU, a program stays there; without this MLflow asks for a GPU where there is one.
                "config": {"device": "cpu"},
                "data": "data",
                "env": {"virtualenv": PYTHON},
                "loader_module": "mlflow.pytorch",
                "python_version": signature["python"],
            },
            "pytorch": {"code": None, "model_data": "data", "pytorch_version": signature["torch"]},
        }
    }
    if inputs is not None:
        described["signature"] = {"inputs": inputs, "outputs": outputs, "params": None}
    if signature["example"] is not None:
        paths = {"artifact_path": EXAMPLE, "serving_input_path": SERVED_EXAMPLE}
        described["saved_input_example_info"] = {**paths, "type": "ndarray"}
    return described


def _tensor(spec: Mapping[str, Any] | None) -> str | None:
    if spec is None or not hasattr(np, spec["dtype"]):
        return None
    return json.dumps([{"type": "tensor", "tensor-spec": {"dtype": spec["dtype"], "shape": spec["shape"]}}])


def _write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content), encoding="utf-8")


def _write_yaml(path: Path, content: Any) -> None:
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
