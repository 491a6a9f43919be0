"""Study definitions where users have them: in a file, in the library under a name, or in memory."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from experiments.documents import finite, read_json, read_yaml
from experiments.errors import InvalidInput, suggestion
from service.errors import BodyTooLarge, Invalid
from service.settings import read_settings

LONGEST = 60
"""Characters of a wrong name that are said back."""


def read_definition(definition: Any) -> Any:
    """A definition as a document.

    A path is read as JSON if it ends in ``.json``, and as YAML otherwise; a text that is neither an existing path nor
    looks like one is the name of a ready-made study; all else is the document itself.

    Raises:
        Invalid: there is no such file or name, the file is too large or malformed, or a number is not finite.
    """
    if isinstance(definition, str) and _is_name(definition):
        return _ready_made(definition)
    if isinstance(definition, str | Path):
        return _read_file(Path(definition))
    try:
        return finite(definition)
    except InvalidInput as error:
        raise Invalid.of(error) from error


def _is_name(text: str) -> bool:
    """Whether a text can only be meant as a name."""
    return "\n" in text or not (Path(text).suffix or os.path.exists(text))  # noqa: PTH110 - no OSError for a long text


def _ready_made(name: str) -> dict[str, Any]:
    from search_spaces.presets import studies

    if name in studies():
        return dict(studies()[name].document)
    said = name if len(name) <= LONGEST else f"{name[:LONGEST]}…"
    raise Invalid(f"there is neither a file nor a ready-made study {said!r}{suggestion(name, studies())}")


def _read_file(path: Path) -> Any:
    """The document in a file; a size that the service would refuse is noticed before anything is parsed."""
    limit = read_settings().max_body_bytes
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
        if len(content) > limit:
            raise BodyTooLarge(limit, str(path))
        return read_json(content) if path.suffix.lower() == ".json" else read_yaml(content)
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}") from error
    except InvalidInput as error:
        raise Invalid(f"{path}: {error}", error.problems) from error
