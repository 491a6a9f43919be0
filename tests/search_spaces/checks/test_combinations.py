"""What does not go together is never drawn; what could never be drawn is refused (in test_bad_spaces)."""

from __future__ import annotations

import random
from typing import Any

import pytest

from experiments.errors import IncompatibleComponents
from experiments.parsing import parse_config
from search_spaces import sampling
from search_spaces.chance import Chance
from search_spaces.checks import combinations
from search_spaces.parsing import parse_space
from search_spaces.sampling import draw
from search_spaces.space import SearchSpace

DECAYS_TWICE = {
    "optimizer": {"choice": ["adam", {"name": "adamw", "weight_decay": 0.1}]},
    "regularizers": {"weight_decay": {"optional": {}}},
}


@pytest.fixture
def space() -> SearchSpace:
    return parse_space(DECAYS_TWICE, {"data": "wine", "model": "mlp"})


def test_a_conflict_that_need_not_be_is_said(space: SearchSpace) -> None:
    (warning,) = [each for each in space.warnings if "left out of the search" in each]
    assert "regularizers.weight_decay: the optimizer decays weights already" in warning


class First(random.Random):
    """Chance that always falls on the first."""

    def choice(self, seq: Any) -> Any:
        return seq[0]


def test_what_can_pull_weights_twice_is_said_once_and_not_left_to_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(combinations.random, "Random", First)
    document = {"optimizer": {"choice": ["adam", "adamw"]}, "regularizers": {"l2": {"optional": {}}}}
    space = parse_space(document, {"data": "wine", "model": "mlp"})
    (warning,) = [each for each in space.warnings if "l2" in each]
    assert "the optimizer decays weights already" in warning


def test_an_alternative_may_go_with_a_value_in_the_middle_of_a_choice_alone() -> None:
    document = {"optimizer": {"choice": ["adam", "lbfgs"]}, "training": {"batch_size": {"choice": [32, 2000, 64]}}}
    space = parse_space(document, {"data": "wine", "model": "mlp"})
    assert any("one batch" in each for each in space.warnings)


def test_no_configuration_with_a_conflict_is_drawn(space: SearchSpace) -> None:
    chance, drawn = Chance(0), []
    for _ in range(60):
        _, config = draw(space, chance)
        parse_config(config)
        drawn.append((config["optimizer"]["name"], "weight_decay" in config["regularizers"]))
    assert set(drawn) == {("adam", False), ("adam", True), ("adamw", False)}


class Stubborn(Chance):
    """Draws the one combination that has a conflict, again and again."""

    def suggest_categorical(self, name: str, choices: list[Any]) -> Any:
        return {"optimizer": "adamw", "regularizers.weight_decay": True}[name]


def test_a_search_that_finds_nothing_ends_with_the_conflict(
    space: SearchSpace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampling, "ATTEMPTS", 3)
    with pytest.raises(IncompatibleComponents, match="decays weights already"):
        draw(space, Stubborn(0))
