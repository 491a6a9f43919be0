"""From a definition to what is stored of it, and back.

A definition is read and checked once, when it is submitted. What it left to be looked up (named spaces, default ranges,
defaults, the registered experiment) is frozen then, so that no later version of them changes a study that exists.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from search_spaces.expanded import expand, read_expanded
from service.study.definitions.definition import StudyDefinition
from service.study.definitions.unread import unread_warnings
from service.study.records import Study, Submission


def submission_of(definition: StudyDefinition, provenance: Mapping[str, Any] | None = None) -> Submission:
    """What to store of a definition that ``parse`` has admitted."""
    expanded = expand(definition.search_space())
    return Submission(
        definition.to_json(), expanded, tuple(unread_warnings(definition)), provenance or {}, definition.queued_points()
    )


def definition_of(study: Study, expanded_space: Mapping[str, Any]) -> StudyDefinition:
    """The definition of a stored study, over the space that was frozen with it.

    Raises:
        InvalidInput: a component or a field of it is not there any more.
    """
    return StudyDefinition.model_validate(study.definition).over(read_expanded(expanded_space))
