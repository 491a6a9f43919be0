"""A training whose values change, part by part: within each they are the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from experiments.config import ExperimentConfig


@dataclass(frozen=True)
class Part:
    """A stretch of a training in which no value changes."""

    config: ExperimentConfig
    """With the values that hold here."""
    before: ExperimentConfig
    """With those of the part before."""
    ends: int | None
    """The epoch after which another part comes; none does after the last."""
    values: Mapping[str, float]
    """What holds here of what changes in some part, by its place in the config."""


def part_after(config: ExperimentConfig, done: int) -> Part:
    """The part that begins, or goes on, when so many epochs are over."""
    later = [change.after_epoch for change in config.training.changes if change.after_epoch > done]
    return Part(config.after(done), config.after(done - 1), min(later, default=None), config.values_at(done + 1))
