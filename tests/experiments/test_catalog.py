"""One walk over the whole catalog: what every component must satisfy, whoever adds it.

None stands without formula, source, reasons for its bounds, and a test of its law.
"""

from __future__ import annotations

import importlib
import inspect
import math
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from experiments.catalog import KINDS
from experiments.component import Component, Kind, resolve
from experiments.conflicts import rules
from experiments.data import DATA
from experiments.errors import InvalidInput
from experiments.parsing import parse_config
from experiments.registry import EXPERIMENTS
from tests.support.training.laws import PROVED

COMPONENTS = [(kind, component) for kind in KINDS for component in KINDS[kind] if not component.code_hash]
CASES = [pytest.param(kind, component, id=f"{kind}-{component.id()}") for kind, component in COMPONENTS]
FAMILIES = {"initializer", "activation", "normalization", "regularizer", "optimizer", "schedule"}
"""Kinds whose members are techniques of the field: each has a formula, and a law that a test shows."""
BOUNDS = {"Gt", "Ge", "Lt", "Le"}
ROOT = Path(__file__).parents[2]

EXPECTED = {
    "initializer": (
        "torch_default normal uniform truncated_normal xavier_normal xavier_uniform kaiming_normal kaiming_uniform "
        "lecun_normal lecun_uniform orthogonal delta_orthogonal dirac sparse identity variance_scaling lsuv gradinit "
        "recurrent_orthogonal recurrent_identity"
    ),
    "activation": "relu leaky_relu sigmoid tanh gelu silu elu selu prelu mish softplus",
    "regularizer": (
        "l1 l2 weight_decay elastic_net clip_norm clip_value adaptive_clipping dropout alpha_dropout spatial_dropout "
        "variational_dropout input_noise label_smoothing early_stopping mixup cutmix augmentation series_augmentation "
        "fgsm pgd trades adversarial_network ema swa stochastic_depth"
    ),
    "optimizer": (
        "sgd momentum nesterov adagrad adadelta rmsprop adam amsgrad adamw nadam radam adamax adafactor lion muon "
        "lamb adabelief prodigy sam lbfgs schedule_free_sgd schedule_free_adamw "
        "adahessian sophia shampoo soap hypergradient learned"
    ),
    "schedule": (
        "constant step multistep exponential linear polynomial inverse_time cosine cosine_restarts cyclic one_cycle "
        "plateau warmup_stable_decay"
    ),
    "model": "mlp cnn rnn residual",
    "data": "digits wine breast_cancer mnist5k mnist1d",
}


def test_the_promised_components_are_there() -> None:
    for kind, names in EXPECTED.items():
        assert set(names.split()) <= set(KINDS[kind].names())


def test_declaring_components_imports_nothing_heavy() -> None:
    heavy = "{'torch', 'numpy', 'sklearn', 'pytorch_lightning', 'matplotlib', 'pandas'}"
    code = "import sys, experiments.catalog, experiments.config, experiments.registry, experiments.train"
    code += f", experiments.plugins.registration; print(sorted({heavy} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.fixture(scope="module")
def proved() -> set[str]:
    """The names of all components whose law is shown, once every module of laws is imported."""
    for path in sorted(Path(__file__).parent.rglob("test_*_laws.py")):
        importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    return PROVED


@pytest.mark.parametrize(("kind", "component"), CASES)
def test_a_component_is_all_that_it_should_be(kind: str, component: type[Component], proved: set[str]) -> None:
    _takes_its_arguments(component)
    _is_explained(component)
    _accepts_its_ranges(kind, component)
    _refuses_by_path(kind, component)
    if kind in FAMILIES:
        assert component.formula.strip()
        assert f"{kind}.{component.id()}" in proved, "no test shows its law"


def _takes_its_arguments(component: type[Component]) -> None:
    if not component.target:
        assert not component.__mro__[1].target
        return
    parameters = inspect.signature(resolve(component.target)).parameters
    assert set(component().arguments()) <= set(parameters)


def _is_explained(component: type[Component]) -> None:
    """By a sentence that stands alone, a source with its year, help for each field, and a source for each bound."""
    summary = (inspect.getdoc(component) or "").partition("\n")[0]
    assert summary.endswith((".", ")."))
    assert re.search(r"\b(1[89]|20)\d\d\b", component.source or component.__doc__ or "")
    for name, field in component.hyperparameters().items():
        extra: Any = field.json_schema_extra
        assert field.description, f"{name} has no help"
        bounded = {type(each).__name__ for each in field.metadata} & BOUNDS
        assert not bounded or extra["bound_source"], f"{name} has bounds without a source"


def _accepts_its_ranges(kind: str, component: type[Component]) -> None:
    for field, search in component.search_ranges().items():
        ((word, values),) = search.items()
        assert word in {"uniform", "log_uniform", "int", "log_int", "choice"}
        assert word == "choice" or (len(values) == 2 and values[0] < values[1])
        for value in values:
            KINDS[kind].parse({"name": component.id(), field: value})


def _refuses_by_path(kind: str, component: type[Component]) -> None:
    with pytest.raises(InvalidInput) as refused:
        KINDS[kind].parse({"name": component.id(), "nonsense": 1})
    assert refused.value.problems[0].path == f"{kind}.{component.id()}.nonsense"
    for field, declared in component.hyperparameters().items():
        if declared.annotation in (int, float):
            with pytest.raises(InvalidInput, match=rf"{kind}\.{component.id()}\.{field}"):
                KINDS[kind].parse({"name": component.id(), field: math.nan})


def test_no_law_is_about_what_is_not_there(proved: set[str]) -> None:
    assert proved <= {f"{kind}.{member.id()}" for kind in KINDS for member in KINDS[kind]}


def test_every_extra_can_be_installed() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    named = {component.extra for kind, component in COMPONENTS if kind in FAMILIES and component.extra}
    assert named <= extras.keys()
    for name in named:
        assert f"studyhall[{name}]" in " ".join(extras["dev"]) or set(extras[name]) <= set(extras["dev"])


def test_every_conflict_is_between_parts_that_exist() -> None:
    known = {f"{kind}.{word}" for kind in KINDS for word in KINDS[kind].names()} | {*KINDS, "monitor", "training"}
    for rule in rules():
        for part in (rule.first, rule.second):
            assert part in known or part.startswith("training."), part
        assert rule.reason


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_experiment_is_a_complete_config(name: str) -> None:
    config = parse_config(EXPERIMENTS[name].base())
    assert parse_config(config.to_json()) == config
    assert EXPERIMENTS[name].task == config.data.task


def test_a_name_or_alias_cannot_be_declared_twice() -> None:
    kind = Kind("data", DATA.base, "a copy")
    kind.add(DATA["digits"])
    with pytest.raises(ValueError, match="'digits' is declared twice"):
        kind.add(DATA["digits"])


def test_a_member_that_is_replaced_is_there_all_the_time() -> None:
    """Requests are answered while a user's own code is read anew."""

    class Watched(Kind[Any]):
        def __setattr__(self, name: str, value: Any) -> None:
            super().__setattr__(name, value)
            there.append("digits" in self.names())

    there: list[bool] = []
    kind = Watched.__new__(Watched)
    kind._members = {"digits": type("Digits", (DATA["digits"],), {"code_hash": "first"})}
    kind.name, kind.version = "data", 1
    kind.replace(DATA["digits"])
    assert all(there)
    assert (kind["digits"], kind.version) == (DATA["digits"], 2)


def test_aliases_lead_to_the_component() -> None:
    assert KINDS["optimizer"]["nag"].id() == "nesterov"
    assert KINDS["initializer"].parse("he").name == "kaiming_normal"
