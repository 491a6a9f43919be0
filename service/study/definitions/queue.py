"""Configurations that are tried before the sampler is asked, as users write them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from experiments.errors import InvalidInput, Problem
from search_spaces.points import read_point
from search_spaces.space import SearchSpace


def read_queue(space: SearchSpace, queue: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The parameters of each of them.

    Raises:
        InvalidInput: with every problem of all of them, each at a path such as ``queue.1.optimizer.lr``.
    """
    points, problems = list[dict[str, Any]](), list[Problem]()
    for index, document in enumerate(queue):
        try:
            points.append(read_point(space, document))
        except InvalidInput as error:
            problems += [problem.under(f"queue.{index}") for problem in error.problems]
    if problems:
        raise InvalidInput(problems)
    return points
