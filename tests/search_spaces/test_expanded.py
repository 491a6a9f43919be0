"""A space as it is stored with a study: the same space, with nothing left to look up."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from experiments.errors import InvalidInput
from experiments.optimizers import OPTIMIZERS
from experiments.registry import EXPERIMENTS
from search_spaces.chance import Chance
from search_spaces.expanded import expand, read_expanded
from search_spaces.language.problems import ProblemCollector
from search_spaces.language.reader import read
from search_spaces.presets import named_spaces
from search_spaces.sampling import draw
from search_spaces.space import Branch, SearchSpace, Slot
from tests.search_spaces.conftest import Parse
from tests.search_spaces.test_presets import BASES

EVERYTHING = {
    "model": {"name": "mlp", "hidden": {"choice": [[8], [8, 4]]}},
    "optimizer": {
        "choice": [
            {"name": "momentum", "lr": {"log_uniform": [1e-3, 1.0], "points": 4}, "momentum": {"uniform": [0.5, 0.99]}},
            "adamw",
        ]
    },
    "initializer": {"choice": ["orthogonal"]},
    "schedule": {"name": "cosine"},
    "regularizers": {
        "dropout": {"p": {"optional": {"quniform": [0.1, 0.5, 0.1]}}},
        "label_smoothing": {"optional": {"epsilon": {"uniform": [0.01, 0.2]}}},
        "mixup": {},
    },
    "training": {"epochs": {"int": [2, 5]}, "batch_size": {"log_int": [16, 128]}, "accumulate": {"qint": [1, 5, 2]}},
}


def _again(space: SearchSpace) -> SearchSpace:
    return read_expanded(json.loads(json.dumps(expand(space))))


def _drawn(space: SearchSpace, n: int = 5) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    chance = Chance(1)
    return [draw(space, chance) for _ in range(n)]


def _space(document: Mapping[str, Any], base: Mapping[str, Any]) -> SearchSpace:
    return read(document, base, ProblemCollector()).space


@pytest.mark.parametrize("name", named_spaces())
def test_every_named_space_draws_the_same_once_it_is_expanded(name: str) -> None:
    space = _space({"use": name}, BASES.get(name, EXPERIMENTS["digits-mlp"].base()))

    again = _again(space)

    assert again.parameters == space.parameters
    assert _drawn(again) == _drawn(space)


def test_every_way_to_vary_something_survives(parse: Parse) -> None:
    space = parse(EVERYTHING)

    again = _again(space)

    assert again.parameters == space.parameters
    assert again.grid_size(3) == space.grid_size(3)
    assert _drawn(again, 20) == _drawn(space, 20)
    assert _again(again) == again, "and is what it is from then on"


def test_nothing_is_left_to_be_filled_in(parse: Parse) -> None:
    space = parse({"optimizer": "adamw"})

    [(_, config)] = _drawn(space, 1)
    document = expand(space)

    assert {name: set(part) for name, part in document.items()} == {
        name: set(config[name]) for name in document if isinstance(config[name], dict)
    }
    assert document.keys() >= {"data", "model", "activation", "normalization", "initializer", "schedule", "training"}
    assert document["optimizer"]["lr"].keys() == {"log_uniform"}


def test_a_later_catalog_changes_nothing(parse: Parse, monkeypatch: pytest.MonkeyPatch) -> None:
    document = expand(parse({"optimizer": {"choice": ["adamw", "momentum"]}}))
    before = _drawn(read_expanded(document))

    adamw = OPTIMIZERS["adamw"]
    monkeypatch.setattr(adamw.model_fields["lr"], "json_schema_extra", {"search": {"log_uniform": [1e-9, 1e-8]}})
    monkeypatch.setattr(adamw.model_fields["weight_decay"], "default", 0.5)
    monkeypatch.setattr(OPTIMIZERS, "_members", dict(reversed(OPTIMIZERS._members.items())))

    assert _drawn(read_expanded(document)) == before


def test_what_reads_as_a_range_and_is_none_stays_what_it_is() -> None:
    odd = {"constant": {"uniform": [0, 1]}, "plain": {"optional": 3}, "list": [{"choice": [1]}]}
    space = SearchSpace((Slot("model", (Branch("mlp", "model.mlp", {"name": "mlp", "hidden": odd}),)),))

    assert _again(space).slots[0].branches[0].content["hidden"] == odd


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda document: document["optimizer"].update(name="adamm"), "unknown optimizer 'adamm'"),
        (lambda document: document["optimizer"].update(momentun=1), "no such field any more"),
        (lambda document: document["training"].update(epoch=1), "no such field any more .did you mean 'epochs'"),
    ],
)
def test_what_is_not_there_any_more_is_named(parse: Parse, change: Any, said: str) -> None:
    document = expand(parse({"optimizer": "momentum"}))
    change(document)

    with pytest.raises(InvalidInput, match=said):
        read_expanded(document)
