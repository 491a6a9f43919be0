"""The names that MLflow has for metrics and parameters: all that it takes, one for each, and always the same."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from mlflow.utils.validation import _validate_metric_name, _validate_tag_name

from service.tracking.names import JUDGED, NAME_TAG, OBJECTIVE, metric_name, mlflow_name

ODD = [
    "MAP@5",
    "huber[delta=1.3]",
    "a//b",
    "a/../b",
    "/a",
    "a/",
    ".",
    "..",
    "../a",
    "",
    "\n",
    "a\n",
    "x" * 251,
    "@",
    "a\\b",
]
LETTERS = st.sampled_from("abé@#☃_-./: \n")
NAMES = st.text(LETTERS, max_size=12) | st.text(LETTERS, min_size=200, max_size=260)


@pytest.mark.parametrize("name", ["val_loss", "val_loss/dataloader_idx_0", "a b", "a:b", "préc.1-2", "x" * 250])
def test_a_name_that_mlflow_takes_stays(name: str) -> None:
    _validate_metric_name(name)
    assert mlflow_name(name) == name


@pytest.mark.parametrize("name", ODD)
def test_any_other_becomes_one_that_it_takes_and_that_can_be_read(name: str) -> None:
    assert mlflow_name(name) != name
    _validate_metric_name(mlflow_name(name))
    assert mlflow_name("MAP@5").startswith("MAP_5-")


@given(NAMES)
@example("objective")
def test_mlflow_takes_every_name_and_the_tag_that_records_it(name: str) -> None:
    for new in (mlflow_name(name), metric_name(name)):
        _validate_metric_name(new)
        if new != name:
            _validate_tag_name(f"{NAME_TAG}{new}")


@given(st.sets(NAMES, min_size=2))
def test_no_two_names_become_one_not_even_one_that_is_another_s_new_name(names: set[str]) -> None:
    names |= {mlflow_name(name) for name in names} | {metric_name(name) for name in names}
    assert len({mlflow_name(name) for name in names}) == len(names)
    assert len({metric_name(name) for name in names}) == len(names)


def test_a_new_name_is_stable() -> None:
    assert mlflow_name("MAP@5") == "MAP_5-39fe7dbd91c7"


def test_a_metric_that_is_called_like_one_of_ours_gets_another_name() -> None:
    for name in (OBJECTIVE, f"{JUDGED}val_loss", f"{JUDGED}MAP@5"):
        assert metric_name(name) not in {name, mlflow_name(name)}
