"""Rows that are read once, so that all sections of a report tell of the same moment of a study that still runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.analysis.rows import Curves, Looks, Rows, Studies
from service.study import ports
from service.study.records import Artifact, Attempt, Continuation, Run, Trial


@dataclass(frozen=True)
class Moment:
    """See ``service.analysis.rows``."""

    studies: Studies
    trials: ports.Trials
    runs: ports.Runs
    looks: Looks
    curves: Curves


def moment(rows: Rows) -> Rows:
    """The same rows; those of trials and runs are kept once they are read."""
    return Moment(rows.studies, _Trials(rows.trials), _Runs(rows.runs), rows.looks, rows.curves)


class _Trials:
    def __init__(self, trials: ports.Trials) -> None:
        self._trials = trials
        self._read: dict[str, Sequence[Trial]] = {}

    def of_study(self, study_id: str) -> Sequence[Trial]:
        if study_id not in self._read:
            self._read[study_id] = self._trials.of_study(study_id)
        return self._read[study_id]

    def marked(self, study_id: str) -> Sequence[Trial]:
        return self._trials.marked(study_id)


class _Runs:
    def __init__(self, runs: ports.Runs) -> None:
        self._runs = runs
        self._read: dict[str, Sequence[Run]] = {}

    def of_study(self, study_id: str, *, unfinished: bool = False) -> Sequence[Run]:
        if unfinished:
            return self._runs.of_study(study_id, unfinished=True)
        if study_id not in self._read:
            self._read[study_id] = self._runs.of_study(study_id)
        return self._read[study_id]

    def failed_starts(self, study_id: str) -> Mapping[str, Sequence[Attempt]]:
        return self._runs.failed_starts(study_id)

    def continuations(self, study_id: str) -> Sequence[Continuation]:
        return self._runs.continuations(study_id)

    def artifact(self, run_id: str, path: str) -> Artifact:
        return self._runs.artifact(run_id, path)
