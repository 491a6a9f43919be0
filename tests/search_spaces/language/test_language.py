"""What a space document means: components, default ranges, choices, options, named spaces, the experiment."""

from __future__ import annotations

from typing import Any

import pytest

from experiments.catalog import KINDS
from experiments.errors import InvalidInput
from experiments.training_fields import Training
from search_spaces.parsing import parse_space
from search_spaces.sampling import configure
from search_spaces.space import SearchSpace


def _parameters(space: SearchSpace) -> dict[str, str]:
    return {parameter.path: str(parameter.range) for parameter in space.parameters}


def test_an_empty_space_is_the_experiment_itself(parse: Any, base: dict[str, Any]) -> None:
    space = parse({})
    config = configure(space, {})
    assert space.parameters == ()
    assert (config["data"]["name"], config["model"]) == ("digits", base["model"])
    assert config["training"] == {**Training().model_dump(mode="json"), **base["training"]}
    assert space.warnings == ("nothing varies: every trial trains the same configuration",)


def test_a_bare_name_is_searched_over_its_default_ranges(parse: Any) -> None:
    parameters = _parameters(parse({"optimizer": "adamw"}))
    declared = KINDS["optimizer"]["adamw"].search_ranges()
    assert parameters.keys() == {f"optimizer.adamw.{field}" for field in declared}
    assert parameters["optimizer.adamw.lr"] == "log_uniform [1e-05, 0.1]"


@pytest.mark.parametrize(
    ("document", "n_points"),
    [
        ({"optimizer": "adamw"}, 1),
        ({"optimizer": {"choice": ["adamw", {"name": "sgd"}, {"name": "adam", "lr": {"choice": [0.1, 0.2]}}]}}, 4),
        ({"regularizers": ["dropout"]}, 1),
        ({"regularizers": {"dropout": {"optional": {}}, "l1": True}}, 2),
        ({"use": "activations-normalizations", "activation": "prelu"}, 9),
    ],
)
def test_on_a_grid_a_bare_name_is_one_point(base: dict[str, Any], document: dict[str, Any], n_points: int) -> None:
    space = parse_space(document, base, searched=False)
    assert space.grid_size() == n_points
    if document == {"optimizer": "adamw"}:
        assert configure(space, {})["optimizer"] == KINDS["optimizer"].parse("adamw").model_dump(mode="json")


def test_a_component_that_names_a_field_keeps_the_others_at_their_defaults(parse: Any) -> None:
    space = parse({"optimizer": {"name": "adamw", "lr": {"log_uniform": [1e-4, 1e-2]}, "beta1": 0.8}})
    assert _parameters(space) == {"optimizer.adamw.lr": "log_uniform [0.0001, 0.01]"}
    optimizer = configure(space, {"optimizer.adamw.lr": 1e-3})["optimizer"]
    assert (optimizer["lr"], optimizer["beta1"], optimizer["weight_decay"]) == (1e-3, 0.8, 1e-2)


def test_a_choice_makes_its_components_parameters_conditional(parse: Any) -> None:
    space = parse({"optimizer": {"choice": ["sgd", {"name": "momentum", "momentum": {"uniform": [0.5, 0.9]}}]}})
    assert [(each.path, str(each.range), each.condition) for each in space.parameters] == [
        ("optimizer", 'choice ["sgd", "momentum"]', ""),
        ("optimizer.sgd.lr", "log_uniform [0.001, 1]", "optimizer = sgd"),
        ("optimizer.momentum.momentum", "uniform [0.5, 0.9]", "optimizer = momentum"),
    ]


def test_a_choice_of_one_is_no_parameter(parse: Any) -> None:
    assert "optimizer" not in _parameters(parse({"optimizer": {"choice": ["sgd"]}}))


def test_aliases_name_the_component(parse: Any) -> None:
    space = parse({"optimizer": {"choice": ["nag", "adam"]}, "regularizers": {"lasso": {"strength": 1e-4}}})
    assert "optimizer.nesterov.lr" in _parameters(space)
    assert (
        configure(parse({"regularizers": {"lasso": {"strength": 1e-4}}}), {})["regularizers"]["l1"]["strength"] == 1e-4
    )


def test_an_optional_regularizer_is_on_or_off(parse: Any) -> None:
    space = parse({"regularizers": {"label_smoothing": {"optional": {"epsilon": {"uniform": [0.01, 0.2]}}}}})
    assert [(each.path, each.condition) for each in space.parameters] == [
        ("regularizers.label_smoothing", ""),
        ("regularizers.label_smoothing.epsilon", "regularizers.label_smoothing = true"),
    ]
    assert configure(space, {"regularizers.label_smoothing": False})["regularizers"] == {}
    on = {"regularizers.label_smoothing": True, "regularizers.label_smoothing.epsilon": 0.1}
    assert configure(space, on)["regularizers"] == {"label_smoothing": {"name": "label_smoothing", "epsilon": 0.1}}


@pytest.mark.parametrize("written", [{"dropout": {}}, {"dropout": None}, {"dropout": True}, ["dropout"]])
def test_a_regularizer_without_fields(parse: Any, written: Any) -> None:
    """Null leaves out; everything else is the regularizer over its default ranges."""
    expected = {} if written == {"dropout": None} else {"regularizers.dropout.p": "uniform [0, 0.5]"}
    assert _parameters(parse({"regularizers": written})) == expected


def test_ranges_stand_at_any_leaf(parse: Any) -> None:
    space = parse(
        {
            "model": {"hidden": [{"int": [16, 64]}, 32]},
            "training": {"epochs": {"choice": [1, 2]}, "batch_size": {"log_int": [8, 128]}},
            "activation": {"name": "leaky_relu", "negative_slope": {"uniform": [0.01, 0.3]}},
        }
    )
    assert _parameters(space).keys() == {
        "activation.leaky_relu.negative_slope",
        "model.mlp.hidden.0",
        "training.epochs",
        "training.batch_size",
    }
    values = {"activation.leaky_relu.negative_slope": 0.1, "model.mlp.hidden.0": 48}
    config = configure(space, {**values, "training.epochs": 2, "training.batch_size": 9})
    assert config["model"]["hidden"] == [48, 32]
    assert config["training"] == {**Training().model_dump(mode="json"), "epochs": 2, "batch_size": 9}


def test_the_document_extends_the_experiments_own_component() -> None:
    base = {"data": "mnist5k", "model": {"name": "cnn", "channels": [4], "hidden": [8]}}
    for written in ({"channels": [6]}, {"name": "cnn", "channels": [6]}):
        config = configure(parse_space({"model": written}, base), {})
        assert (config["model"]["channels"], config["model"]["hidden"]) == ([6], [8])
    other = configure(parse_space({"model": {"name": "mlp", "hidden": [5]}}, base), {})
    assert other["model"] == {"name": "mlp", "hidden": [5]}


def test_an_experiments_own_components_are_constants_and_may_hold_ranges() -> None:
    base = {"data": "digits", "model": {"name": "mlp", "hidden": {"choice": [[8], [16]]}}, "optimizer": "adam"}
    assert _parameters(parse_space({}, base)) == {"model.mlp.hidden": "choice [[8], [16]]"}


def test_named_spaces_are_merged_and_the_document_wins(parse: Any) -> None:
    space = parse({"use": ["optimizers", "schedules"], "schedule": {"name": "cosine", "warmup": 0.05}})
    assert "optimizer" in _parameters(space)
    assert "schedule" not in _parameters(space)
    assert space.warnings == ()


def test_regularizers_of_a_named_space_are_merged_one_by_one(parse: Any) -> None:
    parameters = _parameters(parse({"use": "regularizers", "regularizers": {"l1": None, "dropout": {"p": 0.3}}}))
    assert not any(path.startswith(("regularizers.l1", "regularizers.dropout")) for path in parameters)
    assert "regularizers.clip_norm" in parameters


def test_of_two_named_spaces_the_later_wins_and_a_warning_says_so(parse: Any) -> None:
    space = parse({"use": ["optimizers", "four-families"]})
    assert "optimizer of the named space optimizers is replaced by that of four-families" in space.warnings
    assert "optimizer.sgd.lr" not in _parameters(space)


def test_a_finished_config_is_a_space_of_constants(parse: Any) -> None:
    config = configure(parse({"use": "four-families-grid", "optimizer": "sgd"}), _first(parse))
    parts = {
        key: value for key, value in config.items() if key not in {"monitor", "seed", "fold", "folds", "data_seed"}
    }
    again = parse(parts)
    assert again.parameters == ()
    assert configure(again, {}) == config


def _first(parse: Any) -> dict[str, Any]:
    chosen = {"initializer": "orthogonal", "schedule": "cosine", "regularizers.dropout": True}
    return {**chosen, "optimizer.sgd.lr": 0.1}


def test_constants_of_the_experiment_reach_the_config(base: dict[str, Any]) -> None:
    monitor = {"metric": "val_accuracy", "direction": "maximize", "reduce": "last"}
    assert configure(parse_space({}, {**base, "monitor": monitor, "seed": 3}), {})["monitor"] == monitor


@pytest.mark.parametrize(
    ("data", "metrics"),
    [
        ("digits", ("train_loss", "val_loss", "train_accuracy", "val_accuracy", "lr", "grad_norm")),
        ("diabetes", ("train_loss", "val_loss", "train_rmse", "val_rmse", "train_mae", "val_mae", "lr", "grad_norm")),
        ({"choice": ["digits", "diabetes"]}, ("train_loss", "val_loss", "lr", "grad_norm")),
    ],
)
def test_a_space_knows_the_metrics_that_all_its_configurations_report(data: Any, metrics: tuple[str, ...]) -> None:
    assert parse_space({}, {"data": data, "model": "mlp"}).metrics == metrics


@pytest.mark.parametrize(
    ("document", "warning"),
    [
        (
            {"optimizer": {"name": "adam", "lr": {"uniform": [1e-4, 1e-1]}}},
            "optimizer.adam.lr: only 10% of uniform [0.0001, 0.1] lies below a tenth of its end; "
            "log_uniform suits such a span",
        ),
        (
            {"training": {"lr_range_test": True}, "optimizer": {"name": "adam", "lr": {"log_uniform": [1e-3, 1e-2]}}},
            "optimizer.adam.lr: the range test of training.lr_range_test replaces the rate that is searched",
        ),
        (
            {"training": {"batch_size": {"qint": [16, 70, 16]}}},
            "training.batch_size: 70 is not reached; in steps of 16 the last value is 64",
        ),
        (
            {
                "regularizers": {"early_stopping": {"patience": {"int": [8, 20]}}},
                "training": {"epochs": {"int": [2, 8]}},
            },
            "early_stopping waits 8 epochs at least, and no run has more than 8: it never acts",
        ),
        (
            {"training": {"batch_size": {"choice": [64, 2000, 4000]}}},
            "training.batch_size: digits has at most 1527 training examples; larger batches are all the same",
        ),
    ],
)
def test_what_is_unwise_is_allowed_with_a_warning(parse: Any, document: dict[str, Any], warning: str) -> None:
    assert warning in parse(document).warnings


def test_configure_wants_exactly_the_parameters_of_the_configuration(parse: Any) -> None:
    space = parse({"optimizer": {"choice": ["sgd", {"name": "adam", "lr": {"uniform": [0.1, 0.2]}}]}})
    for parameters, path, message in [
        ({}, "optimizer", "this configuration needs a value from choice"),
        ({"optimizer": "adam"}, "optimizer.adam.lr", "this configuration needs a value from uniform [0.1, 0.2]"),
        ({"optimizer": "rmsprop"}, "optimizer", "'rmsprop' is not one of choice"),
        (
            {"optimizer": "adam", "optimizer.adam.lr": 0.3},
            "optimizer.adam.lr",
            "0.3 lies outside of uniform [0.1, 0.2]",
        ),
        (
            {"optimizer": "sgd", "optimizer.sgd.lr": 0.3, "optimizer.adam.lr": 0.1},
            "optimizer.adam.lr",
            "optimizer = adam",
        ),
        (
            {"optimizer": "sgd", "optimizer.sgd.lr": 0.3, "optimizer.sdg": 1},
            "optimizer.sdg",
            "did you mean 'optimizer.sgd",
        ),
    ]:
        with pytest.raises(InvalidInput) as caught:
            configure(space, parameters)
        assert caught.value.problems[0].path == path
        assert message in caught.value.problems[0].message
