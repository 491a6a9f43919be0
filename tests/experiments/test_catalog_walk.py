"""One walk over the whole catalog: what every component must satisfy, whoever adds it."""

from __future__ import annotations

import inspect
import math
import re
import subprocess
import sys

import pytest

from experiments.catalog import KINDS
from experiments.component import Component, Kind, resolve
from experiments.data import DATA
from experiments.errors import InvalidInput
from experiments.parsing import parse_config
from experiments.registry import EXPERIMENTS

COMPONENTS = [(kind, component) for kind in KINDS for component in KINDS[kind] if not component.code_hash]
CASES = [pytest.param(kind, component, id=f"{kind}-{component.id()}") for kind, component in COMPONENTS]
walk = pytest.mark.parametrize(("kind", "component"), CASES)

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


@walk
def test_the_target_takes_the_arguments(kind: str, component: type[Component]) -> None:
    if not component.target:
        assert not component.__mro__[1].target
        return
    arguments = component().arguments()
    parameters = inspect.signature(resolve(component.target)).parameters
    assert set(arguments) <= set(parameters)


@walk
def test_the_source_is_named(kind: str, component: type[Component]) -> None:
    assert re.search(r"\b(19|20)\d\d\b", component.source or component.__doc__ or "")


@walk
def test_every_field_is_explained(kind: str, component: type[Component]) -> None:
    assert all(field.description for field in component.hyperparameters().values())


@walk
def test_the_ends_of_default_ranges_are_allowed(kind: str, component: type[Component]) -> None:
    for field, search in component.search_ranges().items():
        ((word, values),) = search.items()
        assert word in {"uniform", "log_uniform", "int", "log_int", "choice"}
        assert word == "choice" or (len(values) == 2 and values[0] < values[1])
        for value in values:
            KINDS[kind].parse({"name": component.id(), field: value})


@walk
def test_a_field_out_of_bounds_is_refused_by_its_path(kind: str, component: type[Component]) -> None:
    with pytest.raises(InvalidInput) as refused:
        KINDS[kind].parse({"name": component.id(), "nonsense": 1})
    assert refused.value.problems[0].path == f"{kind}.{component.id()}.nonsense"
    for field, declared in component.hyperparameters().items():
        if declared.annotation in (int, float):
            with pytest.raises(InvalidInput, match=rf"{kind}\.{component.id()}\.{field}"):
                KINDS[kind].parse({"name": component.id(), field: math.nan})


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


def test_aliases_lead_to_the_component() -> None:
    assert KINDS["optimizer"]["nag"].id() == "nesterov"
    assert KINDS["initializer"].parse("he").name == "kaiming_normal"
