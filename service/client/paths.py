"""Addresses below ``/api/v1``."""

from __future__ import annotations

from urllib.parse import quote

from service.errors import StudyNotFound


def study_path(study: str) -> str:
    """That of a study, by its name or id.

    Raises:
        StudyNotFound: it would be part of another address, and no study is called so.
    """
    if "/" in study or not study.strip("."):
        raise StudyNotFound(f"there is no study {study!r}: names have small letters, digits, dots, dashes, underscores")
    return f"/studies/{quote(study, safe='')}"


def trial_path(study: str, number: int) -> str:
    """That of a trial, by its number."""
    return f"{study_path(study)}/trials/{number}"


def run_path(run: str) -> str:
    """That of a run, by its id."""
    return f"/runs/{quote(run, safe='')}"


def view_path(study: str, view: str) -> str:
    """That of a saved view, by its id."""
    return f"{study_path(study)}/views/{quote(view, safe='')}"
