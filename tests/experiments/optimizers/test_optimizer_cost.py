"""What a step costs beside its arithmetic: it does not wait for the device, and treats many tensors at once."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from experiments.optimizers import OPTIMIZERS

ONE_FOR_ALL = [
    "adabelief",
    "adahessian",
    "hypergradient",
    "lamb",
    "lion",
    "prodigy",
    "radam",
    "schedule_free_adamw",
    "schedule_free_sgd",
    "sophia",
]
"""Rules of ours without matrices of their own for each parameter."""


class Operations(TorchDispatchMode):
    """Counts the operations inside the block, by name."""

    def __init__(self) -> None:
        super().__init__()
        self.counts: Counter[str] = Counter()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.counts[func.overloadpacket.__name__] += 1
        return func(*args, **(kwargs or {}))


def operations(name: str, layers: int, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Those of the third step of an optimizer; numbers that are read from the device are ``_local_scalar_dense``."""
    model = nn.Sequential(*[nn.Linear(3, 3) for _ in range(layers)])
    optimizer = OPTIMIZERS.parse(name).for_model(model)
    counting = Operations()

    def listed(tensor: Tensor) -> Any:
        counting.counts["_local_scalar_dense"] += 1  # a list of a tensor is read by no operation of its own
        return original(tensor)

    original = Tensor.tolist
    for step in range(3):
        optimizer.zero_grad()
        getattr(optimizer, "backward", Tensor.backward)(model(torch.ones(2, 3)).square().sum())
        if step == 2:
            monkeypatch.setattr(Tensor, "tolist", listed)
            with counting:
                optimizer.step()
            monkeypatch.undo()
        else:
            optimizer.step()
    return counting.counts


@pytest.mark.parametrize("name", [*ONE_FOR_ALL, "learned", "muon"])
def test_a_step_waits_for_the_device_once_at_most(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert operations(name, 6, monkeypatch)["_local_scalar_dense"] <= 1


@pytest.mark.parametrize("name", ONE_FOR_ALL)
def test_all_tensors_of_a_group_are_treated_at_once(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """But for the sums of whole tensors, of which torch has none for lists."""

    def arithmetic(layers: int) -> Counter[str]:
        counts = operations(name, layers, monkeypatch)
        del counts["sum"]
        return counts

    assert arithmetic(2) == arithmetic(6)


@pytest.mark.parametrize("name", ["nadam", "adamax", "rmsprop", "adadelta"])
def test_what_torch_has_not_fused_it_does_for_all_tensors_at_once(name: str) -> None:
    (group,) = OPTIMIZERS.parse(name).for_model(nn.Linear(2, 2)).param_groups
    assert group["foreach"]


@pytest.mark.parametrize("base", ["momentum", "adamw"])
def test_the_base_of_sam_is_fused(base: str) -> None:
    optimizer = OPTIMIZERS.parse({"name": "sam", "base": base}).for_model(nn.Linear(2, 2))
    assert all(group["fused"] for group in optimizer.param_groups)
