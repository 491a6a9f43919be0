"""Saved views: a name for what the page shows of a study, so that a colleague opens the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

ViewTab = Literal["curves", "trials", "insight", "compare"]
"""What the view is of: a page of the study, or the study beside others."""
MOST_VIEWS = 200
"""Views of one study; more are no help to anybody."""


@dataclass(frozen=True)
class View:
    """A tab of the page, and the query string that holds all that was chosen there."""

    id: str
    name: str
    tab: ViewTab
    query: str
    saved_at: datetime
