"""The page of states shows the transitions that the code allows, and letters that it explains."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

import pytest

from service.study.states import INFRASTRUCTURE, RETRIES, RUN_TRANSITIONS, STUDY_TRANSITIONS, TRIAL_TRANSITIONS
from tests.support.documents import DOCUMENTS

PAGE = DOCUMENTS["docs/states.md"]
TABLES: Mapping[str, Mapping[StrEnum, frozenset[StrEnum]]] = {
    "A study": STUDY_TRANSITIONS,
    "A trial": TRIAL_TRANSITIONS,
    "A run": RUN_TRANSITIONS,
}


def rows(section: str) -> list[list[str]]:
    """The cells of the tables of a section."""
    text = PAGE.partition(f"## {section}\n")[2].partition("\n## ")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]


@pytest.mark.parametrize("section", TABLES)
def test_the_transitions_are_those_of_the_code(section: str) -> None:
    heading, _, *lines = rows(section)
    shown = {
        (row[0], state)
        for row in lines
        if row[0].isupper()
        for state, letter in zip(heading[1:], row[1:], strict=True)
        if letter
    }
    assert shown == {(old.value, new.value) for old, news in TABLES[section].items() for new in news}


@pytest.mark.parametrize("section", ["A study", "A trial"])
def test_every_letter_is_drawn_and_explained(section: str) -> None:
    text = PAGE.partition(f"## {section}\n")[2].partition("\n## ")[0]
    drawing = text.split("```")[1]
    letters = {cell for row in rows(section)[2:] for cell in row[1:] if cell}
    assert letters == set(re.findall(r"^- \*\*(\w)\*\*", text, re.MULTILINE)) == set(re.findall(r"\b[a-z]\b", drawing))


def test_the_retries_are_those_of_the_code() -> None:
    shown = {row[0].strip("`"): row[2] for row in rows("A run") if row[0].startswith("`")}
    counted = {kind.value: str(retries) for kind, retries in RETRIES.items()}
    assert shown == counted | dict.fromkeys(INFRASTRUCTURE, "always")
