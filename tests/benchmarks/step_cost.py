"""What a step and a run cost, with us and without, all sides in one process: `make bench`.

Three sides train the digits MLP (64-64-10, batch 64, fused Adam) from the same weights on the same batches, and their
losses must agree to 1e-6: ``train()``; Lightning's lean trainer, without our module and callbacks; and a raw loop of
torch. Every side trains a short and a long run. Their difference is the cost of the steps, validation at the end of
each epoch included; what a run of one epoch costs beyond its steps is the rest. The sides take turns, forward and
backward (ABBA), so that noise that comes and goes meets all alike; the time is that of the CPU, of one thread. Once
we have made a trainer, Lightning looks up the callbacks of other distributions no more, for the lean one neither.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import pytorch_lightning as pl
import torch
from rich.console import Console
from rich.table import Table
from torch import Tensor, nn
from torch.nn import functional

from experiments import seeding
from experiments.config import ExperimentConfig
from experiments.parsing import parse_config
from experiments.reporting import Decision, Report, Silence
from experiments.train import train
from experiments.training.setup import prepare
from experiments.training.trainer import quiet

TOLERANCE = 1e-6
DIRECTORY = Path(tempfile.gettempdir()) / "studyhall-step-cost"
MODEL = {"name": "mlp", "hidden": [64, 64]}


class Listener(Silence):
    """Goes on, keeps nothing, and remembers the last validation loss."""

    loss = 0.0

    def report(self, report: Report) -> Decision:
        self.loss = report.metrics["val_loss"]
        return Decision.CONTINUE


def config_of(epochs: int, optimizer: str = "adam") -> ExperimentConfig:
    """The run, which ends with its last weights."""
    training = {"epochs": epochs, "batch_size": 64}
    monitor = {"metric": "val_loss", "reduce": "last"}
    return parse_config(
        {"data": "digits", "model": MODEL, "training": training, "monitor": monitor, "optimizer": optimizer}
    )


def ours(config: ExperimentConfig) -> float:
    """The whole of ``train()``."""
    listener = Listener()
    train(config, listener, DIRECTORY)
    return listener.loss


class Plain(pl.LightningModule):
    """What somebody without us would write."""

    def __init__(self, network: nn.Module, config: ExperimentConfig) -> None:
        super().__init__()
        self.network, self.config = network, config

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor:
        return functional.cross_entropy(self.network(batch[0]), batch[1])

    def validation_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> None:
        self.loss = functional.cross_entropy(self.network(batch[0]), batch[1])

    def configure_optimizers(self) -> torch.optim.Optimizer:
        assert self.config.optimizer
        return self.config.optimizer.for_model(self)


def parts(config: ExperimentConfig) -> tuple[nn.Module, Any, Any]:
    """The network with its first weights, and the batches of both splits."""
    seeding.seed(config.seed)
    setup: Any = prepare(config)
    loaders = setup.loaders()
    return setup.module.network, loaders["train_dataloaders"], loaders["val_dataloaders"]


def lean(config: ExperimentConfig) -> float:
    """Lightning's trainer with everything switched off."""
    network, batches, validation = parts(config)
    module = Plain(network, config)
    batches.epoch = lambda: module.current_epoch
    with quiet():
        trainer = pl.Trainer(
            accelerator="cpu",
            devices=1,
            max_epochs=config.training.epochs,
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            num_sanity_val_steps=0,
            use_distributed_sampler=False,
        )
        trainer.fit(module, batches, validation)
    return float(module.loss)


def raw(config: ExperimentConfig) -> float:
    """A loop of torch."""
    network, batches, validation = parts(config)
    assert config.optimizer
    optimizer = config.optimizer.for_model(network)
    for epoch in range(config.training.epochs):
        batches.epoch = lambda epoch=epoch: epoch
        for inputs, targets in batches:
            optimizer.zero_grad()
            functional.cross_entropy(network(inputs), targets).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        with torch.no_grad():
            (loss,) = [functional.cross_entropy(network(inputs), targets) for inputs, targets in validation]
    return float(loss)


SIDES: dict[str, Callable[[ExperimentConfig], float]] = {"train()": ours, "lean trainer": lean, "raw loop": raw}


def spent(side: Callable[[ExperimentConfig], float], config: ExperimentConfig) -> tuple[float, float]:
    """Seconds of CPU for a run, and its last validation loss."""
    began = time.process_time()
    loss = side(config)
    return time.process_time() - began, loss


def measured(rounds: int, long: ExperimentConfig, short: ExperimentConfig) -> dict[str, list[tuple[float, float]]]:
    """For each side and round: seconds of the short run and of the long one."""
    for side in SIDES.values():
        side(short)  # what is loaded once is loaded
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in SIDES}
    for turn in range(rounds):
        losses = []
        for name in SIDES if turn % 2 == 0 else reversed(SIDES):
            (brief, _), (whole, loss) = spent(SIDES[name], short), spent(SIDES[name], long)
            found[name].append((brief, whole))
            losses.append(loss)
        if max(losses) - min(losses) > TOLERANCE:
            raise SystemExit(f"the sides do not train the same: their losses are {losses}")
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--epochs", type=int, default=5, help="of the long run, beyond the first")
    parser.add_argument("--optimizer", default="adam")
    given = parser.parse_args()
    torch.set_num_threads(1)
    short, long = config_of(1, given.optimizer), config_of(1 + given.epochs, given.optimizer)
    per_epoch = len(parts(short)[1])
    found = measured(given.rounds, long, short)
    steps = {
        name: [(whole - brief) / (given.epochs * per_epoch) for brief, whole in times] for name, times in found.items()
    }
    table = Table("", "step, µs", "least", "of the lean trainer's", "rest of a run, ms", "least")
    for name, times in found.items():
        ratio = median(step / other for step, other in zip(steps[name], steps["lean trainer"], strict=True))
        row = [ratio]
        for at in (median, min):
            step = at(steps[name])
            row += [step * 1e6, (at(brief for brief, _ in times) - per_epoch * step) * 1e3]
        table.add_row(name, f"{row[1]:.0f}", f"{row[3]:.0f}", f"{row[0]:.2f}", f"{row[2]:.1f}", f"{row[4]:.1f}")
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
