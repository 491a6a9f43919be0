"""From what training raised to a failure that users read and the engine acts on."""

from __future__ import annotations

from experiments.errors import Diverged, InvalidInput, TrainingError
from experiments.plugins.own_lines import in_a_line, line_of, traceback_of
from service.study.jobs import Failed
from service.study.states import FailureKind

_MEMORY_WORDS = ("out of memory", "can't allocate memory", "cannot allocate memory", "alloc_cpu")
"""How torch and the C library say, in a RuntimeError or an OSError, that there is no memory left."""


def classify(error: BaseException) -> FailureKind:
    """The class of failure that a training exception belongs to."""
    if isinstance(error, Diverged):
        return FailureKind.DIVERGED
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return FailureKind.OUT_OF_MEMORY
    if isinstance(error, RuntimeError | OSError) and any(word in str(error).lower() for word in _MEMORY_WORDS):
        return FailureKind.OUT_OF_MEMORY
    return FailureKind.USER_ERROR


def describe(error: BaseException) -> Failed:
    """What a worker says of it: the class, a message of one line, and the traceback.

    What we say ourselves has a traceback only where it leads to a line of the user's: ours would tell him nothing.
    """
    ours = isinstance(error, TrainingError | InvalidInput) and not line_of(error)
    return Failed(classify(error), in_a_line(error), "" if ours else traceback_of(error))
