"""Comparisons: what a study's own trials answer, and what they do not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from experiments.errors import InvalidInput
from service.analysis.answers.comparison import comparison
from service.study.states import FailureKind, RunState
from tests.support.analyzed import FLAT, Planted, planted

SPACE = {**FLAT, "activation": {"choice": ["relu", "gelu", "tanh"]}}
RATES = {"relu": 0.2, "gelu": 0.5, "tanh": 0.5}


def study_of(n: int = 60, sampler: str = "random") -> Planted:
    """A random search in which relu has the smaller loss."""
    found = planted(SPACE, lambda drawn: RATES[drawn["activation"]] + 0.01 * drawn["optimizer.momentum.momentum"], n)
    definition = {**found.study.definition, "sampler": {"name": sampler}}
    return replace(found, study=replace(found.study, definition=definition))


def test_a_random_search_tells_which_level_is_typically_better() -> None:
    found = comparison(study_of().rows, "st_planted", by="activation", reference="gelu")
    words = {each["arm"]: each["verdict"] for each in found["typical"]["verdicts"]}
    assert words["relu"] == "better"
    assert words["tanh"] in {"tie", "unknown"}


@pytest.mark.parametrize("sampler", ["tpe"])
def test_a_search_that_went_by_results_does_not_tell(sampler: str) -> None:
    found = comparison(study_of(sampler=sampler).rows, "st_planted", by="activation")
    assert found["typical"]["verdicts"] == found["failures"]["verdicts"] == found["tuned"]["verdicts"] == []
    assert "unknown" in found["typical"]["sentence"]


def test_who_has_more_trials_is_compared_by_as_many_as_the_others() -> None:
    study = study_of()
    of_relu = [trial.number for trial in study.drawn if trial.parameters["activation"] == "relu"]
    of_gelu = [trial.number for trial in study.drawn if trial.parameters["activation"] == "gelu"]
    best_is_late = study.changed(of_relu[-1:], value=-1.0).changed(of_gelu[2:], excluded=True)
    found = comparison(best_is_late.rows, "st_planted", by="activation")
    assert found["tuned"]["candidates"]["relu"] in of_relu[:2]


def test_a_level_that_diverges_more_often_fails_more() -> None:
    study = study_of()
    relu = [trial.number for trial in study.drawn if trial.parameters["activation"] == "relu"]
    diverged = study.changed(relu, state=RunState.FAILED, failure=FailureKind.DIVERGED, value=None)
    found = comparison(diverged.rows, "st_planted", by="activation", reference="gelu")
    words = {each["arm"]: each["verdict"] for each in found["failures"]["verdicts"]}
    assert words == {"relu": "worse", "tanh": "unknown"}


def test_studies_of_other_metrics_are_not_compared() -> None:
    study = study_of()
    with pytest.raises(InvalidInput, match="none of gelu, relu, tanh"):
        comparison(study.rows, "st_planted", by="activation", reference="swish")
