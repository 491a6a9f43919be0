"""Whose test split was looked at: who chooses among results on it fools himself, so its looks are counted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def data_key(config: Mapping[str, Any], code: Mapping[str, str]) -> str:
    """A hash of what decides a configuration's test split; ``code`` is that of the study, by ``kind.name``.

    Our own data are split once and for all; a user's module may split by the seed that it is given, and another
    version of it may hold other data.
    """
    data = config["data"]
    own = code.get(f"data.{data['name']}")
    parts = [data] if own is None else [data, own, config.get("data_seed")]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
