"""Experiments of modules of the tests, registered for as long as a block lasts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from experiments.catalogue import KINDS
from experiments.describing import load
from experiments.registry import EXPERIMENTS


@contextmanager
def registered(*modules: str) -> Iterator[None]:
    """Every experiment of the modules; afterwards nobody knows them."""
    found = load(modules)
    assert found["refused"] == []
    yield
    for experiment in found["experiments"]:
        del EXPERIMENTS[experiment["name"]]
        for kind in ("data", "model"):
            KINDS[kind]._members.pop(experiment["name"], None)
