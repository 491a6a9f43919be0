"""Lists in pages. A cursor is opaque: it holds the keys of the last item that was shown."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import orjson

from experiments.errors import Problem
from service.errors import Invalid

Item = TypeVar("Item")
LARGEST = 1000


@dataclass(frozen=True)
class Page(Generic[Item]):
    """Some items of a list, and where the next page begins; nothing when this was the last."""

    items: Sequence[Item]
    next_cursor: str | None


def encode_cursor(*keys: str | int) -> str:
    """The cursor that stands behind the item with these keys."""
    return base64.urlsafe_b64encode(orjson.dumps(keys)).decode().rstrip("=")


def decode_cursor(cursor: str, *kinds: type) -> list[Any]:
    """The keys within a cursor.

    Raises:
        Invalid: nobody gave out such a cursor for this list.
    """
    try:
        keys = orjson.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError) as error:
        raise _refused() from error
    if not isinstance(keys, list) or [type(key) for key in keys] != list(kinds):
        raise _refused()
    return keys


def checked_limit(limit: int) -> int:
    """A page's length, when it is sensible.

    Raises:
        Invalid: it is not.
    """
    if 1 <= limit <= LARGEST:
        return limit
    message = f"a page holds 1 to {LARGEST} items, not {limit}"
    raise Invalid(f"limit: {message}", (Problem("limit", message),))


def _refused() -> Invalid:
    message = "not a cursor of this list; take next_cursor of the page before, or leave it out"
    return Invalid(f"cursor: {message}", (Problem("cursor", message),))
