"""Studies whose trials are trained elsewhere: by code that asks for a configuration and tells what it came to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from experiments.errors import InvalidInput, Problem
from search_spaces.parsing import Examined
from search_spaces.plain import plain_space
from search_spaces.space import SearchSpace

if TYPE_CHECKING:
    from service.study.definitions.definition import StudyDefinition

ELSEWHERE = "elsewhere"
"""What such a study names in the place of an experiment."""
EPOCHS = "how often a run reports at most; pruners and budgets count by it"


def examined_elsewhere(definition: StudyDefinition) -> Examined:
    """The plain space of such a study, and what is wrong with it as seen from the space."""
    problems = [*_training_problems(definition.training), *_uncounted(definition)]
    space = SearchSpace((), plain=True)
    try:
        space = plain_space(definition.space, 1 if problems else definition.training.get("epochs", 1))
    except InvalidInput as error:
        problems += error.problems
    return Examined(space, tuple(problems), False)


def _uncounted(definition: StudyDefinition) -> list[Problem]:
    """What counts epochs must know how many a run may take before it begins."""
    counts = {"budget.epochs": definition.budget.epochs, "limits.trial_epochs": definition.limits.trial_epochs}
    if "epochs" in definition.training or not any(counts.values()):
        return []
    name = next(name for name, most in counts.items() if most)
    return [Problem("training.epochs", f"{name} counts by it: give how many epochs a run reports at most")]


def _training_problems(training: dict[str, Any]) -> list[Problem]:
    unread = [
        Problem(f"training.{name}", f"nothing is trained here, so that only `epochs` is read: {EPOCHS}; leave it out")
        for name in training
        if name != "epochs"
    ]
    epochs, most = training.get("epochs", 1), 100_000
    if isinstance(epochs, int) and not isinstance(epochs, bool) and 1 <= epochs <= most:
        return unread
    return [*unread, Problem("training.epochs", f"give a whole number from 1 to {most:,}: {EPOCHS}")]
