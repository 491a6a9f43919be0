"""What the command prints, in terminals of any width and where there is none."""

from __future__ import annotations

import pytest
from rich.text import Text

from service.cli.output import duration
from service.cli.progress import Lines, Workers, elapsed, left_to_itself
from service.cli.report import standing
from service.client import Studyhall
from service.study.jobs import PoolKey, Resources, WorkerInfo
from service.study.states import RunState, StudyState
from tests.api_kit import Bench
from tests.service.cli.conftest import Command


def test_nothing_is_cut_off_or_broken_where_output_is_no_terminal(
    studyhall: Command, lab: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, reason = "which-optimizer-" * 6, "its first 5 trials all failed; the last: " + "a long story; " * 20 + "end"
    study = lab.study(name=name)
    lab.trial(study, 0, [0.25], lr=0.0625)
    lab.set_state(study, StudyState.RUNNING)
    lab.set_state(study, StudyState.FAILED, reason)
    monkeypatch.setenv("COLUMNS", "40")

    listed, shown = studyhall("list")[1].splitlines(), studyhall("show", name)[1].splitlines()

    assert name in listed[1]
    assert listed[1].split()[-2:] == study.created_at.strftime("%Y-%m-%d %H:%M").split()
    assert shown[0] == f"{name} ({study.id}): FAILED, {reason}"
    assert any("0.25" in line and "sgd.lr 0.0625" in line for line in shown)


def test_a_terminal_too_narrow_for_all_parameters_says_so_and_never_cuts_a_name(
    studyhall: Command, lab: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "which-optimizer-" * 6
    lab.trial(lab.study(name=name), 0, [0.25], lr=0.0625)
    monkeypatch.setenv("FORCE_COLOR", "1")  # to rich, a terminal

    wide = studyhall("show", name)[1]
    monkeypatch.setenv("COLUMNS", "40")
    narrow = studyhall("show", name)[1]

    assert "sgd.lr 0.0625" in wide
    assert ("0.25" in narrow, "sgd.lr" in narrow) == (True, False)
    assert "A wider terminal" in narrow
    assert name in narrow
    assert name in studyhall("list")[1]


def test_what_mlflow_refuses_is_shown_with_the_remedy(studyhall: Command, lab: Bench) -> None:
    study = lab.study()
    lab.refuse(lab.trial(study, 0, [0.25]), "MLflow refuses it: [too] long")

    shown = studyhall("show", "digits")[1]

    assert "MLflow does not show 1 trial of this study: MLflow refuses it: [too] long" in shown
    assert "`studyhall mlflow rebuild`" in shown


@pytest.mark.parametrize("command", ["serve", "list", "train"])
def test_help_names_the_defaults(studyhall: Command, command: str) -> None:
    assert "[default: " in studyhall(command, "--help")[1]


def test_states_are_said_once_and_without_what_was_wanted_long_ago() -> None:
    said = [
        standing({"state": word, "desired": desired, "reason": reason})
        for word, desired, reason in (
            ("PAUSED", "running", "paused by request"),
            ("STOPPED", "stopped", "stopped by request"),
            ("RUNNING", "paused", ""),
            ("COMPLETED", "deleted", "deleted"),
            ("RUNNING", "running", ""),
            ("COMPLETED", "running", "its only trial is done"),
        )
    ]
    assert [Text.from_markup(one).plain for one in said] == [
        "PAUSED, resuming",
        "STOPPED by request",
        "RUNNING, pausing",
        "deleted",
        "RUNNING",
        "COMPLETED, its only trial is done",
    ]


@pytest.mark.parametrize(
    ("seconds", "words"), [(None, "?"), (0.4, "0:00"), (309, "5:09"), (3599.6, "1:00:00"), (3909, "1:05:09")]
)
def test_durations_read_like_a_clock(seconds: float | None, words: str) -> None:
    assert duration(seconds) == words


def test_progress_tells_that_workers_start_until_one_is_warm(
    url: str, lab: Bench, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.cli.progress.PLAIN_EVERY", 0.0)
    study = lab.study()
    lab.set_state(study, StudyState.RUNNING)
    lab.trial(study, 0, [0.5], RunState.RUNNING)
    said = []
    with Studyhall(url) as hall:
        tell = Lines(Workers(hall))
        for state in (None, "starting", "busy", "starting"):
            workers = [] if state is None else [WorkerInfo("worker-1", PoolKey(Resources()), state)]
            lab.store.set_workers(lab.epoch, workers)
            tell(hall.study("digits"))
            said.append(capsys.readouterr().out.strip())

    assert said == [
        "digits: 0/6 trials, waiting for workers…",
        "digits: 0/6 trials, starting workers…",
        "digits: 0/6 trials, 1 running, 0 pruned",
        "",  # another worker that starts later keeps nobody waiting
    ]


def test_the_time_that_is_shown_is_the_study_s() -> None:
    times = {"started_at": "2026-01-01T00:00:00Z", "ended_at": "2026-01-01T01:00:05Z"}

    assert elapsed(times) == "1:00:05"
    assert elapsed({"started_at": None, "ended_at": None}) == ""


def test_an_interrupt_tells_what_becomes_of_the_study(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyboardInterrupt), left_to_itself("digits", "goes on"):
        raise KeyboardInterrupt

    assert capsys.readouterr().err == "\nstudy digits goes on\n"
