"""What a study would have started next, and what it says while that cannot start."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any

from service.engine.state import ActiveStudy
from service.engine.writer import StudyWriter
from service.study.states import Desired, StudyState


@dataclass(frozen=True)
class Start:
    """Something that waits for a worker."""

    begin: Callable[[], Coroutine[Any, Any, None]]
    alone: bool = False
    """Whether nothing else may train on its node meanwhile."""


class ShownWait:
    """A running study's reason says why nothing of it starts; empty while there is nothing to say."""

    def __init__(self, active: ActiveStudy, writer: StudyWriter) -> None:
        self._active = active
        self._writer = writer
        self._shown = active.study.reason if self._runs else ""

    @property
    def _runs(self) -> bool:
        study = self._active.study
        return study.state == StudyState.RUNNING and study.desired == Desired.RUNNING

    def show(self, reason: str) -> None:
        """This is why."""
        study = self._active.study
        if self._runs and study.reason != reason:
            self._shown = reason
            self._writer.post(lambda tx: tx.set_study_state(study.id, study.state, reason))
            self._active.study = replace(study, reason=reason)

    def other_reason(self) -> str:
        """What the running study's reason says besides: why it is held."""
        study = self._active.study
        return study.reason if study.state == StudyState.RUNNING and study.reason != self._shown else ""
