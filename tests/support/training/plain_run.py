"""A run without a trainer: the steps that Lightning would make, on a few random examples, in milliseconds."""

from __future__ import annotations

import io
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import torch
from pytorch_lightning.plugins.precision import DoublePrecision, HalfPrecision, MixedPrecision, Precision
from torch import Tensor

from experiments.config import ExperimentConfig
from experiments.data._splits import Box
from experiments.training.averaging import Averaging
from experiments.training.module import assemble
from experiments.training.optimizer_step import OptimizerStep, switch

N_EXAMPLES, N_BATCHES, EPOCHS = 24, 2, 4
PRECISIONS = {
    "32": Precision,
    "64": DoublePrecision,
    "bf16-mixed": lambda: MixedPrecision("bf16-mixed", "cpu"),
    "bf16-true": lambda: HalfPrecision("bf16-true"),
}
"""Those that a run may ask for, and float64, in which users' own modules may be."""
STEPS = N_BATCHES * EPOCHS


class PlainRun:
    """A module of a config with its optimizer and all that shapes its steps.

    With ``late`` the first of its parameters has no gradient in the first step.
    """

    def __init__(self, config: ExperimentConfig, precision: str = "32", *, late: bool = False) -> None:
        torch.default_generator.manual_seed(config.seed)  # torch.manual_seed notes its stack, for each kind of GPU
        self._precision = PRECISIONS[precision]()
        self.batches = _batches(config)
        inputs = torch.cat([each for each, _ in self.batches])
        self.module = assemble(config, Box(inputs.amin(), inputs.amax()))
        assert config.initializer
        task = self.module.task
        config.initializer.calibrate(
            self.module.network, self.batches, lambda network, batch: task.training_loss(network(batch[0]), batch[1])
        )
        self.module = self._precision.convert_module(self.module)
        self.optimizer: Any = self.module.configure_optimizers()
        self.optimizer_step = OptimizerStep(config, [])
        trainer: Any = SimpleNamespace(
            optimizers=[self.optimizer], estimated_stepping_batches=STEPS, num_training_batches=1, max_epochs=EPOCHS
        )
        self.optimizer_step.start(trainer, self.module)
        self.averaging = Averaging(config.regularizers.values())
        self._late = next(self.module.parameters()) if late else None
        self.losses: list[float] = []
        self.n_steps = 0

    def step(self) -> None:
        """The next step of the training."""
        switch([self.optimizer], training=True)
        self.module.train()
        self.losses.append(float(self.optimizer.step(self._closure)))
        if self.optimizer_step.after_batch():
            self.averaging.after_step(self.module, (self.n_steps + 1) / STEPS)
        self.n_steps += 1

    def steps(self, n: int) -> PlainRun:
        """After ``n`` more steps."""
        for _ in range(n):
            self.step()
        return self

    def _closure(self) -> Tensor:
        epoch, index = divmod(self.n_steps, N_BATCHES)
        objective = self.module._objective
        self.optimizer.zero_grad()
        with self._precision.train_step_context():
            inputs, targets = objective.batch(*self._precision.convert_input(self.batches[index]), epoch, index)
            loss, _ = objective.objective(inputs, targets)
        getattr(self.optimizer, "backward", Tensor.backward)(loss)
        if self._late is not None and not self.n_steps:
            self._late.grad = None
        self.optimizer_step.before_step(self.n_steps, self.optimizer)
        return loss.detach()

    def found(self) -> dict[str, Tensor]:
        """What the run has come to: its losses, the weights that are judged, and what these say in evaluation."""
        switch([self.optimizer], training=False)
        done = (self.n_steps / N_BATCHES) / EPOCHS
        self.averaging.before_judging(self.module, done, map(self._precision.convert_input, self.batches))
        self.module.eval()
        with torch.no_grad(), self._precision.val_step_context():
            outputs = self.module.network(self._precision.convert_input(self.batches[0])[0])
        weights = {name: weight.clone() for name, weight in self.averaging.weights(self.module).items()}
        self.averaging.after_judging(self.module)
        return {**weights, "losses": torch.tensor(self.losses), "outputs": outputs}

    def checkpoint(self) -> bytes:
        """What a checkpoint would hold of it."""
        switch([self.optimizer], training=False)
        file = io.BytesIO()
        content = {
            "module": self.module.state_dict(),
            "objective": self.module._objective.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "averaging": self.averaging.state_dict(),
            "losses": self.losses,
            "random": torch.get_rng_state(),
        }
        torch.save(content, file)
        return file.getvalue()

    def resume(self, checkpoint: bytes) -> PlainRun:
        """Go on from there."""
        content: Mapping[str, Any] = torch.load(io.BytesIO(checkpoint), weights_only=True)
        self.module.load_state_dict(content["module"])
        self.module._objective.load_state_dict(content["objective"])
        self.optimizer.load_state_dict(content["optimizer"])
        self.averaging.load_state_dict(content["averaging"])
        self.losses, self.n_steps = content["losses"], len(content["losses"])
        torch.set_rng_state(content["random"])
        return self


def _batches(config: ExperimentConfig) -> list[tuple[Tensor, Tensor]]:
    generator = torch.Generator().manual_seed(1)
    inputs = torch.randn(N_EXAMPLES, *config.data.shape, generator=generator)
    targets = (
        torch.arange(N_EXAMPLES) % config.data.n_outputs
        if config.data.task == "classification"
        else torch.randn(N_EXAMPLES, config.data.n_outputs, generator=generator)
    )
    return list(zip(inputs.chunk(N_BATCHES), targets.chunk(N_BATCHES), strict=True))
