"""Comparisons: what a study's own trials answer, and what they do not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from experiments.errors import InvalidInput
from service.analysis.answers.comparison import comparison
from service.analysis.statistics import verdicts
from service.study.states import FailureKind, RunState
from tests.support.analyzed import FLAT, Planted, planted

SPACE = {**FLAT, "activation": {"choice": ["relu", "gelu", "tanh"]}}
RATES = {"relu": 0.2, "gelu": 0.5, "tanh": 0.5}


def study_of(n: int = 60, sampler: str = "random") -> Planted:
    """A random search in which relu has the smaller loss."""
    found = planted(SPACE, lambda drawn: RATES[drawn["activation"]] + 0.01 * drawn["optimizer.momentum.momentum"], n)
    definition = {**found.study.definition, "sampler": {"name": sampler}}
    return replace(found, study=replace(found.study, definition=definition))


def typical_of(study: Planted) -> dict[str, Any]:
    found: dict[str, Any] = comparison(study.rows, "st_planted", by="activation", reference="gelu")["typical"]
    return found


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
    assert "each the best of its first 2 trials, as many as gelu has" in found["tuned"]["sentence"]


def test_a_level_that_the_study_calls_otherwise_is_told_by_both_names() -> None:
    study = planted({**FLAT, "initializer": {"choice": ["he_normal", "xavier_uniform"]}}, lambda drawn: 0.2, 20)
    found = comparison(study.rows, "st_planted", by="initializer")
    assert found["notes"] == ["kaiming_normal is he_normal by another name"]


def test_a_level_that_diverges_more_often_fails_more() -> None:
    study = study_of()
    relu = [trial.number for trial in study.drawn if trial.parameters["activation"] == "relu"]
    diverged = study.changed(relu, state=RunState.FAILED, failure=FailureKind.DIVERGED, value=None)
    found = comparison(diverged.rows, "st_planted", by="activation", reference="gelu")
    words = {each["arm"]: each["verdict"] for each in found["failures"]["verdicts"]}
    assert words == {"relu": "worse", "tanh": "unknown"}


def test_what_counts_as_failed_is_said_and_which_trials_it_were() -> None:
    study = study_of()
    relu, other = (
        [trial.number for trial in study.drawn if trial.parameters["activation"] == name] for name in ("relu", "gelu")
    )
    failed = {"state": RunState.FAILED, "value": None}
    broken = study.changed(relu[:1], **failed, failure=FailureKind.DIVERGED, reason="not finite")
    broken = broken.changed(other[:1], **failed, failure=FailureKind.USER_ERROR, reason="no such file")

    found = comparison(broken.rows, "st_planted", by="activation", reference="gelu")["failures"]

    assert [(each["arm"], each["trial"], each["seed"], each["kind"], each["reason"]) for each in found["failed"]] == [
        ("gelu", other[0], None, "failed", "no such file"),
        ("relu", relu[0], None, "diverged", "not finite"),
    ]
    counts = f"1 of {len(relu)} failed against 1 of {len(other)}"
    assert f"relu cannot be told from gelu: {counts} (Fisher); " in found["sentence"]
    assert found["sentence"].endswith(
        "; what failed, diverged, or is no better than guessing counts as a failure: "
        f"trial {other[0]} of gelu (failed), trial {relu[0]} of relu (diverged)"
    )


def test_what_is_no_better_than_guessing_counts_as_failed_though_it_completed() -> None:
    study = study_of()
    objective = {"metric": "val_accuracy", "direction": "maximize"}
    definition = {**study.study.definition, "objective": {**study.study.definition["objective"], **objective}}
    config = {"data": {"name": "digits"}, "model": {"name": "mlp"}}
    judged = replace(study, study=replace(study.study, definition=definition), drawn=study.drawn[:12])
    judged = judged.changed(range(12), value=0.9, config=config).changed([3], value=0.05)

    found = comparison(judged.rows, "st_planted", by="activation")["failures"]

    assert [(each["trial"], each["kind"]) for each in found["failed"]] == [(3, "at_chance")]
    assert found["failed"][0]["reason"].startswith("0.05, and guessing gives 0.1")
    assert "trial 3 of " in found["sentence"] and found["sentence"].endswith(" (at chance)")


def test_an_interval_says_what_is_subtracted_from_what() -> None:
    found = comparison(study_of().rows, "st_planted", by="activation", reference="gelu")["typical"]
    relu = next(each for each in found["verdicts"] if each["arm"] == "relu")
    assert (
        f"relu is better than gelu: relu minus gelu is {relu['effect']:+.3g}, within {relu['low']:+.3g} to "
        f"{relu['high']:+.3g} at {100 * relu['confidence']:.3g} % (n = {relu['n']}, {relu['test']})"
    ) in found["sentence"]


def test_a_difference_that_thousands_would_decide_is_said_to_be_too_small(monkeypatch: pytest.MonkeyPatch) -> None:
    study = study_of()
    effects = {each["arm"]: each["effect"] for each in typical_of(study)["verdicts"]}
    least = min(map(abs, effects.values()))
    monkeypatch.setattr(verdicts, "_word", lambda low, high, margin: "unknown")
    monkeypatch.setattr(verdicts, "n_more", lambda found, margin, alpha: 92_331 if abs(found.effect) == least else 30)

    found = typical_of(study)

    assert found["sentence"].endswith(
        "; the difference of tanh from gelu is too small to be worth deciding (more than 1,000 more each)"
        "; about 30 more each would decide the rest"
    )
    assert found["n_more"] == 30
    monkeypatch.setattr(verdicts, "n_more", lambda found, margin, alpha: 1_000)
    assert typical_of(study)["sentence"].endswith("; about 1,000 more each would decide")


def test_studies_of_other_metrics_are_not_compared() -> None:
    study = study_of()
    with pytest.raises(InvalidInput, match="none of gelu, relu, tanh"):
        comparison(study.rows, "st_planted", by="activation", reference="swish")
