"""Reading ranges from a document, with the remedy for each way in which one can be wrong."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from experiments.errors import InvalidInput, as_written, suggestion
from search_spaces.language.other_tools import bounds_of, flow, options_of, written_here
from search_spaces.leaves import OFF, Leaf, OnOff
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
OPTIONAL = "optional"
OPTIONAL_FORM = "{optional: {log_uniform: [LOW, HIGH]}}"
NO_OPTIONS = "the choice is empty; list at least one value"
MAX_POINTS = 1000
MOST_STEPS = 10_000_000  # from here on Optuna takes values in steps for values between them
LARGEST_INTEGER = 2**53  # up to here a float holds every whole number, which Optuna's samplers rely on


def is_range(value: Any) -> bool:
    """Whether a value is meant as a range: a mapping with a range's keyword, or with a word close to one."""
    if not isinstance(value, Mapping):
        return False
    words = [str(word) for word in value]
    return any(word in KEYWORDS for word in words) or (len(words) <= 2 and any(map(_near_keyword, words)))


def is_exact_range(value: Any) -> bool:
    """Whether a mapping holds a range's keyword with its list, and nothing but `points` beside."""
    if not isinstance(value, Mapping):
        return False
    words = [word for word in value if word != "points"]
    return len(words) == 1 and words[0] in KEYWORDS and isinstance(value[words[0]], list)


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


def parse_leaf(value: Any, annotation: Any) -> Leaf | None:
    """A range, or one that may be off, from what a document says of a field; nothing for a constant.

    Raises:
        InvalidInput: it is wrong, or written as another tool writes it: with what to write instead.
    """
    if isinstance(value, Mapping) and OPTIONAL in value:
        return _optional(value, annotation)
    if is_range(value):
        return parse_range(value)
    if options_of(value) == []:
        raise InvalidInput.at("", NO_OPTIONS)
    here = written_here(value, annotation)
    if here is not None:
        raise InvalidInput.at("", f"this takes one value or a range; write {here}")
    return None


def _optional(document: Mapping[str, Any], annotation: Any) -> OnOff:
    beside = [word for word in document if word != OPTIONAL]
    if beside:
        raise InvalidInput.at(str(beside[0]), f"nothing can stand beside optional; write {OPTIONAL_FORM}")
    inner = document[OPTIONAL]
    try:
        leaf = parse_leaf(inner, annotation)
    except InvalidInput as error:
        raise InvalidInput(problem.under(OPTIONAL) for problem in error.problems) from error
    if not isinstance(leaf, Range):
        values = f", or {flow({'choice': [OFF, inner]})}" if isinstance(inner, int | float | str) else ""
        remedy = f"write {OPTIONAL_FORM}{values}"
        raise InvalidInput.at(OPTIONAL, f"of a field, 0 or a value of a range is optional; {remedy}")
    if _holds_off(leaf):
        raise InvalidInput.at(OPTIONAL, f"{leaf} holds 0 already; leave `optional` out, or start the range above 0")
    return OnOff(leaf)


def _holds_off(range_: Range) -> bool:
    try:
        range_.accept(OFF)
    except InvalidInput:
        return False
    return True


def parse_range(document: Mapping[str, Any]) -> Range:
    """A range from its mapping.

    Raises:
        InvalidInput: saying what is wrong and what to write instead.
    """
    keyword = _keyword(document)
    unknown = [word for word in document if word not in {keyword, "points"}]
    if unknown:
        said = f"unknown word beside {keyword}{suggestion(unknown[0], ['points'])}"
        raise InvalidInput.at(unknown[0], _better(keyword, document) or said)
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
    raise InvalidInput.at(word, f"unknown range {word!r}{_corrected(word, document[word])}")


def _corrected(word: str, value: Any) -> str:
    """The range that a misspelled word is likely to mean, with its numbers where these make one."""
    near = get_close_matches(word, KEYWORDS, n=1)
    try:
        meant = parse_range({near[0]: value}) if near else None
    except InvalidInput:
        meant = None
    here = written_here({word: value}, float) if meant is None else flow({near[0]: value})
    return f"{suggestion(word, KEYWORDS)}{f'; write {here}' if here else ''}"


def _better(keyword: str, document: Mapping[str, Any]) -> str:
    """What to write where other tools' words (``log: true``, ``step: 2``) stand beside a keyword with bounds."""
    whole = keyword in WHOLE
    words = {word: value for word, value in document.items() if word not in {keyword, "points"}}
    if not isinstance(document[keyword], list) or bounds_of({"bounds": document[keyword], **words}) is None:
        return ""
    here = written_here({"bounds": document[keyword], **words, "type": keyword}, int if whole else float)
    known = words.keys() <= {"log", "step", "q"}
    return f"this word does not stand beside {keyword}; write {here}" if known else ""


def _bounds(keyword: str, value: Any) -> list[Any]:
    quantized = keyword in {QUniform.keyword, QInteger.keyword}
    meant = bounds_of(value) if isinstance(value, Mapping) else None
    if meant is not None and not quantized:
        raise InvalidInput.at(keyword, f"the bounds stand in a list; write {flow({keyword: [meant.low, meant.high]})}")
    if not isinstance(value, list) or len(value) != 2 + quantized:
        raise InvalidInput.at(
            keyword, f"write `{keyword}: [low, high{', step' if quantized else ''}]`, not {as_written(value)}"
        )
    bounds = [_number(keyword, bound) for bound in value]
    low, high = bounds[:2]
    if low > high:
        raise InvalidInput.at(keyword, f"the bounds are reversed; write [{high:g}, {low:g}]")
    if low == high:
        raise InvalidInput.at(keyword, f"the range holds only {low:g}; write the plain value, or widen it")
    if keyword.startswith("log_") and low <= 0:
        remedy = _raised(keyword, low, high)
        raise InvalidInput.at(keyword, f"a logarithmic range must start above 0, and {low:g} is not; {remedy}")
    if keyword == QUniform.keyword and bounds[2] > 0 and max(abs(low), abs(high)) / bounds[2] > MOST_STEPS:
        remedy = "write a larger one, or uniform"
        message = f"the step {bounds[2]:g} is too fine: values {MOST_STEPS:,} steps from 0 are not told apart; {remedy}"
        raise InvalidInput.at(keyword, message)
    if quantized and (bounds[2] <= 0 or NUMERIC[keyword](low, high, None, bounds[2]).size() == 1):
        raise InvalidInput.at(keyword, f"the step {bounds[2]:g} must be positive and fit between {low:g} and {high:g}")
    return bounds


def _raised(keyword: str, low: float, high: float) -> str:
    """The remedy for a logarithmic range from ``low``; one from 0 on is mostly meant to hold 0 as well."""
    if low or high <= 0:
        return "raise it"
    return f"raise it, and for 0 as well write {{optional: {{{keyword}: [LOW, {flow(high)}]}}}}"


def _as_number(bound: Any) -> str:
    """How a text would have been read as a number: PyYAML's loaders, for one, take ``1e-3`` for a text."""
    spelled = re.fullmatch(r"([-+]?[0-9]+)(\.[0-9]*)?[eE]([-+]?)([0-9]+)", bound) if isinstance(bound, str) else None
    if spelled is None:
        return ""
    whole, fraction, sign, exponent = spelled.groups()
    return f"; write {whole}{fraction or '.0'}e{sign or '+'}{exponent}"


def _number(keyword: str, bound: Any) -> float:
    if isinstance(bound, bool) or not isinstance(bound, int | float):
        raise InvalidInput.at(keyword, f"the bounds must be numbers, and {as_written(bound)} is not{_as_number(bound)}")
    if not math.isfinite(bound):
        raise InvalidInput.at(keyword, f"the bounds must be finite, and {bound} is not")
    if keyword not in WHOLE:
        return float(bound)
    if bound != int(bound):
        raise InvalidInput.at(
            keyword, f"{as_written(bound)} is not a whole number; round it, or write uniform for fractions"
        )
    if abs(bound) > LARGEST_INTEGER:
        raise InvalidInput.at(keyword, f"whole numbers are drawn up to 2^53, and {int(bound)} is beyond; write uniform")
    return int(bound)


def _points(document: Mapping[str, Any]) -> int | None:
    if "points" not in document:
        return None
    points = document["points"]
    if isinstance(points, bool) or not isinstance(points, int) or not 1 <= points <= MAX_POINTS:
        raise InvalidInput.at(
            "points", f"give a whole number of grid points from 1 to {MAX_POINTS}, not {as_written(points)}"
        )
    return points


def _choice(document: Mapping[str, Any]) -> Choice:
    options = document[Choice.keyword]
    if "points" in document:
        raise InvalidInput.at("points", "a choice is its own grid; leave points out")
    if not isinstance(options, list):
        raise InvalidInput.at(Choice.keyword, f"write `choice: [a, b, …]`, not {as_written(options)}")
    if not options:
        raise InvalidInput.at(Choice.keyword, NO_OPTIONS)
    if len(options) > MAX_POINTS:
        raise InvalidInput.at(Choice.keyword, f"a choice lists at most {MAX_POINTS:,} values; write a range, or fewer")
    for index, option in enumerate(options):
        if is_range(option) or bounds_of(option) or (isinstance(option, Mapping) and options_of(option)):
            remedy = _as_optional(options, index) or "list values only"
            raise InvalidInput.at(f"choice.{index}", f"a range cannot stand in a choice of values; {remedy}")
        if any(same(option, other) for other in options[:index]):
            raise InvalidInput.at(f"choice.{index}", f"{category(option)!r} stands twice; list each value once")
    return Choice(tuple(options))


def _as_optional(options: list[Any], index: int) -> str:
    """What to write for "0, or a range", where a choice has these two."""
    others = [option for other, option in enumerate(options) if other != index]
    if len(others) != 1 or (others[0] is not None and not same(others[0], OFF)):
        return ""
    range_ = options[index] if is_range(options[index]) else None
    here = flow(range_) if range_ else written_here(options[index], float)
    return f"write {{optional: {here}}} for 0 or a value of the range" if here else ""


def _near_keyword(word: str) -> bool:
    return bool(get_close_matches(word, KEYWORDS, n=1, cutoff=0.75))


def _inside(key: str, item: Any) -> Any:
    try:
        return plain(item)
    except InvalidInput as error:
        raise InvalidInput(problem.under(key) for problem in error.problems) from error
