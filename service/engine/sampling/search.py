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
from service.engine.sampling.knowledge import LEFT_OUT, Knowledge
from service.engine.sampling.proposals import Proposal, Question, propose
from service.engine.sampling.queued import QueuedPoints
from service.engine.sampling.samplers import Seeds
from service.engine.sampling.seeds import derived_seed
from service.study.definitions.definition import StudyDefinition
from service.study.definitions.samplers import GridSampler
from service.study.records import PriorTrial, Trial
from service.study.states import FailureKind, RunState

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
        self._queued = QueuedPoints()
        self._origins: dict[int, tuple[QueuedPoints | GridPoints, int]] = {}
        """By trial that has not ended, where it goes back to if it is cancelled."""
        self._distributions = {
            each.path: sys.intern(distribution_to_json(distribution_of(each.range))) for each in self._space.parameters
        }
        self._knowledge = Knowledge(definition, self._distributions)
        self._sequence_seed = derived_seed(definition.seed, SEQUENCE)
        self._drawn = 0
        """How many trials a sampler proposed, those with a conflict among them."""

    def rebuild(self, trials: Sequence[Trial], last: Mapping[int, tuple[int, float]]) -> None:
        """Take in the stored trials, by number; what was queued is known by then.

        ``last`` is, by trial number, where the objective's curve ends.
        """
        for trial in trials:
            self._knowledge.restore(trial)
            self._drawn += len(trial.sampler_attrs.get(LEFT_OUT, ()))
            if trial.queue_position is not None:
                self._take_from(self._queued, trial.number, trial.queue_position)
            elif trial.retry_of is not None:
                pass  # its configuration is another trial's
            elif self._points:
                self._take_from(self._points, trial.number, trial.sampler_attrs[GRID_INDEX])
            else:
                self._drawn += 1
            if trial.state.ended:
                # What is excluded is told as if it had come to nothing: that teaches a sampler nothing.
                state = RunState.CANCELLED if trial.excluded else trial.state
                again = is_drawn_again(trial)
                further, end = trial.objective_values[1:], last.get(trial.number)
                told = state, trial.value, trial.failure, end
                self.tell(trial.number, *told, further=further, metrics=trial.metrics, again=again)

    def _take_from(self, source: QueuedPoints | GridPoints, number: int, place: int) -> None:
        source.take(place)
        self._origins[number] = source, place

    def learn(self, prior: Sequence[PriorTrial]) -> None:
        """What trials of earlier studies came to, before the first trial of this one."""
        self._knowledge.learn(prior)

    # --- asking

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
        self._knowledge.release(number - at_once)
        attempt = len(self._knowledge.left_out(number))
        path = (number, attempt) if attempt else (number,)
        seeds = Seeds(derived_seed(self._definition.seed, *path), self._sequence_seed, self._drawn)
        return Question(
            self._definition.used_sampler,
            self._space,
            tuple(objective.direction for objective in self._definition.objectives),
            seeds,
            started=self._knowledge.suffices,
            past=self._knowledge.past,
        )

    def take(self, number: int, proposal: Proposal) -> Suggestion:
        """The trial that a sampler's answer comes to; an answer with a conflict is left out.

        Raises:
            IncompatibleComponents: the parameters do not go together.
        """
        self._drawn += 1
        try:
            config = configure(self._space, proposal.parameters)
        except IncompatibleComponents:
            self._knowledge.leave_out(number, proposal.parameters)
            raise
        return self._suggest(number, proposal, config)

    def _suggest(self, number: int, proposal: Proposal, config: Mapping[str, Any]) -> Suggestion:
        parameters, left_out = proposal.parameters, self._knowledge.left_out(number)
        attributes = {**proposal.state, **({LEFT_OUT: left_out} if left_out else {})}
        distributions = {path: self._distributions[path] for path in parameters}
        sampler_number = self._knowledge.begin(number, parameters, distributions, proposal.state)
        return Suggestion(sampler_number, dict(parameters), distributions, config, attributes)

    def repeat(self, number: int, trial: Trial) -> Suggestion:
        """The configuration of a trial once more, for the trial with this number."""
        sampler_number = self._knowledge.begin(number, trial.parameters, trial.distributions, {})
        return Suggestion(sampler_number, dict(trial.parameters), dict(trial.distributions), dict(trial.config))

    # --- the queue and the grid

    @property
    def exhausted(self) -> bool:
        """Whether there is nothing left to ask for. It only looks, so it may be called during another call."""
        return self._points is not None and self._points.exhausted and self._queued.exhausted

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
        self._take_from(self._queued, number, position)
        return replace(self._suggest(number, Proposal(parameters), config), queue_position=position)

    @property
    def is_grid(self) -> bool:
        """Whether ``next_point`` is what to call."""
        return self._points is not None

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
        if not self._knowledge.tell(number, state, value, failure, last, further, metrics or {}):
            return
        origin = self._origins.pop(number, None)
        if origin and state == RunState.CANCELLED and again:
            source, place = origin
            source.put_back(place)


def is_drawn_again(trial: Trial) -> bool:
    """Whether what was drawn is to have another trial if this one was cancelled: it was not for its own sake."""
    return not (trial.cancel_wanted or trial.excluded)
