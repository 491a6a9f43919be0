"""Hypothesis strategies for search space documents over the whole catalog."""

from __future__ import annotations

from typing import Any

from hypothesis import reject
from hypothesis import strategies as st

from experiments.catalog import KINDS
from experiments.errors import IncompatibleComponents
from experiments.registry import EXPERIMENTS
from search_spaces.parsing import parse_space
from search_spaces.space import SearchSpace

BASE = EXPERIMENTS["digits-mlp"].base()


def parsed(document: Any) -> SearchSpace:
    """The space over the digits perceptron; a document with parts that never go together is not an example."""
    try:
        return parse_space(document, BASE)
    except IncompatibleComponents:
        reject()


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
    names = draw(st.lists(st.sampled_from(KINDS[kind].names()), min_size=1, max_size=4, unique=True))
    items = [draw(components(kind, name)) for name in names]
    return items[0] if len(items) == 1 else {"choice": items}


@st.composite
def _regularizers(draw: st.DrawFn) -> dict[str, Any]:
    names = draw(st.lists(st.sampled_from(KINDS["regularizer"].names()), max_size=3, unique=True))
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
