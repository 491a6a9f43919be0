"""From whatever draws, or from given parameters, to a complete experiment config.

Parameters have dotted names: ``optimizer`` is the choice among optimizers, ``optimizer.adamw.lr`` a field of one of
them. A parameter exists in a configuration only if its component was taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from experiments.errors import IncompatibleComponents, InvalidInput, Problem, suggestion
from experiments.parsing import parse_config
from search_spaces.chance import Chance
from search_spaces.conditions import Condition
from search_spaces.leaves import Take, value_of
from search_spaces.ranges import Range, Suggests
from search_spaces.space import SearchSpace, Slot

ATTEMPTS = 1000
"""Draws before a space is said to have no configuration without a conflict."""


def sample(space: SearchSpace, source: Suggests) -> dict[str, Any]:
    """A configuration that the source draws: as ``ExperimentConfig.to_json`` writes it, or plain values."""
    return _configuration(space, lambda path, range_: range_.draw(source, path))


def sample_parameters(space: SearchSpace, source: Suggests) -> dict[str, Any]:
    """The parameters of a configuration that the source draws; ``configure`` says what it comes to."""
    drawn: dict[str, Any] = {}

    def draw(path: str, range_: Range) -> Any:
        drawn[path] = range_.draw(source, path)
        return drawn[path]

    _parts(space, draw)
    return drawn


def draw(space: SearchSpace, source: Suggests) -> tuple[dict[str, Any], dict[str, Any]]:
    """The parameters and the configuration of the first draw without a conflict.

    Raises:
        IncompatibleComponents: no configuration without one was found.
    """
    for _ in range(ATTEMPTS):
        parameters = sample_parameters(space, source)
        try:
            return parameters, configure(space, parameters)
        except IncompatibleComponents as conflict:
            found = conflict
    raise found


def check_drawable(space: SearchSpace) -> None:
    """See that draws from the space need not all have a conflict; each of its parts alone may well go with others.

    Raises:
        IncompatibleComponents: no configuration without one was found.
    """
    draw(space, Chance(0))


def configure(space: SearchSpace, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The same from given parameters: a point of a grid, a trial to run again, a configuration to start from.

    Raises:
        IncompatibleComponents: its parts do not go together, or a condition of the space does not hold.
        InvalidInput: a parameter is missing, lies outside of its range, or has no place in this configuration.
    """
    left = dict(parameters)
    if broken := [each for each in space.conditions if not each.holds(parameters)]:
        raise IncompatibleComponents(_broken(each, parameters) for each in broken)

    def take(path: str, range_: Range) -> Any:
        if path not in left:
            raise InvalidInput.at(path, f"this configuration needs a value from {range_}")
        return left.pop(path)

    config = _configuration(space, take)
    if left:
        raise InvalidInput(Problem(path, _no_place(space, path)) for path in left)
    return config


def _broken(condition: Condition, parameters: Mapping[str, Any]) -> Problem:
    values = ", ".join(f"{name} = {parameters[name]}" for name in condition.names)
    return Problem(condition.names[0], f"`{condition.text}` does not hold with {values}")


def _configuration(space: SearchSpace, draw: Take) -> dict[str, Any]:
    config = space.assembled(_parts(space, draw))
    return config if space.plain else parse_config(config).to_json()


def _parts(space: SearchSpace, draw: Take) -> dict[str, Any]:
    return {slot.path: _part(slot, draw) for slot in space.slots}


def _part(slot: Slot, draw: Take) -> Any:
    branch = slot.branches[0]
    if slot.choice:
        label = _value(slot.path, slot.choice, draw)
        branch = next(branch for branch in slot.branches if branch.label == label)
    if not branch.leaves:
        return branch.content  # most are constants, and all are looked at for each draw
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
