"""Documents that people write: YAML 1.2's numbers, no surprises, and errors with their place."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from experiments.documents import finite, read_json, read_yaml
from experiments.errors import InvalidInput

FINITE = st.floats(allow_nan=False, allow_infinity=False)
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | FINITE | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=10,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[("1e-3", 1e-3), ("-2E+5", -2e5), (".5e1", 5.0), ("1.e2", 100.0), ("1.0e-3", 1e-3), ("7", 7), ("0", 0)],
        *[("0.5", 0.5), ("-0", 0), ("+3", 3), ("0x1F", 31), ("0o17", 15), ("1e3x", "1e3x"), ("1.2.3", "1.2.3")],
        *[("'010'", "010"), ('"1:30"', "1:30"), ("'2024-01-01'", "2024-01-01"), ("!!str 010", "010")],
    ],
)
def test_numbers_are_those_of_yaml_1_2(text: str, value: object) -> None:
    found = read_yaml(f"lr: {text}")["lr"]

    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize("word", ["yes", "Yes", "no", "on", "off", "y", "N", "ON", "nullify", "truely"])
def test_only_true_and_false_are_booleans(word: str) -> None:
    assert read_yaml(f"{word}: {word}") == {word: word}
    assert read_yaml("[true, True, FALSE, null, ~, ]") == [True, True, False, None, None]


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        *[("010", "write 10, or 0o10 for the octal one"), ("-007", "write -7,"), ("08", "write 8,")],
        *[("00.5", "write 0.5,"), ("01e3", "write 1e3,"), ("000", "write 0,"), ("0_1", "write 1,")],
        *[("1:30", "write 90,"), ("190:20:30", "write 685230,"), ("-1:30.5", "write -90.5,")],
        *[("1_000", "write 1000,"), ("1_0.5", "write 10.5,"), ("0b101", "write 5,"), ("-0x1F", "write -31,")],
        *[("0O17", "write 15,"), ("2024-01-01", "put it in quotes: '2024-01-01'"), ("2024-1-1 10:00:00", "in quotes")],
        ("9" * 401, "too long for a number"),
    ],
)
def test_what_readers_take_for_different_values_is_refused_with_what_to_write(text: str, remedy: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_yaml(f"a: 1\nb: [{{c: {text}}}]\nd: 0100")

    assert [problem.path for problem in caught.value.problems] == ["b.0.c", "d"]
    assert remedy in caught.value.problems[0].message
    assert "(line 2, column 9)" in caught.value.problems[0].message


@given(PLAIN)
def test_what_pyyaml_writes_is_read_back(value: object) -> None:
    assert read_yaml(yaml.safe_dump(value)) == value


def test_other_loaders_of_the_process_are_left_as_they_are() -> None:
    assert yaml.safe_load("1e-3") == "1e-3"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [1", "line 2, column 1"),
        ("a: 1\nb: {c: 1, c: 2}", "the key 'c' stands here twice, line 2, column 11"),
        ("a: &x [1]\nb: *x", "aliases are not read here; write the value out, line 2"),
        ("&a [*a]", "aliases are not read here"),
        ("? [1]\n: 2", "a key must be a text, line 1, column 3"),
        ("a: {010: 2}", "a key must be a text, and 010 is none; put it in quotes, line 1, column 5"),
        ("true: 2", "a key must be a text, and true is none"),
        ("a: !!python/object:os.system x", "os.system is not read here; write the plain value, line 1, column 4"),
        ("%TAG ! x\n---\na", "tags are not read here"),
        ("a: 1\n---\nb: 1", "a second document begins here; keep one, line 3, column 1"),
        ("\x00", "control characters are not allowed"),
        ("a: \ud800", "it is not UTF-8 text"),
        ("[" * 5000, "nested too deeply"),
        ("- " * 5000, "nested too deeply"),
        ("[" + "1, " * 10_001 + "]", "more than the 10,000 values"),
        ("x" * 2_000_001, "larger than the 2,000,000 bytes that are read"),
    ],
)
def test_yaml_that_cannot_be_read_is_refused_with_the_place(text: str, words: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_yaml(text)

    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"{", "line 1, column 2"),
        (b"", "line 1, column 1"),
        (b'"\xff"', "it is not UTF-8 text"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[" * 51 + b"1" + b"]" * 51, "nested too deeply"),
        (b"[" + b"1, " * 10_001 + b"1]", "more than the 10,000 values"),
        (b" " * 2_000_001, "larger than the 2,000,000 bytes that are read"),
        (b'{"a": 010}', "a number cannot begin with 0; write it without, line 1, column 8"),
        (b"[1, -01]", "a number cannot begin with 0"),
        (b"1" * 401, "too long for a number"),
    ],
)
def test_json_that_cannot_be_read_is_refused_with_the_place(text: bytes, words: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_json(text)

    assert words in str(caught.value)


@pytest.mark.parametrize("read", [read_yaml, read_json])
def test_every_doubled_key_is_refused(read: Callable[[str], Any]) -> None:
    with pytest.raises(InvalidInput) as caught:
        read('{"a": {"b": 1, "b": 2}, "c": [{"d": {"x": 1}, "d": 1, "e": 3}]}')

    assert [problem.path for problem in caught.value.problems] == ["a", "c.0"]
    assert ["'b' stands here twice" in str(caught.value), "'d' stands here twice" in str(caught.value)] == [True, True]


@pytest.mark.parametrize("text", ["a: 1:" + "10:" * 300_000 + "10", "- &a x\n" * 300_000, "%TAG !a! x\n" * 100_000])
def test_what_would_take_a_parser_seconds_is_refused_unread(text: str) -> None:
    with pytest.raises(InvalidInput):
        read_yaml(text)


@pytest.mark.parametrize(
    ("read", "text", "paths"),
    [
        (read_json, '{"a": NaN, "b": {"c": [1, -Infinity]}}', ["a", "b.c.1"]),
        (read_json, "1e999", [""]),
        (read_yaml, "a: .nan\nb: {c: [1, -.inf]}", ["a", "b.c.1"]),
    ],
)
def test_every_number_that_is_not_finite_is_named(read: Callable[[str], Any], text: str, paths: list[str]) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(text)

    assert [problem.path for problem in caught.value.problems] == paths
    assert all("write a finite one" in problem.message for problem in caught.value.problems)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (2**64, "18446744073709551616 is too large a whole number; write one of at most 64 bits"),
        (-(2**63) - 1, "too large a whole number"),
        ("a\0", "holds NUL or half a character"),
        ("\ud800", "holds NUL or half a character"),
        ({"\ud800": 1}, "holds NUL or half a character"),
    ],
)
def test_what_cannot_be_kept_is_refused_at_its_place(value: object, words: str) -> None:
    for read in (lambda: read_json(json.dumps({"a": [value]})), lambda: finite({"a": [value]})):
        with pytest.raises(InvalidInput) as caught:
            read()
        assert [problem.path for problem in caught.value.problems] == ["a.0"]
        assert words in caught.value.problems[0].message
    kept = {"a": [2**64 - 1, -(2**63), "\U0001f600", True, None]}
    assert read_json(json.dumps(kept)) == finite(kept) == kept


def test_a_finite_document_passes_unchanged() -> None:
    document = {"a": [1.5, {"b": None}]}

    assert finite(document) is document
