"""The line of the client to a service: requests, their patience, and refusals as the errors of ``service.errors``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from service.client.errors import checked
from service.errors import Invalid, Unavailable
from service.tokens import token_of, token_of_environment

DEFAULT_URL = "http://127.0.0.1:8765"
PAGE = 1000
WRITING = 300.0
"""Seconds that the service may take to write a file before it sends it."""

Json = dict[str, Any]


class Connection:
    """To one service. Close it, or use it in a ``with`` block."""

    def __init__(self, url: str = DEFAULT_URL, *, token: str | None = None, timeout: float = 30.0) -> None:
        """``token`` is that of a service that wants one; left out, STUDYHALL_TOKEN or STUDYHALL_TOKEN_FILE names it.

        Raises:
            Invalid: the address is none, or those variables name no token that could be sent.
        """
        if not url.startswith(("http://", "https://")):
            raise Invalid(f"{url!r} is no address of a service; write one such as {DEFAULT_URL}")
        self.url = url.rstrip("/")
        self._timeout = timeout
        secret = token_of_environment() if token is None else token_of(token, "")
        headers = {"Authorization": f"Bearer {secret}"} if secret else {}
        self._http = httpx.Client(base_url=f"{self.url}/api/v1", headers=headers, timeout=timeout, trust_env=False)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _fetch(self, path: str, target: Path, params: Mapping[str, str] | None = None) -> Path:
        """Write an answer to a file, which is there whole or not at all."""
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f".{target.name}.part")
        patient = httpx.Timeout(self._timeout, read=self._timeout + WRITING)
        with self._answering(), self._http.stream("GET", path, params=params, timeout=patient) as answer:
            checked(answer)
            with partial.open("wb") as file:
                for chunk in answer.iter_bytes():
                    file.write(chunk)
        return partial.replace(target)

    def _items(self, path: str, **params: Any) -> Iterator[Json]:
        cursor: str | None = None
        while True:
            query = {"limit": PAGE, **params} | ({"cursor": cursor} if cursor else {})
            page = self._json("GET", path, params=query)
            yield from page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def _json(self, method: str, path: str, patience: float = 0.0, **request: Any) -> Json:
        """The answer to a request that may take ``patience`` seconds longer than others."""
        longer = {"timeout": httpx.Timeout(self._timeout, read=self._timeout + patience)} if patience else {}
        answer: Json = self._send(method, path, **longer, **request).json()
        return answer

    def _send(self, method: str, path: str, **request: Any) -> httpx.Response:
        return checked(self._asked(method, path, **request))

    def _asked(self, method: str, path: str, **request: Any) -> httpx.Response:
        with self._answering():
            return self._http.request(method, path, **request)

    @contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            yield
        except httpx.TransportError as error:
            message = f"no service answers at {self.url} ({type(error).__name__}); start one with `studyhall serve`"
            raise Unavailable(message) from error
