"""Ranges of other tools as a search space writes them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from search_spaces.language.notation import LARGEST_INTEGER, MAX_POINTS
from search_spaces.language.other_tools import number, rounded
from search_spaces.ranges import same
from service.imports.foreign import Untranslatable


def between(low: Any, high: Any, *, log: bool = False, step: Any = None, whole: bool = False) -> Any:
    """Any value between two bounds, both included; a plain value where they are the same.

    Raises:
        Untranslatable: the bounds make no range.
    """
    ends = [_bound(low), _bound(high)]
    if ends[0] > ends[1]:
        raise Untranslatable(f"the bounds are reversed; write [{ends[1]:g}, {ends[0]:g}]")
    if whole:
        ends = _whole(ends)
    if ends[0] == ends[1]:
        return ends[0]
    if log and ends[0] <= 0:
        raise Untranslatable(f"a logarithmic range must start above 0, and {ends[0]:g} is not; raise the lower bound")
    if log:
        return {"log_int" if whole else "log_uniform": ends}
    if step is None or (whole and _bound(step) == 1):
        return {"int" if whole else "uniform": ends}
    return _stepped(ends, _bound(step), whole)


def multiples(low: Any, high: Any, step: Any) -> Any:
    """The multiples of a step between two bounds, for tools that round what they draw.

    Raises:
        Untranslatable: there is none.
    """
    q = Decimal(str(_bound(step)))
    if q <= 0:
        raise Untranslatable(f"the step {step} must be above 0")
    first = (Decimal(str(_bound(low))) / q).to_integral_value("ROUND_CEILING") * q
    last = (Decimal(str(_bound(high))) / q).to_integral_value("ROUND_FLOOR") * q
    if first > last:
        raise Untranslatable(f"no multiple of {step} lies between {low} and {high}; write another step")
    return between(float(first), float(last), step=step, whole=float(q).is_integer())


def choice(options: Any) -> Any:
    """One of several values, each once; the value itself where there is one.

    Raises:
        Untranslatable: there is none, there are too many, or one is none that can be written down.
    """
    if not isinstance(options, Iterable) or isinstance(options, str | bytes | dict):
        raise Untranslatable(f"a list of values was expected, not {options!r:.60}; write them out")
    listed = [_plain(option) for option in options]
    if not listed:
        raise Untranslatable("the list of values is empty; list at least one")
    if len(listed) > MAX_POINTS:
        raise Untranslatable(f"a choice lists at most {MAX_POINTS:,} values, not {len(listed):,}; write a range")
    once = [each for index, each in enumerate(listed) if not any(same(each, other) for other in listed[:index])]
    return constant(once[0]) if len(once) == 1 else {"choice": once}


def constant(value: Any) -> Any:
    """A value that does not vary.

    Raises:
        Untranslatable: it is a mapping, which a search space could take for a range, or cannot be written down.
    """
    plain = _plain(value)
    if isinstance(plain, dict):
        raise Untranslatable("a mapping is no value of a parameter; write its parts as parameters of their own")
    return plain


def normal(mean: Any, deviation: Any, *, step: Any = None) -> Any:
    """Two deviations to both sides of the mean, which normal distributions become: they are not drawn here."""
    low, high = _two_deviations(mean, deviation)
    return between(low, high) if step is None else multiples(low, high, step)


def log_normal(mean: Any, deviation: Any) -> Any:
    """The same of a normal distribution of the logarithm."""
    low, high = _two_deviations(mean, deviation)
    return between(exponential(low), exponential(high), log=True)


def exponential(exponent: Any) -> float:
    """A bound that is written as its natural logarithm.

    Raises:
        Untranslatable: it is no number, or that is too large or too small a one.
    """
    try:
        value = rounded(math.exp(_bound(exponent)))
    except OverflowError:
        value = 0.0
    if not value:
        raise Untranslatable(f"e to the power of {exponent} is beyond the numbers there are; write another bound")
    return value


def is_whole(step: Any) -> bool:
    """Whether what is drawn in multiples of a step is whole."""
    found = number(step)
    return found is not None and found == int(found)


def is_range(value: Any) -> bool:
    """Whether a parameter varies."""
    return isinstance(value, dict)


def _bound(value: Any) -> float:
    found = number(value)
    if found is None:
        raise Untranslatable(f"a finite number was expected, not {value!r:.60}; mend it in the file")
    return found


def _two_deviations(mean: Any, deviation: Any) -> tuple[float, float]:
    middle, spread = _bound(mean), abs(_bound(deviation))
    return rounded(middle - 2 * spread), rounded(middle + 2 * spread)


def _whole(ends: list[float]) -> list[float]:
    first, last = math.ceil(ends[0]), math.floor(ends[1])
    if first > last:
        raise Untranslatable(f"no whole number lies between {ends[0]:g} and {ends[1]:g}; widen the range")
    if max(abs(first), abs(last)) > LARGEST_INTEGER:
        raise Untranslatable("whole numbers are drawn up to 2^53; write a range of numbers that are not whole")
    return [first, last]


def _stepped(ends: list[float], step: float, whole: bool) -> Any:
    if whole and step != int(step):
        raise Untranslatable(f"the step {step:g} of whole numbers must be whole")
    if step <= 0 or ends[0] + step > ends[1]:
        raise Untranslatable(f"the step {step:g} must be above 0 and fit between {ends[0]:g} and {ends[1]:g}")
    return {"qint" if whole else "quniform": [*ends, int(step) if whole else step]}


def _plain(option: Any) -> Any:
    """A value as a document can hold it: NumPy's numbers become Python's, tuples lists."""
    value = option.item() if hasattr(option, "item") and not hasattr(option, "__len__") else option
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        raise Untranslatable(f"{value} is no finite number; leave it out of the choice")
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise Untranslatable(f"{value!r:.60} is no plain value; write its name, a number, or a list of these")
