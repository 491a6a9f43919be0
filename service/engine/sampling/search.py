"""The search of one study: what it has drawn and learned, derived from the trial rows and rebuilt from them any time.

*Ask* samples a configuration; the caller stores the trial before handing it out, because a trial that a worker has and
no row knows would be trained twice after a crash. *Tell* need not wait for the result's commit: the trial that is drawn
from it is stored behind it. Each draw is seeded from (study seed, trial number), so a rebuilt search proposes what the
unbroken one would have proposed for the same asks and tells. Of a lost worker a search hears nothing: the trial runs
until all its runs have ended, whichever attempt of theirs it was.

What was queued comes first, and no sampler is asked for it. A grid answers itself. Every other sampler is asked a
`Question` that holds all its answer depends on, wherever it is answered; meanwhile results may be told. A trial
without a result is told as running, with no word of its curve. When to ask, `ActiveStudy.room_for_trials` says.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from optuna.distributions import distribution_to_json

from experiments.errors import IncompatibleComponents
from search_spaces.distributions import distribution_of
from search_spaces.grid import Grid
from search_spaces.sampling import ATTEMPTS, configure
from service.engine.sampling.grid_points import GridPoints
from service.engine.sampling.history import History, PastTrial
from service.engine.sampling.proposals import Proposal, Question, propose
from service.engine.sampling.queued import QueuedPoints
from service.engine.sampling.samplers import Seeds, keeps_order, kept_state, learns, n_startup_trials
from service.engine.sampling.seeds import derived_seed
from service.study.definitions.constraints import excesses
from service.study.definitions.definition import StudyDefinition
from service.study.definitions.pruners import WilcoxonPruner
from service.study.definitions.samplers import GridSampler
from service.study.pareto import measured
from service.study.records import PriorTrial, Trial
from service.study.states import FailureKind, RunState, told_state

LEFT_OUT = "left_out"
"""Among a trial's attributes: the parameters of the draws before it that had a conflict."""
GRID_INDEX = "grid_index"
"""Among a trial's attributes: which point of the grid it has."""
SEQUENCE = 2**31 + 1
"""A place below the study's seed that no trial's number comes to: that of a sequence over all trials."""


@dataclass(frozen=True)
class Suggestion:
    """A sampled configuration, with all that is needed to know the trial again."""

    sampler_number: int
    parameters: Mapping[str, Any]
    distributions: Mapping[str, str]
    config: Mapping[str, Any]
    sampler_attrs: Mapping[str, Any] = field(default_factory=dict)
    """What is stored with the trial for the sampler's sake."""
    queue_position: int | None = None
    """Its place in the study's queue; none if the sampler proposed it."""


class Search:
    """Asks and tells for one study. One trial is asked for at a time."""

    def __init__(self, definition: StudyDefinition) -> None:
        self._definition = definition
        self._space = definition.search_space()
        sampler = definition.used_sampler
        self._points = GridPoints(Grid(self._space, sampler.points)) if isinstance(sampler, GridSampler) else None
        self._distributions = {
            each.path: sys.intern(distribution_to_json(distribution_of(each.range))) for each in self._space.parameters
        }
        self._queued = QueuedPoints()
        self._origins: dict[int, tuple[QueuedPoints | GridPoints, int]] = {}
        """By trial that has not ended, where it goes back to if it is cancelled."""
        self._history = History(definition)
        self._learns = learns(sampler)
        self._sequence_seed = derived_seed(definition.seed, SEQUENCE)
        self._pruned_have_values = isinstance(definition.pruner, WilcoxonPruner)
        """Whether runs of theirs completed: less sure than the value of all its runs, but of the same kind."""
        self._running: dict[int, PastTrial] = {}
        """Trial number to each trial without a result that the sampler may know."""
        self._withheld: dict[int, PastTrial] = {}
        """Results that a search in strict order does not tell its sampler yet: to that, these trials run."""
        self._left_out: dict[int, list[Mapping[str, Any]]] = {}
        """By trial that has not ended, what was drawn before it and had a conflict."""
        self._n_left_out = 0
        self._asked = 0
        """The next number within Optuna: of prior trials, of all begun here, and of what was left out before them."""
        self._drawn = 0
        """How many of these a sampler proposed, those with a conflict among them."""

    def rebuild(self, trials: Sequence[Trial], last: Mapping[int, tuple[int, float]]) -> None:
        """Take in the stored trials, by number; what was queued is known by then.

        ``last`` is, by trial number, where the objective's curve ends.
        """
        for trial in trials:
            self._asked = trial.sampler_number - len(trial.sampler_attrs.get(LEFT_OUT, ()))
            for parameters in trial.sampler_attrs.get(LEFT_OUT, ()):
                self._leave_out(trial.number, parameters)
            self._begin(trial.number, trial.parameters, trial.distributions, kept_state(trial.sampler_attrs))
            if trial.queue_position is not None:
                self._queued.take(trial.queue_position)
                self._origins[trial.number] = self._queued, trial.queue_position
            elif trial.retry_of is not None:
                pass  # its configuration is another trial's
            elif self._points:
                index = trial.sampler_attrs[GRID_INDEX]
                self._points.take(index)
                self._origins[trial.number] = self._points, index
            else:
                self._drawn += 1
            if trial.state.ended:
                # What is excluded is told as if it had come to nothing: that teaches a sampler nothing.
                state = RunState.CANCELLED if trial.excluded else trial.state
                again = comes_back(trial)
                further, end = trial.objective_values[1:], last.get(trial.number)
                told = state, trial.value, trial.failure, end
                self.tell(trial.number, *told, further=further, metrics=trial.metrics, again=again)

    def learn(self, prior: Sequence[PriorTrial]) -> None:
        """What trials of earlier studies came to, before the first trial of this one."""
        for each in prior:
            distributions = {path: self._distributions[path] for path in each.parameters}
            completed = PastTrial(self._asked, RunState.COMPLETED, each.parameters, distributions, each.value)
            self._history.add(completed)
            self._asked += 1

    # --- the queue

    @property
    def n_queued(self) -> int:
        """How many queued configurations it knows of, tried or not."""
        return len(self._queued)

    def queue(self, points: Sequence[Mapping[str, Any]]) -> None:
        """Configurations that are tried before the sampler is asked, behind those that wait already."""
        self._queued.extend(points)
        if self._points:
            self._points.leave_out(points)

    @property
    def has_queued(self) -> bool:
        """Whether ``next_queued`` is what to call."""
        return not self._queued.exhausted

    def next_queued(self, number: int) -> Suggestion:
        """The first queued configuration, for the trial with this number.

        Raises:
            InvalidInput: the catalog does not take it any more.
        """
        position, parameters = self._queued.first()
        config = configure(self._space, parameters)
        self._queued.take(position)
        self._origins[number] = self._queued, position
        return replace(self._suggest(number, Proposal(parameters), config), queue_position=position)

    # --- asking

    @property
    def exhausted(self) -> bool:
        """Whether there is nothing left to ask for. It only looks, so it may be called during another call."""
        return self._points is not None and self._points.exhausted and self._queued.exhausted

    @property
    def is_grid(self) -> bool:
        """Whether ``next_point`` is what to call."""
        return self._points is not None

    def ask(self, number: int, at_once: int = 1) -> Suggestion:
        """The configuration of the trial that will have this number; the samplers are asked here and now.

        Raises:
            IncompatibleComponents: no configuration without one was drawn any more.
        """
        if self.has_queued:
            return self.next_queued(number)
        while self.is_grid:
            if point := self.next_point(number):
                return point
            if self.exhausted:
                raise IncompatibleComponents.at("space", "no point of the grid is left whose parts go together")
        for _ in range(ATTEMPTS):
            try:
                return self.take(number, propose(self.question(number, at_once)))
            except IncompatibleComponents as conflict:
                found = conflict
        raise found

    def question(self, number: int, at_once: int) -> Question:
        """What to ask a sampler for this trial; ``at_once`` is how many trials the study trains at the same time."""
        self._release(number - at_once)
        attempt = len(self._left_out.get(number, ()))
        sampler = self._definition.used_sampler
        path = (number, attempt) if attempt else (number,)
        seeds = Seeds(derived_seed(self._definition.seed, *path), self._sequence_seed, self._drawn)
        return Question(
            sampler,
            self._space,
            tuple(objective.direction for objective in self._definition.objectives),
            seeds,
            # What was left out teaches the sampler, but is not among the trials it starts with at random.
            started=self._learns and self._history.n_told >= n_startup_trials(sampler) + self._n_left_out,
            past=(*self._history.trials(), *self._running.values()) if self._learns else (),
        )

    def take(self, number: int, proposal: Proposal) -> Suggestion:
        """The trial that a sampler's answer comes to.

        An answer with a conflict is left out, and told as pruned without a value, the worst there is: TPE learns to
        stay away from it. Told as failed it would be forgotten, and stay attractive for ever.

        Raises:
            IncompatibleComponents: the parameters do not go together.
        """
        try:
            config = configure(self._space, proposal.parameters)
        except IncompatibleComponents:
            self._leave_out(number, proposal.parameters)
            raise
        self._drawn += 1
        return self._suggest(number, proposal, config)

    def _suggest(self, number: int, proposal: Proposal, config: Mapping[str, Any]) -> Suggestion:
        parameters, left_out = proposal.parameters, self._left_out.get(number)
        attributes = {**proposal.state, **({LEFT_OUT: list(left_out)} if left_out else {})}
        distributions = {path: self._distributions[path] for path in parameters}
        begun = self._begin(number, parameters, distributions, proposal.state)
        return Suggestion(begun.number, dict(parameters), distributions, config, attributes)

    def repeat(self, number: int, trial: Trial) -> Suggestion:
        """The configuration of a trial once more, for the trial with this number."""
        begun = self._begin(number, trial.parameters, trial.distributions, {})
        return Suggestion(begun.number, dict(trial.parameters), dict(trial.distributions), dict(trial.config))

    def next_point(self, number: int) -> Suggestion | None:
        """The next point of the grid, for the trial with this number; nothing if it found none in one go."""
        if self._points is None:
            raise TypeError("only a grid has points; the other samplers are asked a question")
        found = self._points.next()
        if found is None:
            return None
        index, parameters = found
        self._origins[number] = self._points, index
        return replace(self.take(number, Proposal(parameters)), sampler_attrs={GRID_INDEX: index})

    def _begin(
        self, number: int, parameters: Mapping[str, Any], distributions: Mapping[str, str], state: Mapping[str, Any]
    ) -> PastTrial:
        # The same few texts stand in every trial: kept once, they are pickled once with a question.
        texts = {path: sys.intern(text) for path, text in distributions.items()}
        begun = self._running[number] = PastTrial(
            self._asked, RunState.RUNNING, parameters, texts, proposal_state=state
        )
        self._asked += 1
        return begun

    def _leave_out(self, number: int, parameters: Mapping[str, Any]) -> None:
        distributions = {path: self._distributions[path] for path in parameters}
        self._history.add(PastTrial(self._asked, RunState.PRUNED, parameters, distributions))
        self._left_out.setdefault(number, []).append(dict(parameters))
        self._asked += 1
        self._drawn += 1
        self._n_left_out += 1

    # --- telling

    def tell(
        self,
        number: int,
        state: RunState,
        value: float | None,
        failure: FailureKind | None,
        last: tuple[int, float] | None = None,
        *,
        further: tuple[float | None, ...] = (),
        metrics: Mapping[str, float] | None = None,
        again: bool = True,
    ) -> None:
        """The stored result of a trial, its values by ``further`` objectives, and where its curve ended.

        ``metrics`` are what its constraints bound.
        ``again``: a point of a grid or of the queue that was cancelled is to have another trial.
        """
        begun = self._running.get(number)
        if begun is None:
            return
        self._left_out.pop(number, None)
        origin = self._origins.pop(number, None)
        if origin and state == RunState.CANCELLED and again:
            source, place = origin
            source.put_back(place)
        told = told_state(state, failure)
        came_to_nothing = told != state
        if self._pruned_have_values and told == RunState.PRUNED and value is not None:
            told = RunState.COMPLETED
        self._withheld[number] = replace(
            begun,
            state=told,
            value=value if told == RunState.COMPLETED else None,
            further_values=measured(further) if told == RunState.COMPLETED else (),
            excesses=excesses(self._definition.constraints, metrics or {}) if told == RunState.COMPLETED else {},
            last=last if len(self._definition.objectives) == 1 else None,
            came_to_nothing=came_to_nothing,
        )
        if not keeps_order(self._definition.used_sampler):
            self._release(number)

    def _release(self, up_to: int) -> None:
        """Let the sampler know the results of trials up to this number."""
        for number in [number for number in self._withheld if number <= up_to]:
            del self._running[number]
            result = self._withheld.pop(number)
            if self._learns:
                self._history.add(result)


def comes_back(trial: Trial) -> bool:
    """Whether what was drawn is to have another trial if this one was cancelled: it was not for its own sake."""
    return not (trial.cancel_wanted or trial.excluded)
