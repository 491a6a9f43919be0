"""Filters are read as they are meant, and what is wrong is told at its position."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import Invalid
from service.study.filters import All, Any, Comparison, Not, parse_filter


def test_and_binds_closer_than_or_and_not_closer_than_both() -> None:
    found = parse_filter("a = 1 or not b < 2e-1 and (c ~ 'x y' or \"d e\" in (1, two, true))")
    assert found == Any(
        (
            Comparison("a", "=", (1.0,), 0),
            All(
                (
                    Not(Comparison("b", "<", (0.2,), 13)),
                    Any((Comparison("c", "~", ("x y",), 27), Comparison("d e", "in", (1.0, "two", True), 40))),
                )
            ),
        )
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("state =", "at character 8: a value is expected, not 'the end'"),
        ("state COMPLETED", "at character 7: one of <= >= != = < > ~ or `in` is expected, not 'COMPLETED'"),
        ("(a = 1", "at character 7: `)` is expected, not 'the end'"),
        ("a = 1 b = 2", "at character 7: `and`, `or` or the end is expected, not 'b'"),
        ("a = 1 and", "at character 10: the name of a field is expected, not 'the end'"),
        ("a = 'open", 'at character 5: "\'" is no part of a filter, or a quote that is not closed'),
        ("a < adam", "at character 3: < compares numbers, and 'adam' is none"),
        ("a in 3", "at character 6: `(` is expected, not '3'"),
        ("", "at character 1: the name of a field is expected, not 'the end'"),
        ("(" * 40 + "a = 1", "at character 32: more than 30 brackets and negations within each other"),
    ],
)
def test_what_is_wrong_is_told_at_its_position(text: str, told: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_filter(text)
    assert [problem.message for problem in caught.value.problems] == [told]


@given(st.text(alphabet="ab1.=<>!~()'\", andornti", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse_filter(text)
    except Invalid as refusal:
        assert refusal.problems
