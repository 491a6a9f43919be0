"""From an Optuna trial, or from given parameters, to a complete experiment config.

Parameters have dotted names: ``optimizer`` is the choice among optimizers, ``optimizer.adamw.lr`` a field of one of
them. A parameter exists in a configuration only if its component was taken.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import optuna
from optuna.trial import BaseTrial, TrialState

from experiments.errors import IncompatibleComponents, InvalidInput, Problem, suggestion
from experiments.parsing import parse_config
from search_spaces.leaves import Take, value_of
from search_spaces.ranges import Range
from search_spaces.space import SearchSpace, Slot

optuna.logging.set_verbosity(optuna.logging.WARNING)

ATTEMPTS = 1000
"""Draws before a space is said to have no configuration without a conflict."""


def sample(space: SearchSpace, trial: BaseTrial) -> dict[str, Any]:
    """A configuration drawn through a trial's sampler: as ``ExperimentConfig.to_json`` writes it, or plain values."""
    return _configuration(space, lambda path, range_: range_.draw(trial, path))


def sample_parameters(space: SearchSpace, trial: BaseTrial) -> None:
    """Draw every parameter of one configuration through a trial's sampler; ``configure`` says what it comes to."""
    _parts(space, lambda path, range_: range_.draw(trial, path))


def draw(
    space: SearchSpace, study: optuna.Study, prepare: Callable[[int], object] = lambda _: None
) -> tuple[optuna.Trial, dict[str, Any]]:
    """Ask a study for trials until one has a configuration without a conflict.

    Those before it are told as pruned without a value, which is the worst there is: TPE learns to stay away from them.
    Told as failed they would be forgotten, and a combination that was never tried stays attractive for ever.

    ``prepare`` is called before each attempt, with its number from 0: a sampler with a fixed seed would repeat itself.

    Raises:
        IncompatibleComponents: no configuration without one was found.
    """
    for attempt in range(ATTEMPTS):
        prepare(attempt)
        trial = study.ask()
        try:
            return trial, sample(space, trial)
        except IncompatibleComponents as conflict:
            study.tell(trial, state=TrialState.PRUNED)
            found = conflict
    raise found


def check_drawable(space: SearchSpace) -> None:
    """See that draws from the space need not all have a conflict; each of its parts alone may well go with others.

    Raises:
        IncompatibleComponents: no configuration without one was found.
    """
    draw(space, optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0)))


def configure(space: SearchSpace, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The same from given parameters: a point of a grid, a trial to run again, a configuration to start from.

    Raises:
        InvalidInput: a parameter is missing, lies outside of its range, or has no place in this configuration.
    """
    left = dict(parameters)

    def take(path: str, range_: Range) -> Any:
        if path not in left:
            raise InvalidInput.at(path, f"this configuration needs a value from {range_}")
        return left.pop(path)

    config = _configuration(space, take)
    if left:
        raise InvalidInput(Problem(path, _no_place(space, path)) for path in left)
    return config


def _configuration(space: SearchSpace, draw: Take) -> dict[str, Any]:
    config = space.assembled(_parts(space, draw))
    return config if space.plain else parse_config(config).to_json()


def _parts(space: SearchSpace, draw: Take) -> dict[str, Any]:
    return {slot.path: _part(slot, draw) for slot in space.slots}


def _part(slot: Slot, draw: Take) -> Any:
    label = _value(slot.path, slot.choice, draw) if slot.choice else slot.branches[0].label
    branch = next(branch for branch in slot.branches if branch.label == label)
    take = partial(_value, draw=draw)
    return branch.filled({path: value_of(path, leaf, take) for path, leaf in branch.leaves.items()})


def _value(path: str, range_: Range, draw: Take) -> Any:
    try:
        return range_.accept(draw(path, range_))
    except InvalidInput as error:
        raise InvalidInput(Problem(path, problem.message) for problem in error.problems) from error


def _no_place(space: SearchSpace, path: str) -> str:
    conditions = {parameter.path: parameter.condition for parameter in space.parameters}
    if path in conditions:
        return f"it belongs to configurations where {conditions[path]}; leave it out"
    return f"the space has no such parameter{suggestion(path, conditions)}"
