"""Which code this process runs: an engine goes on with the workers it finds only if theirs is the same."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from experiments.provenance import LIBRARIES, versions

_ROOT = Path(__file__).resolve().parents[2]
_PACKAGES = ("experiments", "search_spaces", "service")


@cache
def build_hash() -> str:
    """One hash of our packages' source files and the versions of the libraries that results depend on."""
    digest = hashlib.sha256(repr(versions(LIBRARIES)).encode())
    for package in _PACKAGES:
        for file in sorted((_ROOT / package).rglob("*.py")):
            digest.update(str(file.relative_to(_ROOT)).encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()
