"""The command line against the real API on a port."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from experiments.catalogue import KINDS
from search_spaces.library import studies
from service.cli import main
from service.cli.output import duration
from service.home import HomeLock, Served
from service.settings import Settings
from service.study.definition import StudyDefinition
from service.study.preview import preview
from service.study.rerun import rerun
from service.study.states import Desired, RunState, StudyState
from tests.api_kit import STUDY, Bench

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def studyhall(url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs the command; exit code, standard output and standard error come back."""
    monkeypatch.setenv("STUDYHALL_URL", url)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as caught:
            main(words)
        code = caught.value.code
        said = capsys.readouterr()
        assert code is None or isinstance(code, int)
        return code or 0, said.out, said.err

    return run


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


def read(answer: tuple[int, str, str]) -> Any:
    assert answer[0] == 0, answer[2]
    return json.loads(answer[1])


def test_a_study_is_submitted_listed_and_shown(studyhall: Command, lab: Bench, tmp_path: Path) -> None:
    file = tmp_path / "study.yaml"
    file.write_text(yaml.safe_dump(STUDY))

    submitted = read(studyhall("submit", str(file), "--json"))
    lab.trial(lab.store.study("digits"), 0, [0.25])

    assert submitted["name"] == "digits"
    assert [study["id"] for study in read(studyhall("list", "--json"))] == [submitted["id"]]
    assert read(studyhall("show", "digits", "--json"))["ranking"][0]["value"] == 0.25
    for words in (("list",), ("show", "digits"), ("show", submitted["id"])):
        code, out, err = studyhall(*words)
        assert (code, err) == (0, "")
        assert "digits" in out
        assert "0.25" in out


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


def test_the_best_configuration_comes_as_a_definition_at_any_time(studyhall: Command, lab: Bench) -> None:
    study = lab.study()
    for number, value in enumerate([0.5, 0.25]):
        lab.trial(study, number, [value])

    best = yaml.safe_load(studyhall("best", "digits")[1])

    assert (best["name"], best["replicates"]["seeds"]) == ("digits-trial-1", [1])
    assert read(studyhall("best", "digits", "--json")) == best
    assert yaml.safe_load(studyhall("best", "digits", "--trial", "0")[1])["name"] == "digits-trial-0"
    assert "studyhall best digits" in studyhall("show", "digits")[1]


def test_a_ready_made_study_is_submitted_by_its_name(studyhall: Command, lab: Bench) -> None:
    assert studyhall("submit", "wine-random")[0] == 0
    assert lab.store.study("wine-random").definition["sampler"]["name"] == "random"

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
    for words, desired in (
        (("pause", "digits", "--checkpoint"), Desired.PAUSED),
        (("resume", "digits"), Desired.RUNNING),
        (("stop", "digits"), Desired.STOPPED),
        (("delete", "digits", "--yes"), Desired.DELETED),
    ):
        assert read(studyhall(*words, "--json"))["desired"] == desired
        assert lab.store.study(study.id).desired is desired


def test_exit_codes_tell_bad_input_from_no_service(studyhall: Command, lab: Bench) -> None:
    assert studyhall("show", "nope")[0] == 2
    assert studyhall("shw")[0] == 2
    assert studyhall("list", "--url", "http://127.0.0.1:9")[0] == 3
    lab.set_state(lab.study(), StudyState.STOPPED)
    code, _, err = studyhall("pause", "digits")
    assert (code, "cannot be paused" in err) == (2, True)


def test_a_setting_out_of_bounds_is_named(studyhall: Command) -> None:
    code, _, err = studyhall("serve", "--port", "99999")

    assert (code, err) == (2, "error: port: Input should be less than or equal to 65535\n")


def test_a_definition_is_checked_without_a_service(studyhall: Command) -> None:
    code, out, _ = studyhall("validate", "four-families-grid")

    assert code == 0
    assert out.startswith("valid: ")
    assert read(studyhall("validate", "digits", "--json"))["grid_size"] is None


def test_the_catalogue_is_shown(studyhall: Command) -> None:
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

    assert lab.store.study("digits").desired is Desired.RUNNING
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


@pytest.mark.parametrize(
    ("seconds", "words"), [(None, "?"), (0.4, "0:00"), (309, "5:09"), (3599.6, "1:00:00"), (3909, "1:05:09")]
)
def test_durations_read_like_a_clock(seconds: float | None, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize("name", sorted(studies()))
def test_every_sampled_configuration_can_be_submitted_again_and_comes_out_the_same(name: str) -> None:
    definition = StudyDefinition.parse(studies()[name].document)
    for config in preview(definition)["samples"][:3]:
        text = yaml.safe_dump(rerun(definition.to_json(), 3, config, [5]), sort_keys=False)

        again = preview(StudyDefinition.parse(yaml.safe_load(text)))

        assert again["n_parameters"] == 0
        assert again["samples"][0] == config
