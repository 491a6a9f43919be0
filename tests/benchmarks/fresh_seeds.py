"""The demo's best configuration on fresh seeds: ``python -m tests.benchmarks.fresh_seeds``, part of `make bench`.

The study of `make demo` runs on a service of its own; its best configuration is then trained anew from five seeds that
the study never saw. What counts is the mean accuracy on the test split: a search can only be lucky on the validation
data.
"""

from __future__ import annotations

import math
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console

from experiments.config import ExperimentConfig
from experiments.parsing import parse_config
from experiments.reporting import Decision, Silence
from experiments.train import evaluate, train
from search_spaces.presets import studies
from service.client.client import Studyhall
from service.settings import Settings
from service.supervisor.serving import serving

SEEDS = range(1001, 1006)
PROMISED = 0.96
"""Mean accuracy on the test split."""


class Keeping(Silence):
    """Keeps the best checkpoint of every run."""

    def finishing(self, metrics: Any) -> Decision:
        return Decision.KEEP


def main() -> int:
    """Print the accuracies; 1 if their mean is below what is promised."""
    console = Console(width=120)
    with tempfile.TemporaryDirectory() as home:
        with serving(Settings(home=Path(home), port=0), patience=120) as url, Studyhall(url) as hall:
            hall.submit(dict(studies()["digits"].document))
            hall.wait("digits")
            best = hall.trial("digits", hall.best("digits")["number"])
        config = parse_config(best["config"])
        accuracies = [_accuracy(config.with_seed(seed), Path(home) / str(seed)) for seed in SEEDS]
    mean = statistics.mean(accuracies)
    listed = ", ".join(f"{accuracy:.3f}" for accuracy in accuracies)
    console.print(f"best of the demo: val_accuracy {best['value']:.4f}; on five fresh seeds, test_accuracy {listed}")
    console.print(f"mean {mean:.4f}, promised {PROMISED}")
    return int(mean < PROMISED)


def _accuracy(config: ExperimentConfig, directory: Path) -> float:
    result = train(config, Keeping(), directory, checkpoint_every=math.inf)
    return evaluate(config, result.artifacts["best.ckpt"], "test").metrics["test_accuracy"]


if __name__ == "__main__":
    sys.exit(main())
