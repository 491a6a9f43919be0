"""A user's own component takes part in the rules by its traits, with its real class and as the API knows it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from experiments.catalog import KINDS
from experiments.component import Component
from experiments.conflicts import conflicts, rules_of
from experiments.conflicts.pairs import verdicts_of
from experiments.conflicts.rule import having
from experiments.optimizers import OPTIMIZERS
from experiments.parsing import read_config
from experiments.plugins import registration
from experiments.plugins.describing import load
from experiments.regularizers import REGULARIZERS

OWN = "tests.support.own_components"
WINE: dict[str, Any] = {"data": "wine", "model": "mlp"}
REFUSED = [
    ({"regularizers": ["clip_norm", "squeeze"]}, "regularizers.squeeze", "clip_norm clips the gradient already"),
    ({"optimizer": "mean_sgd", "regularizers": ["ema"]}, "regularizers.ema", "mean_sgd averages the weights already"),
    ({"optimizer": "mean_sgd", "schedule": "cosine"}, "schedule", "the mean that mean_sgd keeps"),
    ({"optimizer": "lbfgs", "training": {"batch_size": 178}, "regularizers": ["squeeze"]}, "", "lbfgs compares losses"),
]


@pytest.fixture(scope="module", params=["real", "described"])
def own(request: pytest.FixtureRequest) -> Iterator[None]:
    """The components of the module: as a worker has them, or as the API does, which has only their description."""
    found = load([OWN])
    assert found["refused"] == []
    if request.param == "described":
        registration.register(found)
        assert "tests.support.own_components" not in REGULARIZERS["squeeze"].__module__
    yield
    for kind in KINDS.values():
        kind.keep(())


@pytest.mark.parametrize(("document", "place", "reason"), REFUSED)
def test_a_built_in_rule_refuses_it(own: None, document: dict[str, Any], place: str, reason: str) -> None:
    (clash,) = conflicts(read_config({**WINE, **document}))
    assert clash.path.startswith(place)
    assert reason in clash.message


def test_the_catalog_tells_what_it_does_not_go_with(own: None) -> None:
    told = {other for verdict in verdicts_of("regularizer", "squeeze") if verdict.refused for other in verdict.others}
    assert {"regularizer.clip_norm", "regularizer.clip_value", "optimizer.lbfgs"} <= told


def test_rules_forget_what_goes(own: None) -> None:
    assert any(rules_of("optimizer", "mean_sgd"))
    mine = OPTIMIZERS["mean_sgd"]
    OPTIMIZERS.keep(())
    assert not any(rule.first == "optimizer.mean_sgd" for rule in rules_of("optimizer", "mean_sgd"))
    OPTIMIZERS.add(mine)


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_a_trait_is_declared_by_its_kind_and_no_member_has_a_field_of_its_name(kind: Any) -> None:
    members: list[type[Component]] = list(kind)
    for trait in kind.base.traits:
        assert trait in kind.base.__class_vars__
        assert not any(trait in member.model_fields for member in members)


def test_a_trait_that_nobody_declared_is_no_trait() -> None:
    with pytest.raises(KeyError, match="no trait 'clip'"):
        having(REGULARIZERS, "clip")
