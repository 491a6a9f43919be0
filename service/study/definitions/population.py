"""What a population varies while it trains, and what a definition asks for that none can do."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from experiments.catalog import KINDS
from experiments.changes import AT_ZERO, why_constant
from experiments.component import Component
from experiments.errors import Problem
from search_spaces.leaves import Leaf
from search_spaces.ranges import Numeric
from search_spaces.space import Branch, SearchSpace, Slot
from service.study.definitions.pruners import NoPruner
from service.study.definitions.samplers import PBTSampler

if TYPE_CHECKING:
    from service.study.definitions.definition import StudyDefinition

REMEDY = "make it a constant, or search it with another sampler, e.g. tpe"


@dataclass(frozen=True)
class Varying:
    """A number that varies."""

    parameter: str
    """Its path, e.g. ``optimizer.sgd.lr``."""
    place: str
    """Where a config holds it, e.g. ``optimizer.lr``."""
    range: Numeric


def varying(space: SearchSpace) -> tuple[Varying, ...]:
    """All that varies in a space that a population takes."""
    found = [(slot, path, leaf) for slot in space.slots for path, leaf in slot.branches[0].leaves.items()]
    return tuple(
        Varying(path, f"{slot.path}{path.removeprefix(slot.branches[0].path)}", leaf)
        for slot, path, leaf in found
        if isinstance(leaf, Numeric)
    )


def population_problems(definition: StudyDefinition, wrong: Set[str], space: SearchSpace) -> Iterator[Problem]:
    """What a population cannot do, as seen from the definition but for what varies; ``wrong`` fields say nothing."""
    part, n = definition.sampler, len(definition.objectives)
    if not isinstance(part, PBTSampler):
        return
    if "objective" not in wrong and n > 1:
        yield Problem("sampler", f"pbt ranks members by one value, and this study has {n} objectives; use nsga2 or tpe")
    if "pruner" not in wrong and not isinstance(definition.pruner, NoPruner):
        yield Problem("pruner", "pbt replaces its worst members itself; leave the pruner out")
    if "replicates" not in wrong and definition.replicates.n_runs > 1:
        yield Problem("replicates", "a member of a population is one run; leave replicates out")
    if "max_trials" not in wrong and definition.max_trials not in (None, part.population):
        yield Problem("max_trials", f"a population of {part.population} is {part.population} trials; leave it out")
    if len(definition.queue) > part.population:
        message = f"the queue holds {len(definition.queue)} configurations, and each is a member; raise it"
        yield Problem("sampler.pbt.population", message)
    epochs = space.most_epochs
    if part.interval >= epochs:
        message = f"a training of {epochs} epochs is over before anything is decided; give less than {epochs}"
        yield Problem("sampler.pbt.interval", message)
    needed = part.population * epochs
    if "budget" not in wrong and definition.budget.epochs is not None and definition.budget.epochs < needed:
        yield Problem("budget.epochs", f"the population trains together, {needed} epochs in all; give {needed} or more")


def constant_problems(definition: StudyDefinition, space: SearchSpace) -> Iterator[Problem]:
    """What varies in the space and cannot while a population trains, as seen from the space."""
    if not isinstance(definition.sampler, PBTSampler):
        return
    for slot in space.slots:
        if slot.choice is not None:
            yield Problem(
                slot.path, f"pbt changes numbers while it trains, and which one it is cannot change; {REMEDY}"
            )
            continue
        (branch,) = slot.branches
        for path, leaf in branch.leaves.items():
            if reason := _why_constant(slot, branch, path, leaf):
                place = f"{branch.place}{path.removeprefix(branch.path)}"
                yield Problem(place, f"pbt changes it while it trains, and it cannot change: {reason}")
    settings = {slot.path: slot.branches[0].content for slot in space.slots if slot.path.startswith("training.")}
    if settings.get("training.changes"):
        yield Problem("training.changes", "pbt finds the changes itself; leave them out")
    if settings.get("training.lr_range_test"):
        yield Problem("training.lr_range_test", "pbt finds the rate itself; leave it out")
    if not any(slot.choice is not None or slot.branches[0].leaves for slot in space.slots):
        yield Problem("", "nothing varies; give a number a range, e.g. {optimizer: {lr: {log_uniform: [1e-3, 0.1]}}}")


def _why_constant(slot: Slot, branch: Branch, path: str, leaf: Leaf) -> str:
    """Why a population cannot vary a leaf, with the remedy; empty if it can."""
    field = path.removeprefix(branch.path).removeprefix(".")
    section = slot.path.partition(".")[0]
    if reason := why_constant(section, _component(slot, branch), field.partition(".")[0]):
        return f"{reason}; {REMEDY}"
    if not isinstance(leaf, Numeric):
        return f"{leaf} has no values near one that it had; write a range, e.g. {{uniform: [low, high]}}"
    if section == "optimizer" and leaf.low <= 0:
        return f"{AT_ZERO}; write a range above 0"
    return ""


def _component(slot: Slot, branch: Branch) -> type[Component] | None:
    section, _, name = slot.path.partition(".")
    if section == "training" or branch.content is None:
        return None
    word: Any = name or branch.content["name"]
    return KINDS["regularizer" if name else section][word]
