"""Each regularizer of the catalog has a role, and what has it not is nothing to a step."""

from __future__ import annotations

from typing import Literal

import pytest
import torch
from torch import nn

from experiments.regularizers import REGULARIZERS, Regularizer
from experiments.regularizers.roles import ROLES, GradientPenalty
from experiments.training.reach import Reach

SEVERAL = {"l1": 2, "swa": 2}
"""Penalties that also act after the step, and averages that also set the rate."""


@pytest.mark.parametrize("component", list(REGULARIZERS), ids=lambda component: component.id())
def test_a_regularizer_has_a_role(component: type[Regularizer]) -> None:
    assert sum(issubclass(component, role) for role in ROLES) == SEVERAL.get(component.id(), 1)


def test_a_step_has_to_do_with_those_alone_that_have_a_role_in_it() -> None:
    module = nn.Linear(2, 1)
    optimizer = torch.optim.SGD(module.parameters(), lr=0.1)
    regularizers = [component() for component in REGULARIZERS]
    reach = Reach(optimizer, module, regularizers, {"clip_norm": (), "clip_value": (), "adaptive_clipping": ()})

    names = [[each.name for each, *_ in part] for part in (reach.penalized, reach.before_step, reach.after_step)]

    assert [sorted(part) for part in names] == [["elastic_net", "l1", "l2"], ["weight_decay"], ["l1"]]
    assert sorted(each.name for each, _ in reach.clipped) == ["adaptive_clipping", "clip_norm", "clip_value"]


def test_a_role_without_its_method_is_none() -> None:
    class Idle(GradientPenalty):
        name: Literal["idle"] = "idle"

    with pytest.raises(TypeError, match=r"abstract method '?after_backward"):
        Idle()
