"""An experiment of a user's own as a process without the code knows it: by its description alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from experiments.catalog import KINDS
from experiments.plugins import registration
from experiments.registry import EXPERIMENTS, Looked

OWN = {"code_hash": "abc", "files": [], "libraries": []}


def field(name: str, kind: str, default: Any) -> dict[str, Any]:
    """A constructor's argument as the description has it."""
    plain = {"bounds": {}, "search": None, "help": "", "required": False}
    return {"name": name, "type": kind, "default": default, **plain}


@contextmanager
def described(
    name: str, *fields: dict[str, Any], accepts: Sequence[str] = (), defaults: dict[str, Any] | None = None
) -> Iterator[dict[str, Any]]:
    """An experiment whose model has these fields, and whose data module takes these parts of the config."""
    part = {"name": name, "summary": "Mine.", "target": "mine:Net", "fields": list(fields)}
    experiment = {
        **{
            "name": name,
            "summary": "Mine.",
            "target": "mine:Mine",
            "own": OWN,
            "given": [],
            "defaults": defaults or {},
        },
        **{"model": part, "data": {**part, "fields": [], "accepts": list(accepts)}},
    }
    registration.register_experiment(experiment)
    try:
        yield experiment
    finally:
        EXPERIMENTS.pop(name, None)
        EXPERIMENTS.looked = Looked()
        for kind in ("data", "model"):
            KINDS[kind].keep(set(KINDS[kind].names()) - {name})
