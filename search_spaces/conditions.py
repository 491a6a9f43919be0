"""What a configuration must fulfil that no range can say: ``optimizer.adamw.lr * training.batch_size < 1``.

An expression has numbers, texts and parameters by their paths; ``+ - * / **``; ``== != < <= > >=``, in a chain too; and
``and``, ``or``, ``not``. It is read as Python reads it and computed here, node by node, so that it can do nothing else.
"""

from __future__ import annotations

import ast
import operator as operators
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

LONGEST = 500
"""Characters of an expression."""
ARITHMETIC: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operators.add,
    ast.Sub: operators.sub,
    ast.Mult: operators.mul,
    ast.Div: operators.truediv,
    ast.Pow: operators.pow,
}
COMPARED: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operators.eq,
    ast.NotEq: operators.ne,
    ast.Lt: operators.lt,
    ast.LtE: operators.le,
    ast.Gt: operators.gt,
    ast.GtE: operators.ge,
}
HAS = "it has numbers, parameters, + - * / **, comparisons, `and`, `or` and `not`"


@dataclass(frozen=True)
class Condition:
    """An expression over parameters that is true of every configuration that may run.

    Raises:
        ValueError: the text is none, with what is wrong with it.
    """

    text: str

    def __post_init__(self) -> None:
        _read(self.text)

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters that it names, in the order in which they come up."""
        return _read(self.text)[1]

    def holds(self, parameters: Mapping[str, Any]) -> bool:
        """Whether it is true of a configuration; one that lacks a parameter it names, it says nothing of."""
        tree, names = _read(self.text)
        if any(name not in parameters for name in names):
            return True
        try:
            return bool(_value(tree, parameters))
        except (ArithmeticError, TypeError):  # a division by zero, or a text against a number
            return False


@lru_cache(maxsize=1024)
def _read(text: str) -> tuple[ast.expr, tuple[str, ...]]:
    """The expression, and the parameters it names."""
    if len(text) > LONGEST:
        raise ValueError(f"an expression has at most {LONGEST} characters, and this one has {len(text):,}")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError) as error:
        raise ValueError(f"{text!r} is no expression: {error}; write e.g. `optimizer.adamw.lr < 0.1`") from error
    if not isinstance(tree, ast.Compare | ast.BoolOp) and not _is_not(tree):
        raise ValueError(f"{text!r} is neither true nor false; compare it, e.g. `optimizer.adamw.lr < 0.1`")
    names: dict[str, None] = {}
    _check(tree, text, names)
    if not names:
        raise ValueError(f"{text!r} names no parameter; write e.g. `optimizer.adamw.lr < 0.1`")
    return tree, tuple(names)


def _is_not(node: ast.expr) -> bool:
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)


def _check(node: ast.expr, text: str, names: dict[str, None]) -> None:
    """Refuse what an expression does not have, and note what it names."""
    match node:
        case ast.Constant(value=bool() | int() | float() | str()):
            return
        case ast.Name() | ast.Attribute() | ast.Subscript() if (path := _path(node)) is not None:
            names[path] = None
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() | ast.Not(), operand=operand):
            _check(operand, text, names)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in ARITHMETIC:
            _check(left, text, names)
            _check(right, text, names)
        case ast.Compare(left=left, ops=ops, comparators=others) if all(type(op) in COMPARED for op in ops):
            for each in (left, *others):
                _check(each, text, names)
        case ast.BoolOp(values=values):
            for each in values:
                _check(each, text, names)
        case _:
            raise ValueError(f"{ast.unparse(node)!r} is no part of an expression: {HAS}")


def _path(node: ast.expr) -> str | None:
    """``optimizer.adamw.lr``, and ``model.widths[0]`` for a place in a list; nothing for any other expression."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=inner, attr=name):
            before = _path(inner)
            return None if before is None else f"{before}.{name}"
        case ast.Subscript(value=inner, slice=ast.Constant(value=int(place))):
            before = _path(inner)
            return None if before is None else f"{before}.{place}"
    return None


def _value(node: ast.expr, parameters: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant(value=value):
            return _number(value)
        case ast.UnaryOp(op=op, operand=operand):
            value = _value(operand, parameters)
            return not value if isinstance(op, ast.Not) else -value if isinstance(op, ast.USub) else +value
        case ast.BinOp(left=left, op=op, right=right):
            return ARITHMETIC[type(op)](_value(left, parameters), _value(right, parameters))
        case ast.Compare(left=left, ops=ops, comparators=others):
            values = [_value(each, parameters) for each in (left, *others)]
            pairs = zip(ops, values, values[1:], strict=False)
            return all(COMPARED[type(op)](one, other) for op, one, other in pairs)
        case ast.BoolOp(op=op, values=values):
            found = (bool(_value(each, parameters)) for each in values)
            return all(found) if isinstance(op, ast.And) else any(found)
    return _number(parameters[str(_path(node))])


def _number(value: Any) -> Any:
    """Whole numbers as floats, of which none grows without end."""
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
