"""Which rule a study has, and where its runs wait for it."""

from __future__ import annotations

from service.engine.pruning.bounds import PatientRule, ThresholdRule
from service.engine.pruning.halving import HalvingRule, HyperbandRule
from service.engine.pruning.percentile import PercentileRule
from service.engine.pruning.rules import Looks, NoRule, PruningRule
from service.engine.pruning.signed_rank import SignedRankRule
from service.study.definitions.definition import StudyDefinition
from service.study.definitions.pruners import (
    AshaPruner,
    HyperbandPruner,
    MedianPruner,
    NoPruner,
    PatientPruner,
    PercentilePruner,
    Pruner,
    ThresholdPruner,
    WilcoxonPruner,
    step_interval,
)


def looks_of(part: Pruner) -> Looks:
    """Where the pruner can act: nowhere else does a run wait."""
    if (interval := step_interval(part)) is not None:
        return Looks(interval.first_look, interval.steps, "step")
    match part:
        case MedianPruner() | PercentilePruner() | ThresholdPruner():
            assert isinstance(part.interval, int)  # noqa: S101 - else it is one of steps
            return Looks(first=part.warmup_epochs + 1, every=part.interval)
        case AshaPruner() | HyperbandPruner():
            return Looks(first=part.min_epochs, every=1)
        case PatientPruner():
            return looks_of(part.pruner)
        case NoPruner() | WilcoxonPruner():
            return Looks()


def pruning_rule(definition: StudyDefinition) -> PruningRule:
    """The rule of a study that no trial has met yet."""
    return _rule(definition.pruner, definition)


def racing_rule(definition: StudyDefinition) -> SignedRankRule | None:
    """The rule of a study that judges its trials by the values of their runs, if that is its pruner."""
    part = definition.pruner
    if isinstance(part, WilcoxonPruner):
        return SignedRankRule(part, definition.objective, definition.replicates.n_runs)
    return None


def _rule(part: Pruner, definition: StudyDefinition) -> PruningRule:
    objective = definition.objective
    match part:
        case MedianPruner() | PercentilePruner():
            return PercentileRule(part, objective, looks_of(part))
        case AshaPruner():
            looks = looks_of(part)
            return HalvingRule(looks.first, part.reduction_factor, objective, by=looks.by)
        case HyperbandPruner():
            return HyperbandRule(part, objective, definition.seed, definition.most_epochs())
        case ThresholdPruner():
            return ThresholdRule(part, looks_of(part))
        case PatientPruner():
            return PatientRule(part, _rule(part.pruner, definition), objective)
        case NoPruner() | WilcoxonPruner():
            return NoRule()
