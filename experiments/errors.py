"""What can be wrong with a configuration, said once for every layer: the place and the remedy."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

if TYPE_CHECKING:
    from pydantic import ValidationError


@dataclass(frozen=True)
class Problem:
    """One fault in what a user wrote: the dotted path of the place, and a message that ends in the remedy."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message

    def under(self, prefix: str) -> Problem:
        """The same problem, seen from the document that contains the faulty part at ``prefix``."""
        return Problem(".".join(part for part in (prefix, self.path) if part), self.message)


class InvalidInput(ValueError):
    """A configuration, space or study definition that cannot be accepted, with every problem found in it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(map(str, self.problems)))

    @classmethod
    def at(cls, path: str, message: str) -> InvalidInput:
        """An error with a single problem."""
        return cls([Problem(path, message)])


class IncompatibleComponents(InvalidInput):
    """Parts of a configuration that are each right in themselves and do not go together."""


class TrainingError(Exception):
    """A run that ended without a result; ``str()`` is the reason a user reads."""


class Diverged(TrainingError):
    """The training loss became NaN or infinite, or the metric that judges the run never was finite."""


def suggestion(word: str, known: Iterable[str]) -> str:
    """``" (did you mean 'adamw'?)"`` when a known word is near, otherwise the known words, otherwise nothing."""
    candidates = sorted(known)
    return near(word, candidates) or (f" (one of: {', '.join(candidates)})" if candidates else "")


def near(word: str, known: Iterable[str]) -> str:
    """``" (did you mean 'adamw'?)"`` when a known word is near, otherwise nothing."""
    lowered = {candidate.lower(): candidate for candidate in known}
    found = difflib.get_close_matches(word.lower(), lowered, n=1, cutoff=0.6)
    return f" (did you mean {lowered[found[0]]!r}?)" if found else ""


NOUNS = {
    "int": "a whole number",
    "float": "a number",
    "string": "a text",
    "bool": "true or false",
    "list": "a list",
    "tuple": "a list",
    "dict": "a mapping",
    "model": "a mapping",
}
"""What a value of a type is called, by the beginning of pydantic's name for the finding."""
LONGEST = 80
"""Characters of a wrong value that are said back."""


def shortened(text: str) -> str:
    """A text that is said back to whoever wrote it, cut off where it would hide the message."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def as_written(value: Any) -> str:
    """A value as YAML has it, in one line; texts stand in quotes."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {as_written(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(as_written, value)) + "]"
    return repr(value)


def problems_of(error: ValidationError, known_fields: Iterable[str] = ()) -> list[Problem]:
    """Pydantic's findings as ours; an unknown field is answered with the likely one of ``known_fields``.

    Where ``known_fields`` are pydantic fields by name, the source that one declares for its bounds is said too.
    """
    problems = []
    for finding in error.errors(include_url=False, include_context=True):
        path = ".".join(str(part) for part in finding["loc"])
        message = worded(finding)
        if finding["type"] == "extra_forbidden":
            message = (
                f"unknown field{suggestion(str(finding['loc'][-1]), _fields_beside(finding['loc'], known_fields))}"
            )
        elif finding["type"] == "missing":
            message = "this field is required"
        elif finding["type"] == "union_tag_invalid":
            message = _unknown_name(**finding["ctx"])
        elif finding["type"] == "union_tag_not_found":
            message = "give its `name`"
        elif finding["type"].startswith(("greater_than", "less_than")):
            message += _bound_source(finding["loc"], known_fields)
        problems.append(Problem(path, message))
    return problems


def _fields_beside(place: tuple[int | str, ...], fields: Iterable[str]) -> Iterable[str]:
    """The fields that may stand where an unknown one stands, within parts of the model or at its top."""
    models: list[Any] = []
    for step in (step for step in place[:-1] if not isinstance(step, int)):
        chosen = [model for model in models if model.model_fields["name"].default == step] if len(models) > 1 else []
        field = fields.get(str(step)) if isinstance(fields, Mapping) else None
        models = chosen or list(_models_in(getattr(field, "annotation", None)))
        fields = models[0].model_fields if len(models) == 1 else {}
    return fields


def _models_in(annotation: Any) -> Iterator[Any]:
    """The models that a field may hold: one, or several that are told apart by their ``name``."""
    if isinstance(annotation, type) and hasattr(annotation, "model_fields"):  # what is Annotated has all that is in it
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)


def _unknown_name(tag: str, expected_tags: str, discriminator: str) -> str:
    word, known = discriminator.strip("'"), expected_tags.replace("'", "").split(", ")
    return f"unknown {word} {tag!r}{suggestion(tag, known)}"


def worded(finding: Mapping[str, Any]) -> str:
    """What pydantic says of a value, in our words."""
    kind, value = str(finding["type"]), finding["input"]
    noun = next((noun for word, noun in NOUNS.items() if kind.startswith(word)), None)
    if noun and kind.endswith(("_type", "_parsing", "_from_float")):
        return f"this must be {noun}, not {shortened(as_written(value))}{_quoted(kind, value)}"
    if kind == "too_short":
        return f"give {finding['ctx']['min_length']} or more"
    return str(finding["msg"]).removeprefix("Value error, ").replace("Input should be", "this must be", 1)


def _quoted(kind: str, value: Any) -> str:
    """What to write where a text was meant and a number or a boolean was written."""
    if kind != "string_type" or not isinstance(value, bool | int | float):
        return ""
    return f'; put it in quotes: "{shortened(as_written(value))}"'


def _bound_source(place: tuple[int | str, ...], fields: Iterable[str]) -> str:
    """Where the bounds of a field come from, if the field declares it."""
    field = fields.get(str(place[0])) if place and isinstance(fields, Mapping) else None
    extra = getattr(field, "json_schema_extra", None)
    source = extra.get("bound_source") if isinstance(extra, dict) else None
    return f" ({source})" if source else ""


def left_out(name: str, reason: str) -> str:
    """What a person reads of something of a user's own that cannot be used."""
    return f"{name} is left out: {reason}"
