"""The search of one study: what it has drawn and learned, derived from the trial rows and rebuilt from them any time.

*Ask* samples a configuration; the caller stores the trial before handing it out, because a trial that a worker has and
no row knows would be trained twice after a crash. *Tell* need not wait for the result's commit: the trial that is drawn
from it is stored behind it. Each draw is seeded from (study seed, trial number), so a rebuilt search proposes what the
unbroken one would have proposed for the same asks and tells. Of a lost worker a search hears nothing: the trial runs
until all its runs have ended, whichever attempt of theirs it was.

What was queued comes first, and no sampler is asked for it; a grid answers itself (`ListedPoints`). Every other sampler
is asked a `Question` that holds all its answer depends on, wherever it is answered; meanwhile results may be told
(`Knowledge`). When to ask, `Progress.room_for_trials` says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from experiments.errors import IncompatibleComponents
from search_spaces.sampling import ATTEMPTS, configure
from service.engine.sampling.knowledge import LEFT_OUT, Knowledge, Result
from service.engine.sampling.listed import GRID_INDEX, ListedPoints, is_drawn_again
from service.engine.sampling.proposals import Proposal, Question, Suggestion, propose
from service.engine.sampling.samplers import Seeds
from service.engine.sampling.seeds import derived_seed, sequence_seed
from service.study.definitions.definition import StudyDefinition
from service.study.records import PriorTrial, Trial
from service.study.states import RunState


class Search:
    """Asks and tells for one study. One trial is asked for at a time."""

    def __init__(self, definition: StudyDefinition) -> None:
        self._definition = definition
        self._space = definition.search_space()
        self.listed = ListedPoints(definition, self._space)
        """What comes before a sampler's proposals, or instead of them."""
        self._knowledge = Knowledge(definition, self._space)
        self._drawn = 0
        """How many trials a sampler proposed, those with a conflict among them."""

    def rebuild(self, trials: Sequence[Trial], last: Mapping[int, tuple[int, float]]) -> None:
        """Take in the stored trials, by number, and where their curves ended; what was queued is known by then."""
        for trial in trials:
            self._knowledge.restore(trial)
            self._drawn += len(trial.sampler_attrs.get(LEFT_OUT, ()))
            if not self.listed.restore(trial) and trial.retry_of is None:  # else its configuration is another's
                self._drawn += 1
            if trial.state.ended:
                result = Result.of(trial, last.get(trial.number))
                self.tell(trial.number, result, again=is_drawn_again(trial))

    def learn(self, prior: Sequence[PriorTrial]) -> None:
        """What trials of earlier studies came to, before the first trial of this one."""
        self._knowledge.learn(prior)

    # --- asking

    def ask(self, number: int, at_once: int = 1) -> Suggestion:
        """The configuration of the trial that will have this number; the samplers are asked here and now.

        Raises:
            IncompatibleComponents: no configuration without one was drawn any more.
        """
        if self.listed.has_queued:
            return self.next_queued(number)
        while self.listed.is_grid:
            if point := self.next_point(number):
                return point
            if self.listed.exhausted:
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
        seeds = Seeds(derived_seed(self._definition.seed, *path), sequence_seed(self._definition.seed), self._drawn)
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
        distributions = self._knowledge.distributions(parameters)
        sampler_number = self._knowledge.begin(number, parameters, distributions, proposal.state)
        return Suggestion(sampler_number, dict(parameters), distributions, config, attributes)

    def repeat(self, number: int, trial: Trial) -> Suggestion:
        """The configuration of a trial once more, for the trial with this number."""
        sampler_number = self._knowledge.begin(number, trial.parameters, trial.distributions, {})
        return Suggestion(sampler_number, dict(trial.parameters), dict(trial.distributions), dict(trial.config))

    def next_queued(self, number: int) -> Suggestion:
        """The first queued configuration, for the trial with this number.

        Raises:
            InvalidInput: the catalog does not take it any more.
        """
        position, parameters = self.listed.first_queued()
        config = configure(self._space, parameters)
        self.listed.take_queued(number, position)
        return replace(self._suggest(number, Proposal(parameters), config), queue_position=position)

    def next_point(self, number: int) -> Suggestion | None:
        """The next point of the grid, for the trial with this number; nothing if it found none in one go."""
        found = self.listed.next_point(number)
        if found is None:
            return None
        index, parameters = found
        return replace(self.take(number, Proposal(parameters)), sampler_attrs={GRID_INDEX: index})

    # --- telling

    def tell(self, number: int, result: Result, *, again: bool = True) -> None:
        """What a trial came to.

        ``again``: a point of a grid or of the queue that was cancelled is to have another trial.
        """
        if not self._knowledge.tell(number, result):
            return
        self.listed.end(number, put_back=again and result.state == RunState.CANCELLED)
