"""``studyhall catalog``: lists, a component in full, and the curve of a schedule; no service runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from service.cli import main

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
