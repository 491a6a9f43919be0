"""The search of one study: what it has drawn and learned, derived from the trial rows and rebuilt from them any time.

*Ask* samples a configuration; the caller stores the trial before handing it out, because a trial that a worker has and
no row knows would be trained twice after a crash. *Tell* need not wait for the result's commit: the trial that is drawn
from it is stored behind it. Each draw is seeded from (study seed, trial number), so a rebuilt search proposes what the
unbroken one would have proposed for the same asks and tells.

A grid answers itself. Every other sampler is asked a `Question` that holds all its answer depends on, wherever it is
answered; meanwhile results may be told, and running trials are told as such.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from optuna.distributions import distribution_to_json

from experiments.errors import IncompatibleComponents
from search_spaces.grid import Grid
from search_spaces.sampling import ATTEMPTS, configure
from service.engine.sampling.history import History, PastTrial, told_state
from service.engine.sampling.proposals import Question, propose
from service.engine.sampling.samplers import keeps_order, learns
from service.engine.sampling.seeds import derived_seed
from service.study.definition import GridSampler, StudyDefinition, TPESampler
from service.study.records import Trial
from service.study.states import FailureKind, RunState

LEFT_OUT = "left_out"
"""Among a trial's attributes: the parameters of the draws before it that had a conflict."""


@dataclass(frozen=True)
class Suggestion:
    """A sampled configuration, with all that is needed to know the trial again."""

    sampler_number: int
    parameters: Mapping[str, Any]
    distributions: Mapping[str, str]
    config: Mapping[str, Any]
    sampler_attrs: Mapping[str, Any] = field(default_factory=dict)
    """What is stored with the trial for the sampler's sake."""


class Search:
    """Asks and tells for one study. One trial is asked for at a time."""

    def __init__(self, definition: StudyDefinition) -> None:
        self._definition = definition
        self._space = definition.search_space()
        sampler = definition.sampler
        self._points = GridPoints(Grid(self._space, sampler.points)) if isinstance(sampler, GridSampler) else None
        self._distributions = {
            each.path: sys.intern(distribution_to_json(each.range.distribution())) for each in self._space.parameters
        }
        self._history = History(definition)
        self._running: dict[int, PastTrial] = {}
        """Trial number to each trial without a result that the sampler may know."""
        self._withheld: dict[int, PastTrial] = {}
        """Results that a search in strict order does not tell its sampler yet."""
        self._left_out: dict[int, list[Mapping[str, Any]]] = {}
        """By trial that has not ended, what was drawn before it and had a conflict."""
        self._n_left_out = 0
        self._asked = 0

    def rebuild(self, trials: Sequence[Trial], last: Mapping[int, tuple[int, float]]) -> None:
        """Take in the stored trials, by number. ``last`` is, by trial number, where the objective's curve ends."""
        for trial in trials:
            if trial.sampler_number is None:
                continue
            self._asked = trial.sampler_number - len(trial.sampler_attrs.get(LEFT_OUT, ()))
            for parameters in trial.sampler_attrs.get(LEFT_OUT, ()):
                self._leave_out(trial.number, parameters)
            self._begin(trial.number, trial.parameters, trial.distributions)
            if self._points and trial.retry_of is None:
                self._points.take(dict(trial.parameters))
            if trial.state.ended:
                # What is excluded is told as if it had come to nothing: that teaches a sampler nothing.
                state = RunState.CANCELLED if trial.excluded else trial.state
                again = comes_back(trial)
                self.tell(trial.number, state, trial.value, trial.failure, last.get(trial.number), again=again)

    # --- asking

    @property
    def exhausted(self) -> bool:
        """Whether there is nothing left to ask for. It only looks, so it may be called during another call."""
        return self._points is not None and self._points.exhausted

    @property
    def is_grid(self) -> bool:
        """Whether ``next_point`` is what to call."""
        return self._points is not None

    def ask(self, number: int, at_once: int = 1) -> Suggestion:
        """The configuration of the trial that will have this number; the samplers are asked here and now.

        Raises:
            IncompatibleComponents: no configuration without one was drawn any more.
        """
        if self.is_grid:
            return self.next_point(number)
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
        sampler = self._definition.sampler
        path = (number, attempt) if attempt else (number,)
        learning = learns(sampler)
        startup = sampler.n_startup_trials if isinstance(sampler, TPESampler) else 0
        return Question(
            sampler,
            self._space,
            self._definition.objective.direction,
            derived_seed(self._definition.seed, *path),
            # What was left out teaches the sampler, but is not among the trials it starts with at random.
            started=learning and self._history.n_told >= startup + self._n_left_out,
            past=(*self._history.trials(), *self._running.values()) if learning else (),
        )

    def take(self, number: int, parameters: Mapping[str, Any]) -> Suggestion:
        """The trial that a sampler's answer comes to.

        An answer with a conflict is left out, and told as pruned without a value, the worst there is: TPE learns to
        stay away from it. Told as failed it would be forgotten, and stay attractive for ever.

        Raises:
            IncompatibleComponents: the parameters do not go together.
        """
        try:
            config = configure(self._space, parameters)
        except IncompatibleComponents:
            self._leave_out(number, parameters)
            raise
        left_out = self._left_out.get(number)
        attributes = {LEFT_OUT: list(left_out)} if left_out else {}
        distributions = {path: self._distributions[path] for path in parameters}
        begun = self._begin(number, parameters, distributions)
        return Suggestion(begun.number, dict(parameters), distributions, config, attributes)

    def repeat(self, number: int, trial: Trial) -> Suggestion:
        """The configuration of a trial once more, for the trial with this number."""
        begun = self._begin(number, trial.parameters, trial.distributions)
        return Suggestion(begun.number, dict(trial.parameters), dict(trial.distributions), dict(trial.config))

    def next_point(self, number: int) -> Suggestion:
        """The next point of the grid, for the trial with this number."""
        if self._points is None:
            raise TypeError("only a grid has points; the other samplers are asked a question")
        return self.take(number, self._points.next())

    def _begin(self, number: int, parameters: Mapping[str, Any], distributions: Mapping[str, str]) -> PastTrial:
        # The same few texts stand in every trial: kept once, they are pickled once with a question.
        texts = {path: sys.intern(text) for path, text in distributions.items()}
        begun = self._running[number] = PastTrial(self._asked, RunState.RUNNING, parameters, texts)
        self._asked += 1
        return begun

    def _leave_out(self, number: int, parameters: Mapping[str, Any]) -> None:
        distributions = {path: self._distributions[path] for path in parameters}
        self._history.add(PastTrial(self._asked, RunState.PRUNED, parameters, distributions))
        self._left_out.setdefault(number, []).append(dict(parameters))
        self._asked += 1
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
        again: bool = True,
    ) -> None:
        """The stored result of a trial, and where its curve ended; ``again``: a point of a grid that was cancelled is
        to have another trial."""
        begun = self._running.get(number)
        if begun is None:
            return
        self._left_out.pop(number, None)
        if self._points and state == RunState.CANCELLED and again:
            self._points.put_back(dict(begun.parameters))
        told = told_state(state, failure)
        self._withheld[number] = replace(
            begun, state=told, value=value if told == RunState.COMPLETED else None, last=last
        )
        if not keeps_order(self._definition.sampler):
            self._release(number)

    def _release(self, up_to: int) -> None:
        """Let the sampler know the results of trials up to this number."""
        for number in [number for number in self._withheld if number <= up_to]:
            del self._running[number]
            self._history.add(self._withheld.pop(number))


def comes_back(trial: Trial) -> bool:
    """Whether the grid's point is to have another trial if this one was cancelled: it was not for its own sake."""
    return not (trial.cancel_wanted or trial.excluded) and trial.retry_of is None


class GridPoints:
    """The points of a grid that no trial has had, and those to be had once more."""

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self._again: list[dict[str, Any]] = []
        """Points whose trial was cancelled."""
        self._cursor = 0
        """The next point that no trial has had, and whose parts go together."""
        self._skip_conflicts()

    @property
    def exhausted(self) -> bool:
        """Whether every point has had its trial."""
        return not self._again and self._cursor >= self._grid.size

    def next(self) -> dict[str, Any]:
        """The point to try next, which is thereby taken."""
        parameters = dict(self._again[0] if self._again else self._grid[self._cursor])
        self.take(parameters)
        return parameters

    def take(self, parameters: dict[str, Any]) -> None:
        """A trial has this point."""
        if parameters in self._again:
            self._again.remove(parameters)
        else:
            self._cursor += 1
            self._skip_conflicts()

    def put_back(self, parameters: dict[str, Any]) -> None:
        """The trial of this point was cancelled."""
        self._again.append(parameters)

    def _skip_conflicts(self) -> None:
        while self._cursor < self._grid.size and self._grid.has_conflict(self._grid[self._cursor]):
            self._cursor += 1
