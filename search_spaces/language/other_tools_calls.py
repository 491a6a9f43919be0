"""Ranges as the calls by which other tools make them, in a text: ``tune.loguniform(1e-4, 1e-1)``, ``hp.uniform('lr', 0,
1)``, ``trial.suggest_float('lr', 1e-4, 1e-1, log=True)``, ``tag(log, interval(0.0001, 0.1))``, ``0.1,0.01``.

The text is taken apart, and never run.
"""

from __future__ import annotations

import ast
import math
from dataclasses import dataclass
from typing import Any

from search_spaces.language.other_tools import Bounds, bounds_of, number, options_of, rounded

LONGEST = 500
"""Characters of the longest text that is taken for a call."""
_CHOICES = ("choice", "categorical", "gridsearch", "suggestcategorical", "categoricaldistribution", "values")
_EXCLUSIVE = ("randint", "lograndint", "qrandint", "range", "suggestrandint")
"""Calls whose upper bound is not drawn."""
_RANGES = (
    "uniform",
    "interval",
    "float",
    "real",
    "int",
    "number",
    "suggest",
    "distribution",
    "range",
    "rand",
    "normal",
)


@dataclass(frozen=True)
class _Call:
    name: str
    """In small letters, without module and underscores."""
    positional: list[Any]
    named: dict[str, Any]
    labeled: bool
    """Whether the first argument was a label of the parameter, which is left out."""


def options_of_call(text: str) -> list[Any] | None:
    """The values to choose from, of a call or of a list separated by commas."""
    call = _read(text)
    if call is not None:
        return _options(call)
    words = [word.strip() for word in text.strip("[] ").split(",")]
    if len(words) < 2 or not all(word and " " not in word and "(" not in word for word in words):
        return None
    return [word if number(word) is None else ast.literal_eval(word) for word in words] if _are_plain(words) else None


def bounds_of_call(text: str) -> Bounds | None:
    """The numbers between which the call would draw."""
    call = _read(text)
    return None if call is None else _bounds(call)


def bounds_of_word(word: str, arguments: list[Any]) -> Bounds | None:
    """The numbers between which the call of that name would draw, with these arguments."""
    numbers = [found for found in map(number, arguments) if found is not None]
    whole = arguments and len(numbers) == len(arguments)
    return _bounds(_Call(word.lower().replace("_", ""), numbers, {}, labeled=False)) if whole else None


def _are_plain(words: list[str]) -> bool:
    return all(number(word) is None or word.lstrip("+-")[:1] in set("0123456789.") for word in words)


def _options(call: _Call) -> list[Any] | None:
    named = options_of(call.named)
    if named is not None:
        return named
    if call.name not in _CHOICES:
        return None
    listed = call.positional[0] if len(call.positional) == 1 else call.positional
    return listed if isinstance(listed, list) and listed else None


def _bounds(call: _Call) -> Bounds | None:
    inner = next((each for each in call.positional if isinstance(each, _Call)), None)
    if inner is not None:
        found = _bounds(inner)
        log = any(each == "log" for each in call.positional)
        return found and Bounds(found.low, found.high, log or found.log, found.step)
    if not any(word in call.name for word in _RANGES):
        return None
    if "normal" in call.name or call.name == "randn":
        return bounds_of(dict(zip(("mu", "sigma"), call.positional, strict=False)) | call.named | {"type": call.name})
    ends = [0, *call.positional] if call.name in _EXCLUSIVE and len(call.positional) == 1 else call.positional
    low, high, *_ = (*ends, None, None)
    words = {"low": low, "high": high, "step": _step(call), **call.named, "type": f"{call.name} {_spread(call)}"}
    found = bounds_of({word: item for word, item in words.items() if item is not None})
    if found is None:
        return None
    if call.labeled and "log" in call.name and not call.name.startswith("suggest"):  # Hyperopt's, in logarithms
        return Bounds(rounded(math.exp(found.low)), rounded(math.exp(found.high)), True)
    beyond = (found.step or 1) if call.name in _EXCLUSIVE else 0
    return Bounds(found.low, found.high - beyond, found.log, found.step)


def _step(call: _Call) -> Any:
    stepped = call.name.startswith("q") or call.name == "range"
    return call.positional[2] if stepped and len(call.positional) > 2 else None


def _spread(call: _Call) -> str:
    return " ".join(str(call.named[word]) for word in ("prior", "sampling") if word in call.named)


def _read(text: str) -> _Call | None:
    if len(text) > LONGEST or not text.rstrip().endswith(")"):
        return None
    try:
        tree = ast.parse(text.strip(), mode="eval").body
        found = _taken(tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        return None
    return found if isinstance(found, _Call) else None


def _taken(node: ast.expr) -> Any:
    """The value of a literal, the word of a bare name, or the call."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.List | ast.Tuple):
        return [_taken(each) for each in node.elts]
    if not isinstance(node, ast.Call):
        return ast.literal_eval(node)
    name = (node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)).lower().replace("_", "")
    positional = [_taken(each) for each in node.args]
    if name == "log" and len(positional) == 1 and isinstance(positional[0], int | float):
        return math.log(positional[0])  # np.log(1e-4), as Hyperopt's users write the bounds
    label = len(positional) > 1 and isinstance(node.args[0], ast.Constant) and isinstance(positional[0], str)
    labeled = label and (name not in _CHOICES[:2] or isinstance(positional[1], list))
    named = {each.arg: _taken(each.value) for each in node.keywords if each.arg}
    return _Call(name, positional[1:] if labeled else positional, named, labeled)
