"""When a hopeless run ends before its time: the pruners that a study may name, with their settings."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from service.study.definition_parts import StrictModel, by_name


class NoPruner(StrictModel):
    """Every run trains to its end."""

    name: Literal["none"] = "none"


class MedianPruner(StrictModel):
    """Stop a run whose best value so far is worse than the median of earlier runs there (Golovin et al., 2017)."""

    name: Literal["median"] = "median"
    n_startup_trials: int = Field(5, ge=0, description="Completed trials before anything is pruned.")
    warmup_epochs: int = Field(1, ge=0, description="Epochs of each run during which it is never pruned.")
    interval: int = Field(1, ge=1, description="Epochs between two looks.")


class AshaPruner(StrictModel):
    """Asynchronous successive halving (Li et al., 2020): at each rung only the best share goes on."""

    name: Literal["asha"] = "asha"
    min_epochs: int = Field(1, ge=1, description="Epochs of the first rung.")
    reduction_factor: int = Field(3, ge=2, description="One in this many goes on at each rung.")


Pruner = Annotated[NoPruner | MedianPruner | AshaPruner, Field(discriminator="name"), BeforeValidator(by_name)]
