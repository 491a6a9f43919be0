"""How the command says from which code a study's numbers come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

LIBRARIES = ("studyhall", "torch", "pytorch-lightning")
"""Of those whose versions are known, what says most in a line; REST and the page tell all."""
_SHORT = 7


def origin(provenance: Mapping[str, Any]) -> str:
    """``code 3f2a91c, commit 1b2c3d4 (dirty), studyhall 0.1.0, torch 2.13.0``: what is known of it."""
    return ", ".join(_parts(provenance))


def _parts(provenance: Mapping[str, Any]) -> Iterator[str]:
    if provenance["code_hash"]:
        yield f"code {provenance['code_hash'][:_SHORT]}"
    for repository in provenance["git"]:
        if repository["commit"]:
            yield f"commit {repository['commit'][:_SHORT]}{' (dirty)' if repository['dirty'] else ''}"
    yield from (f"{name} {version}" for name, version in provenance["packages"].items() if name in LIBRARIES)
