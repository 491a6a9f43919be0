"""The wheel: what stands in it, and that its base works where PyTorch, Ray and MLflow are not installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = ("pyproject.toml", "README.md", "LICENSE", "studyhall.py", "experiments", "search_spaces", "service")
BASE = """
import sys
EXTRAS = {"torch", "pytorch_lightning", "lightning", "ray", "mlflow", "sklearn", "matplotlib", "mnist1d", "psycopg"}
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in EXTRAS:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
import importlib.util
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name in EXTRAS else found(name, package)
sys.meta_path.insert(0, Absent())
"""
"""An environment as one without our extras: their modules cannot be found."""
COMMAND = "sys.argv = ['studyhall', *{arguments!r}]\nimport studyhall\nstudyhall.main()"
PAGE = """
from pathlib import Path
from fastapi.testclient import TestClient
from service.api.app import create_app
from service.settings import Settings
from service.storage.migrations import migrate
settings = Settings(home=Path("home"), mlflow_port=0)
migrate(settings.database)
with TestClient(create_app(settings), base_url="http://127.0.0.1") as api:
    assert "<div id=" in api.get("/").text
    print(api.get("/api/v1/studies").json())
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the sources alone and installed into a folder of its own."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("installed")
    debris = shutil.ignore_patterns("node_modules", "__pycache__")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=debris)
        else:
            shutil.copy(ROOT / name, source / name)
    alone = ("--no-deps", "--no-index", "--quiet", "--disable-pip-version-check")
    for command in (
        ("wheel", "--no-build-isolation", *alone, "--wheel-dir", str(source), str(source)),
        ("install", *alone, "--target", str(target), "--find-links", str(source), "studyhall"),
    ):
        subprocess.run([sys.executable, "-m", "pip", *command], check=True, cwd=source)
    return target


def base(installed: Path, code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """What code does in a folder, with the installed wheel and without the extras."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("STUDYHALL_")}
    variables["PYTHONPATH"] = str(installed)
    command = [sys.executable, "-P", "-c", BASE + code]
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)


def command(installed: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return base(installed, COMMAND.format(arguments=list(arguments)), folder)


def test_the_modules_are_those_of_the_wheel(installed: Path, tmp_path: Path) -> None:
    code = "import studyhall, service.client.client; print(studyhall.Studyhall.__module__, service.__file__)"
    assert base(installed, code, tmp_path).stdout.split() == [
        "service.client.client",
        str(installed / "service" / "__init__.py"),
    ]


def test_the_style_of_reports_is_inside(installed: Path) -> None:
    assert (installed / "service" / "report" / "report.css").is_file()


def test_the_command_reads_studies_and_lists_what_there_is(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_text(
        "name: mine\nexperiment: digits-mlp\nspace: {use: optimizers}\nmax_trials: 3\n"
    )
    assert "valid: 3 trials" in command(installed, tmp_path, "validate", "study.yaml").stdout
    assert "kaiming_normal" in command(installed, tmp_path, "catalog", "initializer").stdout


def test_the_api_serves_the_page_that_is_inside(installed: Path, tmp_path: Path) -> None:
    done = base(installed, PAGE, tmp_path)
    assert done.stdout.strip() == "{'items': [], 'next_cursor': None}", done.stderr


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        (("serve",), "pip install 'studyhall[train,ray]'"),
        (("train", "study.yaml"), "pip install 'studyhall[train]'"),
        (("mlflow", "rebuild"), "pip install 'studyhall[train]'"),
    ],
)
def test_what_needs_an_extra_says_which(
    installed: Path, tmp_path: Path, arguments: tuple[str, ...], remedy: str
) -> None:
    done = command(installed, tmp_path, *arguments)
    assert (done.returncode, remedy in done.stderr) == (3, True), done.stderr
    assert "Traceback" not in done.stderr
