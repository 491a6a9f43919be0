"""What a study at work finds around it: one for the whole engine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from service.study.holding import OwnCode
from service.study.jobs import Pool
from service.study.ports import EngineStore
from service.study.writer import Writer

if TYPE_CHECKING:
    from service.study.runner import StudyRunner


@dataclass(frozen=True)
class Surroundings:
    """What a runner works with; one for the whole engine."""

    store: EngineStore
    writer: Writer
    pool: Pool
    wake: Callable[[], None]
    spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]
    claim: Callable[[str, StudyRunner], None]
    """Says whose events a run's are."""
    code: OwnCode
