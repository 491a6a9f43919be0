"""The OpenAPI document: FastAPI's, and the schemas of what we read and refuse ourselves."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from experiments.schedules.preview import PreviewRequest
from service.api.schemas.actions import StudyPatch, TrialPatch, TrialQueue
from service.api.schemas.asking import TrialReport, TrialResult
from service.api.schemas.session import SignIn
from service.api.schemas.studies import Problem
from service.api.schemas.views import ViewDraft, ViewPatch
from service.study.definitions.definition import StudyDefinition
from service.study.repeating.confirming import Confirmation

TOKEN = {
    "type": "http",
    "scheme": "bearer",
    "description": "The shared token, where the service was started with one. Browsers have a cookie in its place.",
}
CLONE_SCHEMA = {
    "title": "StudyClone",
    "description": "Fields of a definition, each in place of the study's own; null leaves one to its default.",
    "type": "object",
    "additionalProperties": True,
}
REF = "#/components/schemas/"


class Api(FastAPI):
    """FastAPI with our schemas in its document."""

    def openapi(self) -> dict[str, Any]:
        """The document; made once."""
        if self.openapi_schema is None:
            document = super().openapi()
            schemas = document["components"]["schemas"] | _own_schemas()
            document["components"]["schemas"] = dict(sorted(schemas.items()))
            document["components"]["securitySchemes"] = {"token": TOKEN}
            document["security"] = [{}, {"token": []}]
            self.openapi_schema = document
        return self.openapi_schema


def _own_schemas() -> dict[str, Any]:
    # The parts of a definition get a prefix, because answers have an Objective and Artifacts of their own.
    definition = StudyDefinition.model_json_schema(ref_template=f"{REF}Definition{{model}}")
    parts = {f"Definition{name}": schema for name, schema in definition.pop("$defs").items()}
    patch = StudyPatch.model_json_schema(ref_template=f"{REF}Definition{{model}}")
    del patch["$defs"]  # they are parts of the definition, which it changes
    problem = Problem.model_json_schema(ref_template=f"{REF}{{model}}", mode="serialization")
    faults = problem.pop("$defs")
    return {
        **parts,
        **faults,
        "Confirmation": Confirmation.model_json_schema(),
        "StudyClone": CLONE_SCHEMA,
        "StudyDefinition": definition,
        "Problem": problem,
        "SchedulePreviewRequest": PreviewRequest.model_json_schema(),
        "SignIn": SignIn.model_json_schema(),
        "StudyPatch": patch,
        "TrialPatch": TrialPatch.model_json_schema(),
        "TrialQueue": TrialQueue.model_json_schema(),
        **_of_parts(TrialReport),
        "TrialResult": TrialResult.model_json_schema(),
        "ViewDraft": ViewDraft.model_json_schema(),
        "ViewPatch": ViewPatch.model_json_schema(),
    }


def _of_parts(model: type[BaseModel]) -> dict[str, Any]:
    """The schema of a model under its name, and of its parts under theirs."""
    schema = model.model_json_schema(ref_template=f"{REF}{{model}}")
    return {**schema.pop("$defs", {}), model.__name__: schema}
