"""Signing in on the page: the token once, and then a cookie that proves it without containing it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ValidationError
from starlette.status import HTTP_204_NO_CONTENT

from experiments.errors import InvalidInput, Problem, problems_of
from service.access import Access
from service.api.http.documents import body_of, read_mapping
from service.api.http.sessions import LIFETIME, new_session, session_cookie
from service.api.schemas.refusals import problems
from service.api.schemas.session import SignIn
from service.errors import TokenRequired
from service.tokens import same

router = APIRouter(tags=["service"])


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


def _parsed(document: dict[str, Any]) -> SignIn:
    try:
        return SignIn.model_validate(document)
    except ValidationError as error:  # in words that do not say the value back, which may be a token
        found = [problem.path for problem in problems_of(error)]
        raise InvalidInput(Problem(path, "send {token: …} with a text, and nothing else") for path in found) from None
