"""The loaders within what a hook of a data module, or a trainer, gives."""

from __future__ import annotations

from typing import Any

from torch.utils._pytree import tree_leaves


def loaders_in(given: Any) -> list[Any]:
    """Each loader of what may be one, none, lists or mappings of them, or Lightning's ``CombinedLoader`` of these."""
    return [loader for loader in tree_leaves(getattr(given, "iterables", given)) if loader is not None]
