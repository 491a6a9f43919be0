"""The catalogue, the experiments and the named spaces as JSON."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from service.api.schemas import Answer


class Hyperparameter(Answer):
    """A field of a component."""

    name: str = Field(examples=["lr"])
    type: str = Field(examples=["number"])
    default: Any
    required: bool
    help: str
    bounds: dict[str, Any] = Field(description="JSON Schema's words.", examples=[{"exclusiveMinimum": 0}])
    search: dict[str, Any] | None = Field(description="Default range.", examples=[{"log_uniform": [1e-5, 0.1]}])
    bound_source: str


class ComponentEntry(Answer):
    """A component of the catalogue."""

    kind: str = Field(examples=["optimizer"])
    name: str = Field(examples=["adamw"])
    summary: str
    aliases: list[str]
    fields: list[Hyperparameter]


class ComponentDetail(ComponentEntry):
    """A component with its whole description."""

    description: str
    target: str = Field(description="What is built.", examples=["torch.optim:AdamW"])
    json_schema: dict[str, Any]


class KindEntry(Answer):
    """A family of components."""

    name: str
    summary: str
    components: list[ComponentEntry]


class Catalogue(Answer):
    """Every family."""

    kinds: list[KindEntry]


class ExperimentEntry(Answer):
    """A registered experiment."""

    name: str = Field(examples=["digits-mlp"])
    summary: str
    task: str
    base: dict[str, Any] = Field(description="Its data and model.")


class LibraryEntry(Answer):
    """A ready-made space or study."""

    name: str
    summary: str
    document: dict[str, Any]


class Experiments(Answer):
    """Every registered experiment."""

    items: list[ExperimentEntry]


class SearchSpaces(Answer):
    """The library: named spaces for `space.use`, and studies that can be submitted as they are."""

    spaces: list[LibraryEntry]
    studies: list[LibraryEntry]
