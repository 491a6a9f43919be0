"""Filters as conditions of SQL: a field is a column, or stands in a trial's JSON."""

from __future__ import annotations

import operator as operators
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Double, String, and_, case, cast, false, func, not_, or_
from sqlalchemy.sql.elements import ColumnClause

from experiments.errors import suggestion
from service.storage.db.tables import studies, trials
from service.study import filters
from service.study.filters import Comparison, Filter, Value, refusal
from service.study.states import Desired, FailureKind, RunState, StudyState

Condition = ColumnElement[bool]
Of = Callable[[Comparison, str], Condition]
"""From a comparison, and the name of the database's dialect, to its condition."""


def condition(found: Filter, field: Of, dialect: str) -> Condition:
    """The condition that a filter comes to; ``field`` reads its comparisons."""
    match found:
        case Comparison():
            return func.coalesce(field(found, dialect), false())  # what is unknown is not so, and `not` chooses it
        case filters.Not(of=of):
            return not_(condition(of, field, dialect))
        case filters.All(of=parts):
            return and_(*(condition(part, field, dialect) for part in parts))
        case filters.Any(of=parts):
            return or_(*(condition(part, field, dialect) for part in parts))


def of_trial(comparison: Comparison, dialect: str) -> Condition:
    """A column of a trial, or else one of its parameters or final metrics."""
    if comparison.name in TRIAL_COLUMNS:
        return _of_column(TRIAL_COLUMNS[comparison.name], comparison, TRIAL_WORDS)
    name = comparison.name
    places = [(prefix, column) for prefix, column in JSON_COLUMNS.items() if name.startswith(prefix)]
    if places:
        [(prefix, column)] = places
        return _of_json(column, name.removeprefix(prefix), comparison, dialect)
    return func.coalesce(*(_of_json(column, name, comparison, dialect) for column in JSON_COLUMNS.values()))


def of_study(comparison: Comparison, dialect: str) -> Condition:
    """A column of a study, or a field of its definition."""
    if comparison.name in STUDY_COLUMNS:
        return _of_column(STUDY_COLUMNS[comparison.name], comparison, STUDY_WORDS)
    if comparison.name not in DEFINED:
        known = [*STUDY_COLUMNS, *DEFINED]
        raise refusal(
            f"a study has no field {comparison.name!r}{suggestion(comparison.name, known)}", comparison.position
        )
    places = (_of_json(studies.c.definition, path, comparison, dialect) for path in DEFINED[comparison.name])
    return func.coalesce(*places, false())


TRIAL_COLUMNS: Mapping[str, Any] = {
    name: trials.c[name]
    for name in ("state", "number", "value", "reason", "infeasible", "excluded", "retry_of", "failure", "notes", "tags")
}
JSON_COLUMNS: Mapping[str, Any] = {"parameters.": trials.c.parameters, "metrics.": trials.c.metrics}
STUDY_COLUMNS: Mapping[str, Any] = {
    **{
        name: studies.c[name]
        for name in ("name", "state", "desired", "reason", "priority", "max_trials", "notes", "tags")
    },
    "best": studies.c.best_value,
}
TRIAL_WORDS: Mapping[str, type[StrEnum]] = {"state": RunState, "failure": FailureKind}
STUDY_WORDS: Mapping[str, type[StrEnum]] = {"state": StudyState, "desired": Desired}
"""A column to all that it ever says."""
DEFINED: Mapping[str, Sequence[Any]] = {
    "experiment": ["experiment"],
    "sampler": [("sampler", "name")],
    "pruner": [("pruner", "name")],
    "metric": [("objective", "metric"), ("objective", 0, "metric")],
    "direction": [("objective", "direction"), ("objective", 0, "direction")],
}
"""A field to the places in a definition where it may stand; of several objectives the first is meant."""


def _of_column(column: ColumnClause[Any], comparison: Comparison, words: Mapping[str, type[StrEnum]]) -> Condition:
    if column.name == "tags":
        return _of_tags(column, comparison)
    if column.name in words and comparison.operator in {"=", "!=", "in"}:
        _refuse_unknown(comparison, [str(word) for word in words[column.name]])
    kind = column.type.python_type
    if kind is bool:
        return _compare(column, comparison, lambda value: isinstance(value, bool), "true or false")
    if kind in {int, float}:
        return _compare(column, comparison, lambda value: isinstance(value, float), "a number")
    return _compare(column, comparison, None, "")


def _refuse_unknown(comparison: Comparison, known: Sequence[str]) -> None:
    """A word that the column never says would choose nothing, or all, and nobody would know why."""
    for word in map(_text, comparison.values):
        if word not in known:
            raise refusal(f"there is no {comparison.name} {word!r}{suggestion(word, known)}", comparison.position)


def _of_tags(column: ColumnClause[Any], comparison: Comparison) -> Condition:
    """A tag is found by the text of the list; no tag holds a quote."""
    if comparison.operator not in {"=", "!=", "in"}:
        raise refusal("tags are compared by =, != or in", comparison.position)
    found = or_(*(cast(column, String).contains(f'"{_text(value)}"', autoescape=True) for value in comparison.values))
    return not_(found) if comparison.operator == "!=" else found


def _compare(
    column: ColumnElement[Any], comparison: Comparison, fits: Callable[[Value], bool] | None, wanted: str
) -> Condition:
    """A column of one type; with ``fits``, only such values make sense."""
    if fits is not None and (comparison.operator == "~" or not all(map(fits, comparison.values))):
        raise refusal(f"{comparison.name} is compared with {wanted}", comparison.position)
    values = comparison.values if fits is not None else tuple(map(_text, comparison.values))
    return _apply(column, comparison.operator, values)


def _of_json(column: Any, path: Any, comparison: Comparison, dialect: str) -> Condition:
    """A value within JSON, compared as what it is there: a number, a text, or true or false."""
    if '"' in comparison.name:
        raise refusal("no field has a quote in its name", comparison.position)
    numbers = [value for value in comparison.values if isinstance(value, float)]
    element = column[path]
    kind = func.json_typeof(element) if dialect == "postgresql" else func.json_type(column, _path(path))
    if numbers and len(numbers) == len(comparison.values):
        is_number = kind.in_(["number", "integer", "real"])
        return case((is_number, _apply(cast(element.as_string(), Double), comparison.operator, tuple(numbers))))
    text = element.as_string()
    if dialect == "sqlite":  # where true is 1 as a text
        text = case((kind.in_(["true", "false"]), kind), else_=text)
    return _apply(text, comparison.operator, tuple(map(_text, comparison.values)))


def _path(path: Any) -> str:
    parts = (path,) if isinstance(path, str) else path
    return "$" + "".join(f"[{part}]" if isinstance(part, int) else f'."{part}"' for part in parts)


def _apply(column: Any, operator: str, values: tuple[Any, ...]) -> Condition:
    found: Condition = COMPARED[operator](column, values if operator == "in" else values[0])
    return found


def _contains(column: Any, text: Any) -> Any:
    return column.icontains(text, autoescape=True)


COMPARED: Mapping[str, Callable[[Any, Any], Any]] = {
    "in": lambda column, values: column.in_(values),
    "~": _contains,
    "=": operators.eq,
    "!=": operators.ne,
    "<": operators.lt,
    "<=": operators.le,
    ">": operators.gt,
    ">=": operators.ge,
}


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else value
