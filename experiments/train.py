"""One training run, from config to result: read it top to bottom."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from experiments.config import ExperimentConfig
from experiments.errors import TrainingError
from experiments.reporting import BEST, Decision, Reporter, Result


def train(
    config: ExperimentConfig,
    reporter: Reporter,
    directory: Path,
    resume: Path | None = None,
    checkpoint_every: float = 30.0,
) -> Result:
    """Train on the training data, judge on the validation data, report every epoch.

    The same config gives the same curves, bit for bit, on the same machine; so does a run that was stopped and goes on
    from a resume checkpoint. One that cannot be loaded is told, and the run begins anew. The test data are not touched.

    Args:
        config: what to train.
        reporter: hears of every epoch and decides whether to go on.
        directory: where files go; made if missing.
        resume: a checkpoint that an earlier attempt of this config handed to ``reporter.checkpoint``.
        checkpoint_every: seconds between resume checkpoints.

    Raises:
        Diverged: the training loss became NaN or infinite.
        TrainingError: the run cannot give a result, for the reason it says.
    """
    from experiments import seeding
    from experiments.plugins.own_lines import in_a_line
    from experiments.training import lr_finder
    from experiments.training.callbacks import Progress
    from experiments.training.files import artifacts
    from experiments.training.files.checkpoints import ResumeCheckpoints
    from experiments.training.loading.between_epochs import epochs_in
    from experiments.training.setup import prepare
    from experiments.training.trainer import fit

    directory.mkdir(parents=True, exist_ok=True)
    files = {artifacts.CONFIG: artifacts.write_config(config, directory)}
    reporter.artifact(artifacts.CONFIG, files[artifacts.CONFIG])

    tuned = config
    if config.training.lr_range_test and resume is None:  # a checkpoint holds the rate that was found
        tuned, files[lr_finder.ARTIFACT] = lr_finder.find_base_rate(config, reporter, directory)
        reporter.artifact(lr_finder.ARTIFACT, files[lr_finder.ARTIFACT])

    checkpoints = ResumeCheckpoints(directory, checkpoint_every)
    goes_on_from = resume
    while True:  # once, and once more each time that values change
        done = epochs_in(goes_on_from) if goes_on_from and config.training.changes else 0
        seeding.seed(config.seed)
        setup = prepare(tuned.after(done), reporter.log)
        progress = Progress(tuned, reporter, checkpoints, done)
        try:
            fit(tuned, setup, progress, checkpoints, goes_on_from)
        except Exception as error:  # loading a checkpoint runs a user's code, which may raise anything
            if resume is None or goes_on_from is not resume or progress.began or isinstance(error, TrainingError):
                raise
            reporter.log(f"the run cannot go on from its checkpoint and begins anew: {in_a_line(error)}")
            return train(config, reporter, directory, None, checkpoint_every)
        if not progress.another_follows:
            break
        goes_on_from = checkpoints.hand_on()
    for note in setup.notes:
        reporter.log(note)

    if progress.ended is Decision.CONTINUE:
        progress.require_value()
    judged, epoch = progress.judged, progress.judged_epoch
    if epoch is not None and progress.ended is not Decision.STOP and reporter.finishing(judged) is Decision.KEEP:
        setup.module.load_state_dict(progress.judged_weights)
        files[BEST] = artifacts.write_best(config, progress.judged_weights, judged, epoch, progress.data, directory)
        files |= setup.write_artifacts(directory, reporter.log)
        for name in files.keys() - {artifacts.CONFIG, lr_finder.ARTIFACT}:
            reporter.artifact(name, files[name])

    return Result(
        metrics=judged,
        metrics_epoch=epoch,
        epochs=progress.epochs,
        steps=progress.steps,
        training_time=progress.training_time,
        ended=progress.ended,
        reason=progress.reason,
        n_parameters=sum(parameter.numel() for parameter in setup.module.parameters()),
        artifacts=files,
    )


def evaluate(
    config: ExperimentConfig, checkpoint: Path, split: Literal["validation", "test"], limit: int | None = None
) -> Result:
    """Measure the weights of a best checkpoint on the validation or the test data.

    The result's metrics are called ``val_…`` or ``test_…``. With ``limit``, so many batches of a user's own data are
    enough.

    Raises:
        InvalidInput: the file is not a best checkpoint of this config's model.
        TrainingError: a user's own module cannot be measured, or its data are not split as they were for the training.
    """
    from experiments import seeding
    from experiments.training.files import artifacts
    from experiments.training.loading.data_hash import DataHash
    from experiments.training.setup import prepare

    content = artifacts.read_best(checkpoint)
    seeding.seed(config.seed)
    setup = prepare(config, draw=False)
    seen = DataHash()
    metrics = setup.evaluate(split, content, limit, seen)
    n_parameters = sum(parameter.numel() for parameter in setup.module.parameters())
    n_epochs, data_hash = content["epoch"], seen.hexdigest()
    return Result(metrics, n_epochs, n_epochs, 0, 0.0, n_parameters=n_parameters, data_hash=data_hash)
