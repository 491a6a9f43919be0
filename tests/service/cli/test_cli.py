"""The command line against the real API on a port."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from experiments.catalog import KINDS
from search_spaces.presets import studies
from service import hardware
from service.settings import Settings
from service.study.definitions.definition import StudyDefinition
from service.study.definitions.preview import preview
from service.study.repeating.rerun import rerun
from service.study.states import Desired, RunningTrials, RunState, StudyState
from service.supervisor.home import HomeLock, Served
from tests.service.cli.conftest import Command, read
from tests.support.api import STUDY, Bench


@contextmanager
def serving_at(settings: Settings, url: str) -> Iterator[None]:
    """The data directory is served, as far as its lock tells."""
    lock = HomeLock(settings.directory)
    lock.acquire()
    lock.publish(Served(1, url, None, "x"))
    try:
        yield
    finally:
        lock.release()


def test_a_study_is_submitted_listed_and_shown(studyhall: Command, lab: Bench, tmp_path: Path) -> None:
    file = tmp_path / "study.yaml"
    file.write_text(yaml.safe_dump(STUDY))

    submitted = read(studyhall("submit", str(file), "--json"))
    lab.trial(lab.store.studies.get("digits"), 0, [0.25])

    assert submitted["name"] == "digits"
    assert [study["id"] for study in read(studyhall("list", "--json"))] == [submitted["id"]]
    assert read(studyhall("show", "digits", "--json"))["ranking"][0]["value"] == 0.25
    for words in (("list",), ("show", "digits"), ("show", submitted["id"])):
        code, out, err = studyhall(*words)
        assert (code, err) == (0, "")
        assert "digits" in out
        assert "0.25" in out


def test_the_best_configuration_comes_as_a_definition_at_any_time(studyhall: Command, lab: Bench) -> None:
    study = lab.study()
    for number, value in enumerate([0.5, 0.25]):
        lab.trial(study, number, [value])

    best = yaml.safe_load(studyhall("best", "digits")[1])

    assert (best["name"], best["replicates"]["seeds"]) == ("digits-trial-1", [1])
    assert read(studyhall("best", "digits", "--json")) == best
    assert yaml.safe_load(studyhall("best", "digits", "--trial", "0")[1])["name"] == "digits-trial-0"
    assert "studyhall best digits" in studyhall("show", "digits")[1]


def test_importances_are_a_table_with_what_they_are_of(studyhall: Command, lab: Bench) -> None:
    study = lab.study()
    for number in range(4):
        lab.trial(study, number, [0.1 * number], lr=0.1 * (number + 1))
    lab.trial(study, 4, [0.9], RunState.PRUNED)
    lab.trial(study, 5, [], RunState.FAILED)

    code, out, err = studyhall("importances", "digits")

    assert (code, err) == (0, "")
    heading, row, used, left_out, note = out.splitlines()
    assert heading.split() == ["Parameter", "Importance", "Trials"]
    assert row.split() == ["optimizer.sgd.lr", "100.0%", "█" * 20, "5"]
    assert (
        used == "Trials: 4 completed, 1 pruned, diverged, too slow or infeasible; the 1 best are told from the others."
    )
    assert (left_out, "mostly chance" in note) == ("Left out: 1 failed.", True)
    found = read(studyhall("importances", "digits", "--json"))
    assert found["items"] == [{"parameter": "optimizer.sgd.lr", "importance": 1.0, "n_trials": 5}]
    code, _, err = studyhall("importances", "digits", "--objective", "lr")
    assert (code, "its objectives are val_loss" in err) == (2, True)


def test_a_study_is_exported_to_a_file_or_into_a_storage_of_optuna_s(
    studyhall: Command, lab: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab.trial(lab.study(), 0, [0.5])
    monkeypatch.chdir(tmp_path)

    code, out, err = studyhall("export", "digits", "--table", "runs", "--format", "csv")

    assert (code, err) == (0, "")
    assert out == f"Wrote digits-runs.csv ({Path('digits-runs.csv').stat().st_size} bytes)\n"
    assert studyhall("export", "digits", "--optuna", "sqlite:///x.db")[1].startswith(
        "Wrote 1 trials to sqlite:///x.db;"
    )
    code, _, err = studyhall("export", "digits", "--optuna", "sqlite:///x.db", "--table", "runs")
    assert (code, "--optuna: goes without --output, --format and --table" in err) == (2, True)


def test_a_study_is_written_as_a_page(
    studyhall: Command, lab: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab.trial(lab.study(), 0, [0.5])
    monkeypatch.chdir(tmp_path)

    code, out, err = studyhall("report", "digits")

    assert (code, err) == (0, "")
    assert out.startswith("Wrote digits-report.html (")
    assert Path("digits-report.html").read_text("utf-8").startswith("<!doctype html>")
    assert studyhall("report", "digits", "-o", "sub/page.html")[0] == 0
    assert Path("sub/page.html").is_file()
    code, _, err = studyhall("report", "digits", "--by", "optimizer", "--reference", "sgd")
    assert (code, "cannot be grouped by 'optimizer'" in " ".join(err.split())) == (2, True)


def test_a_ready_made_study_is_submitted_by_its_name(studyhall: Command, lab: Bench) -> None:
    assert studyhall("submit", "wine-random")[0] == 0
    assert lab.store.studies.get("wine-random").definition["sampler"]["name"] == "random"

    code, _, err = studyhall("submit", "wine-randm")
    assert (code, "'wine-random'" in err) == (2, True)


@pytest.mark.parametrize(("state", "code"), [("COMPLETED", 0), ("STOPPED", 0), ("FAILED", 1)])
def test_watching_ends_with_the_study_and_tells_its_end(studyhall: Command, lab: Bench, state: str, code: int) -> None:
    study = lab.study()
    lab.trial(study, 0, [0.5], RunState.PRUNED)
    lab.set_state(study, StudyState.RUNNING)
    lab.set_state(study, StudyState(state), "the reason")

    exit_code, out, _ = studyhall("watch", "digits")

    assert exit_code == code
    assert "digits: 1/6 trials, 0 running, 1 pruned" in out
    assert "the reason" in out


def test_actions_write_the_wish(studyhall: Command, lab: Bench) -> None:
    study = lab.study()
    lab.set_state(study, StudyState.RUNNING)
    for words, desired, running in (
        (("pause", "digits", "--running", "checkpoint"), Desired.PAUSED, RunningTrials.CHECKPOINT),
        (("resume", "digits"), Desired.RUNNING, RunningTrials.FINISH),
        (("stop", "digits"), Desired.STOPPED, RunningTrials.FINISH),
        (("stop", "digits", "--running", "checkpoint"), Desired.STOPPED, RunningTrials.CHECKPOINT),
        (("delete", "digits", "--yes"), Desired.DELETED, RunningTrials.FINISH),
    ):
        assert read(studyhall(*words, "--json"))["desired"] == desired
        wished = lab.store.studies.get(study.id)
        assert (wished.desired, wished.stop_running) == (desired, running)


def test_a_study_in_quarantine_says_why_and_is_tried_again(studyhall: Command, lab: Bench) -> None:
    study, reason = lab.study(), "quarantined: its sampler raised 3 times: ValueError: no distribution"
    lab.set_state(study, StudyState.RUNNING)
    lab.set_state(study, StudyState.FAILED, reason)

    shown = studyhall("show", "digits")[1]
    resumed = studyhall("resume", "digits")

    assert reason in shown
    assert (resumed[0], resumed[2]) == (0, "")
    assert [waiting.id for waiting in lab.store.studies.to_reconcile()] == [study.id]


def test_configurations_are_queued_from_a_file(studyhall: Command, lab: Bench, tmp_path: Path) -> None:
    study, file = lab.study(), tmp_path / "next.yaml"
    file.write_text("queue: [{optimizer: {name: sgd, lr: 0.02}}]\n")
    assert studyhall("queue", "digits", str(file)) == (0, "1 configuration of digits waits to be tried\n", "")
    assert lab.store.queue.of_study(study.id) == [{"optimizer.sgd.lr": 0.02}]
    file.write_text("[{optimizer: {name: sgd, lr: 7}}]")
    code, _, err = studyhall("queue", "digits", str(file))
    assert code == 2
    assert "queue.0.optimizer.lr: 7 lies outside" in err


def test_stop_says_what_becomes_of_running_trials(studyhall: Command, lab: Bench) -> None:
    study = lab.study()
    lab.set_state(study, StudyState.RUNNING)
    for number in range(2):
        lab.trial(study, number, [0.5], RunState.RUNNING)

    assert studyhall("stop", "digits")[1] == "RUNNING, stopping: 2 trials train to their end\n"
    now = ("stop", "digits", "--running", "checkpoint")
    assert studyhall(*now)[1] == "RUNNING, stopping: 2 trials end at their next batch\n"
    assert "stopping: 2 trials end at their next batch" in studyhall("show", "digits")[1]
    told = " ".join(studyhall("stop", "--help")[1].replace("│", " ").split())
    for words in ("they train to their end and count", "as CANCELLED, and keep their curves", "[default: finish]"):
        assert words in told
    code, _, err = studyhall("stop", "digits", "--running", "later")
    assert (code, "'finish'" in err, "'checkpoint'" in err) == (2, True, True)


def test_delete_asks_and_says_what_is_lost(studyhall: Command, lab: Bench) -> None:
    study = lab.study()
    lab.set_state(study, StudyState.RUNNING)
    lab.trial(study, 0, [0.5], RunState.RUNNING)

    code, out, _ = studyhall("delete", "digits")  # nobody answers

    assert code != 0
    assert "Delete study digits: 1 trial (1 running, ended first), with curves, logs and artifacts?" in out
    assert lab.store.studies.get(study.id).desired is Desired.RUNNING


def test_exit_codes_tell_bad_input_from_no_service(studyhall: Command, lab: Bench) -> None:
    assert studyhall("show", "nope")[0] == 2
    assert studyhall("shw")[0] == 2
    assert studyhall("list", "--url", "http://127.0.0.1:9")[0] == 3
    lab.set_state(lab.study(), StudyState.STOPPED)
    code, _, err = studyhall("pause", "digits")
    assert (code, "cannot be paused" in err) == (2, True)


def test_a_setting_out_of_bounds_is_named(studyhall: Command) -> None:
    code, _, err = studyhall("serve", "--port", "99999")

    assert code == 2
    assert err.startswith("error: --port: this must be less than or equal to 65535 (it is 99999)")


def test_a_data_directory_that_cannot_be_made_is_named(studyhall: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, _, err = studyhall("serve", "--port", "0", "--home", str(tmp_path / "file" / "home"))

    assert code == 2
    assert f"the data directory {tmp_path / 'file' / 'home'} cannot be used" in err
    assert "--home" in err


def test_serving_others_without_protection_is_refused_before_anything_starts(
    studyhall: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STUDYHALL_HOST", "0.0.0.0")
    home = tmp_path / "new"

    for command in (("serve",), ("run", "digits")):
        code, _, err = studyhall(*command, "--home", str(home))
        assert (code, [line.split(":")[1].strip() for line in err.splitlines()]) == (
            2,
            ["STUDYHALL_ALLOWED_HOSTS", "STUDYHALL_TOKEN"],
        )
    assert not home.exists()


def test_a_definition_is_checked_without_a_service_and_what_it_would_do_is_said(
    studyhall: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, grid, _ = studyhall("validate", "four-families-grid")
    assert code == 0
    assert grid.startswith("valid: 108 trials, the whole grid, drawn by grid, without pruning, to maximize val_acc")
    tpe = studyhall("validate", "digits")[1]
    assert "48 trials, drawn by tpe, pruned by asha" in tpe
    assert ("20 epochs" in tpe, "  optimizer = " in tpe, "grid" in tpe) == (True, True, False)
    (tmp_path / "bare.yaml").write_text(yaml.safe_dump({**STUDY, "space": {"optimizer": "sgd"}}))
    assert "optimizer.sgd is read as its default ranges: lr log_uniform [0.001, 1.0]" in studyhall(
        "validate", str(tmp_path / "bare.yaml")
    )[1].replace("\n", " ")
    (tmp_path / "gpus.yaml").write_text(yaml.safe_dump({**STUDY, "resources": {"gpus": 8}}))
    monkeypatch.setenv("STUDYHALL_GPUS", "2")
    assert "a run asks for 8 GPUs, and 2 are offered here" in studyhall("validate", str(tmp_path / "gpus.yaml"))[1]
    (tmp_path / "cpus.yaml").write_text(yaml.safe_dump({**STUDY, "resources": {"cpus": 9}}))
    monkeypatch.setattr(hardware, "n_cpus", lambda: 4)
    assert "a run asks for 9 CPUs, and 4 are offered here" in studyhall("validate", str(tmp_path / "cpus.yaml"))[1]
    monkeypatch.setenv("STUDYHALL_WORKERS", "9")
    assert "CPUs" not in studyhall("validate", str(tmp_path / "cpus.yaml"))[1]
    found = read(studyhall("validate", "digits", "--json"))
    assert found["grid_size"] is None
    assert {json.dumps(one["monitor"]) for one in found["samples"]} == {
        '{"metric": "val_accuracy", "direction": "maximize", "reduce": "best"}'
    }


def test_a_direction_against_the_table_is_warned_of_before_and_after_submission(
    studyhall: Command, lab: Bench, tmp_path: Path
) -> None:
    file, warning = tmp_path / "study.yaml", "warning: minimize val_accuracy: of that metric more is better"
    file.write_text(yaml.safe_dump({**STUDY, "objective": {"metric": "val_accuracy", "direction": "minimize"}}))

    for words in (("validate", str(file)), ("submit", str(file)), ("show", "digits")):
        code, out, _ = studyhall(*words)
        assert (code, warning in out) == (0, True), words
    (told,) = read(studyhall("show", "digits", "--json"))["warnings"]
    assert told.startswith(warning.removeprefix("warning: "))
    assert "warning: minimize" not in studyhall("validate", "digits")[1]


def test_a_file_that_ends_in_json_is_read_as_json(studyhall: Command, lab: Bench, tmp_path: Path) -> None:
    file = tmp_path / "study.json"
    file.write_text(json.dumps({**STUDY, "notes": "\U0001f600"}, indent="\t"))
    assert studyhall("submit", str(file))[0] == 0
    assert lab.store.studies.get("digits").notes == "\U0001f600"

    file.write_text('{"name": "other", "name": "x"}')
    code, _, err = studyhall("submit", str(file))
    assert (code, err) == (2, f"error: {file}: the key 'name' stands here twice; keep one of them\n")


def test_the_catalog_is_shown(studyhall: Command) -> None:
    (optimizers,) = read(studyhall("catalog", "optimizer", "--json"))

    assert [one["name"] for one in optimizers["components"]] == list(KINDS["optimizer"].names())
    out = studyhall("catalog")[1]
    assert all(name in out for kind in KINDS.values() for name in kind.names())
    code, _, err = studyhall("catalog", "optimiser")
    assert (code, "'optimizer'" in err) == (2, True)


def test_the_openapi_document_is_printed(studyhall: Command) -> None:
    import service

    frozen = Path(service.__file__).parent / "openapi.json"

    assert studyhall("openapi")[1] == frozen.read_text(encoding="utf-8")


def test_the_service_of_a_data_directory_is_found_without_naming_it(
    settings: Settings, url: str, studyhall: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STUDYHALL_URL")
    with serving_at(settings, url):
        assert read(studyhall("list", "--home", str(settings.home), "--json")) == []


@pytest.mark.parametrize("by", ["option", "variable"])
def test_a_data_directory_that_nobody_serves_never_reaches_the_service_of_another(
    settings: Settings, url: str, lab: Bench, studyhall: Command, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    """The service of another directory listens on the very port that this one's would."""
    lab.study()
    elsewhere = settings.home.parent / "elsewhere"
    monkeypatch.delenv("STUDYHALL_URL")
    monkeypatch.setenv("STUDYHALL_PORT", url.rpartition(":")[2])
    home = ["--home", str(elsewhere)] if by == "option" else []
    if by == "variable":
        monkeypatch.setenv("STUDYHALL_HOME", str(elsewhere))

    with serving_at(settings, url):
        for words in (["delete", "digits", "-y"], ["submit", "wine-random"], ["list"]):
            code, _, err = studyhall(*words, *home)
            assert code == 3
            assert f"no service serves {elsewhere}; start one with `studyhall serve --home {elsewhere}`" in err

    assert lab.store.studies.get("digits").desired is Desired.RUNNING
    assert not elsewhere.exists()


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from service.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = 'torch optuna fastapi sqlalchemy pandas mlflow ray httpx pydantic numpy'.split()\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("name", sorted(studies()))
def test_every_sampled_configuration_can_be_submitted_again_and_comes_out_the_same(name: str) -> None:
    definition = StudyDefinition.parse(studies()[name].document)
    for config in preview(definition)["samples"][:3]:
        text = yaml.safe_dump(rerun(definition.to_json(), 3, config, [5]), sort_keys=False)

        again = preview(StudyDefinition.parse(yaml.safe_load(text)))

        assert again["n_parameters"] == 0
        assert again["samples"][0] == config
