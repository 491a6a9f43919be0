"""How long analyses take: ``python -m tests.benchmarks.analyses``.

A study of 10,000 trials over all optimizers and schedules, in a database of its own. Each analysis is asked for with no
process yet, of a process that is warm, and a second time.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import os
import tempfile
import time
from collections.abc import Awaitable
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from service.api.analyses import Analyses
from service.storage.db.database import open_database, writing
from service.storage.db.tables import runs, trials
from service.storage.migrations import migrate
from service.storage.store import Store
from service.storage.writes.payloads import run_values, trial_values
from service.study.definitions.definition import StudyDefinition
from service.study.definitions.submission import submission_of
from service.study.records import Study, Trial
from service.study.states import RunState
from tests.support.analyzed import planted
from tests.support.rows import waiting_run

WIDE = {"use": ["optimizers", "schedules"]}
DISTINCT = 500
ASKED: dict[str, dict[str, Any]] = {"importances": {}, "effects": {}, "parallel": {"limit": 1000}, "history": {}}


def filled(store: Store, url: str, n: int) -> Study:
    """A stored study of so many trials of one run each, a third of them pruned; some hundred configurations repeat."""
    known = planted(WIDE, lambda drawn: math.sin(len(str(drawn))), DISTINCT)
    study = store.studies.create(submission_of(StudyDefinition.parse(known.study.definition)))[0]
    rows = [_trial(study, known.drawn[number % DISTINCT], number) for number in range(n)]
    with writing(open_database(url)) as connection:
        connection.execute(insert(trials), [trial_values(trial) for trial in rows])
        ended = [waiting_run(trial, state=trial.state, value=trial.value) for trial in rows]
        connection.execute(insert(runs), [run_values(run) for run in ended])
    return study


def _trial(study: Study, drawn: Trial, number: int) -> Trial:
    pruned = {"state": RunState.PRUNED, "value": None} if number % 3 == 0 else {}
    value = (drawn.value or 0.0) + 1e-6 * number
    return replace(drawn, id=f"tr_{number}", study_id=study.id, number=number, **{"value": value, **pruned})


async def seconds(asked: Awaitable[bytes]) -> float:
    """How long an answer took."""
    begun = time.perf_counter()
    await asked
    return time.perf_counter() - begun


async def measure(n: int) -> None:
    """Print a line for each analysis."""
    with tempfile.TemporaryDirectory() as directory:
        url = f"sqlite:///{Path(directory) / 'studyhall.db'}"
        migrate(url)
        store = Store(open_database(url))
        study = filled(store, url, n)
        print(f"{n:,} trials, load {os.getloadavg()[0]:.1f}\n{'analysis':<14}{'cold':>8}{'warm':>8}{'again':>9}")
        for analysis, arguments in ASKED.items():
            analyses = Analyses(store, url)
            cold = await seconds(analyses.ask(study, analysis, **arguments))
            warm = await seconds(analyses.ask(replace(study, version=study.version + 1), analysis, **arguments))
            again = await seconds(analyses.ask(replace(study, version=study.version + 1), analysis, **arguments))
            await analyses.close()
            print(f"{analysis:<14}{cold:7.2f}s{warm:7.2f}s{1000 * again:6.1f} ms")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--trials", type=int, default=10_000)
    asyncio.run(measure(parser.parse_args().trials))
