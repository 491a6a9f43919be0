"""MLflow's pages and API under ``/mlflow`` on our port; the server itself listens on loopback only."""

from __future__ import annotations

from collections.abc import AsyncIterator
from html import escape

import httpx
from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse, StreamingResponse

from service.api.http.problems import respond
from service.api.http.sessions import COOKIES
from service.api.routes.mlflow_page import opened_on_studies
from service.errors import Unavailable

router = APIRouter(include_in_schema=False)
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
OF_THE_PAGE = frozenset({"accept-encoding", "if-modified-since", "if-none-match", "if-range", "range"})
"""Headers that ask for less than the whole page as it is, which is not the page that we answer with."""
TIMEOUT = httpx.Timeout(60.0, connect=2.0)
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>MLflow does not answer</title>
<body style="font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 4rem auto; padding: 0 1rem">
<h1>MLflow does not answer</h1><p>{reason}</p>
<p>Studies are not disturbed by this: their results are kept by Studyhall itself, and reach MLflow once it is back.</p>
<p><a href="">Try again</a> · <a href="/">Back to the studies</a></p></body></html>"""


@router.get("/mlflow")
async def add_slash() -> Response:
    """Relative links in MLflow's pages need the slash."""
    return RedirectResponse("/mlflow/")


@router.api_route("/mlflow/{path:path}", methods=METHODS)
async def proxy(request: Request, path: str) -> Response:
    """Pass the request to the MLflow server and its answer back, both as streams."""
    upstream: str | None = request.app.state.mlflow_upstream
    if upstream is None:
        return _unavailable(request, "This service was started without an MLflow server of its own.")
    client: httpx.AsyncClient = request.app.state.http
    query = f"?{request.url.query}" if request.url.query else ""
    is_page = request.method == "GET" and path == ""
    outgoing = client.build_request(
        request.method,
        f"{upstream}{request.scope['raw_path'].decode()}{query}",
        headers=_request_headers(request, OF_THE_PAGE if is_page else frozenset()),
        content=_body(request),
        timeout=TIMEOUT,
    )
    try:
        answer = await client.send(outgoing, stream=True)
    except httpx.TransportError as error:
        return _unavailable(request, f"The MLflow server is starting or down ({type(error).__name__}).")
    if is_page and answer.headers.get("content-type", "").startswith("text/html"):
        return await _page(answer)
    headers = [(name, value) for name, value in answer.headers.raw if name.decode().lower() not in HOP_BY_HOP]
    response = StreamingResponse(_chunks(answer), answer.status_code)
    response.raw_headers = headers
    return response


async def _page(answer: httpx.Response) -> Response:
    try:
        page = opened_on_studies(await answer.aread())
    except httpx.TransportError as error:
        return respond(Unavailable(f"The MLflow server broke off ({type(error).__name__})."))
    finally:
        await answer.aclose()
    return HTMLResponse(page, answer.status_code, {"Cache-Control": "no-cache"})


def _request_headers(request: Request, less: frozenset[str]) -> list[tuple[bytes, bytes]]:
    """All but the host, what belongs to this connection, and what proves to us who asks.

    The origin goes as well: the guard has judged it, and behind our address MLflow could not know it for its own.
    """
    dropped = HOP_BY_HOP | {"host", "origin", "authorization", "cookie"} | less
    kept = [(name, value) for name, value in request.headers.raw if name.decode().lower() not in dropped]
    cookies = [one for header in request.headers.getlist("cookie") for one in header.split("; ")]
    theirs = "; ".join(one for one in cookies if not one.startswith(COOKIES))
    return [*kept, (b"cookie", theirs.encode("latin-1"))] if theirs else kept


def _body(request: Request) -> AsyncIterator[bytes] | None:
    has_body = "content-length" in request.headers or "transfer-encoding" in request.headers
    return request.stream() if has_body else None


async def _chunks(answer: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for chunk in answer.aiter_raw():
            yield chunk
    finally:
        await answer.aclose()


def _unavailable(request: Request, reason: str) -> Response:
    if "text/html" in request.headers.get("accept", ""):
        return HTMLResponse(PAGE.format(reason=escape(reason)), 503, {"Retry-After": "2"})
    return respond(Unavailable(reason))
