"""Hypothesis strategies for search space documents over the whole catalogue."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from experiments.catalogue import KINDS
from experiments.conflicts import RULES

_CONFLICTING = {part for rule in RULES if rule.refused for part in (rule.first, rule.second)}


def _free(kind: str) -> list[str]:
    """The members that go with everything."""
    return [name for name in KINDS[kind].names() if f"{kind}.{name}" not in _CONFLICTING]


REGULARIZERS = _free("regularizer")


def _field_range(name: str, search: dict[str, Any]) -> st.SearchStrategy[tuple[str, Any]]:
    return st.one_of(
        st.just((name, search)),
        st.integers(1, 4).map(lambda n: (name, search if "choice" in search else {**search, "points": n})),
    )


@st.composite
def components(draw: st.DrawFn, kind: str, name: str) -> Any:
    """A bare name, or some of its fields with their default ranges, with and without points."""
    declared = {field: dict(search) for field, search in KINDS[kind][name].search_ranges().items()}
    fields = draw(st.lists(st.sampled_from(sorted(declared)), unique=True)) if declared else []
    return {"name": name, **dict(draw(_field_range(field, declared[field])) for field in fields)} if fields else name


@st.composite
def _kind(draw: st.DrawFn, kind: str) -> Any:
    names = draw(st.lists(st.sampled_from(_free(kind)), min_size=1, max_size=4, unique=True))
    items = [draw(components(kind, name)) for name in names]
    return items[0] if len(items) == 1 else {"choice": items}


@st.composite
def _regularizers(draw: st.DrawFn) -> dict[str, Any]:
    names = draw(st.lists(st.sampled_from(REGULARIZERS), max_size=3, unique=True))
    entries = {}
    for name in names:
        component = draw(components("regularizer", name))
        fields = {} if isinstance(component, str) else {key: value for key, value in component.items() if key != "name"}
        entries[name] = {"optional": fields} if draw(st.booleans()) else fields
    return entries


training = st.fixed_dictionaries(
    {},
    optional={
        "epochs": st.sampled_from([3, {"int": [2, 6]}, {"log_int": [1, 30], "points": 3}]),
        "batch_size": st.sampled_from([16, {"choice": [16, 32]}, {"qint": [16, 64, 16]}]),
    },
)
documents = st.fixed_dictionaries(
    {},
    optional={
        **{kind: _kind(kind) for kind in ("initializer", "activation", "optimizer", "schedule")},
        "regularizers": _regularizers(),
        "model": st.sampled_from(["mlp", {"hidden": {"choice": [[8], [8, 8]]}}, {"hidden": [{"int": [4, 8]}, 8]}]),
        "training": training,
    },
)
"""Valid spaces over the digits perceptron."""
