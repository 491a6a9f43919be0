"""Which samplers beat random search on known functions: ``python -m tests.benchmarks.searches.known_functions``.

Searches with the same seeds on Branin and on Hartmann-6, one trial at a time. Regret is how far the best found is from
the best there is. A sampler beats random search if the 95 % interval of its regret less that of random search, paired
by seed, lies below zero.
"""

from __future__ import annotations

import argparse
import os
import statistics
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
from scipy import stats

from tests.benchmarks.searches.functions import regret

SAMPLERS = ("random", "qmc", "tpe", "gp", "cmaes", "auto")


def main() -> None:
    """Search in as many processes as there are CPUs, and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--trials", type=int, default=60)
    parser.add_argument("--samplers", nargs="+", default=[*SAMPLERS])
    options = parser.parse_args()
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn"), one_thread) as pool:
        for function in ("Branin", "Hartmann-6"):
            regrets = {}
            for sampler in ["random", *(name for name in options.samplers if name != "random")]:
                jobs = [(function, sampler, options.trials, seed) for seed in range(options.seeds)]
                regrets[sampler] = list(pool.map(regret, *zip(*jobs, strict=True)))
                _say(function, sampler, regrets)


def one_thread() -> None:
    """Processes on the same cores wait for each other's threads otherwise."""
    import torch

    torch.set_num_threads(1)


def _say(function: str, sampler: str, regrets: Mapping[str, list[float]]) -> None:
    found = f"{function}: {sampler} comes to {statistics.fmean(regrets[sampler]):.3g}"
    if sampler == "random":
        print(found, flush=True)
        return
    differences = np.subtract(regrets[sampler], regrets["random"])
    low, high = stats.t.interval(0.95, len(differences) - 1, differences.mean(), stats.sem(differences))
    verdict = "better than random" if high < 0 else "not shown to be better"
    print(f"{found}; less random {low:.3g} to {high:.3g}: {verdict}", flush=True)


if __name__ == "__main__":
    main()
