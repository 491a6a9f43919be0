"""From a sampler's suggestion to the rows of a trial, and from a run to the job a worker gets."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from experiments.errors import IncompatibleComponents, InvalidInput
from search_spaces import sampling
from service.engine.pruning.rules import Looks
from service.engine.sampling.knowledge import Result
from service.engine.sampling.listed import is_drawn_again
from service.engine.sampling.proposals import Suggestion
from service.engine.sampling.sampler_processes import Proposer, SamplingFailed
from service.engine.sampling.search import Search
from service.engine.sampling.seeds import run_seeds
from service.engine.state import ActiveStudy
from service.engine.task.effects import EndedTrial
from service.engine.trials.active_trial import ActiveRun, ActiveTrial
from service.engine.writer import StudyWriter
from service.study.jobs import Job, Resume
from service.study.ports import Queue, Transaction
from service.study.records import Run, Trial
from service.study.states import RunState


class Drawing:
    """Draws the trials of one study: asks its search, in this process or in a helper, and stores what it says."""

    def __init__(
        self, active: ActiveStudy, search: Search, queue: Queue, proposer: Proposer, writer: StudyWriter
    ) -> None:
        self._queue = queue
        self._active = active
        self._search = search
        self._proposer = proposer
        self._writer = writer
        self._turn = asyncio.Lock()  # a grid is walked in a thread, during which nothing may be told

    @property
    def exhausted(self) -> bool:
        """Whether there is nothing left to draw, in the queue neither."""
        return self._search.listed.exhausted and self.n_queued == 0

    @property
    def n_queued(self) -> int:
        """How many queued configurations wait for their trial, those too that the search has not heard of yet."""
        listed = self._search.listed
        return max(0, self._active.study.n_queued - listed.n_queued) + listed.n_waiting

    async def draw(self, n: int) -> None:
        """Ask for the next ``n`` trials, or for those that are found now, and store them before anybody sees them.

        What was drawn before an error is stored too: the search counts with it.

        Raises:
            InvalidInput: no configuration without a conflict was drawn any more.
            SamplingFailed: the sampler raised.
        """
        drawn: list[tuple[Trial, list[Run]]] = []
        try:
            for number in range(self._active.next_number, self._active.next_number + n):
                await self._hear_of_queue()
                if self._search.listed.exhausted:
                    break
                suggestion = await self._ask(number)
                if suggestion is None:
                    break
                drawn.append(drawn_trial(self._active, number, suggestion))
        except (InvalidInput, SamplingFailed):
            await self._store(drawn)
            raise
        await self._store(drawn)

    async def tell(self, ended: EndedTrial) -> None:
        """Let the search learn the end of a trial. A trial that is drawn from it is stored behind it."""
        trial = ended.record
        async with self._turn:
            self._search.tell(trial.number, Result.of(trial, ended.last), again=is_drawn_again(trial))

    async def repeat(self, trials: Sequence[Trial]) -> None:
        """Store a trial for each of these, with its configuration and its seeds."""
        first = self._active.next_number
        await self._store([self._repeated(number, trial) for number, trial in enumerate(trials, first)])

    def _repeated(self, number: int, trial: Trial) -> tuple[Trial, list[Run]]:
        suggestion = self._search.repeat(number, trial)
        again, runs = drawn_trial(self._active, number, suggestion, seeds_of=trial.number)
        return replace(again, retry_of=trial.number), runs

    async def start_over(self, read: Callable[[], Search]) -> None:
        """Go on with the search that ``read`` makes from the rows; what is told meanwhile is told to that one."""
        async with self._turn:
            await self._writer.flush()
            self._search = await asyncio.to_thread(read)

    async def _hear_of_queue(self) -> None:
        """What was queued since comes before anything that a sampler could say."""
        known, study = self._search.listed.n_queued, self._active.study
        if known < study.n_queued:
            self._search.listed.queue(await asyncio.to_thread(self._queue.of_study, study.id, known))

    async def _ask(self, number: int) -> Suggestion | None:
        """Nothing where a grid has looked at many points in vain: what is desired is heard before it goes on."""
        if self._search.listed.has_queued:
            return self._search.next_queued(number)
        if self._search.listed.is_grid:
            async with self._turn:
                return await asyncio.to_thread(self._search.next_point, number)
        for _ in range(sampling.ATTEMPTS):
            question = self._search.question(number, self._active.study.max_concurrent_trials)
            proposal = await self._proposer.propose(question)
            try:
                return self._search.take(number, proposal)
            except IncompatibleComponents as conflict:
                found = conflict
        raise found

    async def _store(self, drawn: list[tuple[Trial, list[Run]]]) -> None:
        """The rows first: a trial that a worker had and no row knew would be trained twice after a crash."""
        if not drawn:
            return

        def insert(tx: Transaction) -> None:
            for trial, runs in drawn:
                tx.insert_trial(trial, runs)

        await self._writer.write(insert)
        for trial, runs in drawn:
            self._active.add(trial, runs)


def drawn_trial(
    active: ActiveStudy, number: int, suggestion: Suggestion, *, seeds_of: int | None = None
) -> tuple[Trial, list[Run]]:
    """A WAITING trial with a run for each fold and seed; the seeds may be those of another trial."""
    definition = active.definition
    folds = definition.replicates.folds
    trial = Trial(
        id=f"tr_{secrets.token_hex(8)}",
        study_id=active.study.id,
        number=number,
        sampler_number=suggestion.sampler_number,
        state=RunState.WAITING,
        reason="",
        parameters=suggestion.parameters,
        distributions=suggestion.distributions,
        sampler_attrs=suggestion.sampler_attrs,
        queue_position=suggestion.queue_position,
        config=definition.complete(suggestion.config),
        created_at=datetime.now(UTC),
    )
    seeds = list(enumerate(run_seeds(definition, number if seeds_of is None else seeds_of)))
    return trial, [_run(active, trial, *seed, fold) for fold in (range(folds) if folds else [None]) for seed in seeds]


def _run(active: ActiveStudy, trial: Trial, replicate: int, seed: int, fold: int | None) -> Run:
    return Run(
        id=f"ru_{secrets.token_hex(8)}",
        trial_id=trial.id,
        study_id=trial.study_id,
        trial_number=trial.number,
        replicate=replicate,
        seed=seed,
        fold=fold,
        state=RunState.WAITING,
        reason="",
        attempt=1,
        created_at=trial.created_at,
        planned_epochs=trial.config["training"]["epochs"],
        code_hash=active.study.code_hash,
    )


def job_of(active: ActiveStudy, trial: ActiveTrial, run: ActiveRun) -> Job:
    """What a worker is told of a run."""
    looks = active.judging.looks if run.feeds_pruner else Looks()
    population = active.population
    config = trial.trial.config if population is None else population.config(trial.trial, run.run)
    resumes = bool(run.checkpoints) or run.recorded_step >= 0
    return Job(
        run_id=run.run.id,
        start=run.run.starts,
        key=active.key,
        config={"seed": run.run.seed, **config, "fold": run.run.fold},
        decide_from=looks.first,
        decide_every=looks.every,
        decide_by=looks.by,
        artifacts=active.definition.artifacts.keep,
        must_beat=active.results.must_beat(trial),
        code=active.study.code,
        alone=run.is_alone,
        last_epoch=run.last_epoch,
        pause_after=0 if population is None else population.pause_after,
        resume=Resume(tuple(each["sha256"] for each in run.checkpoints), run.recorded_step) if resumes else None,
    )
