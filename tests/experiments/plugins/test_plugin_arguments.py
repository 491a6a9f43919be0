"""The arguments of users' modules: each arrives in its own type under its own name, searched or not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import pytest
import pytorch_lightning as pl
from torch import nn

from experiments.catalog import KINDS
from experiments.conflicts.pairs import verdicts_of
from experiments.errors import InvalidInput
from experiments.parsing import parse_config
from experiments.plugins import registration
from experiments.plugins.describing import load
from experiments.registry import EXPERIMENTS
from search_spaces.parsing import parse_space


class Empty(pl.LightningDataModule):
    """Nothing."""


class File(pl.LightningDataModule):
    """What a file holds."""

    def __init__(self, file: str) -> None: ...


class Net(pl.LightningModule):
    """Keeps what it was given."""

    def __init__(
        self,
        blocks: list[int] = [1, 2],  # noqa: B006
        kernel: tuple[int, int] = (3, 3),
        rates: tuple[float, ...] = (0.1,),
        widths: Sequence[int] = (8,),
        grid: list[list[int]] = [[1], [2, 3]],  # noqa: B006
        options: dict[str, Any] | None = None,
        table: Mapping[str, list[float]] = {},
        anything: Any = None,
        bare=None,  # type: ignore[no-untyped-def]
        listed=[5],  # type: ignore[no-untyped-def]  # noqa: B006
        depth: int = None,  # type: ignore[assignment]  # noqa: RUF013
        head: nn.Module | None = None,
        made: Callable[[], int] = lambda: 1,
        size: int | Literal["auto"] = "auto",
        folder: Path = Path("here"),
        far: float = float("inf"),
        name: str = "anna",
        choice: str = "a",
        optional: bool = False,
        values: list[int] = [1],  # noqa: B006
        log_uniform: float = 0.5,
        copy: bool = True,
        source: str = "x",
        _hidden: int = 1,
    ) -> None:
        given = dict(locals())
        super().__init__()
        self.given = {key: value for key, value in given.items() if key not in {"self", "__class__"}}


class Odd:
    """Arguments of every kind."""

    model, data = Net, Empty


class Read:
    """An argument that has to be given."""

    model, data = Net, File


@pytest.fixture(scope="module", autouse=True)
def odd() -> Iterator[dict[str, Any]]:
    """The experiment, known by its description alone; its fields by name."""
    found = load([__name__])
    assert found["refused"] == []
    registration.register(found)
    (entry,) = [entry for entry in found["experiments"] if entry["name"] == "odd"]
    yield {field["name"]: field for field in entry["model"]["fields"]}
    for name in ("odd", "read"):
        del EXPERIMENTS[name]
    for kind in ("data", "model"):
        KINDS[kind].keep(())


def given(**fields: Any) -> dict[str, Any]:
    """What the module's constructor was given, after a way through JSON."""
    config = parse_config({**EXPERIMENTS["odd"].base(), "model": {"name": "odd", **fields}})
    return dict(parse_config(config.to_json()).model.build().given)


def test_defaults_arrive_as_they_stand_in_the_signature() -> None:
    received = given()
    expected = dict(zip(received, Net.__init__.__defaults__, strict=True))  # type: ignore[misc]
    assert {name: (type(value), value) for name, value in received.items() if name != "made"} == {
        name: (type(value), value) for name, value in expected.items() if name != "made"
    }


@pytest.mark.parametrize(
    ("field", "value", "received"),
    [
        ("blocks", [3], [3]),
        ("kernel", [5, 7], (5, 7)),
        ("rates", [0.5, 1], (0.5, 1.0)),
        ("widths", [4, 4], (4, 4)),
        ("grid", [[1, 2]], [[1, 2]]),
        ("options", {"init": {"a": 1}, "points": 3}, {"init": {"a": 1}, "points": 3}),
        ("table", {"a": [1]}, {"a": [1.0]}),
        ("anything", [1, "a", {"b": None}], [1, "a", {"b": None}]),
        ("bare", 3, 3),
        ("depth", 4, 4),
        ("size", 4, 4),
        ("folder", "there", Path("there")),
        ("far", 2.5, 2.5),
        ("choice", "b", "b"),
        ("optional", True, True),
        ("values", [2, 3], [2, 3]),
        ("log_uniform", 2.0, 2.0),
    ],
)
def test_a_value_arrives_in_the_type_of_its_argument(field: str, value: Any, received: Any) -> None:
    for fields in ({"name": "odd", field: value}, {field: value}):
        space = parse_space({"model": fields}, EXPERIMENTS["odd"].base())
        (model,) = [slot.branches[0].content for slot in space.slots if slot.path == "model"]
        found = given(**{key: item for key, item in model.items() if key != "name"})[field]
        assert (type(found), found) == (type(received), received)


@pytest.mark.parametrize("argument", ["name", "copy", "source", "_hidden"])
def test_an_argument_whose_name_is_taken_has_an_underscore_behind_it(argument: str, odd: dict[str, Any]) -> None:
    field = f"{argument.lstrip('_')}{'_' if argument != '_hidden' else ''}"
    assert odd[field]["argument"] == argument
    assert odd[field]["help"] == f"The argument `{argument}`."
    value = {"name": "bob", "copy": False, "source": "y", "_hidden": 2}[argument]
    assert given(**{field: value})[argument] == value


def test_such_arguments_are_searched_like_others() -> None:
    fields = {
        "choice": {"choice": ["a", "b"]},
        "name_": {"choice": ["anna", "bob"]},
        "options": {"lr": {"uniform": [0, 1]}},
    }
    space = parse_space({"model": fields}, EXPERIMENTS["odd"].base())
    assert {each.path for each in space.parameters} == {"model.odd.choice", "model.odd.name_", "model.odd.options.lr"}
    with pytest.raises(InvalidInput, match="list at least one model"):
        parse_space({"model": {"choice": []}}, EXPERIMENTS["odd"].base())


def test_what_json_cannot_hold_keeps_its_default(odd: dict[str, Any]) -> None:
    assert not {"head", "made"} & odd.keys()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"blocks": [1.5]}, r"model\.odd\.blocks\.0: this must be a whole number"),
        ({"kernel": [1]}, r"model\.odd\.kernel\.1: "),
        ({"grid": [1]}, r"model\.odd\.grid\.0: this must be a list"),
        ({"table": {"a": 1}}, r"model\.odd\.table\.a: this must be a list"),
        ({"nam": 1}, r"model\.odd\.nam: unknown field \(did you mean 'name_'\?\)"),
    ],
)
def test_a_value_of_another_type_is_refused_at_its_place(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        given(**fields)


def test_what_a_module_does_to_its_list_does_not_reach_the_config() -> None:
    config = parse_config({**EXPERIMENTS["odd"].base(), "model": {"name": "odd", "blocks": [3]}})
    config.model.build().given["blocks"].append(4)
    assert config.to_json()["model"]["blocks"] == [3]


def test_the_catalog_knows_what_goes_with_arguments_of_every_kind() -> None:
    told = verdicts_of("model", "odd")
    assert ("activation",) in [each.others for each in told if each.refused and each.always]


def test_what_no_model_of_own_data_goes_with_is_told_by_kind_and_not_one_by_one() -> None:
    told = [each for each in verdicts_of("data", "read") if each.refused and each.always]
    assert ("activation",) in [each.others for each in told]
    assert len(told) == len({each.reason for each in told}) < 20
