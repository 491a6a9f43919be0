"""Expressions over parameters: what they say, what they are silent of, and what they cannot do."""

from __future__ import annotations

import pickle
import re
from typing import Any

import pytest

from search_spaces.conditions import Condition

GIVEN = {"optimizer": "adamw", "optimizer.adamw.lr": 0.01, "training.batch_size": 64, "model.widths.0": 8, "on": True}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("optimizer.adamw.lr * training.batch_size < 1", True),
        ("optimizer.adamw.lr * training.batch_size < 0.5", False),
        ("0.001 <= optimizer.adamw.lr <= 0.1", True),
        ("0.001 <= optimizer.adamw.lr <= 0.005", False),
        ("optimizer == 'adamw' and training.batch_size != 32", True),
        ("not (optimizer == 'adamw') or training.batch_size / 2 ** 4 - 1 > 3", False),
        ("optimizer == 'sgd' or training.batch_size == 64", True),
        ("-model.widths[0] + 9 == 1", True),
        ("on == True", True),
        ("optimizer.sgd.lr > 5", True),  # no such parameter in this configuration: nothing is said of it
        ("optimizer < 1", False),  # a text against a number
        ("1 / (training.batch_size - 64) > 0", False),
        ("training.batch_size ** training.batch_size ** training.batch_size > 0", False),  # too large to be computed
        ("(-training.batch_size) ** 0.5 < 1", False),
    ],
)
def test_it_is_true_or_not(text: str, holds: bool) -> None:
    condition = Condition(text)
    assert condition.holds(GIVEN) is holds
    assert pickle.loads(pickle.dumps(condition)) == condition


def test_it_says_which_parameters_it_names() -> None:
    assert Condition("a.b < c and model.widths[1] > a.b").names == ("a.b", "c", "model.widths.1")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("optimizer.adamw.lr", "is neither true nor false; compare it"),
        ("lr <", "is no expression"),
        ("1 < 2", "names no parameter"),
        ("__import__('os').system('true') == 0", "is no part of an expression: it has numbers, parameters"),
        ("(lambda: lr)() < 1", "is no part of an expression"),
        ("[x for x in lr] == 1", "is no part of an expression"),
        ("lr in (1, 2)", "is no part of an expression"),
        ("f'{lr}' == 1", "is no part of an expression"),
        ("lr < " + "1" * 600, "has at most 500 characters"),
    ],
)
def test_it_can_do_nothing_else(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        Condition(text)


def test_a_deep_expression_is_computed_or_refused() -> None:
    with_depth: Any = "lr < " + "-" * 400 + "1"
    assert Condition(with_depth).holds({"lr": 0}) is True
