"""Saved views as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from experiments.exact import Exact
from service.api.schemas.actions import refuse_null
from service.api.schemas.response import ResponseModel
from service.study.views import ViewTab

LONGEST_QUERY = 8000
"""Longer addresses no browser or proxy is sure to pass on."""


def _legible(name: str) -> str:
    if name != name.strip() or not name.isprintable():
        raise ValueError("this must be one line without blanks around it")
    return name


def _bare(query: str) -> str:
    if query[:1] in ("?", "/") or "://" in query or not query.isprintable():
        raise ValueError("this must be what stands behind the `?` of the page's address, and no address")
    return query


ViewName = Annotated[str, Field(min_length=1, max_length=80, examples=["adamw against sgd"]), AfterValidator(_legible)]
ViewQuery = Annotated[
    str,
    Field(max_length=LONGEST_QUERY, description="The address behind its `?`.", examples=["group=optimizer&y=log"]),
    AfterValidator(_bare),
]


class ViewDraft(Exact):
    """What the page shows of a study, and a name for it."""

    model_config = ConfigDict(extra="forbid")

    name: ViewName
    tab: ViewTab = "curves"
    query: ViewQuery


class ViewPatch(Exact):
    """What may change of a view."""

    model_config = ConfigDict(extra="forbid")

    name: ViewName | None = None
    tab: ViewTab | None = None
    query: ViewQuery | None = None

    @model_validator(mode="before")
    @classmethod
    def _with_values(cls, changes: Any) -> Any:
        return refuse_null(changes)


class SavedView(ResponseModel):
    """A saved view."""

    id: str = Field(examples=["vw_4f1c0a8e2b"])
    name: str
    tab: ViewTab
    query: str
    saved_at: datetime


class SavedViews(ResponseModel):
    """The saved views of a study, by name."""

    items: list[SavedView]
