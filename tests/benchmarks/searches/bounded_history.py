"""Whether TPE loses anything by a bounded history: ``python -m tests.benchmarks.searches.bounded_history``.

The same searches with TPE's history bounded as it is by default, with all of it, and at random, over paired seeds and
three times as many trials as the bound; on Branin, on Hartmann-6, and on a recorded table of 62,208 cells. Regret is
how far the best found is from the best there is. Bounded is not inferior if the 95 % interval of its regret less that
of the whole history lies below a tenth of what TPE gains over random search.
"""

from __future__ import annotations

import argparse
import os
import statistics
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import numpy as np
from scipy import stats

from service.engine.sampling.samplers import GOOD
from service.study.definitions.samplers import TPESampler
from tests.benchmarks.searches import functions, recorded_tables

BOUND = GOOD + TPESampler().history
ARMS: Mapping[str, Any] = {"bounded": "tpe", "whole": {"name": "tpe", "history": 10_000}, "random": "random"}
TABLE = "protein_structure"
"""A table of no more cells than a search has trials would be won by whoever repeats nothing; and if its numbers were
continuous, TPE would draw most of its trials within the few cells that are best so far, whatever its history."""


def regret(problem: str, sampler: Any, n_trials: int, seed: int) -> float:
    """Of a search, on a function or on the table."""
    if problem in functions.FUNCTIONS:
        return functions.regret(problem, sampler, n_trials, seed)
    return recorded_tables.regret(problem, sampler, n_trials, seed, stepped=True)


def main() -> None:
    """Search in as many processes as there are CPUs, and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=30)
    parser.add_argument("--problems", nargs="+", default=[*functions.FUNCTIONS, TABLE])
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    options = parser.parse_args()
    with ProcessPoolExecutor(options.processes, get_context("spawn")) as pool:
        for problem in options.problems:
            regrets = {}
            for arm, sampler in ARMS.items():
                jobs = [(problem, sampler, 3 * BOUND, seed) for seed in range(options.seeds)]
                regrets[arm] = list(pool.map(regret, *zip(*jobs, strict=True)))
            _say(problem, regrets)


def _say(problem: str, regrets: Mapping[str, list[float]]) -> None:
    means = {arm: statistics.fmean(values) for arm, values in regrets.items()}
    differences = np.subtract(regrets["bounded"], regrets["whole"])
    low, high = stats.t.interval(0.95, len(differences) - 1, differences.mean(), stats.sem(differences))
    tenth = (means["random"] - means["whole"]) / 10
    print(f"{problem}: mean regret {', '.join(f'{arm} {mean:.3g}' for arm, mean in means.items())}")
    verdict = "not inferior" if high < tenth else "open"
    print(f"  bounded less whole: {low:.2g} to {high:.2g}; a tenth of TPE's gain: {tenth:.2g}; {verdict}", flush=True)


if __name__ == "__main__":
    main()
