"""Which files are a module's code, and that their hash is the hash of what runs."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from experiments.catalog import KINDS
from experiments.plugins import own_code
from experiments.plugins.describing import load
from experiments.plugins.own_code import Sources, find, is_current, is_own, outdated, recorded, snapshot
from experiments.registry import EXPERIMENTS

FILES = {
    "codebase_main.py": """
import pytorch_lightning as pl
import numpy
from codebase_helper import WIDTH
from codebase_lib.bases import Base

class Net(Base):
    def __init__(self, width: int = WIDTH):
        super().__init__()
        self.width = width

    def forward(self, x):
        import codebase_lazy
        return codebase_lazy.f(x)

class Nothing(pl.LightningDataModule):
    pass

class CodeExample:
    model, data = Net, Nothing
""",
    "codebase_other.py": """
import codebase_main
class OtherExample:
    data = codebase_main.Nothing
    class model(__import__("pytorch_lightning").LightningModule):
        pass
""",
    "codebase_helper.py": "import importlib\nimportlib.import_module('codebase_' + 'dynamic')\nWIDTH = 8\n",
    "codebase_dynamic.py": "",
    "codebase_lazy.py": "def f(x): return x\n",
    "codebase_unused.py": "",
    "codebase_lib/__init__.py": "",
    "codebase_lib/bases.py": "from pytorch_lightning import LightningModule\nfrom . import deep\n"
    "class Base(LightningModule): pass\n",
    "codebase_lib/deep.py": "try:\n    import no_such_library\nexcept ImportError:\n    pass\n",
}


def forget() -> None:
    for name in [name for name in sys.modules if name.startswith("codebase_")]:
        del sys.modules[name]
    own_code._LOADED.clear()
    own_code._READ.clear()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A user's folder on the path."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    forget()
    yield tmp_path
    forget()
    for name in ("code-example", "other-example"):
        EXPERIMENTS.pop(name, None)
    for kind in ("data", "model"):
        KINDS[kind].keep(())


def described(*modules: str) -> dict[str, Any]:
    """The experiments' own code, as a fresh process would describe it."""
    forget()
    found = load(modules)
    assert found["refused"] == []
    return {entry["name"]: entry["own"] for entry in found["experiments"]}


def names(files: tuple[str, ...]) -> set[str]:
    return {Path(file).stem.removeprefix("codebase_") for file in files}


def test_the_code_is_every_own_file_that_is_imported_at_any_time(project: Path) -> None:
    own = described("codebase_main", "codebase_other")
    assert names(own["code-example"]["files"]) == {"main", "helper", "dynamic", "lazy", "__init__", "bases", "deep"}
    assert names(own["other-example"]["files"]) == {"other"} | names(own["code-example"]["files"])
    assert set(own["code-example"]["libraries"]) == {"pytorch_lightning", "numpy"}


@pytest.mark.parametrize(
    ("file", "changed"),
    [
        ("codebase_main.py", True),
        ("codebase_helper.py", True),
        ("codebase_dynamic.py", True),
        ("codebase_lazy.py", True),
        ("codebase_lib/bases.py", True),
        ("codebase_lib/deep.py", True),
        ("codebase_lib/new.py", True),
        ("codebase_unused.py", False),
        ("codebase_other.py", False),
    ],
)
def test_an_edit_of_any_of_it_is_another_hash_and_of_nothing_else(project: Path, file: str, changed: bool) -> None:
    before = described("codebase_main", "codebase_other")["code-example"]["code_hash"]
    with (project / file).open("a") as text:
        text.write("\n# edited\n")
    assert (described("codebase_main", "codebase_other")["code-example"]["code_hash"] != before) is changed


def test_an_edit_within_the_same_second_is_run(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python itself would take the bytecode of the first version: same size, same second."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    helper = project / "codebase_helper.py"
    os.utime(helper, (1e9, 1e9))
    import codebase_helper  # type: ignore[import-not-found]

    assert codebase_helper.WIDTH == 8
    helper.write_text(helper.read_text().replace("8", "9"))
    os.utime(helper, (1e9, 1e9))
    forget()
    with recorded():
        assert importlib.import_module("codebase_helper").WIDTH == 9


def test_the_hash_is_that_of_what_was_loaded(project: Path) -> None:
    """Of a file that was edited after it was imported, the hash is the old one until it is imported anew."""
    before = described("codebase_main")["code-example"]["code_hash"]
    (project / "codebase_helper.py").write_text("WIDTH = 9\n")
    (still,) = load(["codebase_main"])["experiments"]
    assert still["own"]["code_hash"] == before
    assert described("codebase_main")["code-example"]["code_hash"] != before


def test_a_file_that_changed_before_it_was_imported_is_noticed(project: Path) -> None:
    """A worker would run it under the hash of before; what it has imported already may change."""
    files = described("codebase_main")["code-example"]["files"]
    (project / "codebase_helper.py").write_text("WIDTH = 9\n")
    assert not outdated(files)
    (project / "codebase_lazy.py").write_text("def f(x): return 2\n")
    assert outdated(files)


def test_the_hash_is_the_same_wherever_the_files_lie(
    project: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = described("codebase_main")["code-example"]["code_hash"]
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    for name in FILES:
        (elsewhere / name).parent.mkdir(exist_ok=True)
        (project / name).rename(elsewhere / name)
    monkeypatch.syspath_prepend(elsewhere)
    assert described("codebase_main")["code-example"]["code_hash"] == before


@pytest.mark.parametrize(
    "edit",
    [
        lambda project: (project / "codebase_lazy.py").write_text("def f(x): return 2\n"),
        lambda project: (project / "codebase_helper.py").unlink(),
        lambda project: (project / "codebase_lib" / "new.py").write_text(""),
        lambda project: (project / "no_such_library.py").write_text(""),
        lambda project: (project / "codebase_absent.py").write_text(""),
        lambda project: (project / "codebase_main").mkdir() or (project / "codebase_main" / "__init__.py").touch(),
    ],
    ids=[
        "edited",
        "removed",
        "new in a package",
        "an import that failed",
        "a module that was missing",
        "another first",
    ],
)
def test_a_description_holds_until_an_import_would_find_other_code(project: Path, edit: Any) -> None:
    sources = Sources()
    for module in ("codebase_main", "codebase_lib.bases", "codebase_absent"):
        sources.add(module)
    state = snapshot([sources])
    assert is_current(state)
    (project / "codebase_unused.py").write_text("# edited\n")
    assert is_current(state)
    edit(project)
    assert not is_current(state)


def test_neither_python_nor_what_is_installed_nor_studyhall_is_one_s_own() -> None:
    modules = ("json", "numpy", "pytorch_lightning", "experiments.plugins.registration", "service.cli")
    assert [is_own(file) for module in modules if (file := find(module)) is not None] == [False] * len(modules)
    assert find("no_such_module") is None
    assert "codebase_lib" not in sys.modules
