"""Reading ranges from a document, with the remedy for each way in which one can be wrong."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from experiments.errors import InvalidInput, suggestion
from search_spaces.ranges import (
    Choice,
    Integer,
    LogInteger,
    LogUniform,
    Numeric,
    QInteger,
    QUniform,
    Range,
    Uniform,
    category,
    same,
)

NUMERIC: dict[str, Callable[..., Numeric]] = {
    kind.keyword: kind for kind in (Uniform, LogUniform, QUniform, Integer, LogInteger, QInteger)
}
WHOLE = (Integer.keyword, LogInteger.keyword, QInteger.keyword)
KEYWORDS = (*NUMERIC, Choice.keyword)
MAX_POINTS = 1000
MOST_STEPS = 10_000_000  # from here on Optuna takes values in steps for values between them
LARGEST_INTEGER = 2**53  # up to here a float holds every whole number, which Optuna's samplers rely on


def is_range(value: Any) -> bool:
    """Whether a value is meant as a range: a mapping with a range's keyword, or with a word close to one."""
    if not isinstance(value, Mapping):
        return False
    words = [str(word) for word in value]
    return any(word in KEYWORDS for word in words) or (len(words) <= 2 and any(map(_near_keyword, words)))


def plain(value: Any) -> Any:
    """A document's value with keys that are texts, lists in place of tuples, and only finite numbers.

    Raises:
        InvalidInput: NaN or an infinity, at its path.
    """
    if isinstance(value, float) and not math.isfinite(value):
        raise InvalidInput.at("", f"{value} is not a number that can be used; give a finite one")
    if isinstance(value, Mapping):
        return {str(key): _inside(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_inside(str(index), item) for index, item in enumerate(value)]
    return value


def parse_range(document: Mapping[str, Any]) -> Range:
    """A range from its mapping.

    Raises:
        InvalidInput: saying what is wrong and what to write instead.
    """
    keyword = _keyword(document)
    unknown = [word for word in document if word not in {keyword, "points"}]
    if unknown:
        raise InvalidInput.at(unknown[0], f"unknown word beside {keyword}{suggestion(unknown[0], ['points'])}")
    if keyword == Choice.keyword:
        return _choice(document)
    bounds = _bounds(keyword, document[keyword])
    return NUMERIC[keyword](*bounds[:2], _points(document), *bounds[2:])


def _keyword(document: Mapping[str, Any]) -> str:
    words = [word for word in document if word in KEYWORDS]
    if len(words) > 1:
        raise InvalidInput.at("", f"{words[0]} and {words[1]} cannot stand together; a range has one keyword")
    if words:
        return words[0]
    word = next(word for word in document if word != "points")
    raise InvalidInput.at(word, f"unknown range {word!r}{suggestion(word, KEYWORDS)}")


def _bounds(keyword: str, value: Any) -> list[Any]:
    quantized = keyword in {QUniform.keyword, QInteger.keyword}
    if not isinstance(value, list) or len(value) != 2 + quantized:
        raise InvalidInput.at(keyword, f"write `{keyword}: [low, high{', step' if quantized else ''}]`, not {value!r}")
    bounds = [_number(keyword, bound) for bound in value]
    low, high = bounds[:2]
    if low > high:
        raise InvalidInput.at(keyword, f"the bounds are reversed; write [{high:g}, {low:g}]")
    if low == high:
        raise InvalidInput.at(keyword, f"the range holds only {low:g}; write the plain value, or widen it")
    if keyword.startswith("log_") and low <= 0:
        raise InvalidInput.at(keyword, f"a logarithmic range must start above 0, and {low:g} is not; raise it")
    if keyword == QUniform.keyword and bounds[2] > 0 and max(abs(low), abs(high)) / bounds[2] > MOST_STEPS:
        remedy = "write a larger one, or uniform"
        message = f"the step {bounds[2]:g} is too fine: values {MOST_STEPS:,} steps from 0 are not told apart; {remedy}"
        raise InvalidInput.at(keyword, message)
    if quantized and (bounds[2] <= 0 or NUMERIC[keyword](low, high, None, bounds[2]).size() == 1):
        raise InvalidInput.at(keyword, f"the step {bounds[2]:g} must be positive and fit between {low:g} and {high:g}")
    return bounds


def _as_number(bound: Any) -> str:
    """How a text would have been read as a number: PyYAML's loaders, for one, take ``1e-3`` for a text."""
    spelled = re.fullmatch(r"([-+]?[0-9]+)(\.[0-9]*)?[eE]([-+]?)([0-9]+)", bound) if isinstance(bound, str) else None
    if spelled is None:
        return ""
    whole, fraction, sign, exponent = spelled.groups()
    return f"; write {whole}{fraction or '.0'}e{sign or '+'}{exponent}"


def _number(keyword: str, bound: Any) -> float:
    if isinstance(bound, bool) or not isinstance(bound, int | float):
        raise InvalidInput.at(keyword, f"the bounds must be numbers, and {bound!r} is not{_as_number(bound)}")
    if not math.isfinite(bound):
        raise InvalidInput.at(keyword, f"the bounds must be finite, and {bound} is not")
    if keyword not in WHOLE:
        return float(bound)
    if bound != int(bound):
        raise InvalidInput.at(keyword, f"{bound!r} is not a whole number; round it, or write uniform for fractions")
    if abs(bound) > LARGEST_INTEGER:
        raise InvalidInput.at(keyword, f"whole numbers are drawn up to 2^53, and {int(bound)} is beyond; write uniform")
    return int(bound)


def _points(document: Mapping[str, Any]) -> int | None:
    if "points" not in document:
        return None
    points = document["points"]
    if isinstance(points, bool) or not isinstance(points, int) or not 1 <= points <= MAX_POINTS:
        raise InvalidInput.at("points", f"give a whole number of grid points from 1 to {MAX_POINTS}, not {points!r}")
    return points


def _choice(document: Mapping[str, Any]) -> Choice:
    options = document[Choice.keyword]
    if "points" in document:
        raise InvalidInput.at("points", "a choice is its own grid; leave points out")
    if not isinstance(options, list):
        raise InvalidInput.at(Choice.keyword, f"write `choice: [a, b, …]`, not {options!r}")
    if not options:
        raise InvalidInput.at(Choice.keyword, "the choice is empty; list at least one value")
    if len(options) > MAX_POINTS:
        raise InvalidInput.at(Choice.keyword, f"a choice lists at most {MAX_POINTS:,} values; write a range, or fewer")
    for index, option in enumerate(options):
        if is_range(option):
            raise InvalidInput.at(f"choice.{index}", "a range cannot stand in a choice of values; list values only")
        if any(same(option, other) for other in options[:index]):
            raise InvalidInput.at(f"choice.{index}", f"{category(option)!r} stands twice; list each value once")
    return Choice(tuple(options))


def _near_keyword(word: str) -> bool:
    return bool(get_close_matches(word, KEYWORDS, n=1, cutoff=0.75))


def _inside(key: str, item: Any) -> Any:
    try:
        return plain(item)
    except InvalidInput as error:
        raise InvalidInput(problem.under(key) for problem in error.problems) from error
