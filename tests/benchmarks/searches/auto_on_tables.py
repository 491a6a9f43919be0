"""Whether `auto` chooses well: ``python -m tests.benchmarks.searches.auto_on_tables``.

Searches over the twelve tables of `recorded_tables`. `auto` chooses well if its mean normalized regret, over all tables
and seeds, lies at most .02 above that of the better of TPE and GP, with 95 % confidence.

A search of GP takes some ten seconds, all of them an hour or more. So each search that has ended stands in a file, and
what is started again goes on from there. Delete the file when samplers change.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from tests.benchmarks.searches.known_functions import one_thread
from tests.benchmarks.searches.recorded_tables import definition, regret, tables

OTHERS = ("tpe", "gp")
SAMPLERS = ("random", *OTHERS, "auto")
RESULTS = Path("build/auto_on_tables.jsonl")
MOST = 0.02
"""By how much the mean regret of `auto` may exceed that of the better of the others."""


@dataclass(frozen=True)
class Job:
    """A search over a table. Two of equal jobs come to the same."""

    table: str
    sampler: str
    """With its settings, as JSON; that of `auto` is the one that it chose."""
    n_trials: int
    seed: int


def searched_for(job: Job) -> float:
    """The regret that its search comes to."""
    return regret(job.table, json.loads(job.sampler), job.n_trials, job.seed)


def searched(jobs: Sequence[Job], kept: Path, n_processes: int) -> Iterator[tuple[Job, float]]:
    """What each comes to: those in the file first, then the others as they end."""
    known = _read(kept)
    yield from ((job, known[job]) for job in jobs if job in known)
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"  # read where NumPy is imported
    with ProcessPoolExecutor(n_processes, get_context("spawn"), one_thread) as pool, kept.open("a") as lines:
        asked = {pool.submit(searched_for, job): job for job in dict.fromkeys(jobs) if job not in known}
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
