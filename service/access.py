"""Who may ask the API: under which names it answers, which pages are its own, and which token it wants."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from experiments.errors import InvalidInput, Problem
from service.errors import Invalid
from service.settings import Settings
from service.tokens import HOW, VARIABLE

PORTS = {"http": 80, "https": 443}
WILDCARDS = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - addresses to listen on that are no names
_NAME = re.compile(r"[\w.-]+(:\d+)?|\[[0-9a-f:.]+\](:\d+)?|[0-9a-f:]+:[0-9a-f:]*", re.IGNORECASE)
Origin = tuple[str, str, int]
"""Scheme, host and port."""


@dataclass(frozen=True)
class Access:
    """What the settings say of it."""

    hosts: frozenset[tuple[str, int | None]]
    """Names or addresses, each with the only port that is meant, or with none for any. Loopback is always meant."""
    public_origin: Origin | None
    """The origin of the pages behind a proxy that gives the service another address."""
    token: str
    """Empty when none is wanted."""

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """The access that the settings describe.

        Raises:
            Invalid: other machines could reach the API and it is not protected, or a setting makes no sense.
        """
        names = [name.strip() for name in settings.allowed_hosts.split(",") if name.strip()]
        token = settings.shared_token
        public = origin_of(settings.public_url)
        problems = [*_nonsense(settings, names), *_unprotected(settings, names, token)]
        if problems:
            raise Invalid.of(InvalidInput(problems))
        hosts = {_split(name) for name in names}
        if settings.host not in WILDCARDS:
            hosts.add((settings.host.lower(), None))
        if public is not None:
            hosts.add((public[1], None))
        return cls(frozenset(hosts), public, token)

    def answers_to(self, host: str) -> bool:
        """Whether a request may name this host, by its ``Host`` header.

        Otherwise a web page could reach the service through a name of its own that resolves to its address (DNS
        rebinding).
        """
        if not _is_host(host):
            return False
        name, port = _split(host)
        return is_loopback(name) or not self.hosts.isdisjoint({(name, None), (name, port)})

    def is_own(self, origin: str, scheme: str, host: str) -> bool:
        """Whether a page of this origin is one of ours, if we were asked by this scheme and host."""
        found = origin_of(origin)
        return found is not None and found in {self.public_origin, origin_of(f"{scheme}://{host}")}


def origin_of(url: str) -> Origin | None:
    """The origin of a URL; nothing if it has none, such as ``null``."""
    try:
        parts = urlsplit(url)
        port = parts.port or PORTS.get(parts.scheme)
    except ValueError:
        return None
    return (parts.scheme, parts.hostname, port) if parts.hostname and port else None


def is_loopback(host: str) -> bool:
    """Whether this name or address means this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _nonsense(settings: Settings, names: list[str]) -> list[Problem]:
    problems = [
        Problem("STUDYHALL_ALLOWED_HOSTS", f"{name!r} is no host; write names or addresses, e.g. studies.example")
        for name in names
        if not _is_host(name)
    ]
    if settings.public_url and origin_of(settings.public_url) is None:
        problems.append(Problem("STUDYHALL_PUBLIC_URL", "write the whole address, e.g. https://studies.example"))
    return problems


def _unprotected(settings: Settings, names: list[str], token: str) -> list[Problem]:
    if is_loopback(settings.host):
        return []
    why = f"other machines can reach {settings.host or 'every address'}"
    problems = []
    if not names:
        remedy = "name the hosts under which they do, or listen on this machine alone with STUDYHALL_HOST=127.0.0.1"
        problems.append(Problem("STUDYHALL_ALLOWED_HOSTS", f"{why}: {remedy}"))
    if not token:
        problems.append(Problem(VARIABLE, f"{why}: a token is wanted; {HOW}"))
    return problems


def _is_host(name: str) -> bool:
    try:
        return bool(_split(name))
    except ValueError:
        return False


def _split(host: str) -> tuple[str, int | None]:
    """A host and its port, if it names one.

    Raises:
        ValueError: it is neither.
    """
    try:
        return str(ipaddress.ip_address(host)), None  # an IPv6 address without brackets
    except ValueError:
        if not _NAME.fullmatch(host):
            raise
        parts = urlsplit(f"//{host}")
        return parts.hostname or "", parts.port
