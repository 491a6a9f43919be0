"""What the catalog says of pairs is what the rules say of configs, for every two components that a config can hold.

The configs here are made apart from those by which the catalog judges: at every data set and model, with every value
that a field declares, one field after the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from itertools import combinations, islice, product
from typing import Any

import pytest

from experiments.catalog import KINDS
from experiments.component import Component
from experiments.config import ExperimentConfig
from experiments.conflicts import conflicts, warnings
from experiments.conflicts.pairs import verdicts_of
from experiments.conflicts.rule import Clash
from experiments.errors import InvalidInput
from experiments.parsing import read_config
from experiments.training_fields import Training

Key = tuple[str, str]

KEYS: list[Key] = [(kind, each.id()) for kind in KINDS for each in KINDS[kind] if not each.code_hash]
PAIRS = [(one, other) for one, other in combinations(KEYS, 2) if one[0] != other[0] or one[0] == "regularizer"]
TRAININGS = [
    Training(**fields)
    for fields in (
        {},
        {"batch_size": 10_000},
        {"batch_size": 1},
        {"precision": "16-mixed"},
        {"epochs": 1, "batch_size": 10_000},
    )
]
PLACES = [(data, model) for data in KINDS["data"].names() for model in KINDS["model"].names()]
BASE = read_config({"data": "digits", "model": "mlp"})


@cache
def values_of(key: Key) -> list[Component]:
    """A component with its defaults, and with each value at the ends of what a field allows or is searched over."""
    kind, name = key
    found = [KINDS[kind].parse(name)]
    schema = KINDS[kind][name].model_json_schema()["properties"]
    for field, search in KINDS[kind][name].search_ranges().items():
        candidates = [value for values in search.values() for value in values]
        found += _parsed(kind, name, field, [*candidates, schema[field].get("minimum")])
    for field, declared in schema.items():
        found += _parsed(kind, name, field, declared.get("enum", [])) if field != "name" else []
        found += _parsed(kind, name, field, [True, False] if declared.get("type") == "boolean" else [])
        found += _parsed(kind, name, field, [[], [8]] if declared.get("type") == "array" else [])
    return found


def _parsed(kind: str, name: str, field: str, values: list[Any]) -> Iterator[Component]:
    for value in values:
        try:
            yield KINDS[kind].parse({"name": name, field: value})
        except InvalidInput:
            continue


def configs(one: Key, other: Key, step: int = 1) -> Iterator[ExperimentConfig]:
    """Configs that hold both: the defaults everywhere first, then other values, with every training."""
    held = dict([one, other])
    places = [(d, m) for d, m in PLACES if held.get("data", d) == d and held.get("model", m) == m]
    everything = product(_crossed(values_of(one), values_of(other)), places, TRAININGS)
    for (first, second), (data, model), training in islice(everything, 0, None, step):
        parts = {"data": KINDS["data"].parse(data), "model": KINDS["model"].parse(model), "training": training}
        held_regularizers = {}
        for (kind, name), component in ((one, first), (other, second)):
            if kind == "regularizer":
                held_regularizers[name] = component
            else:
                parts[kind] = component
        yield replace(BASE, **parts, regularizers=held_regularizers)


def thinned(one: Key, other: Key) -> Iterator[ExperimentConfig]:
    """Some of them, with every kind of value, place and training among them."""
    return configs(one, other, 37)


def _crossed(ones: list[Component], others: list[Component]) -> Iterator[tuple[Component, Component]]:
    yield ones[0], others[0]
    yield from ((one, others[0]) for one in ones[1:])
    yield from ((ones[0], other) for other in others[1:])


@cache
def told(key: Key) -> Mapping[str, list[tuple[bool, bool, str]]]:
    """By other component: whether it is refused, whether always, and the reason."""
    found: dict[str, list[tuple[bool, bool, str]]] = {}
    for verdict in verdicts_of(*key):
        for other in verdict.others:
            members = [f"{other}.{name}" for name in KINDS[other].names()] if other in KINDS else [other]
            for member in members:
                found.setdefault(member, []).append((verdict.refused, verdict.always, verdict.reason))
    return found


def refusals(one: Key, other: Key) -> list[bool]:
    """Of what the catalog refuses of a pair: whether it always does."""
    return [always for refused, always, _ in told(one).get(".".join(other), []) if refused]


def test_both_components_of_a_pair_are_told_the_same() -> None:
    for one, other in PAIRS:
        mine, theirs = (told(key).get(".".join(partner), []) for key, partner in ((one, other), (other, one)))
        assert sorted(mine) == sorted(theirs), (one, other)


def test_a_pair_that_is_refused_is_refused_in_every_config() -> None:
    always = [(one, other) for one, other in PAIRS if any(refusals(one, other))]
    assert len(always) > 100
    wrong = [pair for pair in always if any(not any(conflicts(config)) for config in thinned(*pair))]
    assert wrong == []


def test_a_pair_of_which_nothing_is_refused_is_accepted() -> None:
    silent = [(one, other) for one, other in PAIRS if not refusals(one, other)]
    assert len(silent) > 5000
    wrong = [pair for pair in silent if all(any(conflicts(config)) for config in configs(*pair))]
    assert wrong == []


def test_a_pair_that_is_refused_for_some_values_is_accepted_for_others() -> None:
    some = [(one, other) for one, other in PAIRS if refusals(one, other) and not any(refusals(one, other))]
    assert len(some) > 20
    for one, other in some:
        reasons = {reason for refused, _, reason in told(one)[".".join(other)] if refused}
        assert any(not any(conflicts(config)) for config in configs(one, other)), f"{one} {other} is always refused"
        for reason in reasons:
            assert any(_says(reason, conflicts(config)) for config in configs(one, other)), (one, other, reason)


def test_a_pair_is_warned_of_where_the_rules_warn() -> None:
    for one, other in PAIRS:
        for refused, always, reason in told(one).get(".".join(other), []):
            if refused or any(refusals(one, other)):
                continue
            if always:
                accepted = (config for config in thinned(one, other) if not any(conflicts(config)))
                assert all(_says(reason, warnings(config)) for config in accepted), (one, other, reason)
            else:
                assert any(_says(reason, warnings(config)) for config in configs(one, other)), (one, other, reason)
                assert any(not _says(reason, warnings(config)) for config in configs(one, other)), (one, other, reason)


def _says(reason: str, clashes: Iterable[Clash]) -> bool:
    return any(clash.message == reason for clash in clashes)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (("data", "mnist5k"), ("regularizer", "label_smoothing"), []),
        (("data", "diabetes"), ("regularizer", "label_smoothing"), [True]),
        (("data", "mnist1d"), ("regularizer", "augmentation"), [True]),
        (("data", "wine"), ("model", "cnn"), [True]),
        (("data", "wine"), ("regularizer", "spatial_dropout"), [True]),
        (("optimizer", "adam"), ("regularizer", "weight_decay"), []),
        (("optimizer", "adamw"), ("regularizer", "weight_decay"), [False]),
        (("data", "digits"), ("optimizer", "lbfgs"), [False]),
        (("schedule", "constant"), ("optimizer", "lbfgs"), [False]),
        (("schedule", "cosine"), ("optimizer", "lbfgs"), [True]),
    ],
)
def test_well_known_pairs(one: Key, other: Key, expected: list[bool]) -> None:
    assert refusals(one, other) == expected
