"""Spaces of Ray Tune and Optuna, read from Python objects."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from experiments.errors import InvalidInput
from service.imports.importing import import_study
from tests.support.early_ray import import_ray

RAY_SPACE = """
from ray import tune

SPACE = {
    "lr": tune.loguniform(1e-4, 1e-1),
    "momentum": tune.uniform(0.5, 0.99),
    "optimizer": tune.choice(["sgd", "adam"]),
    "batch_size": tune.grid_search([32, 64]),
    "training": {"epochs": tune.randint(2, 10)},
    "dropout": tune.quniform(0.0, 0.5, 0.1),
    "weight_init": "lecun_normal",
    "l1": tune.qloguniform(1e-6, 1e-2, 1e-6),
    "label_smoothing": tune.randn(0.1, 0.02),
    "accumulate": tune.qrandint(2, 8, 2),
    "width": tune.sample_from(lambda spec: 2 * spec.config.lr),
}
GRID = {"lr": tune.grid_search([0.1, 0.01])}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder where the user stands."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_space_of_ray_tune_is_read_by_its_types(folder: Path) -> None:
    import_ray("ray.tune")
    (folder / "ray_space_of_mine.py").write_text(RAY_SPACE)
    found = import_study("ray_space_of_mine:SPACE", experiment="digits-mlp")
    lr = {"log_uniform": [1e-4, 1e-1]}
    assert found.problems == ()
    assert found.definition["name"] == "space"
    assert found.definition["sampler"] == "random"
    assert found.definition["space"] == {
        "regularizers": {
            "dropout": {"p": {"quniform": [0.0, 0.5, 0.1]}},
            "l1": {"strength": {"log_uniform": [1e-6, 1e-2]}},
            "label_smoothing": {"epsilon": {"uniform": [0.06, 0.14]}},
        },
        "optimizer": {
            "choice": [{"name": "momentum", "lr": lr, "momentum": {"uniform": [0.5, 0.99]}}, {"name": "adam", "lr": lr}]
        },
        "initializer": "lecun_normal",
    }
    assert found.definition["training"] == {
        "batch_size": {"choice": [32, 64]},
        "epochs": {"int": [2, 9]},
        "accumulate": {"qint": [2, 8, 2]},
    }
    assert [problem.path for problem in found.left_out] == ["width"]
    assert {"grid_search", "l1", "label_smoothing"} <= {problem.path for problem in found.changed}
    assert import_study("ray_space_of_mine:GRID").definition["sampler"] == "grid"


def test_distributions_of_optuna_keep_what_they_say() -> None:
    space = {
        "lr": FloatDistribution(1e-4, 1e-1, log=True),
        "dropout": FloatDistribution(0.0, 0.5, step=0.25),
        "epochs": IntDistribution(2, 16, log=True),
        "batch_size": CategoricalDistribution((32, 64)),
        "accumulate": IntDistribution(1, 1),
    }
    found = import_study(space, experiment="digits-mlp")
    assert found.title == "a search space of Optuna"
    assert found.problems == ()
    assert found.definition["space"] == {
        "regularizers": {"dropout": {"p": {"quniform": [0.0, 0.5, 0.25]}}},
        "optimizer": {"name": "adam", "lr": {"log_uniform": [1e-4, 0.1]}},
    }
    assert found.definition["training"] == {
        "epochs": {"log_int": [2, 16]},
        "batch_size": {"choice": [32, 64]},
        "accumulate": 1,
    }


def test_a_function_that_suggests_is_asked_until_its_conditions_are_seen() -> None:
    def suggest(trial: optuna.Trial) -> None:
        optimizer = trial.suggest_categorical("optimizer", ["adam", "sgd"])
        trial.suggest_float("lr", 1e-3, 1e-1, log=True)
        if optimizer == "sgd":
            trial.suggest_float("momentum", 0.0, 0.9)

    found = import_study(suggest)
    assert [entry["name"] for entry in found.definition["space"]["optimizer"]["choice"]] == ["adam", "momentum"]
    assert any(problem.path == "momentum" and "some configurations" in problem.message for problem in found.changed)


def test_a_function_that_trains_is_called_once() -> None:
    calls = []

    def objective(trial: optuna.Trial) -> float:
        calls.append(trial.suggest_float("lr", 0.1, 0.2))
        return 1.0

    found = import_study(objective)
    assert len(calls) == 1
    assert "it trains: it was called once" in str(found.changed)


def test_a_function_that_raises_is_told_with_the_remedy() -> None:
    def suggest(trial: optuna.Trial) -> None:
        raise ZeroDivisionError("no data")

    with pytest.raises(InvalidInput, match="ZeroDivisionError: no data; move what it suggests"):
        import_study(suggest)


def test_a_study_of_optuna_brings_its_direction_and_sampler() -> None:
    study = optuna.create_study(
        study_name="old", direction="maximize", sampler=optuna.samplers.TPESampler(seed=0, multivariate=False)
    )
    study.ask({"lr": FloatDistribution(0.1, 0.2)})
    found = import_study(study)
    assert found.definition["name"] == "old"
    assert found.definition["objective"]["direction"] == "maximize"
    assert found.definition["sampler"] == "tpe"
    assert "direction" in {problem.path for problem in found.changed}


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("no_such_module_of_mine:SPACE", "ModuleNotFoundError.*write MODULE:ATTRIBUTE"),
        ("broken_of_mine:SPACE", "RuntimeError: no data here"),
        ("math:nothing", "has no attribute 'nothing'"),
        ("math:pi", "none of what can be imported"),
    ],
)
def test_an_object_that_cannot_be_imported_is_a_clear_error(reference: str, message: str, folder: Path) -> None:
    (folder / "broken_of_mine.py").write_text("raise RuntimeError('no data here')")
    with pytest.raises(InvalidInput, match=message):
        import_study(reference)


def test_an_object_of_no_plain_value_is_listed() -> None:
    class Odd:
        pass

    space: dict[str, Any] = {"lr": FloatDistribution(0.1, 0.2), "dropout": Odd()}
    (told,) = import_study(space).left_out
    assert (told.path, "is no plain value" in told.message) == ("dropout", True)


def test_a_domain_whose_bounds_are_no_numbers_is_a_clear_error() -> None:
    tune = import_ray("ray.tune")
    with pytest.raises(InvalidInput, match=r"a search space of Ray Tune cannot be read from it .*; mend the value"):
        import_study({"width": tune.randint("a", "b")})
