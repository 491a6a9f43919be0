"""The weights of users' own modules: copies stay copies, ties stay ties, and what is pretrained is not drawn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from experiments import seeding
from experiments.errors import InvalidInput, TrainingError
from experiments.initializers import INITIALIZERS
from experiments.initializers._twins import twins_kept
from experiments.parsing import parse_config
from experiments.plugins.describing import load
from experiments.plugins.user_module import UserModuleSetup
from experiments.training.setup import prepare
from tests.support.training.registering import registered

NAMES = tuple(each.id() for each in INITIALIZERS if not each.code_hash)
SHORT: dict[str, Any] = {"gradinit": {"name": "gradinit", "steps": 2}}


@pytest.fixture(scope="module", autouse=True)
def known() -> Iterator[None]:
    with registered("tests.support.training.twins"):
        yield


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Where the weights of a pretrained encoder are."""
    path = tmp_path_factory.mktemp("hub") / "encoder.pt"
    torch.save(nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 5)).state_dict(), path)
    return str(path)


def setup(name: str, initializer: str | None, keep: bool = True, **model: Any) -> UserModuleSetup:
    """A new setup; the same seed every time."""
    parts = {"data": name, "model": {"name": name, **model}, "training": {"keep_pretrained": keep}}
    seeding.seed(4)
    made = prepare(parse_config({**parts, "initializer": SHORT.get(initializer or "", initializer)}))
    assert isinstance(made, UserModuleSetup)
    return made


def module(*arguments: Any, **model: Any) -> Any:
    return setup(*arguments, **model).module


def equal(one: nn.Module, other: nn.Module) -> bool:
    """Whether parameters and buffers are bit-equal."""
    values = other.state_dict()
    return all(torch.equal(value, values[name]) for name, value in one.state_dict().items())


@pytest.mark.parametrize("name", NAMES)
def test_copies_stay_copies_and_ties_stay_ties(name: str) -> None:
    made = module("momentum-contrast", name)
    assert equal(made.key_encoder, made.encoder)
    assert equal(made.average.module, made.encoder)
    assert torch.equal(made.shadow, made.encoder.lstm.weight_ih_l0)
    assert not any(weight.requires_grad for weight in made.key_encoder.parameters())
    assert made.output.weight is made.encoder.words.weight
    plain = module("momentum-contrast", None)
    assert not torch.equal(made.encoder.lstm.weight_hh_l0, plain.encoder.lstm.weight_hh_l0)  # it was drawn
    assert not torch.equal(made.encoder.kernel.weight, plain.encoder.kernel.weight)


def test_parts_that_are_no_copies_are_drawn_each_by_itself() -> None:
    """Also where both start at the same constant or at the same identity."""
    made = module("momentum-contrast", "kaiming_normal")
    assert not torch.equal(made.other.same.weight, made.encoder.same.weight)
    assert not torch.equal(made.other.last.weight, made.encoder.last.weight)


def test_a_shared_weight_is_drawn_once_as_that_of_the_first_layer() -> None:
    model = nn.Sequential(nn.Linear(3, 5), nn.Linear(5, 3), nn.Linear(3, 5))
    model[1].weight = nn.Parameter(model[0].weight.t())
    model[2].weight = model[0].weight
    alone = nn.Linear(3, 5)
    for network in (model, alone):
        torch.manual_seed(0)
        INITIALIZERS.parse("xavier_normal").initialize(network)
    assert torch.equal(model[0].weight, alone.weight)
    assert torch.equal(model[1].weight, alone.weight.t())


def test_twins_take_over_what_is_trained_and_first_of_all_what_leads() -> None:
    frozen, trained = nn.Linear(3, 3).requires_grad_(False), nn.Linear(3, 3)
    frozen.load_state_dict(trained.state_dict())
    both = nn.ModuleList([frozen, trained])
    with twins_kept(both):
        nn.init.ones_(trained.weight)
        nn.init.zeros_(frozen.weight)
    assert frozen.weight.detach().unique().tolist() == [1.0]
    trained.weight.data.copy_(torch.rand(3, 3))
    frozen.load_state_dict(trained.state_dict())
    with twins_kept(both, [frozen.weight]):
        nn.init.ones_(trained.weight)
    assert trained.weight.unique().numel() == 9


@pytest.mark.parametrize("name", NAMES)
def test_weights_of_a_file_are_not_drawn_unless_asked(name: str, file: str) -> None:
    read = torch.load(file)
    made = setup("from-file", name, file=file)
    assert all(torch.equal(value, read[key]) for key, value in made.module.encoder.state_dict().items())
    assert equal(made.module.teacher, made.module.encoder)
    assert all(weight.requires_grad for weight in made.module.parameters())
    plain = module("from-file", None, file=file)
    assert not torch.equal(made.module.head.weight, plain.head.weight)
    (note,) = made.notes
    assert f"{name} leaves encoder, teacher of from-file alone, whose weights come with the module" in note
    asked = setup("from-file", name, False, file=file)
    assert not torch.equal(asked.module.encoder[0].weight, read["0.weight"])
    assert equal(asked.module.teacher, asked.module.encoder)
    assert asked.notes == []


def test_what_the_experiment_names_is_left_alone_and_no_more(file: str) -> None:
    read = torch.load(file)
    made = module("declared", "kaiming_normal", file=file)
    assert torch.equal(made.encoder[0].weight, read["0.weight"])
    assert torch.equal(made.encoder[0].bias, read["0.bias"])
    assert not torch.equal(made.encoder[2].weight, read["2.weight"])
    assert equal(made.teacher, made.encoder)
    with pytest.raises(
        TrainingError, match=r"calls 'encodr' pretrained, .* does not have \(did you mean 'encoder'\?\)"
    ):
        module("mistaken", "kaiming_normal", file=file)
    module("mistaken", None, file=file)


def test_a_module_that_seeds_itself_is_drawn_whole_and_told_so(file: str) -> None:
    made = setup("from-file", "kaiming_normal", file=file, seeds=True)
    assert not torch.equal(made.module.encoder[0].weight, torch.load(file)["0.weight"])
    (note,) = made.notes
    assert "from-file seeds itself, so kaiming_normal cannot tell which weights are pretrained" in note
    declared = setup("declared", "kaiming_normal", file=file, seeds=True)
    assert torch.equal(declared.module.encoder[0].weight, torch.load(file)["0.weight"])
    assert "seeds itself" not in str(declared.notes)


def test_a_module_that_cannot_be_made_twice_is_drawn_whole_and_told_so(
    file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = tmp_path / "encoder.pt"
    moved.write_bytes(Path(file).read_bytes())
    read = nn.Module.load_state_dict

    def once(self: nn.Module, *arguments: Any, **named: Any) -> Any:
        moved.unlink()
        return read(self, *arguments, **named)

    monkeypatch.setattr(nn.Sequential, "load_state_dict", once, raising=False)
    (note,) = setup("from-file", "kaiming_normal", file=str(moved)).notes
    assert "from-file cannot be made twice (FileNotFoundError" in note


def test_lazy_layers_are_refused_where_an_initializer_is_named(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    target = type(module("from-file", None, file=file))
    made = target.__init__

    def with_lazy(self: Any, *arguments: Any, **named: Any) -> None:
        made(self, *arguments, **named)
        self.more = nn.LazyLinear(2)

    monkeypatch.setattr(target, "__init__", with_lazy)
    with pytest.raises(TrainingError, match="kaiming_normal comes too early for the lazy layers of from-file"):
        module("from-file", "kaiming_normal", file=file)
    module("from-file", None, file=file)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"data": "wine", "model": "mlp"}, r"training\.keep_pretrained: mlp comes without pretrained weights"),
        ({"data": "from-file", "model": {"name": "from-file", "file": "x"}}, "but an initializer; name one too"),
    ],
)
def test_drawing_anew_what_is_not_drawn_is_refused(parts: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        parse_config({**parts, "training": {"keep_pretrained": False}})


def test_what_is_no_list_of_paths_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = (
        "from tests.support.training.twins import *\nclass Wrong:\n    model, data, pretrained = Finetuned, Words, 'x'"
    )
    (tmp_path / "wrongly_declared.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    (refused,) = load(["wrongly_declared"])["refused"]
    assert "Wrong: its `pretrained` is no list of submodules' paths, e.g. ('encoder',): 'x'" in refused["reason"]
