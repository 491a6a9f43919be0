"""What is being done towards what is desired of a study or a trial, in words a person reads."""

from __future__ import annotations

from service.study.records import Study, Trial
from service.study.states import Desired, RunningTrials, RunState, StudyState


def pending(study: Study) -> str:
    """Why the study is not yet as it is desired: ``stopping: 3 trials train to their end``; empty when it is."""
    n_running = study.counts.get(RunState.RUNNING, 0) if study.state is StudyState.RUNNING else 0
    match study.desired:
        case Desired.DELETED:
            return "being deleted" + (f": {_trials(n_running, 'ends', 'end')} first" if n_running else "")
        case Desired.STOPPED if not study.state.ended:
            return "stopping" + (f": {_stopping(study.stop_running, n_running)}" if n_running else "")
        case Desired.PAUSED if study.state is not StudyState.PAUSED and not study.state.ended:
            return "pausing" + (f": {_pausing(study.stop_running)}" if n_running else "")
        case Desired.RUNNING if study.state is StudyState.PAUSED:
            return "resuming"
    return ""


def pending_trial(trial: Trial) -> str:
    """Why the trial is not yet as a user wants it; empty when it is."""
    if not trial.cancel_wanted or trial.state.ended:
        return ""
    return "being cancelled" + (": its runs end at their next batch" if trial.state is RunState.RUNNING else "")


def _stopping(running: RunningTrials, n: int) -> str:
    if running is RunningTrials.FINISH:
        return _trials(n, "trains to its end", "train to their end")
    return _trials(n, "ends at its next batch", "end at their next batch")


def _pausing(running: RunningTrials) -> str:
    """Of a trial with several runs, those that wait stay where they are."""
    if running is RunningTrials.FINISH:
        return "the runs under way train to their end"
    return "the runs under way end at their next batch"


def _trials(n: int, does: str, do: str) -> str:
    return f"1 trial {does}" if n == 1 else f"{n} trials {do}"
