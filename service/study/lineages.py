"""What a member of a population has trained, once it went on from the checkpoints of others: its lineage.

A member that takes over a checkpoint takes over all that led to it: the seed, the values that held until then, the
curve so far. So its lineage is a configuration of one run, whose values change, and trains to what the member came to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any

from service.study.records import Continuation, Run, Trial

Values = Mapping[str, float]
"""By their place in the config, e.g. ``optimizer.lr``."""
Curve = Mapping[int, float]


@dataclass(frozen=True)
class Lineage:
    """A training under one seed, and the values that hold after each number of epochs, from 0 on."""

    seed: int
    held: tuple[tuple[int, Values], ...]

    @property
    def values(self) -> Values:
        """What holds now."""
        return self.held[-1][1]

    def then(self, epoch: int, values: Values) -> Lineage:
        """The same training, with these values from here on."""
        return Lineage(self.seed, (*self.held, (epoch, values))) if values != self.values else self

    def config(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """The config of that training; ``config`` differs from it in nothing but what the lineage says."""
        training = {**config["training"], "changes": [*self._changes()]}
        return {**with_values(config, self.held[0][1]), "seed": self.seed, "training": training}

    def _changes(self) -> Iterator[dict[str, Any]]:
        before: Values = {}
        for epoch, values in self.held:
            yield {
                "after_epoch": epoch,
                "values": {at: value for at, value in values.items() if before.get(at) != value},
            }
            before = values


def lineages(
    trials: Iterable[Trial], runs: Iterable[Run], places: Iterable[str], continuations: Iterable[Continuation]
) -> dict[str, Lineage]:
    """The lineage of each run as it is now; ``places`` is where its config holds what varies."""
    configs = {trial.id: trial.config for trial in trials}
    found = {run.id: first_lineage(run, configs[run.trial_id], places) for run in runs}
    for epoch, moves in _by_epoch(continuations):
        found |= {each.run_id: found[each.from_run].then(epoch, each.in_force) for each in moves}
    return found


def first_lineage(run: Run, config: Mapping[str, Any], places: Iterable[str]) -> Lineage:
    """That of a run that has taken nothing over."""
    return Lineage(run.seed, ((0, {place: _value_at(config, place) for place in places}),))


def followed(curves: Mapping[str, Curve], continuations: Iterable[Continuation]) -> dict[str, Curve]:
    """The curve of each run's lineage, by run: up to where it took over a checkpoint it is that of the other run."""
    found = dict(curves)
    for epoch, moves in _by_epoch(continuations):
        found |= {
            each.run_id: taken_over(found.get(each.from_run, {}), found.get(each.run_id, {}), epoch) for each in moves
        }
    return found


def taken_over(other: Curve, own: Curve, epoch: int) -> dict[int, float]:
    """A curve that is another's up to an epoch."""
    until = {each: value for each, value in other.items() if each <= epoch}
    return until | {each: value for each, value in own.items() if each > epoch}


def with_values(config: Mapping[str, Any], values: Values) -> dict[str, Any]:
    """A config as JSON with other values."""
    changed = dict(config)
    for place, value in values.items():
        *above, field = place.split(".")
        inner = changed
        for key in above:
            inner[key] = dict(inner[key])
            inner = inner[key]
        inner[field] = value
    return changed


def _value_at(config: Mapping[str, Any], place: str) -> Any:
    found: Any = config
    for key in place.split("."):
        found = found[key]
    return found


def _by_epoch(continuations: Iterable[Continuation]) -> Iterator[tuple[int, Sequence[Continuation]]]:
    """Each decision's together, in their order: all of them were made of what was before any of them."""
    epoch = attrgetter("epoch")
    return ((at, list(moves)) for at, moves in groupby(sorted(continuations, key=epoch), key=epoch))
