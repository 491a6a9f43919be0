"""Releases of a library that carry malicious code: where one is installed, nothing that might import it is imported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.metadata import distributions

RELEASES: Mapping[str, frozenset[str]] = {"lightning": frozenset({"2.6.2", "2.6.3"})}
"""Distribution to versions. Only what users' modules may import is listed: nothing of ours imports it."""


def installed() -> Iterator[str]:
    """Each such release on this process's path, e.g. ``lightning 2.6.3``, as metadata tell; nothing is imported."""
    for name, versions in RELEASES.items():
        found = {distribution.version for distribution in distributions(name=name)}
        yield from (f"{name} {version}" for version in sorted(versions & found))


def refusal() -> str:
    """Why no module of a user's own may be imported, and the remedy; empty if no such release is installed."""
    found = ", ".join(installed())
    return found and (
        f"{found} is installed, a release that carries malicious code, so no module of yours is imported: remove it, "
        "renew the passwords and tokens that this machine holds, and install another version"
    )
