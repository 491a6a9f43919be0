"""What a user's class says and nothing reads is told with what was likely meant; what is no experiment is let be."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from experiments.catalog import KINDS
from experiments.plugins.describing import load
from experiments.registry import EXPERIMENTS

HEAD = """
from typing import Literal
import pytorch_lightning as pl
from studyhall import Optimizer

class Net(pl.LightningModule): pass
class Csv(pl.LightningDataModule): pass
"""
Described = Callable[..., dict[str, Any]]
_number = itertools.count()


@pytest.fixture
def describe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Described]:
    """The description of a module with this text, below one with a model and a data module."""
    monkeypatch.syspath_prepend(tmp_path)

    def described(text: str, head: str = HEAD, **files: str) -> dict[str, Any]:
        module = f"own_classes_{next(_number)}"
        for name, content in {**files, module: head + text}.items():
            (tmp_path / f"{name}.py").write_text(content)
        return load([module])

    yield described
    for name in [name for name, entry in EXPERIMENTS.items() if entry.target]:
        del EXPERIMENTS[name]
    for kind in KINDS.values():
        kind.keep(())
    for name in [name for name, module in sys.modules.items() if str(tmp_path) in str(getattr(module, "__file__", ""))]:
        del sys.modules[name]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("defualts = {}", "'defualts' (did you mean 'defaults'?)"),
        ("batch_size = 3", """'batch_size' (write defaults = {"training": {"batch_size": …}})"""),
        ("optimizer = 'adam'", """'optimizer' (write defaults = {"optimizer": …})"""),
        ("def prepare(self): ...", "'prepare' (a method belongs to the model or the data"),
        ("task = property(len)", "'task' (a method belongs to the model or the data"),
        ("metrics = []", "'metrics' (known are model, data, defaults, name"),
    ],
)
def test_an_attribute_that_nothing_reads_is_refused(describe: Described, body: str, said: str) -> None:
    found = describe(f"class Mine:\n    model, data = Net, Csv\n    {body}\nclass Good:\n    model, data = Net, Csv\n")
    ((reason,),) = ([entry["reason"] for entry in found["refused"]],)
    assert f"Mine: nothing reads its attribute {said}" in reason
    assert [experiment["name"] for experiment in found["experiments"]] == ["good"]


@pytest.mark.parametrize(
    ("base", "body", "said"),
    [
        (
            "Regularizer",
            "def batch(self, inputs, targets, generator): ...",
            "it has no role in a run; derive it from",
        ),
        (
            "BatchTransform",
            "def bacth(self, inputs, targets, generator): ...",
            "it does not define batch, which its",
        ),
    ],
)
def test_a_regularizer_that_would_do_nothing_is_refused(describe: Described, base: str, body: str, said: str) -> None:
    text = f'class Idle({base}):\n    name: Literal["idle"] = "idle"\n    {body}\n'
    (refused,) = describe(f"from studyhall import {base}\n{text}")["refused"]
    assert refused["reason"].startswith(f"Idle: {said}")


def test_an_inherited_attribute_counts_and_the_user_s_own_affairs_do_not(describe: Described) -> None:
    text = """
class _Base:
    data = Csv
    epochs = 3
class Mine(_Base):
    model = Net
class Quiet:
    name = "calm"
    class Inner(pl.LightningModule): pass
    model, data, defaults = Inner, Csv, {"training": {"epochs": 2}}
    _rows = 3
    __slots__ = ()
"""
    found = describe(text)
    assert [experiment["name"] for experiment in found["experiments"]] == ["calm"]
    assert "Mine: nothing reads its attribute 'epochs' (write defaults = {\"training\"" in found["refused"][0]["reason"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("model = Net", "it has the attribute 'model' and no 'data'; give it one, a LightningDataModule class"),
        ("data = Csv", "it has the attribute 'data' and no 'model'; give it one, a LightningModule class"),
        ("modle, data = Net, Csv", "it has the attribute 'data' and no 'model' (is it 'modle'?); give it one"),
    ],
)
def test_half_an_experiment_is_told(describe: Described, body: str, said: str) -> None:
    (refused,) = describe(f"class Half:\n    {body}\n")["refused"]
    assert refused["reason"].startswith(f"Half: {said}")


def test_classes_that_are_no_experiments_are_left_alone(describe: Described) -> None:
    text = """
class Base:
    data = Csv
class Wide(Base):
    model = Net
class _Shared:
    model = Net
class Client:
    model = "resnet"
class Record:
    data = []
class Holder(pl.LightningModule):
    def __init__(self):
        super().__init__()
        self.model = Net()
"""
    found = describe(text)
    assert found["refused"] == []
    assert [experiment["name"] for experiment in found["experiments"]] == ["wide"]


def test_a_module_that_offers_nothing_is_told(describe: Described) -> None:
    (refused,) = describe("")["refused"]
    assert refused["reason"].startswith("it defines no experiment, a class with `model` and `data`, and no component")


def test_of_what_a_package_imports_it_is_told_where_it_is_defined(
    describe: Described, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "own_package"
    package.mkdir()
    (package / "__init__.py").write_text("from own_package.inside import Mine\n")
    (package / "inside.py").write_text(f"{HEAD}\nclass Mine:\n    model, data = Net, Csv\n")
    (refused,) = load(["own_package"])["refused"]
    assert "(Mine is defined in own_package.inside: name that)" in refused["reason"]


def test_a_component_without_a_name_is_told_unless_it_is_a_base(describe: Described) -> None:
    text = """
class Nameless(Optimizer):
    target = "torch.optim:SGD"
class Base(Optimizer):
    target = "torch.optim:SGD"
class Named(Base):
    name: Literal["own_named"] = "own_named"
"""
    found = describe(text)
    assert [entry["reason"] for entry in found["refused"]] == [
        'Nameless: it has no name of its own; write name: Literal["…"] = "…" in it'
    ]
    assert [component["name"] for component in found["components"]] == ["own_named"]


def test_what_has_no_docstring_is_called_what_it_is(describe: Described) -> None:
    text = """
class Mine:
    model, data = Net, Csv
class Plain(Optimizer):
    target = "torch.optim:SGD"
    name: Literal["own_plain"] = "own_plain"
"""
    found = describe(text)
    (experiment,), (component,) = found["experiments"], found["components"]
    module = experiment["target"].partition(":")[0]
    assert experiment["summary"] == "Net on Csv"
    assert experiment["model"]["summary"] == KINDS["model"]["mine"].__doc__ == f"The model Net of {module}"
    assert experiment["data"]["summary"] == f"The data Csv of {module}"
    assert component["summary"] == f"The optimizer Plain of {module}"
