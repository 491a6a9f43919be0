"""What a report is about, read once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.analysis.answers.comparison import MOST_ARMS
from service.analysis.rows import Rows
from service.study.definitions.objectives import Objective, objectives_of
from service.study.definitions.parts import Replicates
from service.study.pareto import judged, nondominated
from service.study.ranking import rank
from service.study.records import Run, Study, Trial


@dataclass(frozen=True)
class Facts:
    """A study with its trials and runs."""

    study: Study
    objectives: Sequence[Objective]
    replicates: Replicates
    trials: Sequence[Trial]
    runs: Mapping[str, Sequence[Run]]
    """Trial id to its runs."""
    best: Sequence[Trial]
    """Completed trials, the best first; with several objectives those that no other is better than, by number."""

    @property
    def has_several(self) -> bool:
        """Whether there are several objectives, so that no single trial is the best."""
        return len(self.objectives) > 1

    @property
    def unit(self) -> str:
        """What the runs of a trial vary."""
        return "fold" if self.replicates.folds else "seed"

    def choices(self) -> dict[str, list[str]]:
        """Parameters that have words for values, to all their values among the trials that can be compared by them."""
        drawn = self._drawn()
        return {path: levels for path, levels in self.levels().items() if any(isinstance(x, str) for x in drawn[path])}

    def levels(self) -> dict[str, list[str]]:
        """Those, and what else trials can be grouped by: parameters whose values are no numbers, or shared."""
        found = {path: (values, sorted({str(value) for value in values})) for path, values in self._drawn().items()}
        return {
            path: levels
            for path, (values, levels) in found.items()
            if 2 <= len(levels) <= MOST_ARMS and (len(levels) < len(values) or not all(map(_is_number, values)))
        }

    def _drawn(self) -> dict[str, list[Any]]:
        """Parameters to their values in the trials that can be compared."""
        found: dict[str, list[Any]] = defaultdict(list)
        for trial in self.trials:
            for path, value in trial.parameters.items() if trial.state.ended and not trial.excluded else ():
                found[path].append(value)
        return found


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def facts(rows: Rows, study_id: str) -> Facts:
    """Those of a study."""
    study, trials = rows.studies.get(study_id), rows.trials.of_study(study_id)
    objectives = objectives_of(study.definition)
    runs: dict[str, list[Run]] = defaultdict(list)
    for run in rows.runs.of_study(study_id):
        runs[run.trial_id].append(run)
    replicates = Replicates.model_validate(study.definition["replicates"])
    return Facts(study, objectives, replicates, trials, runs, _best(trials, objectives))


def _best(trials: Sequence[Trial], objectives: Sequence[Objective]) -> list[Trial]:
    if len(objectives) == 1:
        return rank(trials, objectives[0])
    measured = [trial for trial in trials if judged(trial)]
    return [measured[place] for place in nondominated([judged(trial) for trial in measured], objectives)]
