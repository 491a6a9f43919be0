"""The one public module: its names, and that our packages are ours whatever bears their names."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import studyhall
from experiments import own_process

ROOT = Path(__file__).parents[1]
NAMESAKES = (
    "experiments/__init__.py",
    "experiments/config.py",
    "search_spaces.py",
    "service/__init__.py",
    "service/db.py",
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A user's project whose folders are called like our packages; each module fails when it is run."""
    for name in NAMESAKES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"raise RuntimeError('the {name} of the project was imported')")
    return tmp_path


def run(command: list[str], project: Path) -> subprocess.CompletedProcess[str]:
    """Run a command that stands in the project and has it first on its path."""
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join([str(project), str(ROOT)])}
    return subprocess.run(command, cwd=project, env=variables, capture_output=True, text=True, check=False)


def test_every_public_name_can_be_imported_and_is_known_to_type_checkers() -> None:
    tree = ast.parse(Path(studyhall.__file__).read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    typed = {
        (each.module, name.asname)
        for each in ast.walk(block)
        if isinstance(each, ast.ImportFrom)
        for name in each.names
    }
    assert typed == {(module, name) for name, module in studyhall._HOMES.items()}
    assert dir(studyhall) == sorted(name for _, name in typed if name)
    for name in dir(studyhall):
        assert getattr(studyhall, name) is not None
        assert f"``{name}``" in (studyhall.__doc__ or "")


def test_a_name_that_there_is_not_is_told() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Studdyhall'"):
        _ = studyhall.Studdyhall


def test_nothing_of_ours_imports_the_public_module() -> None:
    files = [file for folder in ("experiments", "search_spaces", "service") for file in (ROOT / folder).rglob("*.py")]
    nodes = [
        node
        for file in files
        if "node_modules" not in file.parts
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
    ]
    imported = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    imported |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    assert "pathlib" in imported
    assert "studyhall" not in imported


def test_the_public_names_are_ours_in_a_project_with_such_folders(project: Path) -> None:
    code = "from studyhall import Component, Studyhall; print(Component.__module__, Studyhall.__module__)"
    done = run([sys.executable, "-c", code], project)
    assert done.stdout.split() == ["experiments.component", "service.client.client"], done.stderr


def test_a_folder_called_studyhall_is_not_taken_for_the_module(tmp_path: Path) -> None:
    """As the folder above a clone has one: it must not matter where a user stands, or what he has on PYTHONPATH."""
    (tmp_path / "studyhall").mkdir()
    variables = {**os.environ, "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-c", "from studyhall import hp; print(hp.__module__)"]
    done = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "experiments.component", done.stderr


def test_whoever_looks_for_his_own_is_told_of_the_clash(project: Path) -> None:
    done = run([sys.executable, "-c", "import studyhall, service.db"], project)
    assert f"service.db is not a module of Studyhall: {project / 'service'} has the name of" in done.stderr
    assert "rename yours" in done.stderr


def test_a_module_that_we_do_not_have_is_just_missing_where_nothing_clashes(tmp_path: Path) -> None:
    (tmp_path / "service").mkdir()
    (tmp_path / "service" / "notes.txt").write_text("no code lies here")
    done = run([sys.executable, "-c", "import studyhall, service.db"], tmp_path)
    assert done.stderr.strip().endswith("No module named 'service.db'")


def test_a_package_that_was_imported_before_is_told(project: Path) -> None:
    (project / "service" / "__init__.py").write_text("")
    done = run([sys.executable, "-c", "import service; from studyhall import Studyhall"], project)
    assert f"ImportError: {project / 'service'} has the name of" in done.stderr
    assert "import studyhall before it" in done.stderr


def test_our_processes_run_our_modules(project: Path) -> None:
    done = run(own_process.command("service.cli", "--help"), project)
    assert "Hyperparameter search" in done.stdout, done.stderr


def test_the_command_works_and_tells_of_the_clash(project: Path) -> None:
    done = run([sys.executable, "-P", str(own_process.LAUNCHER), "catalog", "schedule", "--json"], project)
    assert done.returncode == 0, done.stderr
    notes = [line for line in done.stderr.splitlines() if line.startswith("note: ")]
    assert [line.split()[1] for line in notes] == [
        str(project / name) for name in ("experiments", "search_spaces.py", "service")
    ]
