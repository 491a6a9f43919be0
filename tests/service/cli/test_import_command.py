"""``studyhall import``: a definition on standard output or in a file, and every remark beside it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.service.cli.conftest import Command, read

SWEEP = """
program: train.py
method: random
name: mine
run_cap: 5
metric: {name: val_loss}
parameters:
  lr: {min: 0.0, max: 0.1}
  optimizer: {values: [adam, lion]}
"""


@pytest.fixture
def sweep(tmp_path: Path) -> Path:
    file = tmp_path / "sweep.yaml"
    file.write_text(SWEEP)
    return file


def test_the_definition_comes_with_what_was_left_out_and_can_be_validated(studyhall: Command, sweep: Path) -> None:
    code, out, err = studyhall("import", str(sweep), "--experiment", "wine-mlp")
    assert code == 0
    lr = {"uniform": [pytest.approx(1e-5), 0.1]}
    assert yaml.safe_load(out)["space"] == {
        "optimizer": {"choice": [{"name": "adam", "lr": lr}, {"name": "lion", "lr": lr}]}
    }
    assert "changed: parameters.lr: at 0 nothing is learned: it begins at 1e-05" in err
    assert out.startswith(f"# imported from {sweep}, a W&B sweep\n# left out: program: ")
    assert [line for line in out.splitlines() if line.startswith("# ")][1:] == [
        f"# {line}" for line in err.splitlines()
    ]
    (sweep.parent / "study.yaml").write_text(out)
    assert studyhall("validate", str(sweep.parent / "study.yaml"))[0] == 0


@pytest.mark.parametrize("command", ["validate", "submit", "run"])
def test_who_gives_it_as_a_study_is_told_of_it(studyhall: Command, sweep: Path, command: str) -> None:
    code, _, err = studyhall(command, str(sweep))
    remedy = f"this is a W&B sweep; `studyhall import {sweep} --output study.yaml` makes a study of it"
    assert (code, err.splitlines()[0]) == (2, f"error: {sweep}: {remedy}")
    assert "error: run_cap: unknown field" in err


def test_it_is_written_to_a_file_but_not_over_the_one_that_is_read(studyhall: Command, sweep: Path) -> None:
    target = sweep.parent / "study.yaml"
    code, out, err = studyhall("import", str(sweep), "-o", str(target))
    assert (code, out) == (0, "")
    assert "to mend: experiment: this field is required" in err
    assert yaml.safe_load(target.read_text())["name"] == "mine"
    code, _, err = studyhall("import", str(sweep), "-o", str(sweep))
    assert code == 2
    assert "this is the file that is read" in err
    assert sweep.read_text() == SWEEP


def test_a_program_reads_it_as_json(studyhall: Command, sweep: Path) -> None:
    found = read(studyhall("import", str(sweep), "--from", "wandb", "--experiment", "wine-mlp", "--json"))
    assert found["definition"]["name"] == "mine"
    assert [each["path"] for each in found["left_out"]] == ["program"]
    assert found["problems"] == []
