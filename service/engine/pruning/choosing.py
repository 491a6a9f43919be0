"""Which rule a study has, and at which epochs its runs wait for it."""

from __future__ import annotations

from dataclasses import dataclass

from service.engine.pruning.bounds import PatientRule, ThresholdRule
from service.engine.pruning.halving import HalvingRule, HyperbandRule
from service.engine.pruning.percentile import PercentileRule
from service.engine.pruning.rules import NoRule, PruningRule
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
)


@dataclass(frozen=True)
class DecisionEpochs:
    """At which epochs a run waits for the pruner; ``every = 0`` is never."""

    first: int = 1
    every: int = 0


def decision_epochs(part: Pruner) -> DecisionEpochs:
    """Where the pruner can act: nowhere else does a run wait."""
    match part:
        case MedianPruner() | PercentilePruner() | ThresholdPruner():
            return DecisionEpochs(first=part.warmup_epochs + 1, every=part.interval)
        case AshaPruner() | HyperbandPruner():
            return DecisionEpochs(first=part.min_epochs, every=1)
        case PatientPruner():
            return decision_epochs(part.pruner)
        case NoPruner() | WilcoxonPruner():
            return DecisionEpochs()


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
            return PercentileRule(part, objective)
        case AshaPruner():
            return HalvingRule(part.min_epochs, part.reduction_factor, objective)
        case HyperbandPruner():
            return HyperbandRule(part, objective, definition.seed, definition.most_epochs())
        case ThresholdPruner():
            return ThresholdRule(part)
        case PatientPruner():
            return PatientRule(part, _rule(part.pruner, definition), objective)
        case NoPruner() | WilcoxonPruner():
            return NoRule()
