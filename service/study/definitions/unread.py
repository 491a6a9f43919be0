"""What a definition says of an experiment and its runs, and nothing would read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from experiments.catalog import KINDS
from experiments.conflicts.ignored import takes
from experiments.errors import Problem
from search_spaces.checks.unread import unread
from search_spaces.language.problems import ProblemCollector
from search_spaces.language.reader import read
from search_spaces.space import SearchSpace
from service.study.definitions.pruners import WilcoxonPruner

if TYPE_CHECKING:
    from service.study.definitions.definition import StudyDefinition

_OF_THE_STUDY: Mapping[str, str] = {
    "seed": "write the seeds of its runs as `replicates: {seeds: [SEED]}`, that of the search as `seed`",
    "fold": "write `replicates: {folds: N}`, which trains every fold",
    "folds": "write `replicates: {folds: N}`",
    "monitor": "write it as the study's `objective`",
}
"""What a config may hold and a study says for all of its runs: how."""


def of_experiment(experiment: Mapping[str, Any]) -> Iterator[Problem]:
    """What stands in an experiment that a study writes out, and is the study's to say."""
    for field in (field for field in _OF_THE_STUDY if field in experiment):
        yield Problem(f"experiment.{field}", f"the study decides this, not its experiment; {_OF_THE_STUDY[field]}")


def of_folds(definition: StudyDefinition, space: SearchSpace) -> Iterator[Problem]:
    """Folds that a user's own data module would not hear of."""
    if space.plain:
        return
    labels = [branch.label for slot in space.slots if slot.path == "data" for branch in slot.branches]
    data: list[Any] = [KINDS["data"][label] for label in labels]
    unfolded = [one.id() for one in data if not takes(one, "fold")]
    if definition.replicates.folds and unfolded:
        message = f"the data module of {unfolded[0]} takes no argument fold, so that all folds would be the same"
        yield Problem("replicates.folds", f"{message}; give it one, or repeat a trial with `seeds`")


def of_defaults(definition: StudyDefinition) -> Iterator[str]:
    """Defaults of a registered experiment that act in a single training and not in a study, as warnings."""
    base = definition.base() if isinstance(definition.experiment, str) else {}
    monitored = base.get("monitor", {}).get("metric", definition.objective.metric)
    for field in (field for field in _OF_THE_STUDY if field in base):
        if field != "monitor" or monitored != definition.objective.metric:
            yield f"{field}, a default of the experiment, does nothing in a study; {_OF_THE_STUDY[field]}"


def of_pruner(definition: StudyDefinition) -> Iterator[str]:
    """A pruner that would decide when there is nothing left to end, as a warning."""
    pruner, n_runs = definition.pruner, definition.replicates.n_runs
    if isinstance(pruner, WilcoxonPruner) and pruner.n_decisive >= n_runs:
        yield (
            f"the pruner wilcoxon decides from {pruner.n_decisive} runs of a trial on, and a trial has {n_runs}: it "
            f"ends none early; write `replicates: {{seeds: {pruner.n_decisive + 1}}}` or more"
        )


def unread_warnings(definition: StudyDefinition) -> Iterator[str]:
    """What does nothing in a definition that was accepted, without trying what goes together once more.

    Raises:
        InvalidInput: users' code that it names is not there any more.
    """
    if definition.is_elsewhere:
        yield from of_pruner(definition)
        return
    searched, inline = definition.sampler.name != "grid", not isinstance(definition.experiment, str)
    document = {**definition.space, "training": definition.training}
    yield from unread(
        read(document, definition.base(), ProblemCollector(), searched=searched).space,
        ProblemCollector(),
        inline=inline,
    )
    yield from of_defaults(definition)
    yield from of_pruner(definition)
