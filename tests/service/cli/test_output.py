"""What the command prints, in terminals of any width and where there is none."""

from __future__ import annotations

import time
from collections.abc import Iterator
from importlib.metadata import version
from io import StringIO
from pathlib import Path

import pytest
import yaml
from rich.console import Console
from rich.text import Text

from service.cli.printing.output import duration, local_time
from service.cli.printing.progress import Lines, Warnings, Workers, display_on, elapsed, left_to_itself
from service.cli.printing.report import print_ranking, standing
from service.client.client import Studyhall
from service.study.definitions.definition import StudyDefinition
from service.study.definitions.submission import submission_of
from service.study.jobs import PoolKey, Resources, WorkerInfo
from service.study.records import CodeCheck
from service.study.states import RunState, StudyState
from tests.service.cli.conftest import Command
from tests.support.api import STUDY, Bench
from tests.support.confirming import EVEN, look_at


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
    assert listed[1].split()[-3:] == study.created_at.astimezone().strftime("%Y-%m-%d %H:%M %Z").split()
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


def test_a_list_counts_the_confirmations_of_a_study_and_shows_them_with_all(studyhall: Command, lab: Bench) -> None:
    study = lab.study()
    for _ in range(2):
        look_at(lab, study, {0: EVEN, 1: EVEN})

    _, row, *others = studyhall("list")[1].splitlines()
    every = studyhall("list", "--all")[1].splitlines()

    assert (row.split("  ")[0].strip() == "digits (2 confirmations)", others) == (True, [])
    assert [line.split()[0] for line in every[1:]] == ["digits-confirm-2", "digits-confirm-1", "digits"]
    assert "confirmations)" not in every[3]


@pytest.fixture
def east(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A clock five and a half hours ahead of UTC."""
    monkeypatch.setenv("TZ", "IST-5:30")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("east")
def test_times_are_those_of_the_user_s_clock_with_its_zone() -> None:
    assert local_time("2026-11-28T23:24:25.123456Z") == "2026-11-29 04:54 IST"
    assert local_time("2026-11-28T23:24:25+00:00") == "2026-11-29 04:54 IST"


def family(number: int) -> dict[str, object]:
    """A trial over all four families, one of whose parameters is very long."""
    parts = {kind: f"a-{kind}-of-some-length" for kind in ("initializer", "optimizer", "schedule", "activation")}
    return {
        "number": number,
        "value": 0.25,
        "replicates": None,
        "parameters": {**parts, "data.mine.text": "x" * 7000, "note": "y" * 7000},
    }


def test_a_ranking_fits_80_columns_and_says_what_it_leaves_out(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ranking = [family(number) for number in range(10)]
    counts = dict.fromkeys(RunState, 0) | {"COMPLETED": 57, "PRUNED": 3}
    monkeypatch.setenv("COLUMNS", "80")
    print_ranking(ranking, {"objective": {"metric": "val_loss"}, "counts": counts})
    piped = capsys.readouterr().out
    monkeypatch.setenv("FORCE_COLOR", "1")  # to rich, a terminal
    print_ranking(ranking, {"objective": {"metric": "val_loss"}, "counts": counts})
    terminal = Text.from_ansi(capsys.readouterr().out).plain

    assert max(map(len, terminal.splitlines())) <= 80
    assert "a-initializer-of-some-length" in terminal
    assert "A wider terminal" in terminal
    for said in (piped, terminal):
        left_out = "10 of 60 trials are shown, the best of those that completed; the page shows all."
        assert left_out in " ".join(said.split())
    assert "mine.text " + "x" * 59 + "… " in piped.replace("\n", " ")
    assert "y" * 61 not in piped


def test_a_ranking_of_every_trial_says_nothing_more(capsys: pytest.CaptureFixture[str]) -> None:
    counts = dict.fromkeys(RunState, 0) | {"COMPLETED": 1}
    print_ranking([family(0)], {"objective": {"metric": "val_loss"}, "counts": counts})
    assert "shown" not in capsys.readouterr().out
    print_ranking([family(0)], {"objective": {"metric": "val_loss"}, "counts": counts | {"FAILED": 2}})
    assert "1 of 3 trials are shown, the completed ones; the page shows all." in capsys.readouterr().out


@pytest.mark.parametrize("width", [60, 80, 140])
def test_progress_fits_its_screen_and_cuts_nothing_off(width: int) -> None:
    screen = Console(width=width, file=StringIO())
    display = display_on(screen)
    status = "3 running, 1200 pruned, 10 failed, best val_loss/dataloader_idx_0 0.123456 (trial 1234), 1:05:09 left"
    texts = {"unit": "runs", "elapsed": "1:02:03", "status": status}
    display.add_task("which-optimizer-" * 6, total=6000, completed=5123, **texts)

    screen.print(display.get_renderable())

    assert isinstance(screen.file, StringIO)
    said = screen.file.getvalue()
    assert max(map(len, said.splitlines())) <= width
    assert "5123/6000 runs 1:02:03" in said
    assert sorted(filter(str.isalnum, "5123/6000 runs 1:02:03" + "which-optimizer-" * 6 + status)) == sorted(
        filter(str.isalnum, said)
    )


def test_trials_of_a_resting_study_have_begun_and_do_not_run(studyhall: Command, lab: Bench) -> None:
    study = lab.study()
    lab.trial_of_runs(study, 0, [0.5, 0.4], RunState.RUNNING)
    assert "1 running" in studyhall("show", "digits")[1]
    lab.set_state(study, StudyState.PAUSED)
    assert "1 begun" in studyhall("show", "digits")[1]


def test_reasons_of_failed_trials_are_told_each_once(studyhall: Command, lab: Bench) -> None:
    study = lab.study()
    lab.set_state(study, StudyState.RUNNING)
    for number, reason in enumerate(["diverged", "odd (net.py:3 in forward)", "odd (net.py:3 in forward)", "a", "b"]):
        lab.trial(study, number, [], RunState.FAILED, reason=reason)
    said = studyhall("show", "digits")[1]
    assert [line for line in said.splitlines() if line.startswith("failed: ")] == [
        "failed: trials 1, 2: odd (net.py:3 in forward)",
        "failed: trial 0: diverged",
        "failed: trial 3: a",
    ]
    assert "1 further reason stands on the page." in said


def test_what_mlflow_refuses_is_shown_with_the_remedy(studyhall: Command, lab: Bench) -> None:
    study = lab.study()
    lab.refuse(lab.trial(study, 0, [0.25]), "MLflow refuses it: [too] long")

    shown = studyhall("show", "digits")[1]

    assert "MLflow does not show 1 trial of this study: MLflow refuses it: [too] long" in shown
    assert "`studyhall mlflow rebuild`" in shown


@pytest.mark.parametrize("command", ["serve", "list", "train"])
def test_help_names_the_defaults(studyhall: Command, command: str) -> None:
    assert "[default: " in studyhall(command, "--help")[1]


def test_states_are_said_once() -> None:
    said = [
        standing({"state": word, "desired": desired, "reason": reason})
        for word, desired, reason in (
            ("PAUSED", "running", "resuming"),
            ("STOPPED", "stopped", "stopped by request"),
            ("RUNNING", "stopped", "stopping: 1 trial trains to its end"),
            ("COMPLETED", "deleted", "deleted"),
            ("RUNNING", "running", ""),
            ("COMPLETED", "running", "its only trial is done"),
        )
    ]
    assert [Text.from_markup(one).plain for one in said] == [
        "PAUSED, resuming",
        "STOPPED by request",
        "RUNNING, stopping: 1 trial trains to its end",
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
    monkeypatch.setattr("service.cli.printing.progress.PLAIN_EVERY", 0.0)
    study = lab.study()
    lab.set_state(study, StudyState.RUNNING)
    lab.trial(study, 0, [0.5], RunState.RUNNING)
    said = []
    with Studyhall(url) as hall:
        tell = Lines(Workers(hall), Warnings())
        for state in (None, "starting", "busy", "starting"):
            workers = [] if state is None else [WorkerInfo("worker-1", PoolKey(Resources()), state)]
            lab.store.workers.set(lab.epoch, workers)
            tell(hall.study("digits"))
            said.append(capsys.readouterr().out.strip())

    assert said == [
        "digits: 0/6 trials, waiting for workers…",
        "digits: 0/6 trials, starting workers…",
        "digits: 0/6 trials, 1 running, 0 pruned",
        "",  # another worker that starts later keeps nobody waiting
    ]


def test_a_check_and_what_it_finds_are_told_while_somebody_waits(
    url: str, lab: Bench, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.cli.printing.progress.PLAIN_EVERY", 0.0)
    study = lab.study(name="digits")
    lab.store.workers.set(lab.epoch, [WorkerInfo("worker-1", PoolKey(Resources()), "busy")])
    lab.set_state(study, StudyState.QUEUED, "checking: a batch")
    with Studyhall(url) as hall:
        tell = Lines(Workers(hall), Warnings())
        tell(hall.study("digits"))
        with lab.store.transaction(lab.epoch) as transaction:
            transaction.set_code_check(study.id, CodeCheck(True, ["it is never logged"]), "key")
            transaction.set_study_state(study.id, StudyState.RUNNING, "")
        for _ in range(2):
            tell(hall.study("digits"))

    assert capsys.readouterr().out.splitlines() == [
        "digits: 0/6 trials, QUEUED, checking: a batch",
        "warning: it is never logged",
        "digits: 0/6 trials, 0 running, 0 pruned",
    ]


def test_a_failed_check_is_shown_with_its_traceback(studyhall: Command, lab: Bench) -> None:
    study = lab.study(name="digits")
    with lab.store.transaction(lab.epoch) as transaction:
        transaction.set_code_check(study.id, CodeCheck(False, [], "ValueError: odd", "Traceback …\n[odd]"), "key")
        transaction.set_study_state(study.id, StudyState.FAILED, "ValueError: odd")

    out = studyhall("show", "digits")[1]

    assert f"digits ({study.id}): FAILED, ValueError: odd" in out
    assert "Traceback …\n[odd]\n" in out


def test_a_study_is_shown_with_its_code_its_commits_and_its_libraries(
    studyhall: Command, lab: Bench, tmp_path: Path
) -> None:
    provenance = {
        "code_hash": "3f2a91c0" * 8,
        "code": {"model.mine": "3f2a91c0" * 8},
        "git": [
            {"folder": "/home/somebody/nets", "commit": "1b2c3d4e5f", "dirty": True},
            {"folder": "/home/somebody/losses", "commit": "2c3d4e5f60", "dirty": False},
            {"folder": "/home/somebody/new", "commit": "", "dirty": True},
        ],
        "packages": {"numpy": "2.4.0", "studyhall": "0.1.0", "torch": "2.13.0"},
    }
    lab.store.studies.create(submission_of(StudyDefinition.parse(STUDY), provenance))
    of_own = "with: code 3f2a91c, commit 1b2c3d4 (dirty), commit 2c3d4e5, studyhall 0.1.0, torch 2.13.0"
    assert of_own in studyhall("show", "digits")[1].splitlines()
    lab.study(name="unknown")
    assert "with:" not in studyhall("show", "unknown")[1]

    file = tmp_path / "study.yaml"
    file.write_text(yaml.safe_dump({**STUDY, "name": "built-in"}))
    libraries = (f"{name} {version(name)}" for name in ("pytorch-lightning", "studyhall", "torch"))
    assert f"with: {', '.join(libraries)}" in studyhall("submit", str(file))[1].splitlines()


def test_the_time_that_is_shown_is_the_study_s() -> None:
    times = {"started_at": "2026-01-01T00:00:00Z", "ended_at": "2026-01-01T01:00:05Z"}

    assert elapsed(times) == "1:00:05"
    assert elapsed({"started_at": None, "ended_at": None}) == ""


def test_an_interrupt_tells_what_becomes_of_the_study(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyboardInterrupt), left_to_itself("digits", "goes on"):
        raise KeyboardInterrupt

    assert capsys.readouterr().err == "\nstudy digits goes on\n"
