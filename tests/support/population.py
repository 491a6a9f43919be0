"""A small population in the API kit's store."""

from __future__ import annotations

from typing import Any

from service.study.records import Continuation, Run, Study
from tests.support.api import STUDY, Bench

POPULATION: dict[str, Any] = {
    **STUDY,
    "sampler": {"name": "pbt", "population": 3, "interval": 1},
    "training": {"epochs": 3},
    "max_trials": None,
}


def two_members(lab: Bench) -> tuple[Study, Run, Run]:
    """Of which the first took over the checkpoint of the second after the first epoch."""
    study = lab.study(**POPULATION)
    own, other = lab.trial(study, 0, [0.9, 0.25], lr=0.9), lab.trial(study, 1, [0.6, 0.4], lr=0.1)
    reason = "from trial 1: 0.9 against 0.6"
    moves = [
        Continuation(own.id, 0, 1, 0.9, 1, other.id, "b" * 64, {"optimizer.lr": 0.125}, reason),
        Continuation(other.id, 1, 1, 0.6, 1, other.id, "b" * 64, {"optimizer.lr": 0.1}, "number 1 of 2"),
    ]
    with lab.store.transaction(lab.epoch) as tx:
        tx.continue_runs(moves)
    return study, own, other
