"""The same configurations with no service at all, in bare processes: the time below which nothing can go."""

from __future__ import annotations

import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil

from experiments.parsing import parse_config
from experiments.reporting import Silence


def warm(_: int) -> None:
    """Import what training needs."""
    import torch

    import experiments.train  # noqa: F401

    torch.set_num_threads(1)


def train_one(document: dict[str, Any]) -> float:
    """The last validation loss of one run."""
    from experiments.train import train

    with TemporaryDirectory() as directory:
        result = train(parse_config(document), Silence(), Path(directory))
    return result.metrics["val_loss"]


def run(configs: list[dict[str, Any]], n_processes: int = 2) -> dict[str, Any]:
    """Wall and CPU seconds, and the losses in the order of the configurations."""
    with ProcessPoolExecutor(n_processes, mp_context=get_context("spawn")) as pool:
        list(pool.map(warm, range(4 * n_processes)))
        cpu, start = sum(psutil.cpu_times()[:3]), time.perf_counter()
        losses = list(pool.map(train_one, configs))
        return {
            "wall": time.perf_counter() - start,
            "cpu": sum(psutil.cpu_times()[:3]) - cpu,
            "losses": losses,
            "n_trials": len(losses),
        }
