"""The catalog, the experiments and the named spaces as JSON."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from service.api.schemas.response import ResponseModel


class Hyperparameter(ResponseModel):
    """A field of a component."""

    name: str = Field(examples=["lr"])
    type: str = Field(examples=["number"])
    default: Any
    required: bool
    help: str
    bounds: dict[str, Any] = Field(description="JSON Schema's words.", examples=[{"exclusiveMinimum": 0}])
    search: dict[str, Any] | None = Field(description="Default range.", examples=[{"log_uniform": [1e-5, 0.1]}])
    bound_source: str


class ComponentConflict(ResponseModel):
    """What a component does not go together with, as the rules that judge studies say."""

    others: list[str] = Field(
        description="Components as `kind.name`, whole kinds, or settings such as `training.precision`.",
        examples=[["regularizer.weight_decay"]],
    )
    reason: str = Field(description="Why, and what to do instead.")
    refused: bool = Field(description="Whether such a configuration is refused; otherwise it is warned of.")
    always: bool = Field(description="Whatever the values of fields and settings; otherwise it depends on them.")


class ComponentEntry(ResponseModel):
    """A component of the catalog."""

    kind: str = Field(examples=["optimizer"])
    name: str = Field(examples=["adamw"])
    summary: str
    aliases: list[str]
    formula: str = Field(description="What it computes, as plain text of one or two lines.")
    source: str = Field(description="The paper or book that defines it.")
    misconceptions: list[str] = Field(description="What is often said of it wrongly, each with what is right.")
    conflicts: list[ComponentConflict]
    extra: str = Field(description="The extra of the package that installs its library; empty when none is needed.")
    own: bool = Field(description="Whether it is a user's own, not built in.")
    fields: list[Hyperparameter]


class DataFacts(ResponseModel):
    """What a data set is, and what goes with it."""

    task: str = Field(examples=["classification"])
    shape: list[int] = Field(description="Of one example.", examples=[[1, 8, 8]])
    n_examples: int
    n_outputs: int = Field(description="Classes, or values to predict.")
    classes: list[str] = Field(description="Names of the classes, if they have names.")
    metrics: list[str] = Field(description="What every run on it reports.")
    models: list[str] = Field(description="The models that take it.")
    experiments: list[str] = Field(description="The registered experiments that use it.")


class ComponentDetail(ComponentEntry):
    """A component with its whole description."""

    description: str
    target: str = Field(description="What is built.", examples=["torch.optim:AdamW"])
    json_schema: dict[str, Any]
    data: DataFacts | None = Field(description="Of a data set that is built in.")


class KindEntry(ResponseModel):
    """A family of components."""

    name: str
    summary: str
    components: list[ComponentEntry]


class SchedulePoint(ResponseModel):
    """The factor of the base rate at one step."""

    step: int = Field(description="Optimizer step, from 0.")
    factor: float


class SchedulePreview(ResponseModel):
    """The curve of a schedule over a run."""

    schedule: dict[str, Any] = Field(description="The schedule with every default filled in.")
    steps: int = Field(description="Optimizer steps of the run.")
    points: list[SchedulePoint] = Field(description="Exact at each of these steps; the last step is among them.")
    assumption: str = Field(description="What is assumed of the run that an adaptive schedule watches, else empty.")


class ExperimentEntry(ResponseModel):
    """A registered experiment."""

    name: str = Field(examples=["digits-mlp"])
    summary: str
    task: str
    target: str = Field("", description="`module:class` of one of the user's own; empty for built-in ones.")
    base: dict[str, Any] = Field(description="Its data and model.")


class ExperimentDetail(ExperimentEntry):
    """An experiment in full."""

    metrics: list[str] = Field(description="What every run reports; empty where a user's own module decides.")
    config: dict[str, Any] | None = Field(
        description="The whole configuration that a study starts from; null where it needs a field without a default."
    )
    study: str = Field(description="A small study of it, as YAML.")


class LibraryEntry(ResponseModel):
    """A ready-made space or study."""

    name: str
    summary: str
    document: dict[str, Any]


class LibraryDetail(LibraryEntry):
    """A ready-made space or study in full."""

    description: str = Field(description="What it is, when to use it, and why these ranges.")
    text: str = Field(description="The document as written, in YAML, with its comments.")


class LeftOut(ResponseModel):
    """Something of users' own that cannot be used."""

    name: str = Field(description="A module or an entry point.", examples=["my_module"])
    reason: str = Field(examples=["MyCsv: its attribute 'data' must be a subclass of LightningDataModule, not 3"])


class Experiments(ResponseModel):
    """Every registered experiment."""

    items: list[ExperimentEntry]
    refused: list[LeftOut] = Field(description="What was left out of users' own code, and why.")


class SearchSpaces(ResponseModel):
    """The library: named spaces for `space.use`, and studies that can be submitted as they are."""

    spaces: list[LibraryEntry]
    studies: list[LibraryEntry]


class Catalog(ResponseModel):
    """Everything a study can name."""

    kinds: list[KindEntry] = Field(description="Every component, by kind.")
    experiments: list[ExperimentEntry]
    refused: list[LeftOut] = Field(description="What was left out of users' own code, and why.")
    spaces: list[LibraryEntry] = Field(description="For a study's `space.use`.")
    studies: list[LibraryEntry] = Field(description="They can be submitted as they are.")
