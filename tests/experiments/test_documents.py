"""Documents that people write: YAML 1.2's numbers, no surprises, and errors with their place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from experiments.documents import finite, read_json, read_yaml
from experiments.errors import InvalidInput

FINITE = st.floats(allow_nan=False, allow_infinity=False)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | FINITE | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [("1e-3", 1e-3), ("-2E+5", -2e5), (".5e1", 5.0), ("1.e2", 100.0), ("1.0e-3", 1e-3), ("7", 7), ("1e3x", "1e3x")],
)
def test_numbers_are_those_of_yaml_1_2(text: str, value: object) -> None:
    found = read_yaml(f"lr: {text}")["lr"]

    assert (found, type(found)) == (value, type(value))


@given(PLAIN)
def test_what_pyyaml_writes_is_read_back(value: object) -> None:
    assert read_yaml(yaml.safe_dump(value)) == value


def test_other_loaders_of_the_process_are_left_as_they_are() -> None:
    assert yaml.safe_load("1e-3") == "1e-3"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [1", "line 1, column"),
        ("a: 1\nb: {c: 1, c: 2}", "the key 'c' stands here twice, line 2, column 11"),
        ("a: &x [1]\nb: *x", "aliases are not read here; write the value out, line 2"),
        ("&a [*a]", "aliases are not read here"),
        ("? [1]\n: 2", "unhashable key"),
        ("a: !!python/object:os.system x", "could not determine a constructor"),
        ("a: 2020-13-45", "month must be in 1..12"),
        ("\x00", "special characters are not allowed"),
        ("[" * 5000, "nested too deeply"),
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
    ],
)
def test_json_that_cannot_be_read_is_refused_with_the_place(text: bytes, words: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_json(text)

    assert words in str(caught.value)


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


def test_a_finite_document_passes_unchanged() -> None:
    document = {"a": [1.5, {"b": None}]}

    assert finite(document) is document
