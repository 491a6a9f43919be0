"""A new point: from its report to the screen, while 50 runs train and 1,000 of 1,000 points have ended."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from playwright.sync_api import Browser

from experiments.reporting import Report
from service.study.jobs import Placement
from service.study.records import Run
from tests.benchmarks.curves import N_POINTS, OPTIMIZERS
from tests.benchmarks.page import table
from tests.benchmarks.page.chart import PICTURE
from tests.benchmarks.page.serving import Service, opened
from tests.support.rows import waiting_run, waiting_trial

N_TRAINING = 50
TICK_SECONDS, RUNS_A_TICK = 0.05, 5
"""Each run reports twice a second."""
STRIDE = 25
"""Epochs between two points of the run that is watched, so that they stand some pixels apart."""
WATCHED = "20,24,31"
"""The color of the selected trial on a light page."""
SHOWN = """([epoch, stride, last, color]) => new Promise(done => {
    const [canvas, over] = [document.querySelector(".plot canvas"), document.querySelector(".plot .u-over")];
    const at = epoch => over.offsetLeft + 7 + (epoch - 1) / (last - 1) * (over.clientWidth - 14);
    const [from, to] = [Math.ceil(at(epoch - stride) + 4), Math.floor(at(epoch) - 1)];
    const look = () => {
        const pixels = canvas.getContext("2d").getImageData(from, 0, to - from, canvas.height).data;
        for (let i = 0; i < pixels.length; i += 4) {
            if ([pixels[i], pixels[i + 1], pixels[i + 2]].join() === color && pixels[i + 3] > 250)
                return done((performance.timeOrigin + performance.now()) / 1000);
        }
        requestAnimationFrame(look);
    };
    look();
})"""
"""The moment at which the watched line reaches an epoch; axes begin and end 7 pixels beyond the first and last one."""


def measure(browser: Browser, service: Service) -> None:
    """Print how long a point takes."""
    runs = _started(service)
    watched, others = runs[0], runs[1:]
    _report(service, watched, STRIDE)
    with opened(browser, service.url) as page:
        page.goto(f"/studies/thousand?group=run&train=none&trial={watched.trial_number}")
        page.evaluate(PICTURE)
        with _training(service, others):
            took = []
            for epoch in range(2 * STRIDE, N_POINTS - STRIDE, STRIDE):
                begun = time.time()
                _report(service, watched, epoch)
                took.append(page.evaluate(SHOWN, [epoch, STRIDE, N_POINTS, WATCHED]) - begun)
    words = f"a point on the screen, while {N_TRAINING} runs train and 1,000 have ended"
    table.row(words, table.spread([1000 * each for each in took], "ms"), "500 ms")


def _started(service: Service) -> list[Run]:
    """More trials of the study, each with a run that trains."""
    study = service.store.studies.get("thousand")
    first = len(service.store.trials.of_study(study.id))
    runs = []
    for number in range(first, first + N_TRAINING):
        config = {"data": {"name": "digits"}, "training": {"epochs": N_POINTS}}
        parameters = {"optimizer": OPTIMIZERS[number % len(OPTIMIZERS)]}
        trial = waiting_trial(study, number, parameters=parameters, config=config)
        run = waiting_run(trial, planned_epochs=N_POINTS)
        with service.store.transaction(service.epoch) as transaction:
            transaction.insert_trial(trial, [run])
            transaction.start_run(run.id, 1)
            transaction.assign_run(run.id, 1, Placement("worker-1"))
        runs.append(run)
    return runs


def _report(service: Service, run: Run, epoch: int) -> None:
    loss = 0.6 - 0.0002 * epoch
    row = Report(110 * epoch, epoch, 1.7e9 + epoch, 0.5 * epoch, {"val_loss": loss, "val_accuracy": 1 - loss})
    with service.store.transaction(service.epoch) as transaction:
        transaction.append_points(run.id, 1, [row])


@contextmanager
def _training(service: Service, runs: list[Run]) -> Iterator[None]:
    """Runs that report one after the other, while it lasts."""
    ended = threading.Event()

    def train() -> None:
        for number in count(0, RUNS_A_TICK):
            for place in range(number, number + RUNS_A_TICK):
                _report(service, runs[place % len(runs)], 1 + place // len(runs))
            if ended.wait(TICK_SECONDS):
                return

    thread = threading.Thread(target=train)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
