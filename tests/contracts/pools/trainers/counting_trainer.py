"""A trainer that counts epochs and trains nothing, for tests of placement: a worker with it starts in a blink.

The log of its runs is the environment that it sees, as JSON.
"""

import json
import os
from pathlib import Path
from threading import Event

from experiments.config import ExperimentConfig
from experiments.reporting import Decision, Report, Reporter, Result

PATIENT = 100
"""From so many epochs on, a run waits after each one until it is asked to end."""


def train(
    config: ExperimentConfig,
    reporter: Reporter,
    directory: Path,
    resume: Path | None = None,
    checkpoint_every: float = 30.0,
) -> Result:
    """One report for each epoch; the loss is one over the epoch."""
    reporter.log(json.dumps(dict(os.environ)))
    ended, epoch = Decision.CONTINUE, 0
    for epoch in range(1, config.training.epochs + 1):
        ended = reporter.report(Report(epoch, epoch, 0.0, 0.0, {"val_loss": 1 / epoch}))
        while config.training.epochs >= PATIENT and ended is Decision.CONTINUE:
            ended = reporter.stop_requested() or ended
            Event().wait(0.001)
        if ended is not Decision.CONTINUE:
            break
    return Result({"val_loss": 1 / epoch}, epoch, epoch, epoch, 0.0, ended)
