"""A boolean is no number and a text is neither, at every depth of a model; what documents write in good faith stays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal, get_args

import pytest
from pydantic import Field, ValidationError
from pydantic.fields import FieldInfo

from experiments.catalog import KINDS
from experiments.component import Component
from experiments.errors import InvalidInput, problems_of
from experiments.exact import Exact
from experiments.parsing import parse_config
from experiments.training_fields import Training
from service.api.schemas.actions import StudyPatch
from service.study.definitions import definition, parts


class Model(Exact):
    whole: int = 1
    bounded: Annotated[int, Field(ge=1)] | None = 1
    number: float = 1.0
    switch: bool = False
    wholes: tuple[int, ...] = ()
    named: dict[str, float] = {}  # noqa: RUF012 - pydantic copies it
    literal: Literal[1, 2] = 1
    text: str = ""


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        *[
            ("whole", 3.0, 3),
            ("whole", 1e3, 1000),
            ("bounded", None, None),
            ("number", 2, 2.0),
            ("wholes", [1, 2], (1, 2)),
        ],
        *[("switch", True, True), ("named", {"a": 1}, {"a": 1.0}), ("literal", 2, 2)],
    ],
)
def test_what_is_written_in_good_faith_is_taken(field: str, value: Any, kept: Any) -> None:
    found = getattr(Model(**{field: value}), field)

    assert (found, type(found)) == (kept, type(kept))


@pytest.mark.parametrize(
    ("field", "value", "place", "words"),
    [
        *[("whole", True, "whole", "a whole number, not true"), ("whole", "010", "whole", "a whole number, not '010'")],
        *[("bounded", True, "bounded", "a whole number, not true"), ("number", False, "number", "a number, not false")],
        *[("number", "1e-3", "number", "a number, not '1e-3'"), ("switch", "on", "switch", "true or false, not 'on'")],
        *[
            ("switch", 1, "switch", "true or false, not 1"),
            ("wholes", [1, True], "wholes.1", "a whole number, not true"),
        ],
        *[("named", {"a": True}, "named.a", "a number, not true"), ("literal", True, "literal", "must be 1 or 2")],
        *[("text", 123, "text", 'put it in quotes: "123"'), ("text", True, "text", 'put it in quotes: "true"')],
    ],
)
def test_what_is_of_another_kind_is_refused_at_its_place(field: str, value: Any, place: str, words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Model(**{field: value})

    (problem,) = problems_of(caught.value)
    assert (problem.path, words in problem.message) == (place, True), problem


def models() -> Iterator[type[Exact]]:
    """Everything that people write by hand: components, training, and the parts of a study."""
    yield from (Training, StudyPatch)
    yield from (component for kind in KINDS.values() for component in kind)
    found = [*vars(definition).values(), *vars(parts).values()]
    yield from (part for part in found if isinstance(part, type) and issubclass(part, parts.StrictModel))


def numeric(field: FieldInfo) -> bool:
    return bool({int, float} & {field.annotation, *get_args(field.annotation)}) and field.annotation is not bool


@pytest.mark.parametrize(
    "model", list(dict.fromkeys(models())), ids=lambda model: f"{model.__module__}.{model.__name__}"
)
def test_no_number_of_ours_takes_a_boolean(model: type[Exact]) -> None:
    for name, field in model.model_fields.items():
        if not numeric(field):
            continue
        with pytest.raises(ValidationError) as caught:
            model.model_validate({name: True})
        found = [problem.message for problem in problems_of(caught.value) if problem.path.split(".")[0] == name]
        assert found, name
        assert all("number" in message for message in found), found


def test_components_of_any_depth_are_exact() -> None:
    for model in ({"name": "mlp", "hidden": [64, True]}, {"name": "mlp", "hidden": ["64"]}):
        with pytest.raises(InvalidInput, match=r"model\.mlp\.hidden\.\d: this must be a whole number"):
            parse_config({"data": "digits", "model": model})
    assert issubclass(Component, Exact)
