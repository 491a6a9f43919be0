"""What a worker does before its first run, so that the first run is as fast as the second."""

from __future__ import annotations

import contextlib
import gc
import importlib
import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path

from experiments.parsing import parse_config
from experiments.plugins.loading import load_plugins
from experiments.reporting import Silence
from experiments.training.lightning import hush
from service.dispatch.wire import WorkerSpec

logger = logging.getLogger(__name__)

_SMALLEST = {"data": {"name": "wine"}, "model": {"name": "mlp"}, "training": {"epochs": 1}}
"""A run of a few milliseconds that goes through every library training uses."""


def prepare(spec: WorkerSpec) -> None:
    """Register users' own components, import the trainer, and train once, very shortly.

    A rehearsal that fails is no reason to give up: the first run that fails says more about it.

    Raises:
        ImportError: there is no such trainer.
    """
    with importing():
        load_plugins(spec.components, logger.warning)
        trainer = importlib.import_module(spec.trainer)
        try:
            with tempfile.TemporaryDirectory(prefix="warm-up-") as directory:
                trainer.train(parse_config(_SMALLEST), Silence(), Path(directory), None)
        except Exception:
            logger.exception("the rehearsal of a run failed")
        hush()  # for good: nobody else logs in this process


@contextlib.contextmanager
def importing() -> Iterator[None]:
    """Look for no garbage while libraries are imported, nor ever again among what they have made: it stays.

    To look through all of it again and again took a fifth of the time that a worker needs until it is warm.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
