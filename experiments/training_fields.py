"""How long a run trains, in what portions, in what precision: the section ``training`` of a config."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, Field, field_validator

from experiments.component import choice, hp, integers
from experiments.exact import Exact


class Change(Exact):
    """Values that hold once so many epochs are over, until a later change."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    after_epoch: int = Field(ge=0, description="How many epochs are over then; 0 is from the start.")
    values: dict[str, int | float] = Field(
        min_length=1,
        description="By their place in the config, e.g. `{optimizer.lr: 0.01, regularizers.dropout.p: 0.1}`.",
    )


class Training(Exact):
    """How long to train, in what portions, in what precision, from which base rate, and which values change."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    epochs: int = hp(
        20, ge=1, le=100_000, search=integers(5, 50), bound_source="whole epochs", help="Passes over the training data."
    )
    batch_size: int = hp(
        64,
        ge=1,
        le=1_000_000,
        search=choice(16, 32, 64, 128),
        bound_source="whole examples",
        help="Examples per batch.",
    )
    accumulate: int = hp(
        1,
        ge=1,
        le=10_000,
        search=choice(1, 2, 4),
        bound_source="whole batches",
        help="Batches per optimizer step. They count as one batch of all their examples, but for batch normalization.",
    )
    measure_every: int = hp(
        0,
        ge=0,
        le=1_000_000_000,
        bound_source="whole steps",
        help="Optimizer steps between two measurements within an epoch; with 0 an epoch is measured at its end alone.",
    )
    precision: Literal["32", "bf16-mixed", "16-mixed", "bf16-true"] = hp(
        "32",
        search=choice("32", "bf16-mixed"),
        help="Bits of the arithmetic, in Lightning's words; 16-mixed needs a GPU, bf16-true rounds the weights too.",
    )
    lr_range_test: bool = hp(
        False, help="Find the base rate in a short trial before the training; it replaces the optimizer's lr."
    )
    lr_range_steps: int = hp(
        100, ge=20, le=10_000, bound_source="a rate for each step of the trial", help="Optimizer steps of that trial."
    )
    own_groups: bool = hp(
        True, help="An optimizer takes over the parameter groups of a user's own module; what these leave out rests."
    )
    keep_pretrained: bool = hp(
        True, help="Leave the weights alone with which a user's own module comes; otherwise they too are drawn."
    )

    changes: tuple[Change, ...] = hp(
        (), help="Numbers of the optimizer, the schedule and the regularizers that are others from an epoch on."
    )

    @field_validator("precision", mode="before")
    @classmethod
    def _word(cls, precision: Any) -> Any:
        return "32" if precision == 32 else precision  # YAML reads 32 as a number
