"""Trials per minute of Studyhall against ray.tune, both sides in one run: `make bench`.

The trial is the digits MLP (64-64-10, batch 64). Random search runs the *same* configurations on both sides, and their
losses must agree to 1e-4; TPE runs equal counts. The clock runs from submit until MLflow is drained. Both sides train
with ``experiments.train.train``, on two workers, and log the same curves and the config of every run to SQLite.
Bare time is the same configurations in two processes with no service at all. ray.tune starts its actors within the
study and Studyhall before it, so the last column leaves the time to ray.tune's first result out.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
import psutil
from rich.console import Console
from rich.table import Table

from service.client.client import Studyhall
from service.settings import Settings
from service.supervisor.serving import serving
from tests.benchmarks.throughput import bare_side

TOLERANCE = 1e-4
SPACE = {
    "optimizer": {
        "name": "adamw",
        "lr": {"log_uniform": [1e-4, 1e-1]},
        "weight_decay": {"log_uniform": [1e-5, 1e-1]},
    },
    "regularizers": {"dropout": {"p": {"uniform": [0.0, 0.5]}}},
}
Row = dict[str, Any]


def definition(name: str, sampler: str, n_trials: int, epochs: int) -> dict[str, Any]:
    """The study of one comparison."""
    return {
        "name": name,
        "experiment": "digits-mlp",
        "objective": {"metric": "val_loss", "reduce": "last"},
        "sampler": sampler,
        "space": SPACE,
        "training": {"epochs": epochs, "batch_size": 64},
        "max_trials": n_trials,
        "max_concurrent_trials": 2,
        "artifacts": "none",
        "seed": 7,
    }


def ours(hall: Studyhall, study: dict[str, Any]) -> tuple[Row, list[dict[str, Any]]]:
    """One study on the warm service, and the configurations it ran."""
    cpu, start = _cpu(), time.perf_counter()
    hall.submit(study)
    hall.wait(study["name"])
    while hall.readiness()["mlflow_pending"]:
        time.sleep(0.02)
    wall, used = time.perf_counter() - start, _cpu() - cpu
    trials = hall.trials(study["name"])
    runs = [hall.trial(study["name"], trial["number"]) for trial in trials]
    configs = [{**each["config"], "seed": each["runs"][0]["seed"]} for each in runs]
    return {"wall": wall, "cpu": used, "losses": [t["value"] for t in trials], "n_trials": len(trials)}, configs


def theirs(
    configs: list[dict[str, Any]], base: dict[str, Any], n_trials: int, *, reuse: bool, mlflow: bool = True
) -> Row:
    """The same under ray.tune, in a process of its own."""
    with tempfile.TemporaryDirectory() as place:
        request = Path(place) / "request.json"
        document = {"configs": configs, "base": base, "n_trials": n_trials, "reuse_actors": reuse}
        request.write_text(json.dumps(document))
        command = [sys.executable, "-m", "tests.benchmarks.throughput.tune_side", str(request)]
        with (Path(place) / "log").open("wb") as log:
            environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
            subprocess.run(command, check=True, stdout=log, stderr=log, cwd=place, env=environment)
        return dict(json.loads(request.with_suffix(".answer.json").read_text()))


class Bench:
    """Measures side after side, and says each as soon as it is known."""

    def __init__(self, hall: Studyhall, console: Console) -> None:
        self._hall = hall
        self._console = console
        self.rows: list[tuple[str, Row]] = []

    def same_configurations(self, n_trials: int, epochs: int, n_default: int = 0) -> None:
        """Random search, with the same configurations on every side."""
        label = f"{n_trials} trials of {epochs} epochs, random"
        row, configs = ours(self._hall, definition(f"random-{epochs}", "random", n_trials, epochs))
        self._add(f"{label}: Studyhall", row)
        others = {
            "bare processes": bare_side.run(configs),
            "ray.tune, reuse_actors": theirs(configs, configs[0], n_trials, reuse=True),
        }
        for name, other in others.items():
            self._add(f"{label}: {name}", other)
            self._agree(name, row["losses"], other["losses"])
        if n_default:
            default = theirs(configs[:n_default], configs[0], n_default, reuse=False)
            self._add(f"{n_default} of them: ray.tune, default", default)

    def equal_counts(self, n_trials: int, epochs: int) -> None:
        """TPE on both sides."""
        label = f"{n_trials} trials of {epochs} epochs, TPE"
        row, configs = ours(self._hall, definition(f"tpe-{epochs}", "tpe", n_trials, epochs))
        self._add(f"{label}: Studyhall", row)
        self._add(f"{label}: ray.tune, reuse_actors", theirs([], configs[0], n_trials, reuse=True))

    def _add(self, name: str, row: Row) -> None:
        self.rows.append((name, row))
        self._console.print(f"{name}: {row['n_trials']} trials in {row['wall']:.1f} s")

    def _agree(self, name: str, ours: list[float], theirs: list[float]) -> None:
        apart = max(abs(x - y) for x, y in zip(sorted(ours), sorted(theirs), strict=True))
        self._console.print(f"  {name}: {len(theirs)} losses, at most {apart:.1e} apart")
        if apart > TOLERANCE:
            raise SystemExit(f"{name}: losses {apart} apart, more than {TOLERANCE}: the sides do not do the same work")


def _cpu() -> float:
    """CPU seconds of the whole machine: user, nice and system."""
    return float(sum(psutil.cpu_times()[:3]))


def table(rows: list[tuple[str, Row]]) -> Table:
    """What was measured, a line a side."""
    shown = Table("", "wall s", "CPU s", "trials/min", "without start-up", box=None)
    for name, row in rows:
        rates = (60 * row["n_trials"] / seconds for seconds in (row["wall"], row["wall"] - row.get("start_up", 0.0)))
        shown.add_row(name, f"{row['wall']:.1f}", f"{row['cpu']:.1f}", *(f"{rate:.0f}" for rate in rates))
    return shown


def main() -> None:
    """Measure, print, and keep the figures as JSON if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    console = Console(width=120)
    with (
        tempfile.TemporaryDirectory() as home,
        serving(Settings(home=Path(home), port=0)) as url,
        Studyhall(url) as hall,
    ):
        console.print(f"workers warm {warm_workers(hall):.1f} s after the service was ready")
        seconds = [latency(hall, index) for index in range(5)]
        console.print(f"first point readable after {sorted(seconds)[2]:.2f} s (median of 5)")
        bench = Bench(hall, console)
        bench.same_configurations(options.trials, 5, n_default=options.trials // 10)
        bench.equal_counts(options.trials, 5)
        bench.same_configurations(options.trials // 5, 15)
        bench.same_configurations(options.trials // 20, 50)
    console.print(table(bench.rows))
    if options.json:
        options.json.write_text(json.dumps({"first_point": seconds, "rows": bench.rows}, indent=1))


def warm_workers(hall: Studyhall) -> float:
    """Wait until all are idle; returns the seconds that it took."""
    start = time.perf_counter()
    while not (workers := hall.workers()) or any(worker["state"] != "idle" for worker in workers):
        time.sleep(0.05)
    return time.perf_counter() - start


def latency(hall: Studyhall, index: int) -> float:
    """Seconds from POST /studies to the first curve point that is readable over REST, on warm workers."""
    study = definition(f"latency-{index}", "random", 1, 5)
    start = time.perf_counter()
    hall.submit(study)
    query = {"study": study["name"], "metric": "val_loss"}
    with httpx.Client(base_url=hall.url) as http:
        while not any(series["y"] for series in http.get("/api/v1/curves", params=query).json()["series"]):
            time.sleep(0.005)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
