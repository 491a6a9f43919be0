"""``python -m experiments config.yaml``: one training run with no service at all."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from experiments.config import ExperimentConfig
from experiments.console import ConsoleReporter, summary
from experiments.documents import LARGEST_DOCUMENT, read_json, read_yaml
from experiments.errors import InvalidInput, TrainingError
from experiments.parsing import parse_config
from experiments.plugins.loading import load_plugins
from experiments.registry import EXPERIMENTS
from experiments.reporting import BEST, Result

DONE, FAILED, BAD_INPUT = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Train what a file describes; the exit code is 0 when done, 1 when the training failed, 2 for bad input."""
    options = _parser().parse_args(arguments)
    try:
        load_plugins(options.module, partial(print, file=sys.stderr))
        config = read_config(options.file)
        for warning in doubts(config):
            print(f"warning: {warning}", file=sys.stderr)
        _train(config, options.directory or Path("runs") / options.file.stem, options.resume)
    except InvalidInput as error:
        print("\n".join(f"{options.file}: {problem}" for problem in error.problems), file=sys.stderr)
        return BAD_INPUT
    except TrainingError as error:
        print(f"{options.file}: {error}", file=sys.stderr)
        return FAILED
    return DONE


_OF_STUDIES = frozenset({"space", "sampler", "pruner", "objective", "replicates", "max_trials"})
"""Fields that a study has and a config has not."""


def read_config(file: Path) -> ExperimentConfig:
    """The config in a file, which is JSON if its name ends so; with ``experiment`` it starts from that registered one.

    Raises:
        InvalidInput: the file cannot be read, or is not a config.
    """
    try:
        with file.open("rb") as opened:
            content = opened.read(LARGEST_DOCUMENT + 1)
        document = read_json(content) if file.suffix.lower() == ".json" else read_yaml(content)
    except OSError as error:
        raise InvalidInput.at("", f"the file cannot be read: {error.strerror}") from error
    if not isinstance(document, dict):
        raise InvalidInput.at("", "a config is a mapping, e.g. {experiment: digits-mlp}")
    if document.keys() & _OF_STUDIES:
        here = "here stands one configuration, e.g. {experiment: digits-mlp, optimizer: adamw}"
        raise InvalidInput.at("", f"this is a study, which `studyhall submit` or `run` takes; {here}")
    return parse_config(_on_top_of_experiment(document))


def doubts(config: ExperimentConfig) -> Iterator[str]:
    """What somebody who trains this config should know before."""
    from experiments.conflicts.ignored import ignored

    yield from config.monitor.warnings()
    yield from map(str, ignored(config))


def _on_top_of_experiment(document: dict[str, Any]) -> Mapping[str, Any]:
    rest = dict(document)
    if "experiment" not in rest:
        return rest
    merged = EXPERIMENTS.find(str(rest.pop("experiment"))).base()
    for key, value in rest.items():
        fields = isinstance(value, Mapping) and "name" not in value and isinstance(merged.get(key), Mapping)
        merged[key] = {**merged[key], **value} if fields else value
    return merged


def _train(config: ExperimentConfig, directory: Path, resume: Path | None) -> None:
    from experiments.train import train

    result = train(config, ConsoleReporter(sys.stdout), directory, resume)
    print(summary(result))
    if measured := on_test_data(config, result):
        print("on the test data: " + ", ".join(f"{name} {value:.5g}" for name, value in measured.items()))


def on_test_data(config: ExperimentConfig, result: Result) -> Mapping[str, float]:
    """What the test data say of the best weights; nothing, and a warning, where a user's own cannot be measured."""
    from experiments.train import evaluate

    try:
        return evaluate(config, result.artifacts[BEST], "test").metrics
    except TrainingError as error:
        print(f"warning: {error}", file=sys.stderr)
        return {}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m experiments", description=__doc__)
    parser.add_argument("file", type=Path, help="a config in YAML, e.g. {experiment: digits-mlp, optimizer: adamw}")
    parser.add_argument("--directory", type=Path, help="where files go (default: runs/ and the name of the file)")
    parser.add_argument("--resume", type=Path, help="a resume checkpoint of an earlier run of the same config")
    parser.add_argument(
        "--module", action="append", default=[], help="a module with components or experiments of yours"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
