"""Signing in on the page: the token once, and then a cookie that proves it without containing it."""

from __future__ import annotations

import hashlib
import hmac
import time
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.status import HTTP_204_NO_CONTENT

from experiments.errors import InvalidInput, Problem, problems_of
from service.access import Access
from service.api.documents import body_of, read_mapping
from service.api.schemas.refusals import problems
from service.errors import TokenRequired
from service.tokens import same

router = APIRouter(tags=["service"])
SESSION = "/api/v1/session"
COOKIES = "studyhall-"
"""Beginning of our cookies' names."""
LIFETIME = 30 * 24 * 3600
"""Seconds after which one signs in anew."""


class SignIn(BaseModel):
    """What proves that one may use the service."""

    model_config = ConfigDict(extra="forbid")

    token: str = Field(description="The token that the service was started with.")


@router.post(
    "/session",
    status_code=HTTP_204_NO_CONTENT,
    openapi_extra=body_of("SignIn", {"token": "0f1e2d…"}, yaml=False),
    responses=problems(413, 415),
)
def sign_in(document: Annotated[dict[str, Any], Depends(read_mapping)], request: Request, response: Response) -> None:
    """Exchange the token for a cookie, for browsers: event streams, links and downloads cannot send a header."""
    access: Access = request.app.state.access
    given = _parsed(document).token
    if not access.token:
        return
    if not same(given, access.token):
        raise TokenRequired("this is not the token that the service was started with")
    public = access.public_origin
    response.set_cookie(
        session_cookie(access.token),
        new_session(access.token),
        max_age=LIFETIME,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https" or (public is not None and public[0] == "https"),
    )


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


def _parsed(document: dict[str, Any]) -> SignIn:
    try:
        return SignIn.model_validate(document)
    except ValidationError as error:  # in words that do not say the value back, which may be a token
        found = [problem.path for problem in problems_of(error)]
        raise InvalidInput(Problem(path, "send {token: …} with a text, and nothing else") for path in found) from None
