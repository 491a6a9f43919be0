"""What a trial comes to once all its runs have ended, and why. No I/O."""

from __future__ import annotations

from dataclasses import replace

from service.engine.trials.active_trial import ActiveTrial, feeds_pruner
from service.study.definitions.constraints import violation
from service.study.definitions.definition import StudyDefinition
from service.study.ports import Outcome
from service.study.records import Run
from service.study.replicates import aggregate, further_values
from service.study.states import FailureKind, RunState


def end_of_trial(definition: StudyDefinition, trial: ActiveTrial) -> Outcome:
    """The trial ends like the worst of its runs; of several, its value is that of those that completed."""
    outcome = _end(definition, trial)
    broken = violation(definition.constraints, outcome.metrics) if outcome.state == RunState.COMPLETED else ""
    reason, further = "; ".join(filter(None, (outcome.reason, broken))), further_values(definition, outcome.metrics)
    return replace(outcome, infeasible=bool(broken), reason=reason, further_values=further)


def cut_short(definition: StudyDefinition, outcome: Outcome, reason: str) -> Outcome:
    """The end of what was to end with what it had come to, which may be nothing."""
    constrained = [outcome.metrics.get(each.metric) for each in definition.constraints if each.metric]
    judged = (outcome.value, *outcome.further_values)
    if None in constrained:
        judged = ()
    if len(judged) == len(definition.objectives) and None not in judged:
        return replace(outcome, state=RunState.COMPLETED, reason=reason, failure=None)
    nothing = f"{reason}; nothing had been judged by then"
    return replace(outcome, state=RunState.FAILED, reason=nothing, failure=FailureKind.TIMEOUT)


def _end(definition: StudyDefinition, trial: ActiveTrial) -> Outcome:
    if trial.out_of_limits and not any(run.state == RunState.FAILED for run in trial.ended):
        return _out_of_limits(definition, trial)
    if len(trial.ended) == 1:
        (run,) = trial.ended
        return Outcome(run.state, run.reason, run.value, run.metrics, run.failure)
    value, metrics = aggregate(definition, trial.ended)
    for run in trial.ended:
        if run.state == RunState.FAILED:
            return Outcome(run.state, f"{_place(run, trial)}: {run.reason}", value, metrics, run.failure)
    if trial.pruned and any(run.state != RunState.COMPLETED for run in trial.ended):
        return Outcome(RunState.PRUNED, _why_pruned(definition, trial), value, metrics)
    for run in trial.ended:
        if run.state == RunState.CANCELLED:
            return Outcome(run.state, run.reason, value, metrics)
    reasons = {run.reason for run in trial.ended}
    return Outcome(RunState.COMPLETED, reasons.pop() if len(reasons) == 1 else "", value, metrics)


def _out_of_limits(definition: StudyDefinition, trial: ActiveTrial) -> Outcome:
    """What a trial comes to that was cut short: that of its runs which have a value, or nothing."""
    value, metrics = aggregate(definition, trial.ended)
    n = sum(run.state == RunState.COMPLETED for run in trial.ended)
    if not n:
        return cut_short(definition, Outcome(RunState.FAILED, ""), trial.out_of_limits)
    of = f"; its value is of {n} of its {len(trial.ended)} runs" if n < len(trial.ended) else ""
    return Outcome(RunState.COMPLETED, trial.out_of_limits + of, value, metrics)


def _why_pruned(definition: StudyDefinition, trial: ActiveTrial) -> str:
    """Which run was pruned, or why all were, and what the trial's value is of."""
    first = next((run for run in trial.ended if feeds_pruner(run) and run.state == RunState.PRUNED), None)
    reason = trial.pruned_because or (f"{_place(first, trial)}: {first.reason}" if first else trial.pruned)
    n = sum(run.state == RunState.COMPLETED for run in trial.ended)
    of = f"the {n} runs that completed" if n > 1 else "the one run that completed"
    return f"{reason}; its value is the {definition.replicates.aggregate} of {of}" if n else reason


def _place(run: Run, trial: ActiveTrial) -> str:
    """Which of a trial's runs it is, in words."""
    fold = f", fold {run.fold}" if run.fold is not None else ""
    return f"one of {len(trial.ended)} runs (seed {run.seed}{fold})"
