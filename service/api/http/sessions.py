"""Sessions on the page: a cookie that proves the token without containing it."""

from __future__ import annotations

import hashlib
import hmac
import time

from service.tokens import same

SESSION = "/api/v1/session"
COOKIES = "studyhall-"
"""Beginning of our cookies' names."""
LIFETIME = 30 * 24 * 3600
"""Seconds after which one signs in anew."""


def session_cookie(token: str) -> str:
    """The cookie's name, another one for another token: browsers send the cookies of one port to all ports."""
    return f"{COOKIES}{_mark(token, 'name')[:8]}"


def new_session(token: str) -> str:
    """A cookie's value: when it ends, and a mark that only who knows the token can make."""
    end = str(int(time.time()) + LIFETIME)
    return f"{end}.{_mark(token, end)}"


def is_session(value: str, token: str) -> bool:
    """Whether it is a value that was made with this token and has not ended."""
    end, _, mark = value.partition(".")
    return same(mark, _mark(token, end)) and int(end) > time.time()


def _mark(token: str, text: str) -> str:
    return hmac.new(
        token.encode(), f"studyhall session {text}".encode("utf-8", "surrogatepass"), hashlib.sha256
    ).hexdigest()
