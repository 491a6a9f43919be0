"""What the engine itself can do: ``python -m tests.benchmarks.engine_rate``, part of `make bench`.

Training is scripted (two epochs, no torch), so what is measured is the engine and the database: durable trials a second
of a random search at trial 500 and at trial 10,000, and how long TPE takes to answer over ``use: [optimizers,
schedules]`` with 1,000, 5,000 and 10,000 finished trials, while another study is served; and how much later that
one's runs are dispatched beside a study of the Gaussian process with 400 finished trials.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import math
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from optuna.distributions import distribution_to_json
from rich.console import Console

from search_spaces.chance import Chance
from search_spaces.distributions import distribution_of
from search_spaces.sampling import draw
from search_spaces.space import SearchSpace
from service.engine.engine import Engine
from service.engine.sampling.proposals import Question
from service.engine.sampling.sampler_processes import SamplerProcesses
from service.storage.db.database import open_database
from service.storage.db.watcher import Watcher
from service.storage.migrations import migrate
from service.storage.store import Store
from service.study.definitions.definition import StudyDefinition
from service.study.definitions.submission import submission_of
from service.study.jobs import Job
from service.study.ports import Outcome
from service.study.records import Run, Study, Trial
from service.study.states import Desired, RunState
from tests.benchmarks.sampler_cost import NUMBERS
from tests.support.rows import waiting_run, waiting_trial
from tests.support.scripted_pool import ScriptedPool

WINDOW = 400
"""Trials over which a rate is measured, half of them before the trial it is named after."""
N_ASKS = 30
RATE = 150.0
"""Durable trials a second, at least."""
FADING = 0.9
"""The rate at trial 10,000 is at least this share of that at trial 500."""
ASK = 0.120
"""Seconds within which 95 of 100 asks end."""
LATE = 0.020
"""Seconds by which 99 of 100 things that are due meanwhile are late at most."""
DELAY = 0.050
"""Seconds by which a study of the Gaussian process delays another one's dispatch at most, 99 of 100."""
N_ANSWERS = 20
"""Of the Gaussian process, during which another study is looked at."""
TICK = 0.005
BATCH = 500


@dataclass(frozen=True)
class Rate:
    """How fast trials became durable."""

    per_second: float
    cpu: float
    """Processor seconds a trial took; what a crowded machine does not change."""


@dataclass(frozen=True)
class Asks:
    """How long TPE took to answer, and how late the engine's loop was meanwhile for what was due, in seconds."""

    answers: Sequence[float]
    late: Sequence[float]


@dataclass(frozen=True)
class Dispatches:
    """How long after a run of the random search the next one was dispatched, alone and beside another study."""

    alone: Sequence[float]
    beside: Sequence[float]

    @property
    def delay(self) -> float:
        """By how much later 99 of 100 come, at most."""
        return share(self.beside, 0.99) - share(self.alone, 0.99)


def share(values: Sequence[float], part: float) -> float:
    """That part of the values is no greater than this one."""
    return sorted(values)[math.ceil(part * len(values)) - 1]


class TimedProcesses(SamplerProcesses):
    """Notes how long each answer took that needed a model."""

    def __init__(self) -> None:
        super().__init__()
        self.took: list[float] = []

    async def propose(self, question: Question) -> Mapping[str, Any]:
        started = time.perf_counter()
        answer = await super().propose(question)
        if question.is_heavy:
            self.took.append(time.perf_counter() - started)
        return answer


def two_epochs(job: Job) -> Sequence[float]:
    """A curve that depends on the configuration alone."""
    value = random.Random(repr(sorted(job.config["optimizer"].items()))).random()
    return [value / 2, value]


class TimedPool(ScriptedPool):
    """Notes when each job came, and with which optimizer; of runs that have ended it keeps nothing, as workers do."""

    def __init__(self, n_workers: int) -> None:
        super().__init__(two_epochs, n_workers)
        self.came: list[tuple[float, str]] = []

    async def submit(self, job: Job) -> None:
        self.came.append((time.perf_counter(), job.config["optimizer"]["name"]))
        await super().submit(job)
        self.jobs.clear()
        self._tasks = {run_id: task for run_id, task in self._tasks.items() if not task.done()}

    def gaps(self) -> Sequence[float]:
        """Seconds between the jobs of the random search, one after the other."""
        times = [at for at, optimizer in self.came if optimizer == RANDOM["space"]["optimizer"]["name"]]
        return [later - sooner for sooner, later in pairwise(times)]


def filled(store: Store, definition: dict[str, Any], n: int) -> Study:
    """A study with ``n`` finished trials, drawn at random."""
    parsed = StudyDefinition.parse(definition)
    study, _ = store.studies.create(submission_of(parsed))
    epoch = store.leadership.lead("filling", 0.0)
    assert epoch is not None
    space = parsed.search_space()
    trials = [_finished(study, parsed, space, number) for number in range(n)]
    for first in range(0, n, BATCH):
        with store.transaction(epoch) as transaction:
            for trial, run, outcome in trials[first : first + BATCH]:
                transaction.insert_trial(trial, [run])
                transaction.start_run(run.id, 1)
                transaction.end_run(run.id, 1, outcome)
                transaction.end_trial(trial.id, outcome, {})
    store.leadership.resign(epoch)
    return study


def _finished(study: Study, definition: StudyDefinition, space: SearchSpace, number: int) -> tuple[Trial, Run, Outcome]:
    parameters, config = draw(space, Chance(number))
    ranges = {each.path: each.range for each in space.parameters}
    trial = waiting_trial(
        study,
        number,
        parameters=parameters,
        distributions={path: distribution_to_json(distribution_of(ranges[path])) for path in parameters},
        config=definition.complete(config),
    )
    run = waiting_run(trial, seed=number)
    value = random.Random(number).random()
    return trial, run, Outcome(RunState.COMPLETED, "", value, {"val_accuracy": value})


@asynccontextmanager
async def working(
    store: Store, watcher: Watcher, pool: ScriptedPool, proposer: SamplerProcesses | None = None
) -> AsyncIterator[None]:
    """An engine at work, in a process that is set up as its own would be."""
    stopped = asyncio.Event()
    engine = Engine(store, pool, watcher, "bench", stop_grace=5, ready=gc.freeze, proposer=proposer)
    task = asyncio.create_task(engine.run(stopped))
    try:
        yield
    finally:
        stopped.set()
        await task


async def rate_at(home: Path, number: int) -> Rate:
    """How fast a random search goes around this trial."""
    first = max(0, number - WINDOW // 2)
    database, store = _store(home)
    study = filled(store, {**RANDOM, "max_trials": first + WINDOW}, first)
    pool = TimedPool(n_workers=2)
    async with working(store, Watcher(database), pool):
        while not pool.came:
            await asyncio.sleep(0.01)
        before = time.process_time()  # what was read at the start does not count
        while len(pool.came) < WINDOW or not store.studies.get(study.id).state.ended:
            await asyncio.sleep(0.05)
        used = time.process_time() - before
    ended = sorted(trial.ended_at for trial in store.trials.of_study(study.id)[first:] if trial.ended_at)
    database.dispose()
    return Rate((len(ended) - 1) / (ended[-1] - ended[0]).total_seconds(), used / WINDOW)


async def asks_at(home: Path, number: int) -> Asks:
    """How long TPE takes with this many finished trials, while a random search is served beside it."""
    database, store = _store(home)
    filled(store, {**TPE, "max_trials": number + N_ASKS}, number)
    store.studies.create(submission_of(StudyDefinition.parse({**RANDOM, "max_trials": 100_000})))
    pool, proposer, late = TimedPool(n_workers=2), TimedProcesses(), []
    async with working(store, Watcher(database), pool, proposer):
        while not proposer.took:  # the first answer waits for its process to start
            await asyncio.sleep(0.01)
        proposer.took.clear()
        while len(proposer.took) < N_ASKS - 1:
            due = time.perf_counter() + TICK
            await asyncio.sleep(TICK)
            late.append(time.perf_counter() - due)
        answers = list(proposer.took)
    database.dispose()
    return Asks(answers, late)


async def dispatches_beside(home: Path, number: int) -> Dispatches:
    """A random search with one worker, alone and beside a study of the Gaussian process with so many finished trials.

    Each has a worker of its own, so what delays the one is the other's work in the engine.
    """
    database, store = _store(home)
    study = filled(store, {**GP, "max_trials": number + 2 * N_ANSWERS}, number)
    store.desired_state.set(study.id, Desired.PAUSED)
    random_search = {**RANDOM, "max_trials": 100_000, "max_concurrent_trials": 1}
    store.studies.create(submission_of(StudyDefinition.parse(random_search)))
    pool, proposer = TimedPool(n_workers=2), TimedProcesses()
    async with working(store, Watcher(database), pool, proposer):
        while len(pool.came) < WINDOW:
            await asyncio.sleep(0.05)
        alone = pool.gaps()
        store.desired_state.set(study.id, Desired.RUNNING)
        while not proposer.took:  # the first answer waits for its process to start
            await asyncio.sleep(0.01)
        pool.came.clear()
        while len(proposer.took) < N_ANSWERS:
            await asyncio.sleep(0.05)
        beside = pool.gaps()
    database.dispose()
    return Dispatches(alone, beside)


def _store(home: Path) -> tuple[Any, Store]:
    url = f"sqlite:///{home / 'studyhall.db'}"
    migrate(url)
    database = open_database(url)
    return database, Store(database)


_COMMON = {"experiment": "digits-mlp", "objective": "val_accuracy", "seed": 7, "artifacts": "none"}
RANDOM = {
    **_COMMON,
    "name": "random",
    "sampler": "random",
    "space": {"optimizer": {"name": "sgd", "lr": {"log_uniform": [1e-3, 1.0]}}},
    "max_concurrent_trials": 2,
}
GP = {**_COMMON, "name": "gp", "sampler": "gp", "space": NUMBERS, "max_concurrent_trials": 1, "priority": 1}
TPE = {
    **_COMMON,
    "name": "tpe",
    "sampler": "tpe",
    "space": {"use": ["optimizers", "schedules"]},
    "max_concurrent_trials": 1,
    "priority": 1,
}


def main() -> int:
    """Print what was measured; 1 if it is less than what is promised."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rates", type=int, nargs="*", default=[500, 10_000])
    parser.add_argument("--asks", type=int, nargs="*", default=[1_000, 5_000, 10_000])
    parser.add_argument("--beside", type=int, nargs="*", default=[400])
    chosen = parser.parse_args()
    console, rates, asks, delays = Console(width=120), [], [], []
    for number in chosen.rates:
        with tempfile.TemporaryDirectory() as home:
            rates.append(asyncio.run(rate_at(Path(home), number)))
        console.print(
            f"random search at trial {number}: {rates[-1].per_second:.0f} durable trials a second, "
            f"{1000 * rates[-1].cpu:.1f} ms of a processor for each"
        )
    for number in chosen.asks:
        with tempfile.TemporaryDirectory() as home:
            asks.append(asyncio.run(asks_at(Path(home), number)))
        answers, late = asks[-1].answers, asks[-1].late
        console.print(
            f"TPE with {number} finished trials: {1000 * share(answers, 0.5):.0f} ms an answer (half of them), "
            f"{1000 * share(answers, 0.95):.0f} ms (95 of 100); meanwhile the loop was "
            f"{1000 * share(late, 0.99):.0f} ms late (99 of 100), {1000 * max(late):.0f} ms at most"
        )
    for number in chosen.beside:
        with tempfile.TemporaryDirectory() as home:
            found = asyncio.run(dispatches_beside(Path(home), number))
        delays.append(found.delay)
        console.print(
            f"random search beside a Gaussian process of {number} trials: the next run after "
            f"{1000 * share(found.beside, 0.5):.0f}, {1000 * share(found.beside, 0.99):.0f} and "
            f"{1000 * max(found.beside):.0f} ms (half, 99 of 100, at most of {len(found.beside)}), alone "
            f"{1000 * share(found.alone, 0.5):.0f}, {1000 * share(found.alone, 0.99):.0f} and "
            f"{1000 * max(found.alone):.0f} ms"
        )
    missed = [
        *(rate.per_second < RATE for rate in rates),
        rates and rates[-1].per_second < FADING * rates[0].per_second,
        *(share(a.answers, 0.95) > ASK or share(a.late, 0.99) > LATE for a in asks),
        *(delay > DELAY for delay in delays),
    ]
    return int(any(missed))


if __name__ == "__main__":
    sys.exit(main())
