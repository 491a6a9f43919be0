"""The users' own code that a study runs: which, and whether it still is what it was when the study was submitted."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from experiments.catalog import KINDS
from experiments.component import Component
from experiments.plugins.own_code import outdated

if TYPE_CHECKING:
    from search_spaces.space import SearchSpace

REMEDY = "restore its files and resume the study, or submit it anew under another name to use the code of now"


def own_components(space: SearchSpace) -> Iterator[tuple[str, type[Component]]]:
    """Every component of users' own that a configuration of the space may hold, as ``kind.name``."""
    for slot in () if space.plain else space.slots:
        section = slot.path.partition(".")[0]
        kind = KINDS.get("regularizer" if section == "regularizers" else section)
        for branch in slot.branches if kind is not None else ():
            if kind is not None and isinstance(branch.content, Mapping) and "name" in branch.content:
                component = kind[str(branch.content["name"])]
                if component.code_hash:
                    yield f"{kind.name}.{component.id()}", component


def files_hash(code: Mapping[str, str]) -> str:
    """One hash for all files of a study's code; empty where it has none.

    It does not tell which of their classes the study runs: studies of the same files share warm workers.
    """
    digests = "".join(sorted(set(code.values())))
    return hashlib.sha256(digests.encode()).hexdigest() if digests else ""


def difference(code: Mapping[str, str]) -> str:
    """What of a study's code is not registered in this process as it was then, and the remedy; empty if all is."""
    missing, changed = [], []
    for part, digest in sorted(code.items()):
        kind, _, name = part.partition(".")
        known = KINDS[kind].words()
        if name not in known:
            missing.append(part)
        elif KINDS[kind][name].code_hash != digest or outdated(KINDS[kind][name].files):
            changed.append(part)
    said = [f"{', '.join(missing)} cannot be found any more"] if missing else []
    said += [f"the code of {', '.join(changed)} has changed since the study was submitted"] if changed else []
    return f"{' and '.join(said)}; {REMEDY}" if said else ""
