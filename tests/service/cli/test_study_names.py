"""A study's name that is taken, and one that no study has."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.service.cli.conftest import Command, read
from tests.support.api import STUDY, Bench


def test_a_service_that_runs_is_asked_whether_the_name_is_free(
    studyhall: Command, lab: Bench, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, taken = tmp_path / "study.yaml", "warning: a study named 'digits' exists; 'digits-2' is free"
    file.write_text(yaml.safe_dump(STUDY))
    assert taken not in studyhall("validate", str(file))[1]

    lab.study()

    assert taken in studyhall("validate", str(file))[1]
    assert read(studyhall("validate", str(file), "--json"))["free_name"] == "digits-2"
    for unhelpful in ("http://127.0.0.1:9", f"{url}/elsewhere"):
        monkeypatch.setenv("STUDYHALL_URL", unhelpful)
        code, out, err = studyhall("validate", str(file))
        said = (code, "warning" in out, err.startswith("checked here alone, whether the name is free is not known: "))
        assert (said, err.count("\n")) == ((0, False, True), 1), unhelpful
    monkeypatch.delenv("STUDYHALL_URL")
    assert studyhall("validate", str(file), "--home", str(tmp_path))[2] == "", "no service is named, and none is missed"


@pytest.mark.parametrize("command", ["show", "watch", "best", "trials", "export", "report", "stop", "importances"])
def test_a_study_that_is_not_there_is_told_with_the_one_that_may_be_meant(
    studyhall: Command, lab: Bench, command: str
) -> None:
    lab.study()
    target = ["-o", "out.csv"] if command in {"export", "report"} else []
    assert studyhall(command, "digit", *target) == (
        2,
        "",
        "error: there is no study 'digit' (did you mean 'digits'?)\n",
    )
    assert studyhall(command, "other", *target)[2] == "error: there is no study 'other'\n"
    for name in ("nöpe/x", "..", "digits/trials"):
        assert studyhall(command, name, *target)[2].startswith(f"error: there is no study '{name}': names have")
