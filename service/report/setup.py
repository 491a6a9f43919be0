"""The sections of a report that say with what it was done: what varied, the definition, the code and the libraries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

import yaml
from optuna.distributions import BaseDistribution, CategoricalDistribution, json_to_distribution

from service.report.facts import Facts
from service.report.html import Markup, tag
from service.report.table import Table


def varied(facts: Facts) -> Iterator[Markup]:
    """Each parameter with the range that it was drawn from, and in how many trials."""
    drawn = Counter(path for trial in facts.trials for path in trial.parameters)
    known = {path: text for trial in facts.trials for path, text in trial.distributions.items()}
    ranges = {path: _range(json_to_distribution(text)) for path, text in known.items()}
    rows = [[path, ranges.get(path), n] for path, n in drawn.items()]
    if rows:
        yield Table(["parameter", "drawn from", "trials"], rows).html()
    else:
        yield tag("p", "No trial has begun.")


def _range(distribution: BaseDistribution) -> str:
    if isinstance(distribution, CategoricalDistribution):
        return f"one of {', '.join(map(str, distribution.choices))}"
    fields: Mapping[str, Any] = distribution._asdict()
    scale = ", logarithmic" if fields["log"] else ""
    step = f", in steps of {fields['step']:g}" if fields["step"] not in {None, 1} else ""
    whole = "whole numbers from " if type(distribution).__name__.startswith("Int") else ""
    return f"{whole}{fields['low']:g} to {fields['high']:g}{scale}{step}"


def definition(facts: Facts, expanded_space: Mapping[str, Any]) -> Iterator[Markup]:
    """The study as YAML, to be submitted again, and what its space meant."""
    yield tag("pre", _yaml(facts.study.definition))
    space = tag("summary", "The space as it was meant when the study was submitted, with every range and default")
    yield tag("details", space, tag("pre", _yaml(expanded_space)))


def code(facts: Facts) -> Iterator[Markup]:
    """Hashes of the user's own code, its commits, and the versions of the libraries."""
    provenance, study = facts.study.provenance, facts.study
    if study.code:
        yield tag("p", "Code of the user's own, hash ", tag("code", study.code_hash), ":")
        yield Table(["component", "sha256"], [[*pair] for pair in study.code.items()]).html()
    else:
        yield tag("p", "Only components of Studyhall's catalog were trained, and no code of the user's own.")
    commits = [
        [PurePath(each["folder"]).name, each["commit"] or "none", "changed since" if each["dirty"] else "as committed"]
        for each in provenance.get("git", ())
    ]
    if commits:
        yield Table(["repository", "commit", "files"], commits).html()
    if packages := provenance.get("packages"):
        yield tag("p", "Versions where the study was submitted:")
        yield Table(["library", "version"], [[*pair] for pair in packages.items()]).html()
    else:
        yield tag("p", "The versions of the libraries were not recorded.")


def _yaml(document: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(document), sort_keys=False, allow_unicode=True)
