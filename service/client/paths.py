"""Addresses below ``/api/v1``."""

from __future__ import annotations

from urllib.parse import quote


def study_path(study: str) -> str:
    """That of a study, by its name or id."""
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
