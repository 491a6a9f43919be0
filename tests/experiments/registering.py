"""Experiments of modules of the tests, registered for as long as a test module runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from experiments.data import DATA
from experiments.describing import load
from experiments.models import MODELS
from experiments.registry import EXPERIMENTS


@contextmanager
def registered(module: str, names: Sequence[str]) -> Iterator[None]:
    """The experiments of a module, which have these names."""
    assert load([module])["refused"] == []
    yield
    for name in names:
        for kind in (DATA, MODELS):
            kind._members.pop(name, None)
        EXPERIMENTS.pop(name, None)
