"""What a study can name beside components: experiments, named spaces and ready-made studies, each in full."""

from __future__ import annotations

import pytest
import yaml
from fastapi.testclient import TestClient

from experiments.parsing import parse_config
from experiments.registry import EXPERIMENTS
from search_spaces.presets import named_spaces, studies


def test_the_catalog_lists_everything_that_a_study_can_name(api: TestClient) -> None:
    catalog = api.get("/api/v1/catalog").json()
    for part, known in (("experiments", EXPERIMENTS), ("spaces", named_spaces()), ("studies", studies())):
        assert [entry["name"] for entry in catalog[part]] == list(known)
        assert all(entry["summary"] for entry in catalog[part])


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_an_experiment_says_what_a_study_of_it_starts_from(api: TestClient, name: str) -> None:
    entry = api.get(f"/api/v1/experiments/{name}").json()
    config = parse_config(EXPERIMENTS[name].base())
    assert (entry["config"], entry["metrics"]) == (config.to_json(), list(config.metric_names()))
    study = yaml.safe_load(entry["study"])
    assert api.post("/api/v1/studies:validate", json=study).status_code == 200


def test_a_space_and_a_study_come_as_they_are_written(api: TestClient) -> None:
    for path, known in (("search-spaces", named_spaces()), ("ready-made-studies", studies())):
        for name, entry in known.items():
            shown = api.get(f"/api/v1/{path}/{name}").json()
            assert yaml.safe_load(shown["text"]) == shown["document"]
            assert shown["description"].startswith(entry.summary)


def test_a_data_set_says_what_it_is_and_what_goes_with_it(api: TestClient) -> None:
    wine = api.get("/api/v1/catalog/data/wine").json()["data"]
    assert wine == {
        "task": "classification",
        "shape": [13],
        "n_examples": 178,
        "n_outputs": 3,
        "classes": ["grower 0", "grower 1", "grower 2"],
        "metrics": ["train_loss", "val_loss", "train_accuracy", "val_accuracy", "lr", "grad_norm"],
        "models": ["mlp", "residual"],
        "experiments": ["wine-mlp"],
    }
    assert api.get("/api/v1/catalog/optimizer/adam").json()["data"] is None


@pytest.mark.parametrize("path", ["experiments/digits-mpl", "search-spaces/optimizer", "ready-made-studies/digit"])
def test_what_there_is_not_is_answered_with_the_likely_name(api: TestClient, path: str) -> None:
    answer = api.get(f"/api/v1/{path}")
    assert answer.status_code == 404
    assert "did you mean" in answer.json()["detail"]
