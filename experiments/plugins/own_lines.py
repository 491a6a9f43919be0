"""What a training raised, in a line, and where in the user's own code: ``my_module.py:12 in setup``."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, TracebackType
from typing import Any

from experiments.errors import InvalidInput, TrainingError
from experiments.plugins.own_code import is_own, label, loaded_files


def in_a_line(error: BaseException) -> str:
    """An error in one line, with the line of the user's own code that led to it."""
    text = " ".join(str(error).split())
    if isinstance(error, SystemExit):
        text = f"the code called exit({text})"
    elif not (isinstance(error, TrainingError | InvalidInput) and text):
        text = f"{type(error).__name__}: {text}" if text else type(error).__name__
    place = line_of(error)
    return f"{text} ({place})" if place else text


def traceback_of(error: BaseException) -> str:
    """Python's traceback, from the user's own code on where it has any: how a trainer comes there helps nobody."""
    told = traceback.TracebackException.from_exception(error)
    each: traceback.TracebackException | None = told
    while each is not None:
        own = next((place for place, frame in enumerate(each.stack) if _is_own(frame.filename)), 0)
        each.stack = traceback.StackSummary.from_list(each.stack[own:])
        each = each.__cause__ or each.__context__
    return "".join(told.format())


def line_of(error: BaseException) -> str:
    """The deepest line of the user's own on the way to the error, or to what caused it; empty without one."""
    for each in _chain(error):
        places = [_place(code, line) for code, line in _frames(each.__traceback__) if _is_own(code.co_filename)]
        if places:
            return places[-1]
    return ""


def line_of_function(function: Callable[..., Any]) -> str:
    """Where a function of the user's own begins; empty for one that is not his."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    return _place(code, code.co_firstlineno) if code is not None and _is_own(code.co_filename) else ""


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _frames(trace: TracebackType | None) -> Iterator[tuple[CodeType, int]]:
    return ((frame.f_code, line) for frame, line in traceback.walk_tb(trace))


def _is_own(name: str) -> bool:
    """Whether it names a file of the user's; what was compiled from no file has no line to show."""
    file = Path(name)
    return file.is_file() and (file.resolve() in loaded_files() or is_own(file.resolve()))


def _place(code: CodeType, line: int) -> str:
    return f"{label(Path(code.co_filename).resolve())}:{line} in {code.co_name}"
