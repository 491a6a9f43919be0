"""What is imported to answer a request or to read a space loads none of the heavy libraries.

Each check runs in a fresh interpreter, because this one has long imported everything.
"""

from __future__ import annotations

import json
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import search_spaces

ROOT = Path(__file__).parents[2]
HEAVY = ("torch", "pytorch_lightning", "pandas", "scipy", "sklearn", "matplotlib", "mlflow", "ray")
REPORT = (
    "import importlib, json, sys; [importlib.import_module(m) for m in {modules}]; print(json.dumps([*sys.modules]))"
)
SPACES = [module.name for module in pkgutil.walk_packages(search_spaces.__path__, "search_spaces.")]


def _loaded(*modules: str) -> set[str]:
    """The top-level names in ``sys.modules`` after a fresh interpreter has imported ``modules``."""
    command = [sys.executable, "-c", REPORT.format(modules=list(modules))]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    return {name.partition(".")[0] for name in json.loads(done.stdout)}


@pytest.mark.parametrize(
    "modules",
    [
        ("experiments.catalog", "experiments.config", "experiments.registry", "experiments.documents"),
        ("experiments.train",),
        tuple(SPACES),
        ("service.study.definitions.definition", "service.engine.engine", "service.study.definitions.preview"),
        ("service.api.app",),
        ("service.cli", "service.client.client"),
    ],
    ids=lambda modules: modules[0],
)
def test_no_heavy_library_is_loaded(modules: tuple[str, ...]) -> None:
    loaded = _loaded(*modules)
    assert {module.partition(".")[0] for module in modules} <= loaded
    assert not loaded & set(HEAVY)


@pytest.mark.parametrize("module", ["service.supervisor.supervisor", "service.dispatch.process.worker"])
def test_what_neither_stores_nor_searches_loads_neither_a_database_nor_a_sampler(module: str) -> None:
    assert not _loaded(module) & {*HEAVY, "sqlalchemy", "optuna", "numpy"}


def test_the_commands_that_list_load_no_web_framework() -> None:
    assert not _loaded("service.cli.catalog", "service.cli.printing.catalog") & {*HEAVY, "fastapi", "optuna"}


def test_a_definition_is_examined_without_a_sampler() -> None:
    assert not _loaded("service.study.definitions.preview", "service.cli.printing.previewing") & {
        *HEAVY,
        "optuna",
        "numpy",
    }


def test_a_heavy_import_would_be_found() -> None:
    assert "torch" in _loaded("experiments.initializers._apply")
