"""Which parts of a space go together: what can never be drawn is refused, what need not be is avoided, and said.

Whether parts go together may depend on several of them, so each alternative is tried in random company. One that finds
none to go with is a mistake of the space; one that only sometimes meets a conflict is fine, because a configuration
with a conflict is never drawn (``sampling.draw``).
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Any

from experiments.config import ExperimentConfig
from experiments.conflicts import conflicts, warnings
from experiments.conflicts.rule import Clash
from experiments.errors import InvalidInput, Problem
from experiments.parsing import read_config
from search_spaces.language.problems import ProblemCollector
from search_spaces.space import Branch, SearchSpace, Slot

TRIES = 256
"""Companies in which an alternative is tried before it is said to go with none."""
LEAST = 4
"""Companies in which each is tried at least, to find what will be avoided."""


@dataclass(frozen=True)
class Variant:
    """A branch of a slot with each of its leaves at some value, within a config of first branches."""

    slot: Slot
    branch: Branch
    config: ExperimentConfig


@dataclass
class Combinations:
    """What was found: metrics that every configuration has, and what the user should know."""

    metrics: tuple[str, ...] = ()
    warnings: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        """A warning, once."""
        if text not in self.warnings:
            self.warnings.append(text)


@dataclass(frozen=True)
class _Notes:
    """Where the tries put what they find."""

    wrong: Set[str]
    clashes: ProblemCollector
    found: Combinations

    def blames_wrong(self, clash: Clash) -> bool:
        """Whether a part that is wrong in itself is among those that clash: what stands in its place is a default."""
        parts = {part.replace("regularizer.", "regularizers.") for part in clash.parts}
        return any(_overlap(part, path) for part in parts for path in self.wrong)


def _overlap(part: str, path: str) -> bool:
    """Whether a part of the catalog (``optimizer.adam``) has to do with a slot (``optimizer``)."""
    return f"{part}.".startswith(f"{path}.") or f"{path}.".startswith(f"{part}.")


def check_combinations(
    space: SearchSpace, wrong: Set[str], findings: ProblemCollector, clashes: ProblemCollector
) -> Combinations:
    """Try every alternative of every slot; what can never be drawn goes to ``clashes``.

    ``wrong`` are the paths of parts that are wrong in themselves, so that the space does not have them; nothing is said
    of them. What is wrong with the experiment's constants goes to the findings.
    """
    found = Combinations()
    first = {slot.path: slot.branches[0] for slot in space.slots}
    try:
        variants = {slot.path: list(_alternatives(space, slot, first)) for slot in space.slots}
    except InvalidInput as error:
        for problem in error.problems:
            _add(problem, first, findings)
        return found
    chance = random.Random(0)
    for path, alternatives in variants.items():
        others = [each for other, each in variants.items() if other != path]
        for own in alternatives:
            _try(own, others, chance, _Notes(wrong, clashes, found))
    names = [variant.config.metric_names() for each in variants.values() for own in each for variant in own]
    found.metrics = tuple(name for name in names[0] if all(name in others for others in names))
    return found


def _try(
    own: Sequence[Variant],
    others: Sequence[Sequence[Sequence[Variant]]],
    chance: random.Random,
    notes: _Notes,
) -> None:
    """Put one branch into random companies until one has no conflict."""
    met: dict[Clash, Mapping[str, Branch]] = {}
    goes = False
    for attempt in range(TRIES):
        company = [chance.choice(_alternative(each, attempt, chance)) for each in others]
        taken = [own[attempt % len(own)], *company]
        config = _together(taken)
        problems = [clash for clash in conflicts(config) if not notes.blames_wrong(clash)]
        goes = goes or not problems
        met |= {problem: {variant.slot.path: variant.branch for variant in taken} for problem in problems}
        if not problems:
            _note_unwise(config, notes.found)
        if goes and attempt >= LEAST:
            break
    for problem, branches in met.items():
        if goes:
            notes.found.note(f"combinations are left out of the search where {problem.path}: {problem.message}")
        else:
            _add(problem, branches, notes.clashes)


def _alternative(alternatives: Sequence[Sequence[Variant]], attempt: int, chance: random.Random) -> Sequence[Variant]:
    """Each in turn at first, so that no pair with one of few is left to chance; then any."""
    return alternatives[attempt % len(alternatives)] if attempt < LEAST else chance.choice(alternatives)


def _note_unwise(config: ExperimentConfig, found: Combinations) -> None:
    for problem in warnings(config):
        found.note(str(problem))


def _alternatives(space: SearchSpace, slot: Slot, first: Mapping[str, Branch]) -> Iterator[list[Variant]]:
    """The variants of each branch: all ranges at their least, and so on until each had its greatest or last value."""
    parts = {path: _filled(branch, 0) for path, branch in first.items()}
    for branch in slot.branches:
        contents = [_filled(branch, index) for index in range(_n_probes(branch))]
        configs = [read_config(space.assembled({**parts, slot.path: content})) for content in contents]
        yield [Variant(slot, branch, config) for config in configs]


def _n_probes(branch: Branch) -> int:
    return max((len(leaf.probes()) for leaf in branch.leaves.values()), default=1)


def _filled(branch: Branch, index: int) -> Any:
    """The content of a branch with each range at its probe of that index, or at its last one."""
    probes = {path: leaf.probes() for path, leaf in branch.leaves.items()}
    return branch.filled({path: each[min(index, len(each) - 1)] for path, each in probes.items()})


def _together(taken: Sequence[Variant]) -> ExperimentConfig:
    """One config with the part that each variant stands for."""
    changes: dict[str, Any] = {}
    reference = taken[0].config
    regularizers, training = dict(reference.regularizers), {}
    for variant in taken:
        section, _, name = variant.slot.path.partition(".")
        if section == "training":
            training[name] = getattr(variant.config.training, name)
        elif not name:
            changes[section] = getattr(variant.config, section)
        elif name in variant.config.regularizers:
            regularizers[name] = variant.config.regularizers[name]
        else:
            regularizers.pop(name, None)
    if training:
        changes["training"] = reference.training.model_copy(update=training)
    return replace(reference, regularizers=regularizers, **changes)


def _add(problem: Problem, branches: Mapping[str, Branch], findings: ProblemCollector) -> None:
    for path, branch in branches.items():
        if problem.path == path or problem.path.startswith(f"{path}."):
            remedy = f" (`{path.split('.')[-1]}: null` leaves it out)" if branch.place.startswith("use.") else ""
            findings.add(branch.place + problem.path.removeprefix(path), problem.message + remedy)
            return
    findings.add(f"experiment.{problem.path}", problem.message)  # what no slot holds, the experiment brings
