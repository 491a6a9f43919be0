"""What a step costs beside its arithmetic: it does not wait for the device, and treats many tensors at once."""

from __future__ import annotations

import inspect
from collections import Counter
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode, _disable_current_modes

from experiments.optimizers import OPTIMIZERS

NAMES = [member.id() for member in OPTIMIZERS]
READS_MORE = {
    "lbfgs": "its line search compares losses before it goes on",
    "shampoo": "each matrix is decomposed, which looks whether it could be",
}
ONE_BY_ONE = {
    "adafactor": "the rows and columns of each weight",
    "lbfgs": "torch gathers all gradients in one vector",
    "learned": "a memory for each coordinate of a tensor",
    "muon": "a matrix of its own for each weight",
    "shampoo": "matrices of their own for each weight",
    "soap": "matrices of their own for each weight",
}
"""Those that take one tensor after another, and why."""


class Operations(TorchDispatchMode):
    """Counts the operations inside the block, by name, and what is read from a device.

    Tensors on torch's meta device have no numbers, as if they were far away. Whoever reads one all the same is counted,
    and told a half. The counters that torch's own optimizers keep are on the CPU wherever the weights are.
    """

    def __init__(self) -> None:
        super().__init__()
        self.counts: Counter[str] = Counter()
        self.reads = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name, kwargs = func.overloadpacket.__name__, kwargs or {}
        self.counts[name] += 1
        if name == "_local_scalar_dense" and args[0].is_meta:
            self.reads += 1
            return torch.tensor(0.5).to(args[0].dtype).item()
        if name == "_to_copy" and args[0].is_meta and kwargs.get("device", args[0].device).type == "cpu":
            self.reads += 1
            return torch.full(args[0].shape, 0.5, dtype=kwargs.get("dtype") or args[0].dtype)
        return func(*args, **kwargs)


def third_step(name: str, layers: int, device: str = "cpu") -> Operations:
    """Of an optimizer, on so many layers of weights and biases."""
    model = nn.Sequential(*[nn.Linear(3, 3) for _ in range(layers)]).to(device)
    optimizer, before, counting = OPTIMIZERS.parse(name).for_model(model), Operations(), Operations()

    def closure() -> Tensor:
        with _disable_current_modes():  # the model's operations are not the optimizer's
            optimizer.zero_grad()
            loss = model(torch.ones(2, 3, device=device)).square().sum()
            getattr(optimizer, "backward", Tensor.backward)(loss)
        return loss

    for mode in (before, before, counting):
        closure()
        with mode:
            optimizer.step(closure if OPTIMIZERS[name].probes or OPTIMIZERS[name].compares_losses else None)
    return counting


@pytest.mark.parametrize("name", NAMES)
def test_a_step_waits_for_the_device_once_at_most(name: str) -> None:
    assert (third_step(name, 6, "meta").reads > 1) is (name in READS_MORE)


@pytest.mark.parametrize("name", NAMES)
def test_all_tensors_of_a_group_are_treated_at_once(name: str) -> None:
    """But for the sums of whole tensors, of which torch has none for lists, and torch's counters on the CPU."""

    def arithmetic(layers: int) -> Counter[str]:
        counts = third_step(name, layers).counts
        return Counter({each: n for each, n in counts.items() if each not in {"sum", "_local_scalar_dense"}})

    assert (arithmetic(2) != arithmetic(6)) is (name in ONE_BY_ONE)


@pytest.mark.parametrize("name", [each for each in NAMES if not OPTIMIZERS[each].compares_losses])
def test_a_tensor_among_many_costs_as_much_as_one_of_few(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In operations, and in how often one is looked up; one that searches its step takes as many as it needs."""
    lookups: list[Tensor] = []

    def cost(layers: int) -> tuple[int, int]:
        lookups.clear()
        return third_step(name, layers).counts.total(), len(lookups)

    monkeypatch.setattr(Tensor, "__hash__", lambda self: lookups.append(self) or id(self))
    few, more, most = cost(4), cost(12), cost(20)
    assert [c - b for b, c in zip(more, most, strict=True)] == [b - a for a, b in zip(few, more, strict=True)]


@pytest.mark.parametrize("name", NAMES)
def test_the_quickest_form_is_taken_that_torch_has(name: str) -> None:
    offered = inspect.signature(OPTIMIZERS[name].resolved()).parameters
    quickest = next((form for form in ("fused", "foreach") if form in offered), None)
    groups = OPTIMIZERS.parse(name).for_model(nn.Linear(2, 2)).param_groups
    assert quickest is None or all(group[quickest] is True for group in groups)


@pytest.mark.parametrize("base", ["momentum", "adamw"])
def test_the_base_of_sam_is_fused(base: str) -> None:
    optimizer = OPTIMIZERS.parse({"name": "sam", "base": base}).for_model(nn.Linear(2, 2))
    assert all(group["fused"] for group in optimizer.param_groups)
