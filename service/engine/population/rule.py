"""Who goes on from whose checkpoint after an interval, and with which values: a function of how all members stand.

Truncation selection with perturbation (Jaderberg et al., 2017): the worst share takes over from the best share. All
chance comes from the study's seed, the epoch and the member's number, so a decision comes out the same after a restart,
and in whichever order the members came to the end of the interval.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from search_spaces.chance import Chance
from search_spaces.ranges import Numeric, Stepped
from service.engine.sampling.seeds import derived_seed
from service.study.definitions.objectives import Objective
from service.study.definitions.population import Varying
from service.study.definitions.samplers import PBTSampler

DECISIONS = 2**31 + 2
"""A place below the study's seed that no trial's number comes to: that of what populations decide."""


@dataclass(frozen=True)
class Standing:
    """How a member stands at the end of an interval."""

    number: int
    value: float | None
    """The objective, where the interval had one."""
    values: Mapping[str, Any]
    """What varies, by its place in the config."""
    diverged: bool = False
    """Whether it has nothing of its own to go on from."""


@dataclass(frozen=True)
class Move:
    """What a member does next."""

    parent: int
    """Whose checkpoint it goes on from: its own number, or another's."""
    values: Mapping[str, Any]
    reason: str


class PopulationRule:
    """The rule of one study."""

    def __init__(self, part: PBTSampler, varying: Sequence[Varying], objective: Objective, seed: int) -> None:
        self._part = part
        self._varying = varying
        self._objective = objective
        self._seed = seed

    def decide(self, standings: Sequence[Standing], epoch: int) -> Mapping[int, Move]:
        """A move for each member; none for those that diverged, where nobody has a checkpoint to take over."""
        ranked = sorted(standings, key=self._rank)
        sound = [each for each in ranked if each.value is not None]
        n = max(1, int(self._part.quantile * len(ranked))) if len(ranked) > 1 else 0
        best = sound[:n]
        replaced = {each.number for each in [*ranked[len(ranked) - n :], *ranked[len(sound) :]]}
        moves = {}
        for place, each in enumerate(ranked, 1):
            move = self._taken_over(each, best, epoch) if each.number in replaced and best else None
            if move is not None or not each.diverged:
                stays = f"goes on at epoch {epoch}: {_said(each)} is number {place} of {len(ranked)}"
                moves[each.number] = move or Move(each.number, each.values, stays)
        return moves

    def _rank(self, standing: Standing) -> tuple[bool, float, int]:
        sign = -1.0 if self._objective.direction == "maximize" else 1.0
        return standing.value is None, 0.0 if standing.value is None else sign * standing.value, standing.number

    def _taken_over(self, standing: Standing, best: Sequence[Standing], epoch: int) -> Move | None:
        """Nothing where the other that is drawn is no better."""
        chance = Chance(derived_seed(self._seed, DECISIONS, epoch, standing.number))
        parent = best[chance.suggest_int("", 0, len(best) - 1)]
        better = parent.value is not None and (
            standing.value is None or self._objective.better(parent.value, standing.value)
        )
        if not better:
            return None
        values = {each.place: self._near(each, parent.values[each.place], chance) for each in self._varying}
        steps = [f"{at} {parent.values[at]:.3g} → {value:.3g}" for at, value in values.items()]
        reason = f"goes on at epoch {epoch} from trial {parent.number}: {_said(standing)} against {_said(parent)}"
        return Move(parent.number, values, f"{reason}; {', '.join(steps)}")

    def _near(self, varying: Varying, value: Any, chance: Chance) -> Any:
        """A value near the other's, or one drawn anew."""
        factor = chance.suggest_categorical("", list(self._part.perturb))
        drawn = varying.range.draw(chance, varying.parameter)
        anew = chance.suggest_float("", 0.0, 1.0) < self._part.resample
        return drawn if anew else perturbed(varying.range, value, factor)


def perturbed(within: Numeric, value: float, factor: float) -> float:
    """The value times a factor, as the range has it; of a range in steps, at least one step away where there is one."""
    moved = min(max(value * factor, within.low), within.high)
    if not isinstance(within, Stepped):
        return moved
    last = within.probes()[-1]
    nearest = within.nearest(min(moved, last))
    if nearest != value or factor == 1:
        return nearest
    return within.nearest(min(max(value + (within.q if factor > 1 else -within.q), within.low), last))


def _said(standing: Standing) -> str:
    return "no value" if standing.value is None else f"{standing.value:.4g}"
