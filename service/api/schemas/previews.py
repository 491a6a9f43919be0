"""What a definition would do, as JSON."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from service.api.schemas.response import ResponseModel


class NameReading(ResponseModel):
    """How a component was read that the space names without a field."""

    component: str = Field(examples=["optimizer.adamw"])
    read_as: Literal["ranges", "defaults"] = Field(
        description="Searched over the default ranges of its fields; or, on a grid, one point with their defaults."
    )
    fields: dict[str, Any] = Field(
        description="The ranges, or the values.", examples=[{"lr": {"log_uniform": [1e-5, 0.1]}}]
    )


class RunNeeds(ResponseModel):
    """What one run occupies while it trains."""

    cpus: float = Field(examples=[1.0])
    gpus: float = Field(description="A part of one, or whole ones.", examples=[0.0])


class Preview(ResponseModel):
    """What a definition would do."""

    sampler: dict[str, Any] = Field(
        description="With its settings; of `auto`, what it chose and why.", examples=[{"name": "random"}]
    )
    n_parameters: int = Field(examples=[7])
    grid_size: int | None = Field(
        description="Points of the grid whose parts go together (of more than 5,000, judged by a sample); null when a "
        "range has no points.",
        examples=[None],
    )
    max_trials: int | None = Field(description="Null where only a grid or a budget ends the study.", examples=[48])
    runs_per_trial: int = Field(description="One for each seed and fold.", examples=[1])
    max_concurrent_trials: int = Field(examples=[4])
    resources: RunNeeds
    samples: list[dict[str, Any]] = Field(description="Ten configurations, drawn from the space; runs add their seed.")
    drawn: list[dict[str, Any]] = Field(description="The parameters of each sample.")
    names: list[NameReading] = Field(description="How components without fields were read.")
    free_name: str | None = Field(
        description="Of a name that a study has already: one that is free.", examples=["digits-2"]
    )
    warnings: list[str]
