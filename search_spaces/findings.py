"""Gathering problems, so that a user hears of all of them at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from experiments.errors import InvalidInput, Problem


class Findings:
    """The problems found so far."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def add(self, path: str, message: str) -> None:
        """Note a problem; the same one twice is one."""
        problem = Problem(path, message)
        if problem not in self.problems:
            self.problems.append(problem)

    @contextmanager
    def under(self, path: str) -> Iterator[None]:
        """Note what is found wrong inside, as seen from the document that holds the part at ``path``; then go on."""
        try:
            yield
        except InvalidInput as error:
            for problem in error.problems:
                placed = problem.under(path)
                self.add(placed.path, placed.message)

    def settle(self, error: type[InvalidInput] = InvalidInput) -> None:
        """Raise what was found, if anything was."""
        if self.problems:
            raise error(self.problems)
