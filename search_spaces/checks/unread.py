"""What a space sets and a user's own modules do not read: refused where that is sure, told where it may be meant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from experiments.catalog import KINDS
from experiments.component import Component
from experiments.conflicts.ignored import RATES, sets, takes, unread_batch_size, unread_rate
from search_spaces.language.problems import ProblemCollector
from search_spaces.space import Branch, SearchSpace

OF_EXPERIMENT = "experiment."
"""Where the places of the experiment's own parts begin."""


def unread(space: SearchSpace, findings: ProblemCollector, *, inline: bool) -> Iterator[str]:
    """Note what is refused; what comes back are warnings.

    ``inline`` says whether the experiment's own parts were written by whoever wrote the space. Otherwise they are
    defaults, of which nobody need hear but the author of the experiment.
    """
    branches = {slot.path: slot.branches for slot in space.slots}
    data, models = branches.get("data", ()), branches.get("model", ())
    for branch in branches.get("training.batch_size", ()):
        yield from _batch_size(branch, data, findings, inline=inline)
    optimizers = [branch for branch in branches.get("optimizer", ()) if branch.content is not None]
    for model in models if optimizers else ():
        yield from _rates(model, optimizers[0], findings)


def _batch_size(size: Branch, data: tuple[Branch, ...], findings: ProblemCollector, *, inline: bool) -> Iterator[str]:
    components: list[Any] = [_component("data", branch) for branch in data]
    if not components or any(takes(component, "batch_size") for component in components):
        return
    message = unread_batch_size(components[0])
    if inline or not size.place.startswith(OF_EXPERIMENT):
        findings.add(size.place, message)
    elif data[0].place.startswith(OF_EXPERIMENT):
        yield f"training.batch_size, a default of the experiment: {message}"


def _rates(model: Branch, optimizer: Branch, findings: ProblemCollector) -> Iterator[str]:
    component: Any = _component("model", model)
    for rate in model.content.keys() & RATES if component.from_plugin else ():
        message = unread_rate(component, rate, str(optimizer.label))
        if f"{model.path}.{rate}" in model.leaves:
            findings.add(f"{model.place}.{rate}", message)
        elif sets(component, rate, model.content[rate]):
            yield f"{model.path}.{rate}: {message}"


def _component(kind: str, branch: Branch) -> type[Component]:
    return KINDS[kind][branch.label]
