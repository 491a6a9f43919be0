"""``studyhall catalog``: lists, a component in full, and the curve of a schedule; no service runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from service.cli import main
from service.study.definitions.definition import StudyDefinition

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def catalog(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    """Runs the command where there is no service; exit code, standard output and standard error come back."""
    monkeypatch.setenv("STUDYHALL_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "80")

    def run(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as caught:
            main(("catalog", *words))
        said = capsys.readouterr()
        return int(caught.value.code or 0), said.out, said.err

    return run


def test_a_component_is_shown_in_full(catalog: Command) -> None:
    code, out, _ = catalog("schedule", "sgdr")
    assert code == 0
    for word in ("cosine_restarts", "warm_restarts", "Formula", "cos(π·u)", "arXiv:1608.03983", "growth", "≥ 1, ≤ 100"):
        assert word in out
    assert "Often said wrongly" in out
    assert max(map(len, out.splitlines())) <= 80
    assert json.loads(catalog("schedule", "sgdr", "--json")[1])["name"] == "cosine_restarts"


def test_conflicts_are_shown_with_their_reason(catalog: Command) -> None:
    out = catalog("regularizer", "label_smoothing")[1]
    assert "Does not go with" in out
    assert "refused" in out


def test_a_near_miss_gets_the_likely_word(catalog: Command) -> None:
    code, _, err = catalog("schedule", "cosin")
    assert (code, "'cosine'" in err) == (2, True)


def test_the_curve_is_drawn(catalog: Command) -> None:
    code, out, _ = catalog("schedule", "linear", "--preview", "--epochs", "2", "--steps-per-epoch", "100")
    title, *lines = out.splitlines()
    assert (code, "linear" in title, "200 steps" in lines[-1]) == (0, True, True)
    assert max(map(len, lines)) <= 80
    curve = [line.partition("┤")[2] for line in lines if "┤" in line]
    starts = [len(line) - len(line.lstrip()) for line in curve]
    assert starts == sorted(starts), "the line falls from the upper left"
    assert starts[0] == 0
    assert len(curve[-1]) == 70, "to the lower right"


def test_the_points_are_those_of_the_fields_given(catalog: Command) -> None:
    words = ("schedule", "multistep", "milestones=[0.5]", "gamma=0.1", "--epochs", "1", "--steps-per-epoch", "4")
    shown = json.loads(catalog(*words, "--preview", "--json")[1])
    assert shown["points"] == [{"step": step, "factor": factor} for step, factor in enumerate([1.0, 1.0, 0.1, 0.1])]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("schedule", "cosine", "final=2", "--preview"), "schedule.cosine.final"),
        (("schedule", "cosine", "final", "--preview"), "schedule.final: write final=VALUE"),
        (("schedule", "cosine", "--preview", "--points", "1"), "points"),
        (("optimizer", "adam", "--preview"), "only schedules have a curve"),
        (("--preview",), "only schedules have a curve"),
    ],
)
def test_a_preview_that_cannot_be_says_why(catalog: Command, words: tuple[str, ...], message: str) -> None:
    code, out, err = catalog(*words)
    assert (code, out) == (2, "")
    assert message in err


def test_everything_that_a_study_can_name_is_listed(catalog: Command) -> None:
    out = catalog()[1]
    for word in (
        "optimizer: ",
        "data: ",
        "mnist5k",
        "experiment: ",
        "digits-mlp",
        "space: ",
        "four-families",
        "study: ",
    ):
        assert word in out
    assert "wine-random" in catalog("study")[1]
    assert {each["name"] for each in json.loads(catalog("experiment", "--json")[1])} >= {"digits-mlp", "wine-mlp"}
    assert set(json.loads(catalog("--json")[1])) == {"kinds", "experiments", "refused", "spaces", "studies"}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("experiment", "digits-mlp"), ("data digits, model mlp (hidden [64, 64])", "val_accuracy", "epochs: 20")),
        (("data", "mnist"), ("5,000 examples of shape (1, 28, 28)", "cnn, mlp, residual, rnn", "mnist5k-cnn")),
        (("data", "wine"), ("models that take it: mlp, residual", "3 classes: grower 0", "cnn cannot take data")),
        (("space", "four-families"), ("space: {use: four-families}", "\n    - {name: rmsprop, lr: {log_uniform: [")),
        (("study", "digits"), ("studyhall submit digits", "\nspace: {use: four-families}\n")),
    ],
)
def test_one_of_them_is_shown_in_full(catalog: Command, words: tuple[str, ...], told: tuple[str, ...]) -> None:
    code, out, _ = catalog(*words)
    assert code == 0
    for word in told:
        assert word in out
    assert json.loads(catalog(*words, "--json")[1])["name"]


def test_what_a_page_shows_can_be_used_as_it_stands(catalog: Command) -> None:
    study = yaml.safe_load(catalog("study", "digits")[1].partition("As it is written\n")[2])
    assert study["name"] == "digits"
    first = yaml.safe_load(catalog("experiment", "digits-mlp")[1].partition("A study of it\n")[2])
    assert StudyDefinition.parse(first).experiment == "digits-mlp"


@pytest.mark.parametrize(
    ("words", "likely"),
    [
        (("experiments",), "'experiment'"),
        (("experiment", "digits-mpl"), "'digits-mlp'"),
        (("space", "four-family"), "'four-families"),
        (("study", "digit"), "'digits'"),
    ],
)
def test_what_there_is_not_gets_the_likely_word(catalog: Command, words: tuple[str, ...], likely: str) -> None:
    code, out, err = catalog(*words)
    assert (code, out) == (2, "")
    assert likely in err


def test_a_table_that_shows_no_conflicts_asks_for_none(studyhall: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """To judge every pair takes seconds, and the command starts anew each time."""

    def judged(*_: str) -> None:
        raise AssertionError("the conflicts were asked for")

    monkeypatch.setattr("service.api.routes.catalog.verdicts_of", judged)
    for words in ((), ("optimizer",), ("experiment",), ("study", "--json")):
        assert studyhall("catalog", *words)[0] == 0
