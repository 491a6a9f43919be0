"""What stands with an exported model, for whoever has the file and nothing of ours: what it takes, gives, and how to
load it. As JSON inside of the file, and as a short text beside it."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

SIGNATURE = "signature.json"
"""The extra file of the exported program: shapes (-1 for any number of examples), dtypes, scaling, classes, example."""
EXAMPLES = 2
LARGEST_EXAMPLE, LARGEST_SHOWN = 20_000, 128
"""Numbers in an example that the file holds, and in one input that the text shows."""

LOADING = """## Loading it

With PyTorch {torch} or newer, and nothing of Studyhall:

```python
import json
import torch

files = {{"signature.json": ""}}
model = torch.export.load("model.pt2", extra_files=files).module()
signature = json.loads(files["signature.json"])
"""
WITH_EXAMPLE = """inputs = torch.tensor(signature["example"]["inputs"], dtype=torch.{dtype})
model(inputs)  # gives signature["example"]["outputs"]
"""
IN_MLFLOW = """```

From the run in MLflow, where the same file lies in the folder `model`:

```python
import mlflow

model = mlflow.pyfunc.load_model("runs:/RUN_ID/model")  # with the id of MLflow's run
model.predict(inputs.numpy())  # an array of {dtype}
```
"""


@dataclass(frozen=True)
class ModelCard:
    """What only the side that trained it knows of a model; all texts are sentences.

    ``scaling`` holds the numbers that the texts speak of: ``inputs`` and ``targets``, each with ``mean`` and ``scale``.
    """

    title: str
    inputs: str
    outputs: str
    classes: Sequence[str] = ()
    scaling: Mapping[str, Any] = field(default_factory=dict)


def signature(card: ModelCard, model: nn.Module, inputs: Tensor) -> dict[str, Any]:
    """The content of ``signature.json``; ``outputs`` is null for a model that gives something else than one tensor."""
    example = inputs[:EXAMPLES]
    with torch.no_grad():
        outputs = model(example)
    is_tensor = isinstance(outputs, Tensor)
    shown = is_tensor and example.numel() + outputs.numel() <= LARGEST_EXAMPLE
    return {
        "inputs": _spec(example),
        "outputs": _spec(outputs) if is_tensor else None,
        "scaling": dict(card.scaling),
        "classes": list(card.classes),
        "example": {"inputs": example.tolist(), "outputs": outputs.tolist()} if shown else None,
        "torch": str(torch.__version__),
        "python": platform.python_version(),
    }


def text(card: ModelCard, content: Mapping[str, Any]) -> str:
    """The content of ``model.md``."""
    inputs, outputs = content["inputs"], content["outputs"]
    shape_of_outputs = f"{_shape(outputs)}. " if outputs else ""
    parts = [
        f"# {card.title}\n\n## What it takes\n\n{_shape(inputs)}. {card.inputs}",
        f"## What it gives\n\n{shape_of_outputs}{card.outputs}",
        _example(content),
        LOADING.format(torch=content["torch"].partition("+")[0])
        + (WITH_EXAMPLE.format(**inputs) if content["example"] else "")
        + IN_MLFLOW.format(**inputs),
    ]
    return "\n\n".join(part for part in parts if part)


def _spec(tensor: Tensor) -> dict[str, Any]:
    return {"shape": [-1, *tensor.shape[1:]], "dtype": str(tensor.dtype).removeprefix("torch.")}


def _shape(spec: Mapping[str, Any]) -> str:
    return f"A tensor of {spec['dtype']} with the shape ({', '.join(['n', *map(str, spec['shape'][1:])])})"


def _example(content: Mapping[str, Any]) -> str:
    example = content["example"]
    if example is None or torch.tensor(example["inputs"][0]).numel() > LARGEST_SHOWN:
        return ""
    rounded = [json.dumps(_rounded(example[side][0])) for side in ("inputs", "outputs")]
    return f"## An example\n\nFor `{rounded[0]}` it gives `{rounded[1]}` (rounded; the file has it in full)."


def _rounded(value: Any) -> Any:
    return [_rounded(item) for item in value] if isinstance(value, list) else float(f"{value:.4g}")
