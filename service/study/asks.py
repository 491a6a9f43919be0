"""Who trains elsewhere, as rows tell it: what was asked for, and what was said of it since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

DEFAULT_LEASE, LONGEST_LEASE = 600.0, 86_400.0
"""Seconds without a word after which a run is taken to be lost."""


@dataclass(frozen=True)
class Ask:
    """Somebody wants a trial, or has one: a run of it in one of its starts. Nobody else can report for that."""

    id: str
    study_id: str
    lease: float
    """Seconds after which it is over if nothing is heard."""
    beat: int
    """Counts the signs of life: no clock but the engine's own can end a lease."""
    run_id: str | None
    start: int
    over: bool
    """Whether nothing more is taken from it."""


class Said(StrEnum):
    """What a message is."""

    REPORT = "report"
    TELL = "tell"


@dataclass(frozen=True)
class Message:
    """What was said of a run, in the order of the ids."""

    id: int
    ask_id: str
    said: Said
    payload: Mapping[str, Any]


@dataclass(frozen=True)
class AskLook:
    """All that is not over, and all that was said and is not settled."""

    asks: Sequence[Ask]
    messages: Sequence[Message]
