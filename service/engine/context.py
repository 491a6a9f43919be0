"""What a study at work finds around it: one for the whole engine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from service.engine.own_code import OwnCode
from service.engine.sampling.sampler_processes import Proposer
from service.engine.writer import Writer
from service.study.jobs import Pool
from service.study.ports import EngineStore

if TYPE_CHECKING:
    from service.engine.task.study_task import StudyRunner


@dataclass(frozen=True)
class EngineContext:
    """What a runner works with; one for the whole engine."""

    store: EngineStore
    writer: Writer
    pool: Pool
    proposer: Proposer
    code: OwnCode
    spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]
    claim: Callable[[str, StudyRunner], None]
    """Says whose events a run's are."""
    wake: Callable[[StudyRunner], None]
    """Has the runner look what is due."""
    failed: Callable[[StudyRunner, BaseException], None]
    """Says, from any thread, that a runner cannot go on."""
