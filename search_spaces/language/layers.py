"""Laying a space document over the named spaces it uses and the experiment's own config.

Three kinds of layers, from the bottom: the experiment, the named spaces in the order of ``use``, the document itself. A
part that stands in several layers is taken from the topmost. The parts are the components, each single regularizer and
each single field of ``training``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from experiments import config
from experiments.catalog import KINDS
from experiments.errors import suggestion
from experiments.training_fields import Training
from search_spaces.language.notation import plain
from search_spaces.language.problems import ProblemCollector
from search_spaces.presets import named_spaces
from search_spaces.space import BareName

SINGLE = tuple(kind for kind in KINDS if kind != "regularizer")
"""The kinds of which an experiment has one component."""
KEYS = ("use", *SINGLE, "regularizers", "training")


@dataclass(frozen=True)
class LayerEntry:
    """What a layer says about one part, and where it says so."""

    value: Any
    place: str
    reading: BareName | None = "ranges"
    """What a component that names no field means here; None for an experiment's own, which is what it is."""


@dataclass(frozen=True)
class Layers:
    """The parts by config path (``optimizer``, ``regularizers.dropout``, ``training.epochs``)."""

    parts: Mapping[str, LayerEntry]
    base: Mapping[str, LayerEntry]
    """The experiment's own parts, also those that a layer above replaces."""
    constants: Mapping[str, Any]
    warnings: tuple[str, ...]


def merge_layers(
    document: Mapping[str, Any], base: Mapping[str, Any], findings: ProblemCollector, *, searched: bool = True
) -> Layers:
    """All layers of a document over a base config. What cannot be read is noted and left out.

    ``searched`` says whether components without fields mean their default ranges.
    """
    reading: BareName = "ranges" if searched else "defaults"
    for key in document:
        if key not in KEYS:
            findings.add(key, f"unknown field{_below(key) or suggestion(key, KEYS)}")
    for key in base:
        if key not in config.KEYS:
            findings.add(f"experiment.{key}", f"unknown field{suggestion(key, config.KEYS)}")
    bottom = dict(_parts(base, "experiment.", findings, None))
    parts, warnings = dict(bottom), []
    for name in _used(document, findings):
        for path, part in _parts(plain(named_spaces()[name].document), f"use.{name}.", findings, reading):
            if parts.get(path, part).place.startswith("use."):
                earlier = parts.get(path, part).place.split(".")[1]
                warnings += [f"{path} of the named space {earlier} is replaced by that of {name}"] * (earlier != name)
            parts[path] = part
    parts.update(_parts(document, "", findings, reading))
    return Layers(parts, bottom, {key: value for key, value in base.items() if key not in KEYS}, tuple(warnings))


def _below(key: str) -> str:
    """Where a field, or a component, belongs that stands beside the parts and not within one; the likeliest first."""
    found = [(len(KINDS), f"training: {{{key}: …}}")] if key in Training.model_fields else []
    for kind, known in KINDS.items():
        owners = [name for name in known.names() if key in known[name].hyperparameters()]
        if not owners and key not in known.names():
            continue
        if kind == "regularizer":
            place = f"regularizers: {{{owners[0]}: {{{key}: …}}}}" if owners else f"regularizers: {{{key}: …}}"
        else:
            place = f"{kind}: {{name: {owners[0]}, {key}: …}}" if owners else f"{kind}: {{name: {key}}}"
        found.append((len(owners), place))
    found.sort(key=lambda each: each[0], reverse=True)
    places = " or ".join(f"`{place}`" for _, place in found)
    return f"; write it below what has it, e.g. {places}" if places else ""


def _used(document: Mapping[str, Any], findings: ProblemCollector) -> Iterator[str]:
    """The named spaces a document uses, each after those that it uses itself."""
    use = document.get("use", [])
    names = [use] if isinstance(use, str) else use
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        findings.add("use", "write a list of named spaces, e.g. [optimizers, schedules]")
        return
    known = named_spaces()
    for index, name in enumerate(names):
        if name in known:
            yield from _used(known[name].document, findings)
            yield name
        else:
            findings.add(f"use.{index}", f"unknown named space {name!r}{suggestion(name, known)}")


def _parts(
    document: Mapping[str, Any], prefix: str, findings: ProblemCollector, reading: BareName | None
) -> Iterator[tuple[str, LayerEntry]]:
    for kind in SINGLE:
        if kind in document:
            yield kind, LayerEntry(document[kind], f"{prefix}{kind}", reading)
    for section in ("regularizers", "training"):
        for name, value in _entries(section, document.get(section), prefix, findings):
            path = f"{section}.{_canonical(name) if section == 'regularizers' else name}"
            yield path, LayerEntry(value, f"{prefix}{section}.{name}", reading)


def _entries(section: str, value: Any, prefix: str, findings: ProblemCollector) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        yield from value.items()
    elif section == "regularizers" and isinstance(value, list) and all(isinstance(name, str) for name in value):
        yield from ((name, {}) for name in value)
    elif value is not None:
        example = "{dropout: {p: 0.2}}" if section == "regularizers" else "{epochs: 20}"
        findings.add(f"{prefix}{section}", f"write a mapping, e.g. {example}")


def _canonical(word: str) -> str:
    return KINDS["regularizer"].words().get(word, word)
