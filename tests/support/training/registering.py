"""Experiments of modules of the tests, registered for as long as a block lasts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from experiments.catalog import KINDS
from experiments.plugins.describing import load
from experiments.registry import EXPERIMENTS


@contextmanager
def registered(*modules: str) -> Iterator[dict[str, Any]]:
    """Every experiment and component of the modules, as ``load`` describes them; afterward nobody knows them."""
    found = load(modules)
    assert found["refused"] == []
    yield found
    forget(found)


def forget(found: Mapping[str, Any]) -> None:
    """Undo what ``load`` has registered."""
    for component in found["components"]:
        kind = KINDS[component["kind"]]
        kind.keep({*kind.names()} - {component["name"]})
    for experiment in found["experiments"]:
        EXPERIMENTS.pop(experiment["name"], None)
        for kind in ("data", "model"):
            KINDS[kind].keep({*KINDS[kind].names()} - {experiment["name"]})
