"""How many trials of one step real workers train a second: ``python -m tests.benchmarks.throughput.ray_rate``.

The whole service, two warm workers of Ray, Lightning training an MLP for one step of all its examples, validation
included: 4.3 ms of arithmetic with digits, 1.1 with wine, a step of which is as large as a usual batch. What is left is
what a trial costs beside its training. The clock runs from submit until the last trial is durable, and on until MLflow
has all of them; that, which is asked for, to half a second.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from service.client.client import Studyhall
from service.settings import Settings
from service.supervisor.serving import serving
from tests.benchmarks.throughput.trials_per_minute import definition, warm_workers

RATE = 90.0
"""Durable trials a second, at least."""
WHOLE = 1_000_000
"""More examples than there are, so that an epoch is one step."""
DATA = "digits", "wine"


def main() -> None:
    """Measure one study after another on the same workers, and print both rates of each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=1_000)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as home,
        serving(Settings(home=Path(home), port=0)) as url,
        Studyhall(url) as hall,
    ):
        warm_workers(hall)
        for index, data in itertools.product(range(options.repeats), DATA):
            durable, complete = _seconds(hall, f"one-step-{data}-{index}", data, options.trials)
            print(
                f"{data}: {options.trials / durable:.0f} durable trials a second (at least {RATE:.0f} are meant),"
                f" {options.trials / complete:.0f} until MLflow has them",
                flush=True,
            )


def _seconds(hall: Studyhall, name: str, data: str, n_trials: int) -> tuple[float, float]:
    """From submit until all trials are durable, and until all are in MLflow."""
    one_step = {"epochs": 1, "batch_size": WHOLE}
    experiment = {"data": {"name": data}, "model": {"name": "mlp"}}
    study = definition(name, "random", n_trials, 1) | {"experiment": experiment, "training": one_step}
    start = datetime.now(UTC)
    hall.submit(study)
    ended = datetime.fromisoformat(hall.wait(name)["ended_at"])  # asked seldom: each answer takes from what is measured
    while hall.readiness()["mlflow_pending"]:
        time.sleep(0.02)
    return (ended - start).total_seconds(), (datetime.now(UTC) - start).total_seconds()


if __name__ == "__main__":
    main()
