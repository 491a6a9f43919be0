"""The population of one study at work: where its members are, and what they train next. No I/O.

Every member trains one interval a start. Then it leaves a checkpoint and waits, without a worker, until all members
that have not ended are there. What is decided then is written before any of them is started again, and it depends on
rows alone: whoever takes the study up finds it decided, or decides the same. A member that diverged waits too, and
takes over the checkpoint of another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from service.engine.population.rule import Move, PopulationRule, Standing
from service.engine.trials.active_trial import ActiveRun, ActiveTrial
from service.study.checkpoints import resume_epoch
from service.study.definitions.definition import StudyDefinition
from service.study.definitions.population import varying
from service.study.definitions.samplers import PBTSampler
from service.study.lineages import Lineage, first_lineage, lineages, taken_over
from service.study.node_losses import NodeLosses
from service.study.records import Continuation, Run, Trial

Member = tuple[ActiveTrial, ActiveRun]


@dataclass(frozen=True)
class Decided:
    """What comes after an interval."""

    continuations: tuple[Continuation, ...]
    hopeless: tuple[Member, ...]
    """Members that diverged, and there is none whose checkpoint they could take over."""


class Population:
    """Its members by run, whichever of them have ended."""

    def __init__(self, part: PBTSampler, definition: StudyDefinition) -> None:
        space = definition.search_space()
        self.size = part.population
        self._interval = part.interval
        self._epochs = space.most_epochs
        varies = varying(space)
        self._places = tuple(each.place for each in varies)
        self._rule = PopulationRule(part, varies, definition.objective, definition.seed)
        self._decided = 0
        """The epoch of the last decision."""
        self._lineages: dict[str, Lineage] = {}

    def load(self, trials: Iterable[Trial], runs: Iterable[Run], continuations: Iterable[Continuation]) -> None:
        """Take in the rows."""
        decided = tuple(continuations)
        self._lineages = lineages(trials, runs, self._places, decided)
        self._decided = max((each.epoch for each in decided), default=0)

    def join(self, trial: Trial, runs: Iterable[Run]) -> None:
        """A trial that was just stored."""
        self._lineages |= {run.id: first_lineage(run, trial.config, self._places) for run in runs}

    @property
    def pause_after(self) -> int:
        """The epoch after which each member waits for the others; 0 if it trains to its end."""
        after = self._decided + self._interval
        return after if after < self._epochs else 0

    def config(self, trial: Trial, run: Run) -> Mapping[str, Any]:
        """What a member trains: all that it took over, and the values that hold now."""
        return self._lineages[run.id].config(trial.config)

    def waits(self, run: ActiveRun) -> bool:
        """Whether a run that no worker has is at the end of its interval."""
        return self.pause_after > 0 and (run.diverged or resume_epoch(run.checkpoints) >= self.pause_after)

    def decide(self, members: Iterable[Member]) -> Decided | None:
        """What comes next, once each of the members, which have not ended, waits; nothing before."""
        waiting, epoch = {trial.trial.number: (trial, run) for trial, run in members}, self.pause_after
        if not waiting or not epoch or any(run.submitted or not self.waits(run) for _, run in waiting.values()):
            return None
        standings = [
            Standing(
                number, None if run.diverged else self._value(run), self._lineages[run.run.id].values, run.diverged
            )
            for number, (_, run) in waiting.items()
        ]
        moves = self._rule.decide(standings, epoch)
        values = {each.number: each.value for each in standings}
        found = [self._continuation(waiting, number, move, values[number]) for number, move in moves.items()]
        return Decided(tuple(found), tuple(waiting[number] for number in waiting.keys() - moves.keys()))

    def _value(self, run: ActiveRun) -> float | None:
        """The last value of the interval: some metrics are not measured in every epoch."""
        since = [epoch for epoch in run.values if self._decided < epoch <= self.pause_after]
        return run.values[max(since)] if since else None

    def _continuation(
        self, members: Mapping[int, Member], number: int, move: Move, value: float | None
    ) -> Continuation:
        own, parent = members[number][1], members[move.parent][1]
        return Continuation(
            run_id=own.run.id,
            trial_number=number,
            epoch=self.pause_after,
            value=value,
            from_trial=move.parent,
            from_run=parent.run.id,
            checkpoint=parent.checkpoints[0]["sha256"],
            in_force=move.values,
            reason=move.reason,
        )

    def follow(self, moves: Iterable[Continuation], members: Iterable[Member]) -> None:
        """Let the members be where the decision, which was just posted, puts them."""
        runs = {run.run.id: run for _, run in members}
        before = {run_id: (self._lineages[run_id], run.checkpoints, dict(run.values)) for run_id, run in runs.items()}
        for each in moves:
            lineage, checkpoints, values = before[each.from_run]
            self._lineages[each.run_id] = lineage.then(each.epoch, each.in_force)
            run = runs[each.run_id]
            if each.takes_over:
                run.checkpoints, run.node_losses, run.diverged = checkpoints[:1], NodeLosses(), False
                followed = taken_over(values, run.values, each.epoch)
                run.values.clear()  # it is the trial's curve too
                run.values.update(followed)
        self._decided = self.pause_after
