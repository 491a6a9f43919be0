"""The library: every named space and every ready-made study is valid, documented, and samples configs that parse."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from experiments.catalog import KINDS
from experiments.errors import InvalidInput
from experiments.parsing import parse_config
from experiments.registry import EXPERIMENTS
from search_spaces.chance import Chance
from search_spaces.grid import Grid
from search_spaces.language.layers import KEYS
from search_spaces.parsing import parse_space
from search_spaces.presets import Entry, named_spaces, read_mapping, studies
from search_spaces.sampling import configure, draw
from search_spaces.space import SearchSpace

N_SAMPLES = 50
"""Members that a space for every model leaves out."""


@pytest.mark.parametrize("entry", [*named_spaces().values(), *studies().values()], ids=lambda entry: entry.name)
def test_every_reader_of_yaml_finds_the_same_numbers(entry: Entry) -> None:
    assert yaml.safe_load(entry.text) == entry.document


def _space_of_study(name: str) -> SearchSpace:
    document = studies()[name].document
    return parse_space(
        {**document["space"], "training": document["training"]}, EXPERIMENTS[document["experiment"]].base()
    )


def _samples_parse(space: SearchSpace) -> None:
    chance = Chance(0)
    for _ in range(N_SAMPLES):
        _, config = draw(space, chance)
        assert parse_config(config).to_json() == config


BASES: dict[str, dict[str, Any]] = {
    "initializers-convolutional": EXPERIMENTS["digits-cnn"].base(),
    "initializers-recurrent": {"data": "digits", "model": "rnn"},
    "regularizers-images": EXPERIMENTS["digits-cnn"].base(),
}
"""What a space needs that is not for every network."""
OVERLAPPING = {"regularizers-penalties", "regularizers-images", "regularizers-adversarial", "regularizers-averages"}
"""Spaces that leave out combinations, or draw unwise ones, and say so."""


@pytest.mark.parametrize("name", named_spaces())
def test_a_named_space_is_valid_and_samples_configs_that_parse(name: str) -> None:
    space = parse_space({"use": name}, BASES.get(name, EXPERIMENTS["digits-mlp"].base()))
    assert space.parameters
    assert bool(space.warnings) == (name in OVERLAPPING), space.warnings
    _samples_parse(space)


@pytest.mark.parametrize("name", [name for name in named_spaces() if "regulariz" not in name and name not in BASES])
def test_a_named_space_without_label_smoothing_fits_regression(name: str) -> None:
    leave_out = {"regularizers": {"label_smoothing": None}} if name == "four-families" else {}
    assert parse_space({"use": name, **leave_out}, EXPERIMENTS["diabetes-mlp"].base()).parameters


@pytest.mark.parametrize("name", studies())
def test_a_ready_made_study_is_valid_and_samples_configs_that_parse(name: str) -> None:
    assert studies()[name].document["name"] == name
    space = _space_of_study(name)
    assert space.warnings == ()
    assert studies()[name].document["objective"]["metric"] in space.metrics
    _samples_parse(space)


@pytest.mark.parametrize("entry", [*named_spaces().values(), *studies().values()], ids=lambda entry: entry.name)
def test_every_document_says_what_it_is_for(entry: Any) -> None:
    assert len(entry.description.split()) > 20 or entry.name in studies()
    assert entry.description.startswith(entry.summary)
    assert entry.summary[-1] in ".?"
    assert read_mapping(entry.text) == entry.document


ELSEWHERE = {
    "lbfgs": "takes the whole data as one batch",
    "hypergradient": "sets its rate itself",
    "learned": "is honest about its domain",
    "selu": "wants LeCun's initializer and alpha dropout",
    "alpha_dropout": "wants SELU",
    "variational_dropout": "wants a recurrent network",
    "stochastic_depth": "wants a residual network",
    "series_augmentation": "wants sequences",
    "early_stopping": "a pruner does its work in a study",
}
"""Components that no named space draws, and why."""


def test_every_component_of_the_families_is_in_a_named_space() -> None:
    text = " ".join(str(entry.document) for entry in named_spaces().values())
    for kind in ("initializer", "activation", "normalization", "regularizer", "optimizer", "schedule"):
        missing = {name for name in KINDS[kind].names() if f"'{name}'" not in text and name not in ELSEWHERE}
        assert not missing, kind


def test_the_demo_searches_all_four_families_in_at_least_40_trials() -> None:
    document = studies()["digits"].document
    varied = {parameter.path.split(".")[0] for parameter in _space_of_study("digits").parameters}
    assert varied >= {"initializer", "regularizers", "optimizer", "schedule"}
    assert (document["experiment"], document["sampler"]) == ("digits-mlp", "tpe")
    assert document["max_trials"] >= 40


def test_the_grid_of_all_families_needs_no_points_from_the_sampler(parse: Any) -> None:
    space = parse({"use": "four-families-grid"})
    grid = Grid(space)
    assert grid.size == 108
    assert len({repr(configure(space, parameters)) for parameters in grid}) == grid.size


def test_named_spaces_say_nothing_about_data_or_model() -> None:
    allowed = set(KEYS) - {"data", "model"}
    assert all(entry.document.keys() <= allowed for entry in named_spaces().values())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a\n- b", "this document is a list; write a mapping such as `optimizer: adamw`"),
        ("", "this document is empty; write a mapping"),
        ("adam", "this document is the plain value 'adam'; write a mapping"),
        ("optimizer: [", "this is not valid YAML"),
    ],
)
def test_a_document_that_is_no_mapping_is_refused(text: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        read_mapping(text)
