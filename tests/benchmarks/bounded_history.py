"""Whether TPE loses anything by a bounded history: ``python -m tests.benchmarks.bounded_history``.

The same searches with TPE's history bounded as it is by default, with all of it, and at random, over paired seeds and
three times as many trials as the bound; on Branin, on Hartmann-6, and on a table of a perceptron's losses on digits,
recorded first. Regret is how far the best found is from the best there is. Bounded is not inferior if the 95 %
interval of its regret less that of the whole history lies below a tenth of what TPE gains over random search.
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from experiments.parsing import parse_config
from experiments.reporting import Silence
from experiments.train import train
from service.engine.sampling.samplers import GOOD
from service.engine.sampling.search import Search
from service.study.definitions.definition import StudyDefinition
from service.study.definitions.samplers import TPESampler
from service.study.states import RunState

BOUND = GOOD + TPESampler().history
ARMS: Mapping[str, Any] = {"bounded": "tpe", "whole": {"name": "tpe", "history": 10_000}, "random": "random"}
LOW, HIGH = 0.01, 0.99
"""Ends of every range here; what is measured takes numbers from 0 to 1."""
FIELDS = ("lr", "weight_decay", "beta1", "beta2", "eps", "layer_decay")
"""An optimizer has them all, so TPE models them together."""
RATES, DECAYS, BETAS = np.geomspace(1e-4, 0.3, 12), np.geomspace(1e-5, 1.0, 6), np.linspace(0.5, 0.99, 6)
Function = Callable[[Sequence[float]], float]


def branin(point: Sequence[float]) -> float:
    """Branin's function (Dixon & Szegö, 1978), less its minimum."""
    x, y = 15 * point[0] - 5, 15 * point[1]
    bowl = (y - 5.1 / (4 * math.pi**2) * x**2 + 5 / math.pi * x - 6) ** 2
    return bowl + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10 - 0.397887


def hartmann(point: Sequence[float]) -> float:
    """Hartmann's function of six numbers (Dixon & Szegö, 1978), less its minimum."""
    alpha = np.array([1.0, 1.2, 3.0, 3.2])
    a = np.array(
        [[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]]
    )
    p = 1e-4 * np.array(
        [
            [1312, 1696, 5569, 124, 8283, 5886],
            [2329, 4135, 8307, 3736, 1004, 9991],
            [2348, 1451, 3522, 2883, 3047, 6650],
            [4047, 8828, 8732, 5743, 1091, 381],
        ]
    )
    return float(3.32237 - alpha @ np.exp(-(a * (np.array(point) - p) ** 2).sum(axis=1)))


def recorded(point: Sequence[float]) -> float:
    """The loss of the nearest recorded configuration, less the best of all."""
    table = _table()
    nearest = tuple(min(int(value * n), n - 1) for value, n in zip(point, table.shape, strict=True))
    return float(table[nearest] - table.min())


@cache
def _table() -> np.ndarray[Any, Any]:
    return np.load(os.environ["DIGITS_TABLE"])


FUNCTIONS: Mapping[str, tuple[Function, int]] = {
    "Branin": (branin, 2),
    "Hartmann-6": (hartmann, 6),
    "digits": (recorded, 3),
}


def record(path: Path) -> None:
    """Train a perceptron for two epochs at each point of a grid of rate, decay and momentum; keep its losses."""
    grid = (RATES, DECAYS, BETAS)
    losses = [_loss(*map(float, point)) for point in product(*grid)]
    np.save(path, np.array(losses).reshape([len(axis) for axis in grid]))


def _loss(rate: float, decay: float, beta: float) -> float:
    document = {
        "data": {"name": "digits"},
        "model": {"name": "mlp", "hidden": [32]},
        "optimizer": {"name": "adamw", "lr": rate, "weight_decay": decay, "beta1": beta},
        "training": {"epochs": 2},
        "monitor": {"metric": "val_loss", "direction": "minimize", "reduce": "last"},
        "seed": 3,
    }
    with tempfile.TemporaryDirectory() as directory:
        return train(parse_config(document), Silence(), Path(directory), None).metrics["val_loss"]


def regret(function: str, sampler: Any, n_trials: int, seed: int) -> float:
    """How far the best of a search is from the best there is."""
    measured, n_fields = FUNCTIONS[function]
    ranges = {field: {"uniform": [LOW, HIGH]} for field in FIELDS[:n_fields]}
    definition = StudyDefinition.parse(
        {
            "name": "history",
            "experiment": "digits-mlp",
            "objective": "val_loss",
            "sampler": sampler,
            "space": {"optimizer": {"name": "adamw", **ranges}},
            "max_trials": n_trials,
            "seed": seed,
        }
    )
    search, best = Search(definition), math.inf
    for number in range(n_trials):
        parameters = search.ask(number).parameters
        point = [(parameters[f"optimizer.adamw.{field}"] - LOW) / (HIGH - LOW) for field in FIELDS[:n_fields]]
        value = measured(point)
        search.tell(number, RunState.COMPLETED, value, None)
        best = min(best, value)
    return best


def main() -> None:
    """Search in as many processes as there are CPUs, and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=30)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        os.environ["DIGITS_TABLE"] = str(Path(place) / "digits.npy")
        record(Path(os.environ["DIGITS_TABLE"]))
        with ProcessPoolExecutor(options.processes, get_context("spawn")) as pool:
            for function in FUNCTIONS:
                regrets = {}
                for arm, sampler in ARMS.items():
                    jobs = [(function, sampler, 3 * BOUND, seed) for seed in range(options.seeds)]
                    regrets[arm] = list(pool.map(regret, *zip(*jobs, strict=True)))
                _say(function, regrets)


def _say(function: str, regrets: Mapping[str, list[float]]) -> None:
    means = {arm: statistics.fmean(values) for arm, values in regrets.items()}
    differences = np.subtract(regrets["bounded"], regrets["whole"])
    low, high = stats.t.interval(0.95, len(differences) - 1, differences.mean(), stats.sem(differences))
    tenth = (means["random"] - means["whole"]) / 10
    print(f"{function}: mean regret {', '.join(f'{arm} {mean:.3g}' for arm, mean in means.items())}")
    verdict = "not inferior" if high < tenth else "open"
    print(f"  bounded less whole: {low:.2g} to {high:.2g}; a tenth of TPE's gain: {tenth:.2g}; {verdict}", flush=True)


if __name__ == "__main__":
    main()
