"""What a config accepts, what it fills in, and what it answers to bad input."""

from __future__ import annotations

from typing import Any

import pytest

from experiments.errors import InvalidInput
from experiments.parsing import parse_config

GOOD: dict[str, Any] = {"data": "digits", "model": "mlp"}


def problems(**parts: Any) -> dict[str, str]:
    with pytest.raises(InvalidInput) as refused:
        parse_config({**GOOD, **parts})
    return {problem.path: problem.message for problem in refused.value.problems}


def test_the_canonical_form_is_complete_and_stable() -> None:
    config = parse_config({**GOOD, "optimizer": "nag", "regularizers": ["dropout"]})
    document = config.to_json()
    assert document["optimizer"] == {"name": "nesterov", "lr": 0.03, "layer_decay": 1.0, "momentum": 0.9}
    assert document["regularizers"] == {"dropout": {"name": "dropout", "p": 0.2}}
    assert document["monitor"] == {"metric": "val_loss", "direction": "minimize", "reduce": "best"}
    assert document["model"]["hidden"] == [64, 64]
    assert parse_config(document) == config
    assert parse_config(document).to_json() == document


def test_regularizers_stand_under_their_names_however_they_are_written() -> None:
    written: list[Any] = [["l1", "dropout"], {"dropout": {}, "l1": None}, {"lasso": {"name": "l1"}, "dropout": True}]
    assert len({str(parse_config({**GOOD, "regularizers": form}).to_json()) for form in written}) == 1


@pytest.mark.parametrize(
    ("parts", "path", "message"),
    [
        ({"optimzer": "adam"}, "optimzer", "did you mean 'optimizer'?"),
        ({"optimizer": "adamv"}, "optimizer", "unknown optimizer 'adamv' (did you mean 'adam'?)"),
        ({"optimizer": {"lr": 0.1}}, "optimizer.name", "name the optimizer"),
        ({"optimizer": 3}, "optimizer", "write a name"),
        (
            {"optimizer": {"name": "adamw", "weight_dekay": 1}},
            "optimizer.adamw.weight_dekay",
            "did you mean 'weight_decay'?",
        ),
        ({"optimizer": {"name": "adamw", "lr": 0}}, "optimizer.adamw.lr", "greater than 0"),
        ({"optimizer": {"name": "adamw", "lr": float("nan")}}, "optimizer.adamw.lr", "finite"),
        ({"model": {"name": "mlp", "hidden": [0]}}, "model.mlp.hidden.0", "greater than or equal to 1"),
        ({"model": None}, "model", "name the model"),
        ({"model": "cnn", "data": "wine"}, "model", "cnn cannot take data of shape (13,); use mlp"),
        ({"regularizers": {"dropuot": {}}}, "regularizers", "did you mean 'dropout'?"),
        ({"regularizers": {"dropout": {"p": 1.0}}}, "regularizers.dropout.p", "less than 1"),
        ({"regularizers": {"dropout": 0.2}}, "regularizers.dropout", "write a mapping of fields"),
        ({"regularizers": {"l1": {"name": "l2"}}}, "regularizers.l1.name", "it names 'l2'; write that as the key"),
        ({"regularizers": "dropout"}, "regularizers", "write a mapping"),
        (
            {"regularizers": ["weight_decay"], "optimizer": "adamw"},
            "regularizers.weight_decay",
            "set its weight_decay to 0",
        ),
        ({"regularizers": ["label_smoothing"], "data": "diabetes"}, "regularizers.label_smoothing", "have no classes"),
        ({"training": {"epoch": 3}}, "training.epoch", "did you mean 'epochs'?"),
        ({"training": {"epochs": 0}}, "training.epochs", "greater than or equal to 1"),
        ({"training": 5}, "training", "write a mapping"),
        ({"monitor": {"metric": "val_acc"}}, "monitor.metric", "did you mean 'val_accuracy'?"),
        ({"monitor": {"direction": "up"}}, "monitor.direction", "'minimize' or 'maximize'"),
        ({"seed": "seven"}, "seed", "write an integer"),
        ({"seed": True}, "seed", "write an integer"),
        ({"fold": 5}, "fold", "write at most 4"),
        ({"activation": None}, "activation", "mlp needs one"),
    ],
)
def test_bad_input_is_answered_with_the_place_and_the_remedy(parts: dict[str, Any], path: str, message: str) -> None:
    found = problems(**parts)
    assert list(found) == [path]
    assert message in found[path]


def test_all_problems_are_found_at_once() -> None:
    assert set(problems(optimizer="adm", seed=-1, training={"epochs": "many"})) == {
        "optimizer",
        "seed",
        "training.epochs",
    }


def test_what_is_missing_is_named_with_what_there_is() -> None:
    with pytest.raises(InvalidInput, match=r"data: this field is required \(one of: .*digits.*\); model: this field"):
        parse_config({})


def test_a_config_is_a_mapping() -> None:
    with pytest.raises(InvalidInput, match="a config is a mapping"):
        parse_config(["digits"])  # type: ignore[arg-type]


def test_decay_of_adamw_may_be_switched_off_for_the_regularizer() -> None:
    parts = {"optimizer": {"name": "adamw", "weight_decay": 0}, "regularizers": ["weight_decay"]}
    assert set(parse_config({**GOOD, **parts}).regularizers) == {"weight_decay"}
