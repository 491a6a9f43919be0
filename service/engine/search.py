"""The search of one study: an Optuna study in memory, derived from the trial rows and rebuilt from them at any time.

*Ask* samples a configuration; the caller stores the trial before handing it out. *Tell* comes after the result is
stored. Because the sampler is seeded per trial from (study seed, trial number), a rebuilt search proposes what the
unbroken one would have proposed for the same order of asks and tells.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import optuna
from optuna.distributions import distribution_to_json, json_to_distribution
from optuna.trial import FrozenTrial, TrialState, create_trial

from search_spaces.grid import Grid
from search_spaces.sampling import configure, draw
from service.engine.pruners import make_pruner, pruned_because
from service.engine.samplers import make_sampler
from service.engine.seeds import derived_seed
from service.study.definition import GridSampler, StudyDefinition
from service.study.records import Trial
from service.study.states import FailureKind, RunState

LEFT_OUT = "left_out"
"""Among a trial's attributes: the parameters of the draws before it that had a conflict."""


@dataclass(frozen=True)
class Suggestion:
    """A sampled configuration, with all that is needed to build the same Optuna trial again."""

    sampler_number: int
    parameters: Mapping[str, Any]
    distributions: Mapping[str, str]
    config: Mapping[str, Any]
    sampler_attrs: Mapping[str, Any] = field(default_factory=dict)
    """What is stored with the trial for the sampler's sake."""


class Search:
    """Asks and tells for one study. Not safe for concurrent calls: the engine makes one at a time."""

    def __init__(self, study_id: str, definition: StudyDefinition) -> None:
        self._definition = definition
        self._space = definition.search_space()
        self._grid = (
            Grid(self._space, definition.sampler.points) if isinstance(definition.sampler, GridSampler) else None
        )
        self._study = optuna.create_study(
            study_name=study_id,  # Hyperband's brackets depend on it
            direction=definition.objective.direction,
            pruner=make_pruner(definition.pruner),
        )
        self._distributions = {each.path: each.range.distribution() for each in self._space.parameters}
        self._trials: dict[int, optuna.Trial] = {}
        self._left_out: dict[int, list[dict[str, Any]]] = {}
        """By trial, what was drawn before it and had a conflict."""
        self._asked = 0
        self._again: list[dict[str, Any]] = []
        """Points of the grid whose trial was cancelled: they are asked for once more."""
        self._cursor = 0
        """The next point of the grid that no trial has had, and whose parts go together."""
        self._skip_conflicts()

    def rebuild(
        self, trials: Sequence[Trial], curves: Mapping[int, Mapping[int, float]], judged: Mapping[int, int]
    ) -> None:
        """Take in the stored trials (by sampler number) and the objective's curves (trial number to epoch to value).

        ``judged`` says of a trial up to which epoch the pruner let it pass, unless that was its whole curve.
        """
        for trial in trials:
            if trial.sampler_number is None:
                continue
            curve = curves.get(trial.number, {})
            self._leave_out(trial)
            self._study.add_trial(_stored(trial, curve if trial.state.ended else {}))
            self._asked = trial.sampler_number + 1
            if self._grid:
                self._count_point(dict(trial.parameters), trial.state)
            if not trial.state.ended:
                self._remember(trial.number, trial.sampler_number)
                self._replay(trial.number, curve, judged.get(trial.number, max(curve, default=0)))

    def _leave_out(self, trial: Trial) -> None:
        """Let the sampler see again what it drew before this trial and had a conflict."""
        left_out = trial.sampler_attrs.get(LEFT_OUT, [])
        for parameters in left_out:
            distributions = {path: self._distributions[path] for path in parameters}
            self._study.add_trial(create_trial(state=TrialState.PRUNED, params=parameters, distributions=distributions))
        self._left_out[trial.number] = left_out

    def _replay(self, number: int, curve: Mapping[int, float], judged: int) -> None:
        """Let the pruner see again what it saw and judged; what it has not judged it is asked later."""
        for epoch in sorted(curve):
            self.report(number, epoch, curve[epoch])
            if epoch <= judged:
                self._trials[number].should_prune()

    def ask(self, number: int) -> Suggestion:
        """The configuration of the trial that will have this number."""
        return self._ask_grid(number, self._grid) if self._grid else self._ask_sampler(number)

    def _ask_sampler(self, number: int) -> Suggestion:
        first = self._asked
        trial, config = draw(self._space, self._study, lambda attempt: self._seed_sampler(number, attempt))
        self._trials[number] = trial
        self._asked = trial.number + 1
        drawn = self._study.get_trials(deepcopy=False)[first : trial.number]
        self._left_out[number] = [dict(each.params) for each in drawn]
        distributions = {name: distribution_to_json(each) for name, each in trial.distributions.items()}
        attributes = {LEFT_OUT: self._left_out[number]} if drawn else {}
        return Suggestion(trial.number, dict(trial.params), distributions, config, attributes)

    def _seed_sampler(self, number: int, attempt: int) -> None:
        """The sampler's numbers depend on the trial's, and on how many draws for it had a conflict."""
        path = (number, attempt) if attempt else (number,)
        seed = derived_seed(self._definition.seed, *path)
        n_left_out = sum(map(len, self._left_out.values())) + attempt
        self._study.sampler = make_sampler(self._definition.sampler, seed, n_left_out)

    def _ask_grid(self, number: int, grid: Grid) -> Suggestion:
        index = self._asked
        parameters = dict(self._again[0] if self._again else grid[self._cursor])
        self._count_point(parameters, RunState.WAITING)
        distributions = grid.distributions(parameters)
        self._study.add_trial(create_trial(state=TrialState.RUNNING, params=parameters, distributions=distributions))
        self._remember(number, index)
        self._asked += 1
        stored = {name: distribution_to_json(each) for name, each in distributions.items()}
        return Suggestion(index, parameters, stored, configure(self._space, parameters))

    def _count_point(self, parameters: dict[str, Any], state: RunState) -> None:
        """A trial of the grid was drawn, and has this state."""
        if parameters in self._again:
            self._again.remove(parameters)
        else:
            self._cursor += 1
            self._skip_conflicts()
        if state == RunState.CANCELLED:
            self._again.append(parameters)

    def _skip_conflicts(self) -> None:
        """Move on to the next point whose parts go together."""
        while self._grid and self._cursor < self._grid.size and self._grid.has_conflict(self._grid[self._cursor]):
            self._cursor += 1

    def _remember(self, number: int, sampler_number: int) -> None:
        frozen = self._study.get_trials(deepcopy=False)[sampler_number]
        # A live handle on a trial that was added, not asked for, can only be had by its storage id.
        self._trials[number] = optuna.Trial(self._study, frozen._trial_id)

    @property
    def exhausted(self) -> bool:
        """Whether there is nothing left to ask for. It only looks, so it may be called during another call."""
        return self._grid is not None and not self._again and self._cursor >= self._grid.size

    def report(self, number: int, epoch: int, value: float) -> None:
        """A value of the objective's metric; the first one of an epoch stands."""
        trial = self._trials[number]
        if epoch not in self._frozen(trial).intermediate_values:
            trial.report(value, epoch)

    def prune_reason(self, number: int, epoch: int) -> str | None:
        """Why the pruner ends this trial now, or nothing."""
        trial = self._trials[number]
        if not trial.should_prune():
            return None
        others = [each for each in self._study.get_trials(deepcopy=False) if each.number != trial.number]
        curve = self._frozen(trial).intermediate_values
        return pruned_because(self._definition.pruner, self._definition.objective, epoch, curve, others)

    def attributes(self, number: int) -> dict[str, Any]:
        """What sampler and pruner keep with the trial; stored with its row."""
        kept = dict(self._frozen(self._trials[number]).system_attrs)
        return kept | ({LEFT_OUT: self._left_out[number]} if self._left_out.get(number) else {})

    def tell(self, number: int, state: RunState, value: float | None, failure: FailureKind | None) -> None:
        """The stored result of a trial."""
        trial = self._trials.pop(number, None)
        if trial is None:
            return
        if self._grid and state == RunState.CANCELLED:
            self._again.append(dict(trial.params))
        told = _told_state(state, failure)
        self._study.tell(trial, value if told == TrialState.COMPLETE else None, state=told)

    def _frozen(self, trial: optuna.Trial) -> FrozenTrial:
        return self._study.get_trials(deepcopy=False)[trial.number]


def _told_state(state: RunState, failure: FailureKind | None) -> TrialState:
    """Diverged is told as pruned: told as failed, TPE forgets it and keeps returning to the divergent region."""
    if state == RunState.COMPLETED:
        return TrialState.COMPLETE
    if state == RunState.PRUNED or failure == FailureKind.DIVERGED:
        return TrialState.PRUNED
    return TrialState.FAIL


def _stored(trial: Trial, curve: Mapping[int, float]) -> FrozenTrial:
    told = _told_state(trial.state, trial.failure) if trial.state.ended else TrialState.RUNNING
    return create_trial(
        state=told,
        value=trial.value if told == TrialState.COMPLETE else None,
        params=dict(trial.parameters),
        distributions={name: json_to_distribution(text) for name, text in trial.distributions.items()},
        intermediate_values=dict(curve),
        system_attrs=dict(trial.sampler_attrs),
    )
