"""Nothing in the catalog stands without formula, source, reasons for its bounds, and a test of its law."""

from __future__ import annotations

import importlib
import inspect
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from experiments.catalog import KINDS
from experiments.component import Component
from experiments.conflicts import rules
from tests.support.laws import PROVED

FAMILIES = ("initializer", "activation", "normalization", "regularizer", "optimizer", "schedule")
MEMBERS = [(kind, member) for kind in FAMILIES for member in KINDS[kind] if not member.code_hash]
walk = pytest.mark.parametrize(("kind", "component"), MEMBERS, ids=[f"{kind}-{each.id()}" for kind, each in MEMBERS])
BOUNDS = {"Gt", "Ge", "Lt", "Le"}
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", autouse=True)
def proved() -> set[str]:
    """The names of all components whose law is shown, once every module of laws is imported."""
    for path in sorted(Path(__file__).parent.rglob("test_*_laws.py")):
        importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    return PROVED


@walk
def test_a_law_is_shown(kind: str, component: type[Component], proved: set[str]) -> None:
    assert f"{kind}.{component.id()}" in proved


def test_no_law_is_about_what_is_not_there(proved: set[str]) -> None:
    known = {f"{kind}.{member.id()}" for kind in KINDS for member in KINDS[kind]}
    assert proved <= known


@walk
def test_it_has_a_formula_a_source_and_a_summary(kind: str, component: type[Component]) -> None:
    assert component.formula.strip()
    assert re.search(r"\b(1[89]|20)\d\d\b", component.source)
    summary = (inspect.getdoc(component) or "").partition("\n")[0]
    assert summary.endswith((".", ")."))


@walk
def test_every_bound_has_a_source(kind: str, component: type[Component]) -> None:
    for name, field in component.hyperparameters().items():
        extra: Any = field.json_schema_extra
        if {type(each).__name__ for each in field.metadata} & BOUNDS:
            assert extra["bound_source"], f"{name} has bounds without a source"


def test_every_extra_can_be_installed() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    named = {member.extra for _, member in MEMBERS if member.extra}
    assert named <= extras.keys()
    for name in named:
        assert f"studyhall[{name}]" in " ".join(extras["dev"]) or set(extras[name]) <= set(extras["dev"])


def test_every_conflict_is_between_parts_that_exist() -> None:
    known = {f"{kind}.{word}" for kind in KINDS for word in KINDS[kind].names()} | {*KINDS, "monitor", "training"}
    for rule in rules():
        for part in (rule.first, rule.second):
            assert part in known or part.startswith("training."), part
        assert rule.reason
