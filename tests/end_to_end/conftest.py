"""A real service whose users brought modules of their own, and how a run of theirs is trained without one."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from experiments.describing import load
from service.client import Studyhall
from service.serving import serving
from service.settings import Settings

HERE = Path(__file__).parent
Serve = Callable[..., AbstractContextManager[Studyhall]]


@pytest.fixture(scope="module")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Serve:
    """Serves with modules of this folder; MLflow has tests of its own."""

    @contextmanager
    def serve(*modules: str, **settings: Any) -> Iterator[Studyhall]:
        home = tmp_path_factory.mktemp("home")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PYTHONPATH", str(HERE))
            given = Settings(home=home, port=0, components=modules, mlflow_enabled=False, **settings)
            with serving(given, patience=120) as url, Studyhall(url) as hall:
                yield hall

    return serve


@pytest.fixture(scope="module")
def loaded() -> Iterator[Callable[..., None]]:
    """Registers modules of this folder in this process, as a worker does."""
    before = set(sys.modules)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(HERE)

        def register(*modules: str) -> None:
            assert load(modules)["refused"] == []

        yield register
    for name in set(sys.modules) - before:
        if name.partition(".")[0] in {"kinds", "strangers"}:
            del sys.modules[name]
    load()
