"""What kills cost: ``python -m tests.benchmarks.kills [engine | ray | storm]``, all three by default.

``engine``: the engine is killed while two runs of a minute train. ``ray``: its two servers are killed in turns, and the
clock runs until a trial is complete that was trained after. ``storm``: thirty kills of any process, half a second to
six seconds apart, over a study that was run undisturbed before; both must come to the same, and MLflow must agree.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import psutil
from mlflow import MlflowClient

from service.client.client import Studyhall
from service.errors import Unavailable
from service.settings import Settings
from service.supervisor.serving import serving
from tests.support.real_service import RealService, until
from tests.support.tracking import contents

PARTS = ("api", "engine", "tracking", "mlflow", "gcs_server", "raylet", "worker")
SERVERS = ("raylet", "gcs_server")
"""Of Ray."""
ALLOWED_RAY, ALLOWED_OTHER = 15.0, 6.0
"""Seconds that a kill of a server of Ray may cost, and one of a worker or the engine."""
PATIENCE = 300.0


def definition(name: str, n_trials: int, epochs: int, **changes: Any) -> dict[str, Any]:
    """A study on real data whose trials are as long as they are told to be."""
    return {
        "name": name,
        "experiment": "digits-mlp",
        "objective": "val_loss",
        "sampler": "random",
        "space": {"use": "four-families"},
        "training": {"epochs": epochs},
        "max_trials": n_trials,
        "max_failures": {"share": 1.0},
        "artifacts": "none",
        "seed": 11,
    } | changes


def process_of(service: RealService, name: str) -> psutil.Process | None:
    """A process to kill: a part of the service, a server of Ray, or a worker of those that there are."""
    if name in SERVERS:
        return next((each for each in service.processes() if each.name() == name), None)
    if name == "worker":
        pids = [worker["pid"] for worker in service.hall.workers() if worker["pid"]]
        return psutil.Process(random.choice(pids)) if pids else None
    return service.part(name)


def kill(service: RealService, name: str) -> bool:
    """Kill it; whether there was one."""
    try:
        process = process_of(service, name)
        if process is not None:
            process.kill()
    except (psutil.Error, ValueError, Unavailable):  # it is just being started again
        return False
    return process is not None


def runs_of(service: RealService, study: str) -> list[dict[str, Any]]:
    """Every run of a study, by number of its trial."""
    ids = [run_id for trial in service.hall.trials(study) for run_id in trial["run_ids"]]
    return [httpx.get(f"{service.hall.url}/api/v1/runs/{run_id}").json() for run_id in ids]


def steps_of(service: RealService, study: str) -> Counter[int]:
    """How many points each trial's curve has."""
    return Counter(service.hall.curves(study, "val_loss")["trial"].tolist())


def n_complete(service: RealService, study: str) -> int:
    """How many of a study's trials are complete; nobody may answer just now."""
    try:
        return int(service.hall.study(study)["counts"]["COMPLETED"])
    except (Unavailable, httpx.HTTPError):
        return 0


def engine_killed(service: RealService, epochs: int = 1000) -> None:
    """Two runs of a minute, and a short study that is submitted just after the kill; a third worker is warm for it."""
    service.hall.submit(definition("long", 2, epochs, max_concurrent_trials=2))
    service.hall.submit(definition("warm", 1, 1))
    service.hall.wait("warm")
    before = {worker["id"]: worker["pid"] for worker in service.hall.workers()}
    waits, dispatches = [], []
    for index in range(5):
        start, killed = time.perf_counter(), time.time()
        service.part("engine").kill()
        service.hall.submit(definition(f"short-{index}", 1, 1))
        until(lambda index=index: n_complete(service, f"short-{index}"), PATIENCE)
        waits.append(time.perf_counter() - start)
        (run,) = runs_of(service, f"short-{index}")
        dispatches.append(datetime.fromisoformat(run["started_at"]).timestamp() - killed)
        time.sleep(3.0)
    service.hall.wait("long")
    kept = [worker["id"] for worker in service.hall.workers() if before.get(worker["id"]) == worker["pid"]]
    attempts = [run["attempt"] for run in runs_of(service, "long")]
    print(f"engine killed 5 times: a study submitted then was dispatched after {_figures(dispatches)}")
    print(f"  its one epoch was complete after {_figures(waits)}")
    print(f"  {len(kept)} of {len(before)} workers outlived it; attempts of the long runs: {attempts}")
    print(f"  points of their curves: {sorted(steps_of(service, 'long').values())} of {epochs}")


def ray_killed(service: RealService) -> None:
    """Each server five times; the next kill waits until training goes on."""
    service.hall.submit(definition("ray", 100_000, 8, max_concurrent_trials=2))
    until(lambda: n_complete(service, "ray") > 5, PATIENCE)
    for name in SERVERS:
        waits = []
        for _ in range(5):
            engine = service.part("engine").pid
            start = time.perf_counter()
            kill(service, name)
            until(lambda engine=engine: _pid_of(service, "engine") not in {None, engine}, PATIENCE)
            done = n_complete(service, "ray")
            until(lambda done=done: n_complete(service, "ray") > done, PATIENCE)
            waits.append(time.perf_counter() - start)
            time.sleep(3.0)
        print(f"{name} killed 5 times: a trial complete again after {_figures(waits)}")
    service.hall.stop("ray", wait=30, running="checkpoint")
    attempts = Counter(run["attempt"] for run in runs_of(service, "ray"))
    print(f"  attempts of the runs: {dict(attempts)}")


def storm(service: RealService, n_trials: int = 250, n_kills: int = 30) -> None:
    """The same study undisturbed and under kills."""
    start = time.perf_counter()
    service.hall.submit(definition("calm", n_trials, 8, max_concurrent_trials=2))
    service.hall.wait("calm")
    calm = time.perf_counter() - start
    chance = random.Random(5)
    victims = chance.sample(PARTS * 5, n_kills)
    service.hall.submit(definition("storm", n_trials, 8, max_concurrent_trials=2))
    start, kills = time.perf_counter(), Counter[str]()
    while victims and n_complete(service, "storm") < n_trials:
        time.sleep(chance.uniform(0.5, 6.0))
        # One that is just being started again has its turn later: workers are, for most of the time.
        if killed := next((name for name in dict.fromkeys(victims) if kill(service, name)), None):
            victims.remove(killed)
            kills[killed] += 1
    until(lambda: n_complete(service, "storm") == n_trials, 4 * PATIENCE)
    took = time.perf_counter() - start
    ray, other = sum(kills[name] for name in SERVERS), kills["worker"] + kills["engine"]
    allowed = calm + ray * ALLOWED_RAY + other * ALLOWED_OTHER
    print(f"{sum(kills.values())} kills {dict(kills)}: {took:.0f} s, undisturbed {calm:.0f} s, allowed {allowed:.0f} s")
    values = [[trial["value"] for trial in service.hall.trials(study)] for study in ("calm", "storm")]
    curves = [steps_of(service, study) for study in ("calm", "storm")]
    print(f"  equal values: {values[0] == values[1]}; equal curves: {curves[0] == curves[1]}")
    print(f"  attempts: {dict(Counter(run['attempt'] for run in runs_of(service, 'storm')))}")
    until(lambda: not service.hall.readiness()["mlflow_pending"], PATIENCE)
    shown = contents(MlflowClient(tracking_uri=service.settings.mlflow_database))
    points = [
        sorted(sum(len(each) for each in run["points"].values()) for run in runs.values())
        for study in ("calm", "storm")
        for name, runs in shown.items()
        if name.startswith(study)
    ]
    print(f"  MLflow: {[len(each) for each in points]} runs, equal numbers of points: {points[0] == points[1]}")


def _pid_of(service: RealService, part: str) -> int | None:
    try:
        return int(service.part(part).pid)
    except (ValueError, psutil.Error):
        return None


def _figures(seconds: list[float]) -> str:
    each = ", ".join(f"{value:.1f}" for value in seconds)
    return f"{statistics.median(seconds):.1f} s (median of {each})"


def main() -> None:
    """Serve, and measure what was asked for."""
    measures = {"engine": engine_killed, "ray": ray_killed, "storm": storm}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="?", choices=measures)
    only = parser.parse_args().only
    for name in [only] if only else measures:
        with tempfile.TemporaryDirectory() as home:
            settings = Settings(home=Path(home), port=0, workers=3 if name == "engine" else 0)
            with serving(settings) as url, Studyhall(url) as hall:
                service = RealService(settings, hall)
                until(
                    lambda hall=hall: hall.workers() and all(each["state"] == "idle" for each in hall.workers()),
                    PATIENCE,
                )
                measures[name](service)


if __name__ == "__main__":
    main()
