"""A dry run of a study that uses code of the user's own, as its first job: what is wrong with it is told in seconds.

It trains the configuration of the first trial, and leaves no trial behind. What passed is kept for studies that would
run the same; what did not is tried again, because it may have been the data. So is one that came to no end.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from experiments.config import DEFAULTS
from experiments.errors import InvalidInput
from service.engine.context import EngineContext
from service.engine.sampling.search import Search
from service.engine.sampling.seeds import run_seeds
from service.engine.state import ActiveStudy
from service.engine.task.evaluation import OtherCode
from service.engine.writer import StudyWriter
from service.study.jobs import Checked, Ending, Event, Failed, Job, Lost, Refused
from service.study.ports import Transaction
from service.study.records import CodeCheck, Study
from service.study.states import INFRASTRUCTURE, FailureKind, StudyState

REASON = "checking: a training and a validation batch, a checkpoint written and read"
"""Why a study is still QUEUED meanwhile."""
REMEDY = "mend it and submit the study anew under another name"
ATTEMPTS = 2
"""How often a check is begun whose worker is lost. A run gets more; here somebody waits, and has lost nothing."""
OF_THE_CONFIGURATION = frozenset({FailureKind.OUT_OF_MEMORY, FailureKind.DIVERGED})
"""Failures that say nothing of the code: another configuration may do better."""


class Checking:
    """The check of one study: whether one is due, its job, and what it found."""

    def __init__(
        self,
        active: ActiveStudy,
        context: EngineContext,
        writer: StudyWriter,
        claim: Callable[[str], None],
        hold: Callable[[str], None],
    ) -> None:
        self._active = active
        self._context = context
        self._pool = context.pool
        self._writer = writer
        self._claim = claim
        self._hold = hold
        self._key: str | None = None
        self._config: Mapping[str, Any] = {}
        self._run_id = ""
        self._attempts = 0
        self.is_alone = False
        """Whether nothing else may train beside it: memory ran out."""
        self.under_way = False
        """Whether the check has begun, and nothing is known yet."""
        self.outcome: CodeCheck | OtherCode | None = None
        """What is known, and not stored yet."""

    @property
    def wants_worker(self) -> bool:
        """Whether it waits for its turn."""
        return self.under_way and not self._run_id

    async def begin(self) -> bool:
        """Whether the study's code must be tried out before its first trial; if so, that is under way now."""
        study = self._active.study
        passed = study.code_check is not None and study.code_check.passed
        if not study.code or passed or self._active.next_number or self._pool.never_fits(self._active.key):
            return False
        config = await asyncio.to_thread(_first_config, self._active)
        if config is None:
            return False
        key = _key(study, config)
        self._config, self._key, self._attempts, self.is_alone = config, key, 0, False
        self.outcome = await asyncio.to_thread(self._context.store.studies.code_check, key)
        self.under_way = self.outcome is None
        return True

    async def start(self) -> None:
        """Give the job to the pool."""
        self._run_id, self._attempts = f"ck_{secrets.token_hex(8)}", self._attempts + 1
        self._claim(self._run_id)
        code = self._active.study.code
        job = Job(self._run_id, 1, self._active.key, self._config, code=code, task="check", alone=self.is_alone)
        await self._pool.submit(job)

    def give_up(self) -> None:
        """Forget what is under way or not stored yet: the study is not to run."""
        if self._run_id:
            self._context.spawn(self._pool.kill(self._run_id))
        self._run_id, self.under_way, self.outcome = "", False, None

    def take(self, event: Event) -> bool:
        """Whether the event belongs to the check."""
        if event.run_id != self._run_id:
            return False
        if isinstance(event.payload, Ending):
            self._run_id = ""
            self.outcome = self._outcome(event.payload)
            self.under_way = self.outcome is None
        return True

    def _outcome(self, end: Ending) -> CodeCheck | OtherCode | None:
        """What the job's end means; nothing where it is to be tried again."""
        match end:
            case Checked(warnings=warnings):
                return CodeCheck(True, warnings)
            case Refused(message=message):
                return OtherCode(message)
            case Failed() | Lost():
                return self._of_failure(end)
        raise TypeError(f"a check does not end {type(end).__name__}")

    def _of_failure(self, end: Failed | Lost) -> CodeCheck | None:
        message, failure, is_lost = end.message, end.failure, isinstance(end, Lost)
        if failure in INFRASTRUCTURE:
            self._attempts -= 1
            return None
        self.is_alone |= failure == FailureKind.OUT_OF_MEMORY
        if (failure == FailureKind.OUT_OF_MEMORY or is_lost) and self._attempts < ATTEMPTS:
            return None
        if failure in OF_THE_CONFIGURATION:
            self._key = None  # no other study need find the same
            return CodeCheck(True, (f"the check of its code did not end: {message}",))
        if is_lost:
            message = f"it ended the worker that checked it, {ATTEMPTS} times: {message}"
        traceback = end.traceback if isinstance(end, Failed) else ""
        return CodeCheck(False, (), f"the check of its code failed: {message}; {REMEDY}", traceback)

    async def conclude(self) -> None:
        """Store what was found and let the study run or fail; without its code it waits."""
        outcome, self.outcome = self.outcome, None
        if isinstance(outcome, OtherCode):
            self._hold(str(outcome))
        elif outcome is not None:
            state = StudyState.RUNNING if outcome.passed else StudyState.FAILED
            await self._writer.write(partial(_store, self._active.study.id, outcome, self._key, state))
            self._active.study = replace(self._active.study, state=state, reason=outcome.reason, code_check=outcome)


def _store(study_id: str, check: CodeCheck, key: str | None, state: StudyState, transaction: Transaction) -> None:
    transaction.set_code_check(study_id, check, key)
    transaction.set_study_state(study_id, state, check.reason)


def _first_config(active: ActiveStudy) -> Mapping[str, Any] | None:
    """That of the first trial's first run, for which it is drawn again; nothing if none can be drawn."""
    definition = active.definition
    try:
        search = Search(definition)
        search.listed.queue(definition.queued_points())
        config = definition.complete(search.ask(0).config)
    except InvalidInput:
        return None  # the study finds out where it says so
    return {**config, "seed": run_seeds(definition, 0)[0], "fold": 0 if definition.replicates.folds else None}


def _key(study: Study, config: Mapping[str, Any]) -> str:
    """What two studies have in common whose checks would find the same.

    That is the code, the packages, the resources, model and data with all their fields, the training but for its
    length, and the other components but for their numbers: those do not decide what a first batch comes to.
    """
    decisive = {
        "code": study.code_hash,
        "packages": study.provenance.get("packages", {}),
        "resources": study.definition["resources"],
        "parts": {name: config[name] for name in ("data", "model", "monitor")},
        "others": {kind: config[kind] and _without_numbers(config[kind]) for kind in DEFAULTS},
        "regularizers": {name: _without_numbers(fields) for name, fields in config["regularizers"].items()},
        "training": {name: value for name, value in config["training"].items() if name != "epochs"},
        "folds": config["fold"] is not None,
    }
    return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()


def _without_numbers(component: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in component.items() if value is None or isinstance(value, str | bool)}
