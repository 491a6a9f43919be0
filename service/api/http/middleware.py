"""What is refused before any route is asked: hosts that are not ours, other origins, no token, too large bodies."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.access import Access
from service.api.http.problems import HostRefused, OriginRefused, respond
from service.api.http.sessions import SESSION, is_session, session_cookie
from service.errors import BodyTooLarge, ServiceError, TokenRequired
from service.tokens import same

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
PROTECTED = ("/api", "/mlflow")
"""Beginnings of the paths that want the token; the rest is the page, which is the same for everybody, and health."""
MLFLOW = "/mlflow"
PAGE_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)
"""For browsers: nothing of other origins, no inline script and no `eval`. Styles stand inline where the editor and the
charts put them, which can run nothing."""
SIGN_IN = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Sign in</title>
<body style="font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 4rem auto; padding: 0 1rem">
<h1>Sign in</h1><p>This service wants its token. <a href="/">Sign in on the page of the studies</a>; if you have
done so, <a href="">open this page again</a>.</p></body></html>"""


class Guard:
    """Middleware around the whole app, the way to MLflow included."""

    def __init__(self, app: ASGIApp, access: Access, max_body_bytes: int, max_upload_bytes: int) -> None:
        self._app = app
        self._access = access
        self._max_body_bytes = max_body_bytes
        self._max_upload_bytes = max_upload_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers, limit = Headers(scope=scope), self._limit(scope["path"])
        error = self._refusal(scope, headers) or _too_large(headers, limit)
        if error is not None:
            await _refuse(error, headers)(scope, receive, send)
        else:
            await self._app(scope, _counting(receive, limit), _guarded(send, scope["path"]))

    def _refusal(self, scope: Scope, headers: Headers) -> ServiceError | None:
        host = headers.get("host", "")
        if not self._access.answers_to(host):
            return HostRefused(
                f"this service does not answer to the host {host!r}; STUDYHALL_ALLOWED_HOSTS names others"
            )
        if _matters(scope, headers) and self._is_foreign(scope["scheme"], host, headers):
            return OriginRefused(
                "a web page of another origin sent this request; if it is the service's own page, behind a proxy, set "
                "STUDYHALL_PUBLIC_URL to its address"
            )
        return None if self._is_admitted(scope, headers) else TokenRequired()

    def _is_foreign(self, scheme: str, host: str, headers: Headers) -> bool:
        """Whether a browser sent this for a page that is not ours; programs send none of these headers."""
        if headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
            return True
        return not all(self._access.is_own(origin, scheme, host) for origin in headers.getlist("origin"))

    def _is_admitted(self, scope: Scope, headers: Headers) -> bool:
        token, path = self._access.token, scope["path"]
        if not token or not path.startswith(PROTECTED) or (scope["method"], path) == ("POST", SESSION):
            return True
        scheme, _, credentials = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and same(credentials.strip(), token):
            return True
        return is_session(cookie_parser(headers.get("cookie", "")).get(session_cookie(token), ""), token)

    def _limit(self, path: str) -> int:
        return self._max_upload_bytes if path.startswith(MLFLOW) else self._max_body_bytes


def _matters(scope: Scope, headers: Headers) -> bool:
    """Whether other origins may not send this: what writes, and everything for MLflow but a link that is followed.

    They cannot read what they ask our own routes for, because no CORS header lets them; MLflow has rules of its own.
    """
    if scope["method"] not in SAFE:
        return True
    followed = (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")) == ("navigate", "document")
    return scope["path"].startswith(MLFLOW) and not followed


def _too_large(headers: Headers, limit: int) -> ServiceError | None:
    length = headers.get("content-length", "0")
    return BodyTooLarge(limit) if length.isdigit() and int(length) > limit else None


def _refuse(error: ServiceError, headers: Headers) -> Response:
    if isinstance(error, TokenRequired) and "text/html" in headers.get("accept", ""):
        return HTMLResponse(SIGN_IN, 401, {"WWW-Authenticate": "Bearer"})
    return respond(error)


def _counting(receive: Receive, limit: int) -> Receive:
    read = 0

    async def counted() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > limit:
            raise BodyTooLarge(limit)
        return message

    return counted


def _guarded(send: Send, path: str) -> Send:
    """No page of another origin may show ours in a frame: what is clicked there would come from our own origin.

    What the dashboard may load and run is narrowed too; MLflow's pages and the API's reference have needs of their own.
    """
    policy = {} if path.startswith(PROTECTED) else {"Content-Security-Policy": PAGE_POLICY}

    async def told(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in ({"X-Frame-Options": "SAMEORIGIN"} | policy).items():
                headers.setdefault(name, value)
        await send(message)

    return told
