"""What an ask and its tell cost as trials add up: ``python -m tests.benchmarks.sampler_cost``, part of `make bench`.

Each sampler over six numbers, with as many finished trials; TPE over all optimizers and schedules too. The past is
drawn at random and taken in as rows, but for CMA-ES, whose generations follow each other. CPU time of this process, the
median of some asks.
"""

from __future__ import annotations

import argparse
import math
import random
import statistics
import sys
import time
from collections.abc import Sequence
from typing import Any

from service.engine.sampling.knowledge import Result
from service.engine.sampling.search import Search
from service.study.definitions.definition import StudyDefinition
from service.study.states import RunState
from tests.support.rows import told_trial

FIELDS = ("lr", "weight_decay", "beta1", "beta2", "eps", "layer_decay")
NUMBERS = {"optimizer": {"name": "adamw", **{field: {"uniform": [0.01, 0.99]} for field in FIELDS}}}
POINTS = {"optimizer": {"name": "adamw", **{field: {"uniform": [0.01, 0.99], "points": 5} for field in FIELDS}}}
WIDE = {"use": ["optimizers", "schedules"]}
ASKS = 15
MOST_GROWTH = {"random": 1.5, "grid": 1.5}
"""How many times the cost at first the cost with the most trials may be."""
CASES: Sequence[tuple[str, dict[str, Any], Sequence[int]]] = (
    ("random", NUMBERS, (100, 10_000)),
    ("grid", POINTS, (100, 10_000)),
    ("qmc", NUMBERS, (100, 10_000)),
    ("tpe", NUMBERS, (100, 10_000)),
    ("tpe", WIDE, (100, 10_000)),
    ("gp", NUMBERS, (100, 400)),
    ("cmaes", NUMBERS, (100, 10_000)),
)


def main() -> int:
    """Print a line for each sampler; 1 if one costs more than is promised."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samplers", nargs="+", default=[*{sampler: None for sampler, *_ in CASES}])
    chosen, exceeded = parser.parse_args(), False
    for sampler, space, sizes in CASES:
        if sampler not in chosen.samplers:
            continue
        costs = [_cost(sampler, space, size) for size in sizes]
        of = "over optimizers and schedules" if space is WIDE else "over six numbers"
        listed = ", ".join(f"{size:,} trials: {1000 * cost:.2f} ms" for size, cost in zip(sizes, costs, strict=True))
        print(f"{sampler} {of}: {listed}; × {costs[-1] / costs[0]:.2f}", flush=True)
        exceeded |= costs[-1] > MOST_GROWTH.get(sampler, math.inf) * costs[0]
    return int(exceeded)


def _definition(sampler: str, space: dict[str, Any]) -> StudyDefinition:
    document = {"name": "cost", "experiment": "digits-mlp", "objective": "val_loss", "sampler": sampler, "space": space}
    limit = {} if sampler == "grid" else {"max_trials": 20_000}
    return StudyDefinition.parse({**document, **limit, "seed": 5})


def _cost(sampler: str, space: dict[str, Any], size: int) -> float:
    """CPU seconds of an ask with this many finished trials, and of its tell."""
    search, values = Search(_definition(sampler, space)), random.Random(7)
    if sampler in {"cmaes", "grid"}:
        for number in range(size):
            search.ask(number)
            search.tell(number, Result(RunState.COMPLETED, values.random(), None))
    else:
        drawn = Search(_definition("random", space))
        search.rebuild([told_trial(number, drawn.ask(number), value=values.random()) for number in range(size)], {})
    seconds = []
    for number in range(size, size + ASKS):
        begun = time.process_time()
        search.ask(number)
        search.tell(number, Result(RunState.COMPLETED, values.random(), None))
        seconds.append(time.process_time() - begun)
    return statistics.median(seconds)


if __name__ == "__main__":
    sys.exit(main())
