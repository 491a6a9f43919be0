"""What is refused before any route is asked: bodies that are too large, and hosts that are not ours."""

from __future__ import annotations

import ipaddress

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.problems import HostRefused, respond
from service.errors import BodyTooLarge, ServiceError


class Guard:
    """Middleware; everything under ``/mlflow`` streams through the proxy and has no limit of ours.

    A service that listens on loopback only answers requests that name a loopback host: otherwise a web page could reach
    it through a name of its own that resolves to 127.0.0.1 (DNS rebinding).
    """

    def __init__(self, app: ASGIApp, max_body_bytes: int, host: str) -> None:
        self._app = app
        self._max_body_bytes = max_body_bytes
        self._loopback_only = _is_loopback(host)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        error = self._refusal(Headers(scope=scope), scope["path"])
        if error is not None:
            await respond(error)(scope, receive, send)
        elif scope["path"].startswith("/mlflow"):
            await self._app(scope, receive, send)
        else:
            await self._app(scope, self._counting(receive), send)

    def _refusal(self, headers: Headers, path: str) -> ServiceError | None:
        host = headers.get("host", "")
        if self._loopback_only and not _is_loopback(_without_port(host)):
            return HostRefused(f"this service listens on loopback only and does not answer to the host {host!r}")
        length = headers.get("content-length", "0")
        if length.isdigit() and int(length) > self._max_body_bytes and not path.startswith("/mlflow"):
            return BodyTooLarge(self._max_body_bytes)
        return None

    def _counting(self, receive: Receive) -> Receive:
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._max_body_bytes:
                raise BodyTooLarge(self._max_body_bytes)
            return message

        return counted


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
