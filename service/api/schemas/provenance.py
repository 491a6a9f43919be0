"""What the API says of the code and the packages with which a study was submitted."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Repository(BaseModel):
    """A git repository that holds code of the user's own."""

    folder: str
    commit: str = Field(description="Empty before the first commit.")
    dirty: bool = Field(description="Whether any file of that code differs from the commit.")


class Provenance(BaseModel):
    """What a study's numbers come from, as it was when the study was submitted; its runs run this code or none."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    code_hash: str = Field("", description="Of all code of the user's own; empty where there is none.")
    code: dict[str, str] = Field(
        default_factory=dict, description="The user's own components to the sha256 of their files."
    )
    git: list[Repository] = Field(default_factory=list)
    packages: dict[str, str] = Field(
        default_factory=dict, description="Versions of what is installed.", examples=[{"torch": "2.13.0"}]
    )
