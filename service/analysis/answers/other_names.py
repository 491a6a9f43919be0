"""By which other name a study's author asked for a component: who wrote ``he_normal`` looks for it in the answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from experiments.catalog import KINDS
from service.study.records import Study


def other_names(study: Study, by: str, levels: Iterable[str]) -> Iterator[str]:
    """Of each level of a component that the definition calls otherwise: ``kaiming_normal is he_normal``."""
    kind = KINDS.get(by)
    if kind is None:
        return
    written, words = set(_words(study.definition["space"])), kind.words()
    for level in levels:
        others = [word for word in sorted(written) if words.get(word) == level and word != level]
        if others:
            yield f"{level} is {others[0]} by another name"


def _words(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for key, inner in value.items():
                yield str(key)
                yield from _words(inner)
        case list() | tuple():
            for inner in value:
                yield from _words(inner)
