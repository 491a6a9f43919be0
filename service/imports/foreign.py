"""What another tool says of a study, and the contract of those who read it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from experiments.errors import Problem


class Untranslatable(Exception):
    """Something that a study definition has no words for; ``str()`` is the reason and the remedy."""


@dataclass
class Remarks:
    """What of a document is not, or not quite, in the definition; each at its place in that document."""

    left_out: list[Problem] = field(default_factory=list)
    """Not in it, with the reason and the remedy."""
    changed: list[Problem] = field(default_factory=list)
    """In it, but not as it was, or assumed because the document does not say it."""

    def leave_out(self, place: str, reason: str) -> None:
        """Note what has no place in the definition."""
        self.left_out.append(Problem(place, reason))

    def change(self, place: str, how: str) -> None:
        """Note what is not quite what it was."""
        self.changed.append(Problem(place, how))


@dataclass
class ForeignStudy(Remarks):
    """A study in the words of a definition, but for its parameters, which still have the names of the other tool."""

    study: dict[str, Any] = field(default_factory=dict)
    """The definition's fields beside experiment, space and training."""
    parameters: dict[str, Any] = field(default_factory=dict)
    """By the tool's name, nested ones with dots: a constant, or a range as a search space writes it."""
    where: dict[str, str] = field(default_factory=dict)
    """A parameter's name to its place in the document."""
    model: str = ""
    """The class that is trained (``package.module.Net``), if the document names one."""

    def add(self, name: str, value: Any, place: str) -> None:
        """Take over a parameter that stands at this place."""
        self.parameters[name] = value
        self.where[name] = place


class Reader(Protocol):
    """One format: whether a document is of it, and what it says."""

    title: str
    """What it is called in a sentence: ``a W&B sweep``."""

    def recognizes(self, document: Any) -> bool:
        """Whether it can only be of this format; it must not raise, whatever the document."""
        ...

    def read(self, document: Any) -> ForeignStudy:
        """What it says.

        Raises:
            InvalidInput: it is not of this format, with the place.
        """
        ...


def mapping(value: Any, place: str, remarks: Remarks) -> dict[str, Any]:
    """A part that must be a mapping; if it is none, that is noted and an empty one stands for it."""
    if isinstance(value, dict):
        return value
    if value is not None:
        remarks.leave_out(place, f"a mapping was expected, not {value!r:.60}; mend it in the file and import it again")
    return {}
