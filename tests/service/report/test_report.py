"""The report of a study: its numbers are those of the API, and nothing in it asks the network or runs."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from fastapi.testclient import TestClient

from experiments.reporting import Report
from service.report.report import report
from service.study.definitions.definition import StudyDefinition
from service.study.definitions.submission import submission_of
from service.study.ports import Outcome
from service.study.records import Study
from service.study.states import RunState, StudyState
from tests.support.api import STUDY, Bench
from tests.support.confirming import EVEN, WORSE, look_at
from tests.support.rows import waiting_run, waiting_trial

VOID = {"meta", "link"}


class Page(HTMLParser):
    """A page's elements, tables and text; elements that are not closed in turn are an error."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: Counter[str] = Counter()
        self.loads: list[str] = []
        self.tables: list[list[list[str]]] = []
        self.text = ""
        self.verbatim: list[str] = []
        self.answers: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen[tag] += 1
        self.loads += [value or "" for name, value in attrs if name in {"src", "href", "xlink:href", "data"}]
        if tag not in VOID:
            self.open.append(tag)
        if tag == "table":
            self.tables.append([])
        elif ("class", "answer") in attrs:
            self.answers.append("")
        elif tag == "pre":
            self.verbatim.append("")
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in {"td", "th"}:
            self.tables[-1][-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.answers and self.open[-1:] == ["p"] and not self.seen["h2"]:
            self.answers[-1] += data
        if self.open[-1:] == ["pre"]:
            self.verbatim[-1] += data
        if {"td", "th"} & set(self.open[-2:]):
            self.tables[-1][-1][-1] += data

    def table(self, *headings: str) -> list[dict[str, str]]:
        """The rows of the table that has such headings."""
        head, *rows = next(table for table in self.tables if set(headings) <= set(table[0]))
        return [dict(zip(head, row, strict=True)) for row in rows]


def page_of(lab: Bench, tmp_path: Path, study: str = "digits", **asked: Any) -> Page:
    path = tmp_path / "report.html"
    report(lab.store, lab.store.studies.get(study).id, path=str(path), **asked)  # type: ignore[arg-type]
    html = path.read_text("utf-8")
    page = Page(html)
    assert page.loads == ["data:,"]
    assert not page.seen["script"]
    assert not re.search(r"url\(|@import|https?://", html)
    return page


def completed(lab: Bench, study: Study, number: int, parameters: dict[str, Any]) -> None:
    """A trial of a run that was measured once; those with odd numbers are worse."""
    trial, value = waiting_trial(study, number, parameters=parameters), 0.1 * (number % 2) + 0.001 * number
    run, ended = waiting_run(trial), Outcome(RunState.COMPLETED, "", value)
    with lab.store.transaction(lab.epoch) as tx:
        tx.insert_trial(trial, [run])
        tx.start_run(run.id, 1)
        tx.append_points(run.id, 1, [Report(10, 1, 1000.0, 0.5, {"val_loss": value})])
        tx.end_run(run.id, 1, ended)
        tx.end_trial(trial.id, ended, {})


def test_its_numbers_are_those_of_the_ranking_endpoint(api: TestClient, lab: Bench) -> None:
    study = lab.study(replicates={"seeds": 3})
    lab.trial_of_runs(study, 0, [0.50, 0.60, 0.70])
    lab.trial_of_runs(study, 1, [0.501, 0.602, 0.7])
    lab.trial_of_runs(study, 2, [0.902, 0.999, 1.0991234567])

    answer = api.get("/api/v1/studies/digits/report")

    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"] == 'attachment; filename="digits-report.html"'
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    ranking = api.get("/api/v1/studies/digits/ranking").json()
    rows = Page(answer.text).table("standing")
    assert [(int(row["trial"]), row["val_loss"], row["n"], row["sd"], row["low"], row["high"]) for row in rows] == [
        (
            trial["number"],
            f"{trial['value']:.6g}",
            str(trial["replicates"]["n"]),
            f"{trial['replicates']['std']:.6g}",
            f"{place['low']:.6g}",
            f"{place['high']:.6g}",
        )
        for trial, place in zip(ranking["items"], ranking["answer"]["places"], strict=True)
    ]
    assert [row["standing"] for row in rows] == ["leads", "cannot be told from the best", "behind the best"]
    assert f'value="{ranking["items"][2]["value"]!r}"' in answer.text
    assert ranking["answer"]["sentence"][1:].replace("`", "") in Page(answer.text).text
    assert "Tukey's range, paired by seed" in Page(answer.text).text


def test_what_a_user_wrote_stays_text(lab: Bench, tmp_path: Path) -> None:
    study = lab.study(notes="<script>alert(1)</script> & <b>bold", tags=["mine"])
    lab.trial(study, 0, [0.5])
    page = page_of(lab, tmp_path)
    assert "<script>alert(1)</script> & <b>bold" in page.text


def test_curves_of_trials_of_one_run_each_are_drawn_with_how_many_stand_behind_them(lab: Bench, tmp_path: Path) -> None:
    study = lab.study()
    lab.trial(study, 0, [0.9, 0.5, 0.3])
    lab.trial(study, 1, [0.8, float("nan"), 0.4])
    page = page_of(lab, tmp_path)
    points = page.table("n(x)", "middle")
    assert [(row["group"], row["epoch"], row["n(x)"], row["middle"]) for row in points] == [
        ("trial 0", "1", "1", "0.9"),
        ("trial 0", "2", "1", "0.5"),
        ("trial 0", "3", "1", "0.3"),
        ("trial 1", "1", "1", "0.8"),
        ("trial 1", "3", "1", "0.4"),
    ]
    assert page.seen["svg"] == 3
    assert "With one run a trial" in page.text


def test_a_study_without_a_completed_trial_says_so(lab: Bench, tmp_path: Path) -> None:
    study = lab.study(pruner="median")
    page = page_of(lab, tmp_path)
    assert "No trial has completed yet." in page.text
    assert "No trial has begun." in page.text
    assert "No curve of val_loss is recorded." in page.text
    lab.trial(study, 0, [0.9, 0.7], RunState.PRUNED)
    lab.trial(study, 1, [], RunState.FAILED)
    page = page_of(lab, tmp_path)
    assert "No trial has completed yet." in page.text
    assert "There were 2 trials: 1 pruned, 1 failed." in page.text
    assert page.table("n(x)")[0]["group"] == "all trials"


def test_several_objectives_have_a_pareto_set_and_a_picture_each(lab: Bench, tmp_path: Path) -> None:
    study = lab.study(objective=["val_loss", "train_loss"])
    lab.trial(study, 0, [0.5], further=(0.9,))
    lab.trial(study, 1, [0.6], further=(0.2,))
    lab.trial(study, 2, [0.7], further=(0.3,))
    page = page_of(lab, tmp_path)
    front = page.table("trial", "val_loss", "train_loss")
    assert [(row["trial"], row["val_loss"], row["train_loss"]) for row in front] == [
        ("0", "0.5", "0.9"),
        ("1", "0.6", "0.2"),
    ]
    assert "2 of 3 completed trials: no other is better" in page.text
    assert page.seen["figure"] == 2


def test_confirmed_trials_stand_first_in_the_order_of_their_confirmed_values(lab: Bench, tmp_path: Path) -> None:
    study = lab.study()
    for number, value in enumerate([0.3, 0.4, 0.5]):
        lab.trial(study, number, [value], lr=0.01 * (number + 1))
    look_at(lab, study, {0: WORSE, 2: EVEN})

    rows = page_of(lab, tmp_path, confirmed=study.id).table("standing")

    assert [(row["trial"], row.get("confirmed", "")) for row in rows] == [("2", "0.505"), ("0", "0.605"), ("1", "")]


def test_confirmations_and_the_test_split_are_told(lab: Bench, tmp_path: Path) -> None:
    study = lab.study()
    for number, value in enumerate([0.5, 0.3]):
        lab.trial(study, number, [value])
    lab.set_state(study, StudyState.RUNNING)
    run = lab.store.runs.of_study(study.id)[1]
    metrics = {"test_loss": 0.4}
    of_run = {"run": run.id, "seed": run.seed, "fold": None, "metrics": metrics, "reason": "", "data_hash": "d1"}
    result = {"trial": 1, "n": 1, "metrics": metrics, "std": {"test_loss": None}, "reason": ""}
    with lab.store.transaction(lab.epoch) as tx:
        tx.set_test_result(study.id, {**result, "runs": [of_run]})
    look_at(lab, study, {1: EVEN, 0: WORSE})

    page = page_of(lab, tmp_path, confirmed=study.id)

    (verdict,) = page.table("arm", "verdict")
    assert (verdict["arm"], verdict["reference"], verdict["n"], verdict["over"]) == ("0", "1", "6", "seeds")
    assert verdict["mean difference"] == "0.1"
    assert "p (this comparison alone, uncorrected)" in verdict
    rows = page.table("standing")
    assert {row["trial"]: row["standing"] for row in rows} == {
        "1": "the reference: the others are compared with it",
        "0": "cannot be told from the reference",
    }
    assert [row["trial"] for row in rows] == ["1", "0"]
    assert {row["trial"]: (row["confirmed"], row["confirmed n"], row["confirmed over"]) for row in rows} == {
        "1": ("0.505", "6", "seeds"),
        "0": ("0.605", "6", "seeds"),
    }
    assert ", over 6 seeds, for this split, at the 1st confirmation of them" in page.text
    assert page.table("test_loss")[0]["test_loss"] == "0.4"
    assert "It was look 1 at the test split of these data" in page.text

    for missed, said in (({"data_hash": ""}, True), ({"data_hash": "", "metrics": {}}, False)):
        of_study = {**result, "n": int(said), "runs": [{**of_run, **missed}]}
        with lab.store.transaction(lab.epoch) as tx:
            tx.set_test_result(study.id, of_study if said else {**of_study, "metrics": {}, "std": {}})
        text = page_of(lab, tmp_path, confirmed=study.id).text
        assert ("Whether this test split was looked at before is not known" in text) is said
        assert "at the test split of these data" not in text


def test_definition_code_and_versions_are_told_and_no_folder_of_the_user_s(lab: Bench, tmp_path: Path) -> None:
    provenance = {
        "code_hash": "0123abc",
        "code": {"model.mine": "fedc"},
        "git": [{"folder": "/home/somebody/nets", "commit": "c0ffee", "dirty": True}],
        "packages": {"python": "3.11.9", "torch": "2.13.0"},
    }
    definition = StudyDefinition.parse({**STUDY, "notes": "a | b\n<c>"})
    study = lab.store.studies.create(submission_of(definition, provenance))[0]

    page = page_of(lab, tmp_path)

    assert yaml.safe_load(page.verbatim[0]) == study.definition
    assert yaml.safe_load(page.verbatim[1]) == lab.store.studies.expanded_space(study.id)
    assert "hash 0123abc" in page.text
    assert page.table("component", "sha256") == [{"component": "model.mine", "sha256": "fedc"}]
    assert page.table("commit") == [{"repository": "nets", "commit": "c0ffee", "files": "changed since"}]
    assert page.table("library", "version")[1] == {"library": "torch", "version": "2.13.0"}
    assert "somebody" not in page.text


def test_all_sections_tell_of_one_moment_of_a_study_that_runs(
    lab: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = lab.study()
    lab.trial(study, 0, [0.5])
    lab.trial(study, 1, [0.6])
    read = lab.store.trials.of_study

    def read_while_a_better_one_completes(study_id: str) -> Any:
        found = read(study_id)
        lab.trial(study, len(found), [0.1])
        return found

    monkeypatch.setattr(lab.store.trials, "of_study", read_while_a_better_one_completes)
    page = page_of(lab, tmp_path)
    assert [row["trial"] for row in page.table("standing")] == ["0", "1"]
    assert "Trial 0 leads with 0.5" in page.text
    assert "The study has not ended" in page.text


def test_levels_of_each_choice_are_compared(lab: Bench, tmp_path: Path) -> None:
    study = lab.study()
    for number in range(12):
        parameters = {"optimizer": "sgd" if number % 2 else "a|b", "size": "small" if number else 60}
        completed(lab, study, number, parameters)

    page = page_of(lab, tmp_path)

    assert len(page.answers) == 1  # of two choices neither is what the study is about
    (verdict,) = page.table("arm", "assumption")[:1]
    assert (verdict["arm"], verdict["verdict"], verdict["reference"], verdict["n"]) == ("sgd", "worse", "a|b", "6")
    assert "Which is better over its range?sgd is worse than a|b" in page.text
    assert r"a\|b" in page.verbatim[0]
    assert r"a\textbar{}b" in page.verbatim[1]
    asked = page_of(lab, tmp_path, by="size", reference="small")
    assert asked.answers[0].startswith("By size, each level at its best: small against 60")
    assert asked.text.index("By size") < asked.text.index("By optimizer")
    asked = page_of(lab, tmp_path, by="optimizer", reference="sgd")
    assert "Which is better over its range?a|b is better than sgd" in asked.text
    look_at(lab, study, {0: EVEN * 2, 1: [value + 0.1 for value in EVEN * 2]})
    confirmed = page_of(lab, tmp_path, confirmed=study.id)
    assert "Which is better at its best?sgd is worse than a|b: sgd minus a|b is +0.1" in confirmed.text
    at_best, rest = confirmed.text.split("Which is better at its best?")[1].split("Which is better over its range?")
    over_range, failures = rest.split("Which fails or collapses more rarely?")
    assert ["assumption" in said for said in (at_best, over_range)] == [True, True]
    assert "assumption" not in failures.split("Test split")[0].split("By size")[0]


def test_a_study_of_one_choice_begins_with_which_level_is_best(lab: Bench, tmp_path: Path) -> None:
    study = lab.study()
    for number in range(6):
        completed(lab, study, number, {"optimizer": "sgd" if number % 2 else "adam", "lr": 0.1})
    by_choice, by_rank = page_of(lab, tmp_path).answers
    assert by_choice.startswith("By optimizer, each level at its best: ")
    assert "sgd" in by_choice
    assert by_rank.startswith("Trial 0 ")


def test_its_reader_may_say_by_what_it_groups(api: TestClient, lab: Bench, tmp_path: Path) -> None:
    study = lab.study(replicates={"seeds": 2})
    for number in range(8):
        parameters = {"optimizer": "sgd" if number % 2 else "adam", "size": 16 + 16 * (number // 4), "lr": 0.1 * number}
        completed(lab, study, number, parameters | {"alike": "one"})

    own, asked = page_of(lab, tmp_path), page_of(lab, tmp_path, by="size")

    assert {row["group"] for row in own.table("n(x)")} == {f"trial {number}" for number in (0, 1, 2, 4, 6, 3)}
    assert {row["group"]: row["n(x)"] for row in asked.table("n(x)")} == {"16": "4", "32": "4"}
    assert asked.answers[0].startswith("By size, each level at its best: ")
    assert asked.text.index("By size") < asked.text.index("By optimizer")
    for by in ("lr", "alike", "sise"):
        refused = api.get("/api/v1/studies/digits/report", params={"by": by})
        message = f"its ended trials cannot be grouped by '{by}'; these can: optimizer, size"
        assert (refused.status_code, refused.json()["errors"]) == (422, [{"path": "by", "message": message}])
    assert "By size, each" in api.get("/api/v1/studies/digits/report", params={"by": "size"}).text


@pytest.mark.parametrize(
    "changes",
    [
        {"sampler": "auto", "pruner": "asha", "budget": {"epochs": 90}},
        {"sampler": {"name": "pbt", "population": 4}, "max_trials": None, "training": {"epochs": 4}},
        {"experiment": "elsewhere", "space": {"size": {"int": [1, 9]}}, "training": {}},
    ],
    ids=["auto", "pbt", "elsewhere"],
)
def test_every_kind_of_study_has_one(lab: Bench, tmp_path: Path, changes: dict[str, Any]) -> None:
    lab.study(**changes)
    assert "No trial has completed yet." in page_of(lab, tmp_path).text


@pytest.mark.parametrize("replicates", [{"seeds": 1}, {"seeds": 2, "folds": 3}])
def test_methods_are_said_in_words(lab: Bench, tmp_path: Path, replicates: dict[str, int]) -> None:
    lab.trial_of_runs(lab.study(sampler="tpe", pruner="none", replicates=replicates), 0, [0.5] * 6)
    text = page_of(lab, tmp_path).text
    assert "by tpe (Tree-structured Parzen estimator (Bergstra et al., 2011)" in text
    assert "n_startup_trials = 10" in text
    assert "A run was judged by val_loss, minimized, at its best epoch." in text
    assert "The data are digits: 1,797 examples, 15 % of them held out for the test" in text
    if "folds" in replicates:
        assert "Each trial is 6 runs, over 2 seeds and 3 folds, the same for all trials." in text
        assert "the rest is divided into 3 folds" in text
