"""A small language that chooses trials and studies: ``state = COMPLETED and optimizer = adamw and val_loss < 0.2``.

    expression = term ("or" term)*         term = factor ("and" factor)*
    factor = "not" factor | "(" expression ")" | comparison
    comparison = name ("=" | "!=" | "<" | "<=" | ">" | ">=" | "~") value | name "in" "(" value ("," value)* ")"

A value is a number, ``true``, ``false``, a word, or a text in quotes; a name with other characters stands in quotes.
``~`` finds a text within, whatever its capitals. What has no such field is chosen by no comparison, but by ``not``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from experiments.errors import Problem
from service.errors import Invalid

Value = str | float | bool
OPERATORS = ("<=", ">=", "!=", "=", "<", ">", "~")
ORDERED = frozenset({"<", "<=", ">", ">="})
LONGEST = 2000
"""Characters of a filter."""
DEEPEST = 30
"""Brackets and negations within each other."""
_TOKEN = re.compile(r"""\s*(?:(?P<quoted>"[^"]*"|'[^']*')|(?P<sign><=|>=|!=|[=<>~(),])|(?P<word>[^\s()=<>!~,"']+))""")
_KEYWORDS = frozenset({"and", "or", "not", "in"})


@dataclass(frozen=True)
class Comparison:
    """A field against a value; ``in`` is one of several."""

    name: str
    operator: str
    values: tuple[Value, ...]
    position: int = 0


@dataclass(frozen=True)
class Not:
    """What is not so."""

    of: Filter


@dataclass(frozen=True)
class All:
    """All of these."""

    of: tuple[Filter, ...]


@dataclass(frozen=True)
class Any:
    """At least one of these."""

    of: tuple[Filter, ...]


Filter = Comparison | Not | All | Any


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    position: int

    def is_word(self, word: str) -> bool:
        return self.kind == "word" and self.text.lower() == word


def parse_filter(text: str) -> Filter:
    """The filter that a text says.

    Raises:
        Invalid: it says none; the message names the position.
    """
    if len(text) > LONGEST:
        raise refusal(f"a filter has at most {LONGEST} characters")
    reader = _Reader(_tokens(text))
    found = reader.expression(0)
    reader.expect_end()
    return found


def refusal(message: str, position: int | None = None) -> Invalid:
    """The error about a filter, with the character where it goes wrong, counted from 1."""
    told = message if position is None else f"at character {position + 1}: {message}"
    return Invalid(f"filter: {told}", (Problem("filter", told),))


def _tokens(text: str) -> list[_Token]:
    tokens, position = [], 0
    while text[position:].strip():
        match = _TOKEN.match(text, position)
        if match is None:
            start = len(text) - len(text[position:].lstrip())
            raise refusal(f"{text[start]!r} is no part of a filter, or a quote that is not closed", start)
        kind = str(match.lastgroup)
        said = match[kind]
        tokens.append(_Token(kind, said[1:-1] if kind == "quoted" else said, match.start(kind)))
        position = match.end()
    return [*tokens, _Token("end", "the end", len(text))]


class _Reader:
    """Reads the tokens from left to right."""

    def __init__(self, tokens: Sequence[_Token]) -> None:
        self._tokens = tokens
        self._at = 0

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _take(self) -> _Token:
        token = self._next
        self._at += 1
        return token

    def _refuse(self, expected: str) -> Invalid:
        return refusal(f"{expected} is expected, not {self._next.text!r}", self._next.position)

    def expect_end(self) -> None:
        """Nothing may follow."""
        if self._next.kind != "end":
            raise self._refuse("`and`, `or` or the end")

    def expression(self, depth: int) -> Filter:
        """One term, or several with ``or``."""
        return self._joined("or", depth)

    def _joined(self, word: str, depth: int) -> Filter:
        parts = [self._part(word, depth)]
        while self._next.is_word(word):
            self._take()
            parts.append(self._part(word, depth))
        if len(parts) == 1:
            return parts[0]
        return Any(tuple(parts)) if word == "or" else All(tuple(parts))

    def _part(self, word: str, depth: int) -> Filter:
        return self._joined("and", depth) if word == "or" else self._factor(depth)

    def _factor(self, depth: int) -> Filter:
        if depth > DEEPEST:
            raise refusal(f"more than {DEEPEST} brackets and negations within each other", self._next.position)
        if self._next.is_word("not"):
            self._take()
            return Not(self._factor(depth + 1))
        if self._next.text == "(" and self._next.kind == "sign":
            self._take()
            found = self.expression(depth + 1)
            self._sign(")")
            return found
        return self._comparison()

    def _comparison(self) -> Comparison:
        token = self._next
        if token.kind not in {"word", "quoted"} or (token.kind == "word" and token.text.lower() in _KEYWORDS):
            raise self._refuse("the name of a field")
        self._take()
        if self._next.is_word("in"):
            self._take()
            return Comparison(token.text, "in", self._list(), token.position)
        if self._next.kind != "sign" or self._next.text not in OPERATORS:
            raise self._refuse(f"one of {' '.join(OPERATORS)} or `in`")
        operator = self._take()
        value = self._value()
        if operator.text in ORDERED and not _is_number(value):
            raise refusal(f"{operator.text} compares numbers, and {value!r} is none", operator.position)
        return Comparison(token.text, operator.text, (value,), token.position)

    def _list(self) -> tuple[Value, ...]:
        self._sign("(")
        values = [self._value()]
        while self._next.text == "," and self._next.kind == "sign":
            self._take()
            values.append(self._value())
        self._sign(")")
        return tuple(values)

    def _value(self) -> Value:
        if self._next.kind not in {"word", "quoted"}:
            raise self._refuse("a value")
        token = self._take()
        return token.text if token.kind == "quoted" else _read(token.text)

    def _sign(self, sign: str) -> None:
        if self._next.kind != "sign" or self._next.text != sign:
            raise self._refuse(f"`{sign}`")
        self._take()


def _is_number(value: Value) -> bool:
    return isinstance(value, float)


def _read(word: str) -> Value:
    if word.lower() in {"true", "false"}:
        return word.lower() == "true"
    if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", word, re.IGNORECASE):
        return float(word)
    return word
