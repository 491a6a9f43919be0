"""How fast curves, groups of them and pages of trials are answered: ``python -m tests.benchmarks.curves``.

A database with a study of 1,000 runs of 1,000 points and four metrics, one of 100 such runs, and one of 10,000 trials;
the API as a process of its own; clients that read bytes and no more. Cold: nothing of the answer is kept. Beside it,
with ``--mlflow``, what MLflow's own API says of the 100 runs, as its page asks for them.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import psutil

from experiments import own_process
from experiments.reporting import Report
from service.settings import Settings
from service.storage.db.database import open_database
from service.storage.migrations import migrate
from service.storage.store import Store
from service.study.definitions.definition import StudyDefinition
from service.study.definitions.submission import submission_of
from service.study.jobs import Placement
from service.study.ports import Outcome
from service.study.records import Study
from service.study.states import RunState
from service.tracking import server
from service.tracking.opening import tracking
from tests.benchmarks.analyses import filled
from tests.support.rows import waiting_run, waiting_trial

N_POINTS = 1000
OPTIMIZERS = ("sgd", "momentum", "nesterov", "adam", "adamw", "nadam", "lion", "rmsprop")
PACKED = {"Accept": "application/octet-stream"}
CURVES, GROUPS = "/api/v1/curves", "/api/v1/curves:aggregate"
DEFINITION: dict[str, Any] = {
    "experiment": "digits-mlp",
    "objective": "val_loss",
    "sampler": "random",
    "space": {"optimizer": {"choice": list(OPTIMIZERS)}},
    "training": {"epochs": N_POINTS},
    "max_trials": 1000,
}


def fill(store: Store, epoch: int, name: str, n_runs: int) -> Study:
    """A study whose runs have ended, each a noisy decay, written as the engine writes."""
    study = store.studies.create(submission_of(StudyDefinition.parse({**DEFINITION, "name": name})))[0]
    rng = np.random.default_rng(len(name))
    for number in range(n_runs):
        trial = waiting_trial(study, number, parameters={"optimizer": OPTIMIZERS[number % len(OPTIMIZERS)]})
        run = waiting_run(trial, planned_epochs=N_POINTS)
        loss = np.exp(-np.arange(N_POINTS) / rng.uniform(50, 400)) + 0.1 + 0.01 * rng.normal(size=N_POINTS)
        rows = [
            Report(
                110 * i,
                i + 1,
                1.7e9 + i,
                0.5 * i,
                {"val_loss": y, "train_loss": y / 2, "val_accuracy": 1 - y, "lr": 0.1},
            )
            for i, y in enumerate(loss.tolist())
        ]
        ended = Outcome(RunState.COMPLETED, "", rows[-1].metrics["val_loss"], dict(rows[-1].metrics))
        with store.transaction(epoch) as transaction:
            transaction.insert_trial(trial, [run])
            transaction.start_run(run.id, 1)
            transaction.assign_run(run.id, 1, Placement("worker-1"))
            transaction.append_points(run.id, 1, rows)
            transaction.end_run(run.id, 1, ended)
            transaction.end_trial(trial.id, ended, {})
    return study


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(command: Sequence[str], environment: Mapping[str, str], port: int, path: str) -> Iterator[psutil.Process]:
    """A server as a process, while it answers at the path."""
    process = subprocess.Popen([*command], env={**os.environ, **environment}, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 120
        while not _answers(port, path):
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("the server did not start")
            time.sleep(0.1)
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(30)


def _answers(port: int, path: str) -> bool:
    try:
        return Client(port).get(path) is not None
    except OSError:
        return False


class Client:
    """One connection, opened anew when it was left alone for long; answers are read and not looked at."""

    def __init__(self, port: int, **headers: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self._headers = headers

    def get(self, path: str, **query: Any) -> bytes:
        """The body of an answer."""
        return self._asked("GET", f"{path}?{urlencode(query, doseq=True)}", None)

    def post(self, path: str, body: Mapping[str, Any]) -> bytes:
        """The body of an answer to a document."""
        return self._asked("POST", path, json.dumps(body).encode())

    def _asked(self, method: str, path: str, body: bytes | None) -> bytes:
        headers = self._headers | ({"Content-Type": "application/json"} if body else {})
        try:
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
        except http.client.RemoteDisconnected:
            self._connection.close()
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
        read = answer.read()
        if answer.status != http.client.OK:
            raise SystemExit(f"{method} {path}: {answer.status} {read[:500]!r}")
        return read


def told(server_process: psutil.Process, words: str, ask: Callable[[int], bytes], repeats: int) -> None:
    """Print how long answers take one after the other, what of the server's CPU, and how large they are."""
    ask(repeats)  # loads what the process has not loaded yet
    took, size, before = [], 0, _cpu(server_process)
    for i in range(repeats):
        begun = time.perf_counter()
        size = len(ask(i))
        took.append(1000 * (time.perf_counter() - begun))
    _line(words, took, size, (_cpu(server_process) - before) / repeats)


def _cpu(process: psutil.Process) -> float:
    """Milliseconds of CPU so far, its children's included."""
    return sum(1000 * sum(each.cpu_times()[:2]) for each in (process, *process.children(recursive=True)))


def told_of_eight(
    server_process: psutil.Process, words: str, port: int, ask: Callable[[Client, int], bytes], repeats: int
) -> None:
    """The same of eight clients at once."""

    def client(place: int) -> tuple[list[float], int]:
        own, took, size = Client(port, **PACKED), [], 0
        for i in range(repeats):
            begun = time.perf_counter()
            size = len(ask(own, repeats * place + i))
            took.append(1000 * (time.perf_counter() - begun))
        return took, size

    ask(Client(port, **PACKED), 0)
    before = _cpu(server_process)
    with ThreadPoolExecutor(8) as clients:
        found = list(clients.map(client, range(8)))
    cpu = (_cpu(server_process) - before) / (8 * repeats)
    _line(words, [each for took, _ in found for each in took], found[0][1], cpu)


def _line(words: str, took: Sequence[float], size: int, cpu: float) -> None:
    median, late = np.quantile(took, [0.5, 0.95])
    times = "".join(f"{each:8.1f} ms" for each in (median, late, cpu))
    print(f"{words:<50}{times}{size / 1e6:8.2f} MB{os.getloadavg()[0]:6.1f}", flush=True)


def ours(process: psutil.Process, port: int, wide: Study, repeats: int) -> None:
    """Our own answers. ``max_runs`` differs from one to the next where nothing of them may be kept."""
    tell = partial(told, process)
    packed = Client(port, **PACKED)
    asked = {"metric": "val_loss", "x": "epoch"}

    def cold(study: str, client: Client = packed, **more: Any) -> Callable[[int], bytes]:
        return lambda i: client.get(CURVES, study=study, max_runs=9000 + i, **asked, **more)

    tell("curves, 100 runs × 1,000 points, cold", cold("hundred"), repeats)
    tell("curves, 1,000 runs × 1,000 points, cold", cold("thousand"), repeats)
    tell("the same with gzip", cold("thousand", Client(port, **PACKED, **{"Accept-Encoding": "gzip"})), repeats)
    tell(
        "the same over training time",
        lambda i: packed.get(CURVES, study="thousand", metric="val_loss", x="training_time", max_runs=9000 + i),
        repeats,
    )
    tell("the same as JSON", cold("thousand", Client(port)), 3)
    tell("1,000 runs within 100,000 points, cold", cold("thousand", max_points=100_000), repeats)
    tell("curves, 1,000 runs, kept", lambda _: packed.get(CURVES, study="thousand", **asked), repeats)
    cursor = json.loads(Client(port).get(CURVES, study="thousand", metric="val_loss", x="epoch", max_points=2000))[
        "cursor"
    ]
    tell(
        "what is new of 1,000 runs: nothing",
        lambda i: packed.get(CURVES, study="thousand", after=cursor, max_runs=9000 + i, **asked),
        repeats,
    )
    for study, words in (("hundred", "100"), ("thousand", "1,000")):
        told_of_eight(
            process,
            f"curves, {words} runs, eight clients, kept",
            port,
            lambda c, _, s=study: c.get(CURVES, study=s, **asked),
            repeats,
        )
        told_of_eight(
            process,
            f"curves, {words} runs, eight clients, cold",
            port,
            lambda c, i, s=study: c.get(CURVES, study=s, max_runs=1000 + i, **asked),
            3,
        )
    tell(
        "groups by optimizer of 1,000 runs, cold",
        lambda i: packed.get(
            GROUPS, study="thousand", metric="val_loss", group_by="optimizer", max_points=1000, max_groups=100 + i
        ),
        repeats,
    )
    tell(
        "groups by optimizer, median and quartiles, cold",
        lambda i: packed.get(
            GROUPS,
            study="thousand",
            metric="val_loss",
            group_by="optimizer",
            center="median",
            max_points=1000,
            max_groups=100 + i,
        ),
        repeats,
    )
    tell(
        "page of 100 of 10,000 trials",
        lambda i: packed.get(f"/api/v1/studies/{wide.name}/trials", limit=100 + i % 2),
        repeats,
    )


def mlflows(process: psutil.Process, port: int, experiment: str, repeats: int) -> None:
    """MLflow's answers about the 100 runs: a page of them, and what its chart asks for (320 points of each)."""
    tell = partial(told, process)
    client = Client(port)
    api = f"{server.PREFIX}/ajax-api/2.0/mlflow"
    page = {"experiment_ids": [experiment], "max_results": 100}
    tell("MLflow: page of its 100 runs", lambda _: client.post(f"{api}/runs/search", page), repeats)
    ids = [run["info"]["run_id"] for run in json.loads(client.post(f"{api}/runs/search", page))["runs"]]
    asked = {"run_ids": ids[:100], "metric_key": "val_loss", "max_results": 320}
    tell(
        "MLflow: 100 runs × 320 points",
        lambda _: client.get(f"{api}/metrics/get-history-bulk-interval", **asked),
        repeats,
    )
    every = {"run_id": ids[:100], "metric_key": "val_loss", "max_results": 100_000}
    tell(
        "MLflow: 100 runs × 1,000 points",
        lambda _: client.get(f"{server.PREFIX}/ajax-api/2.0/mlflow/metrics/get-history-bulk", **every),
        3,
    )


def main() -> None:
    """Fill, serve and ask."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--mlflow", action="store_true")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home), port=free_port(), mlflow_port=free_port())
        migrate(settings.database)
        database = open_database(settings.database)
        store = Store(database)
        epoch = store.leadership.lead("benchmark", 0.0)
        assert epoch is not None
        hundred = fill(store, epoch, "hundred", 100)
        print(f"{'':<50}{'median':>11}{'95 of 100':>11}{'its CPU':>11}{'body':>11}{'load':>6}")
        environment = {"STUDYHALL_HOME": home, "STUDYHALL_PORT": str(settings.port)}
        if wanted.mlflow:
            with served(
                server.command(settings, settings.mlflow_port),
                server.environment(),
                settings.mlflow_port,
                f"{server.PREFIX}/health",
            ) as process:
                with tracking(settings, database) as tracker:
                    tracker.drain()
                experiment = str(store.studies.get(hundred.id).mlflow_experiment_id)
                mlflows(process, settings.mlflow_port, experiment, wanted.repeats)
        fill(store, epoch, "thousand", 1000)
        wide = filled(store, settings.database, 10_000)
        with served(own_process.command("service.api"), environment, settings.port, "/healthz") as process:
            ours(process, settings.port, wide, wanted.repeats)


if __name__ == "__main__":
    main()
