"""Which trial stands for an arm at its best: that of equally many, since who has more tries has a better best."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from service.study.records import Trial
from service.study.states import RunState


def candidates_of(arms: Mapping[str, Sequence[Trial]], maximize: bool) -> dict[str, Trial]:
    """The best trial of each arm, of as many as the arm with the fewest has; none where one has none."""
    counted = _counted(arms)
    n = min(map(len, counted.values()))
    if not n:
        return {}
    sign = -1.0 if maximize else 1.0
    return {name: min(trials[:n], key=lambda trial: sign * (trial.value or 0.0)) for name, trials in counted.items()}


def tries(arms: Mapping[str, Sequence[Trial]]) -> str:
    """Of how many trials each is the best, where some arms have more: a reader sees better ones in the table."""
    counts = {name: len(trials) for name, trials in _counted(arms).items()}
    fewest = min(counts, key=counts.__getitem__)
    n = counts[fewest]
    if n == max(counts.values()):
        return ""
    if n == 1:
        return f", each its first trial, since there is one of {fewest}"
    return f", each the best of its first {n:,} trials, as many as {fewest} has"


def completed(trials: Iterable[Trial]) -> list[Trial]:
    """Those that came to a value."""
    return [trial for trial in trials if trial.state is RunState.COMPLETED and trial.value is not None]


def _counted(arms: Mapping[str, Sequence[Trial]]) -> dict[str, list[Trial]]:
    return {name: [trial for trial in completed(trials) if trial.counts] for name, trials in arms.items()}
