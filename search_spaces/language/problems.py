"""Gathering problems, so that a user hears of all of them at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from experiments.errors import InvalidInput, Problem


class ProblemCollector:
    """The problems found so far, each at its path in the document."""

    def __init__(self, problems: list[Problem] | None = None, prefix: str = "") -> None:
        self.problems: list[Problem] = [] if problems is None else problems
        self._prefix = prefix

    def within(self, path: str) -> ProblemCollector:
        """The same findings for one part of the document, which notes paths as the part has them."""
        return ProblemCollector(self.problems, Problem(path, "").under(self._prefix).path)

    def add(self, path: str, message: str) -> None:
        """Note a problem; the same one twice is one."""
        problem = Problem(path, message).under(self._prefix)
        if problem not in self.problems:
            self.problems.append(problem)

    def follow(self, path: str, message: str) -> None:
        """Note a problem, unless the part already has one, of which this would be a consequence."""
        place = Problem(path, message).under(self._prefix).path
        if not any(f"{problem.path}.".startswith(f"{place}.") for problem in self.problems):
            self.add(path, message)

    @contextmanager
    def under(self, path: str) -> Iterator[ProblemCollector]:
        """Note what is found wrong inside, as seen from the document that holds the part at ``path``; then go on."""
        part = self.within(path)
        try:
            yield part
        except InvalidInput as error:
            for problem in error.problems:
                part.add(problem.path, problem.message)

    def settle(self, error: type[InvalidInput] = InvalidInput) -> None:
        """Raise what was found, if anything was."""
        if self.problems:
            raise error(self.problems)
