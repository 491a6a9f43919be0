"""Population-based training against constant rates: ``python -m tests.benchmarks.population``.

For each seed two studies of MNIST-1D over one space: a population, and as many trials with constant values, which begin
with the same configurations and the same weights and train for as many epochs. Compared is the best of each by the
validation data, also on the test split, which chose nothing; the intervals are those of paired differences. What the
best member has trained is then trained once more, and must come to the same value.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from service.client.client import Studyhall
from service.settings import Settings
from service.supervisor.serving import serving

MEMBERS = 8


def definition(name: str, seed: int, epochs: int, sampler: Any) -> dict[str, Any]:
    """A study of MNIST-1D over the learning rate."""
    return {
        "name": f"{name}-{seed}",
        "experiment": {"data": "mnist1d", "model": "mlp"},
        "objective": "val_accuracy",
        "sampler": sampler,
        "space": {"optimizer": {"name": "momentum", "lr": {"log_uniform": [1e-3, 1.0]}}},
        "training": {"epochs": epochs, "batch_size": 128},
        "max_trials": MEMBERS,
        "max_concurrent_trials": 2,
        "artifacts": "best",
        "seed": seed,
    }


def main() -> int:
    """Say what both came to, seed by seed and together; 1 if something did not train to its value again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=12)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--interval", type=int, default=2)
    options = parser.parse_args()
    population = {"name": "pbt", "population": MEMBERS, "interval": options.interval}
    differences: dict[str, list[float]] = {"val_accuracy": [], "test_accuracy": []}
    n_same, began = 0, time.monotonic()
    with tempfile.TemporaryDirectory() as home, serving(Settings(home=Path(home), port=0), patience=300) as url:
        hall = Studyhall(url)
        for seed in range(options.seeds):
            came_to = {
                name: _best(hall, definition(name, seed, options.epochs, sampler))
                for name, sampler in (("population", population), ("constant", "random"))
            }
            again = _best(hall, hall.best(f"population-{seed}")["rerun"])
            n_same += again["val_accuracy"] == came_to["population"]["val_accuracy"]
            for metric, found in differences.items():
                found.append(came_to["population"][metric] - came_to["constant"][metric])
            print(seed, came_to, f"again {again['val_accuracy']}", f"{time.monotonic() - began:.0f} s", flush=True)
        hall.close()
    for metric, found in differences.items():
        print(_said(metric, found))
    print(f"trained to the same value again: {n_same} of {options.seeds}")
    return int(n_same < options.seeds)


def _best(hall: Studyhall, document: dict[str, Any]) -> dict[str, float]:
    """The best value of a study, and that trial on the test split."""
    study = hall.wait(hall.submit(document)["name"])
    return {"val_accuracy": study["best"]["value"], **study["test_result"]["metrics"]}


def _said(metric: str, differences: Sequence[float]) -> str:
    mean, n = float(np.mean(differences)), len(differences)
    if n < 2:
        return f"{metric}: population less constant {mean:+.4f}, one seed"
    low, high = stats.t.interval(0.95, n - 1, mean, stats.sem(differences))
    n_better = sum(each > 0 for each in differences)
    return f"{metric}: population less constant {mean:+.4f} ({low:+.4f} to {high:+.4f}), better in {n_better} of {n}"


if __name__ == "__main__":
    sys.exit(main())
