"""Analyses count an infeasible trial among those that were beaten, however good its value is."""

from __future__ import annotations

from dataclasses import replace

from service.analysis.answers.answered import ranking
from service.analysis.answers.ranking import NONE_FEASIBLE
from service.analysis.insight.effects import effects
from service.analysis.insight.history import history
from service.analysis.insight.importances import importances
from service.analysis.insight.parallel import parallel
from service.study.states import RunState
from tests.support.analyzed import FLAT, Planted, planted


class _WithoutRuns(Planted):
    """Rows of a study whose runs say nothing."""

    @property
    def runs(self) -> Planted:
        return replace(self, drawn=[])


def study() -> _WithoutRuns:
    known = planted(FLAT, lambda drawn: drawn["optimizer.momentum.momentum"], 30)
    best = min(known.drawn, key=lambda trial: trial.value or 0.0).number
    known = known.changed([best], infeasible=True)
    return _WithoutRuns(replace(known.study, counts={RunState.COMPLETED: 30}), known.drawn)


def test_it_is_none_of_the_best() -> None:
    known = study()
    infeasible = next(trial.number for trial in known.drawn if trial.infeasible)
    assert (
        importances(known.rows, "st")["trials"] | {"completed": 29, "beaten": 1}
        == importances(known.rows, "st")["trials"]
    )
    assert infeasible not in [item["trial"] for item in history(known.rows, "st")["items"]]
    note = effects(known.rows, "st")["notes"][0]
    assert note.startswith("1 trials were pruned, diverged, took too long or are infeasible: the medians are of those")
    assert parallel(known.rows, "st", limit=100)["trial"][-1] == infeasible
    assert infeasible not in [place["trial"] for place in ranking(known.rows, "st")["places"]]


def test_where_nothing_is_feasible_the_answer_says_so() -> None:
    known = study().changed(range(30), infeasible=True)
    assert ranking(known.rows, "st")["sentence"] == NONE_FEASIBLE
