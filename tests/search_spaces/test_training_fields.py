"""How a run trains is searched like everything else."""

from __future__ import annotations

from typing import Any

import pytest

from experiments.errors import InvalidInput
from experiments.parsing import parse_config
from experiments.training_fields import Training
from search_spaces.grid import Grid
from search_spaces.sampling import configure


def test_precision_accumulation_and_the_range_test_can_be_chosen(parse: Any) -> None:
    space = parse(
        {
            "training": {
                "precision": {"choice": [32, "bf16-mixed"]},
                "accumulate": {"log_int": [1, 4], "points": 3},
                "lr_range_test": {"choice": [False, True]},
                "batch_size": 16,
            }
        }
    )
    configs = [parse_config(configure(space, parameters)).training for parameters in Grid(space)]
    assert {(config.precision, config.accumulate, config.lr_range_test) for config in configs} == {
        (precision, accumulate, test)
        for precision in ("32", "bf16-mixed")
        for accumulate in (1, 2, 4)
        for test in (False, True)
    }


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("precision", {"choice": ["32", "bf16"]}, "bf16-mixed"),
        ("accumulate", {"int": [0, 4]}, "greater than or equal to 1"),
        ("lr_range_steps", 5, "greater than or equal to 20"),
        ("accumulation", 2, "did you mean 'accumulate'?"),
    ],
)
def test_what_training_does_not_take_is_refused(parse: Any, field: str, value: Any, message: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse({"training": {field: value}})
    (problem,) = refused.value.problems
    assert problem.path.startswith(f"training.{field}")
    assert message in problem.message


def test_default_ranges_are_within_the_bounds() -> None:
    for name, field in Training.model_fields.items():
        search = (field.json_schema_extra or {}).get("search")  # type: ignore[union-attr]
        for value in next(iter(search.values())) if search else ():
            assert Training(**{name: value})
