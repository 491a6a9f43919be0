"""From what a trial's runs came to together to what the API says of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from service.api.schemas.replicates import Replication, ReplicationRun, RunMark
from service.study.records import Run, Study, Trial
from service.study.replicates import Mark, replication


def shown_replication(study: Study, trial: Trial, runs: Sequence[Run]) -> Replication | None:
    """The runs of a trial beside their common value; nothing for a trial of one run."""
    found = replication(study, trial, runs)
    if found is None:
        return None
    names = ("aggregate", "n", "n_runs", "std", "n_collapsed")
    return Replication(
        **{name: getattr(found, name) for name in names},
        runs=[_run(run, found.marks.get(run.id)) for run in runs],
    )


def shown_mark(mark: Mark | None) -> RunMark | None:
    """What is strange about a run."""
    return RunMark(**asdict(mark)) if mark else None


def _run(run: Run, mark: Mark | None) -> ReplicationRun:
    own = ("seed", "fold", "state", "value")
    return ReplicationRun(run=run.id, mark=shown_mark(mark), **{name: getattr(run, name) for name in own})
