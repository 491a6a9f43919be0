"""Single runs that collapsed, of trials that are judged whole: a trial of several runs outlives one of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from service.analysis.answers.wording import listed
from service.analysis.rows import Rows
from service.study.definitions.parts import Replicates
from service.study.records import Run, Trial
from service.study.replicates import replication


def collapsed_runs(rows: Rows, arms: Mapping[str, Sequence[Trial]]) -> str:
    """``of single runs, 1 of 18 with adam and 0 of 18 with sgd collapsed``; empty where none did or trials have one."""
    runs: dict[str, list[Run]] = defaultdict(list)
    for study_id in {trial.study_id for trials in arms.values() for trial in trials}:
        if Replicates.model_validate(rows.studies.get(study_id).definition["replicates"]).n_runs > 1:
            for run in rows.runs.of_study(study_id):
                runs[run.trial_id].append(run)
    counts = {arm: [*_counts(rows, trials, runs)] for arm, trials in arms.items()}
    if not any(n for found in counts.values() for n, _ in found):
        return ""
    told = [f"{sum(n for n, _ in found)} of {sum(m for _, m in found):,} with {arm}" for arm, found in counts.items()]
    return f"of single runs, {listed(told)} collapsed"


def _counts(rows: Rows, trials: Sequence[Trial], runs: Mapping[str, Sequence[Run]]) -> Iterator[tuple[int, int]]:
    """How many runs of each trial collapsed, by the rule of the table, and how many there are."""
    for trial in trials:
        ended = [run for run in runs.get(trial.id, ()) if run.state.ended]
        found = replication(rows.studies.get(trial.study_id), trial, ended)
        if found is not None:
            yield found.n_collapsed, len(ended)
