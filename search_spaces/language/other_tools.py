"""Ranges as other tools write them, each answered with what to write here, with the user's own numbers.

Known are the mappings of W&B, Ray, Optuna, NNI, Ax and Hydra (``{min: …, max: …}``, ``{values: […]}``, ``{low: …,
high: …, log: true}``, ``{distribution: …}``), their calls as texts (``tune.loguniform(1e-4, 1e-1)``; see
``other_tools_calls``), and bare lists.
"""

from __future__ import annotations

import math
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import yaml

SPAN = 100
"""From this ratio of the bounds on, a range is mostly meant in the logarithm."""
_OPTIONS = ("values", "grid_search", "choices", "categorical", "options", "categories", "list", "grid", "choice")
_ENDS = (
    ("min", "max"),
    ("low", "high"),
    ("lower", "upper"),
    ("min_value", "max_value"),
    ("minimum", "maximum"),
    ("minval", "maxval"),
    ("from", "to"),
    ("start", "stop"),
    ("start", "end"),
    ("lb", "ub"),
)
_NORMAL = (("mu", "sigma"), ("mean", "sd"), ("mean", "std"), ("loc", "scale"))
"""Normal distributions, which are not drawn here: two deviations to both sides take their place."""
_PAIRS = ("bounds", "range", "interval", "limits", "value")
_LOG = ("log", "log_scale", "logscale")
_STEP = ("step", "q", "step_size", "quantization")
_SPREADS = ("distribution", "type", "dist", "prior", "scale", "sampling", "name")
_EXPONENTS = ("log_uniform", "q_log_uniform", "inv_log_uniform")
"""Distributions of W&B whose bounds are natural logarithms; those with ``_values`` at their end take the values."""


@dataclass(frozen=True)
class Bounds:
    """A range between two numbers, however it was written."""

    low: float
    high: float
    log: bool | None = None
    """Whether it is uniform in the logarithm; None where nothing says so."""
    step: float | None = None


def written_here(value: Any, annotation: Any) -> str | None:
    """What to write for a field in the place of another tool's range; nothing where the value is none.

    ``annotation`` is the field's type: lists are ranges only where the field takes no list, and whole numbers are drawn
    as such.
    """
    kind = held_by(annotation)
    if kind is None:
        return None
    options = options_of(value)
    if options is not None:
        return _choice(options)
    if isinstance(value, list) and _is_list_of_values(value, kind, annotation):
        return _choice(value) + _or_between(value, kind)
    bounds = bounds_of(value)
    if bounds is None:
        return flow(value["value"]) if isinstance(value, Mapping) and value.keys() == {"value"} else None
    if kind == "list":
        return f"a range in each place of the list, e.g. [{_range(bounds, element_of(annotation) is int)}]"
    return _range(bounds, kind == "whole") if kind in {"whole", "number"} else None


def options_of(value: Any) -> list[Any] | None:
    """The values that another tool would choose from; nothing where it is no such choice."""
    if isinstance(value, str):
        from search_spaces.language.other_tools_calls import options_of_call

        return options_of_call(value)
    if not isinstance(value, Mapping):
        return None
    fields = _fields(value)
    found = next((fields[word] for word in _OPTIONS if isinstance(fields.get(word), list)), None)
    if found is None and isinstance(fields.get("value"), list) and not _spread(fields).endswith("uniform"):
        found = fields["value"]
    return found


def bounds_of(value: Any) -> Bounds | None:
    """The numbers between which another tool would draw; nothing where the value is no range."""
    if isinstance(value, str):
        from search_spaces.language.other_tools_calls import bounds_of_call

        return bounds_of_call(value)
    if not isinstance(value, Mapping):
        return None
    fields = _fields(value)
    if len(fields) == 1 and (found := _of_word(*fields.items())) is not None:
        return found
    ends = _ends(fields)
    if ends is None:
        return None
    spread = _spread(fields)
    said = next((fields[word] is True for word in _LOG if word in fields), "uniform" not in spread and None)
    log = True if "log" in spread else said
    if "lognormal" in spread.replace("_", "") or (spread in _EXPONENTS and ends[0] <= 0):
        ends = [rounded(math.exp(end)) for end in ends]
    step = next((number(fields[word]) for word in _STEP if word in fields), None)
    return Bounds(ends[0], ends[1], log, step)


def _of_word(item: tuple[str, Any]) -> Bounds | None:
    """The range of a mapping such as ``{randint: [1, 100]}``, whose one word is a call and holds its arguments."""
    from search_spaces.language.other_tools_calls import bounds_of_word

    word, listed = item
    return bounds_of_word(word, listed if isinstance(listed, list) else [listed])


def flow(value: Any) -> str:
    """A value as YAML in one line."""
    text = yaml.safe_dump(value, default_flow_style=True, width=math.inf, sort_keys=False, allow_unicode=True)
    return text.removesuffix("\n").removesuffix("\n...")


def number(value: Any) -> float | None:
    """A number, also where it stands as a text."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return value if math.isfinite(value) else None
    except OverflowError:  # a whole number beyond all floats
        return None


def rounded(value: float) -> float:
    """A computed bound in four digits."""
    return float(f"{value:.4g}")


def held_by(annotation: Any) -> Literal["whole", "number", "word", "list"] | None:
    """What a field of this type holds; nothing where that is not plain."""
    plain = _plain(annotation)
    if plain is int:
        return "whole"
    if plain is float:
        return "number"
    if plain in (bool, str) or get_origin(plain) is Literal:
        return "word"
    return "list" if get_origin(plain) in (list, tuple, Sequence) else None


def element_of(annotation: Any) -> Any:
    """The type of a list's elements; nothing where the type is no list."""
    plain = _plain(annotation)
    return _plain(get_args(plain)[0]) if get_origin(plain) in (list, tuple, Sequence) and get_args(plain) else None


def _plain(annotation: Any) -> Any:
    """A type without what is noted beside it, and without None."""
    if get_origin(annotation) is Annotated:
        return _plain(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        others = [each for each in typing.get_args(annotation) if each is not type(None)]
        return _plain(others[0]) if len(others) == 1 else None
    return annotation


def _fields(value: Mapping[str, Any]) -> dict[str, Any]:
    return {str(word).lower().lstrip("_").replace("-", "_"): item for word, item in value.items()}


def _spread(fields: Mapping[str, Any]) -> str:
    """The name of the distribution, if one is named; a mapping of one word may name it by that word."""
    named = " ".join(str(fields[word]) for word in _SPREADS if isinstance(fields.get(word), str))
    return (named or (next(iter(fields)) if len(fields) == 1 else "")).lower().replace("-", "_")


def _ends(fields: Mapping[str, Any]) -> list[float] | None:
    for low, high in _ENDS:
        if low in fields and high in fields:
            return _numbers([fields[low], fields[high]])
    for middle, deviation in _NORMAL:
        if middle in fields and deviation in fields and (found := _numbers([fields[middle], fields[deviation]])):
            return [rounded(found[0] - 2 * found[1]), rounded(found[0] + 2 * found[1])]
    pairs = [fields[word] for word in _PAIRS if word in fields] or (list(fields.values()) if len(fields) == 1 else [])
    return next((_numbers(pair) for pair in pairs if isinstance(pair, list) and len(pair) == 2), None)


def _numbers(values: Sequence[Any]) -> list[float] | None:
    found = [each for each in map(number, values) if each is not None]
    return found if len(found) == len(values) else None


def _is_list_of_values(value: list[Any], kind: str, annotation: Any) -> bool:
    """Whether a bare list is several values of a field, and not the list, of lists perhaps, that the field takes."""
    nested = held_by(element_of(annotation)) in {"list", None}
    return bool(value) and (kind != "list" or (not nested and all(isinstance(each, list) for each in value)))


def _choice(options: list[Any]) -> str:
    return flow({"choice": [each for index, each in enumerate(options) if each not in options[:index]]})


def _or_between(values: list[Any], kind: str) -> str:
    """Two numbers in ascending order may be meant as bounds."""
    ends = _numbers(values) if len(values) == 2 and kind in {"whole", "number"} else None
    if ends is None or ends[0] >= ends[1]:
        return ""
    return f" for one of the two, or {_range(Bounds(ends[0], ends[1]), kind == 'whole')} for any value between them"


def _range(bounds: Bounds, whole: bool) -> str:
    low, high = sorted((bounds.low, bounds.high))
    if low == high:
        return f"the plain value {flow(low)}"
    ends = [int(low), int(high)] if whole else [low, high]
    plain, log = ("int", "log_int") if whole else ("uniform", "log_uniform")
    if bounds.log and low <= 0:
        return f"{{{log}: [LOW, {flow(ends[1])}]}} with a LOW above 0, or {flow({plain: ends})}"
    if bounds.log:
        return flow({log: ends})
    if bounds.step and not (whole and bounds.step == 1):
        step = max(1, int(bounds.step)) if whole else bounds.step
        return flow({"qint" if whole else "quniform": [*ends, step]})
    if bounds.log is None and not whole and low > 0 and high / low >= SPAN:
        return f"{flow({log: ends})}, or {flow({plain: ends})} to draw mostly large values"
    return flow({plain: ends})
