"""What a task is: its loss, its metrics and the picture that shows how well it is solved."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from torch import Tensor
from torch.nn import functional


class Task(Protocol):
    """The side of a run that depends on what is predicted."""

    picture_name: str

    def shares(self, targets: Tensor) -> Tensor:
        """Targets in the form in which they can be mixed."""
        ...

    def training_loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """The mean loss of a batch, as it is trained."""
        ...

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """The mean loss of a batch, as it is judged."""
        ...

    def sums(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """What the metrics need of a batch, summed over its examples, shape (k,) or ()."""
        ...

    def metrics(self, sums: Sequence[float], n: int) -> dict[str, float]:
        """The metrics of ``n`` examples from their total sums."""
        ...

    def picture(self, outputs: Tensor, targets: Tensor, path: Path) -> None:
        """Draw predictions against targets into a PNG file."""
        ...


class Classification:
    """Cross-entropy on logits of shape (n, classes), and accuracy.

    Training targets may be shares of classes, (n, classes), in the place of class numbers.
    """

    picture_name = "confusion_matrix.png"

    def __init__(self, smoothing: float, classes: Sequence[str], n_classes: int = 0) -> None:
        self.smoothing = smoothing
        self.classes = classes
        self.n_classes = n_classes

    def shares(self, targets: Tensor) -> Tensor:
        """One-hot rows, shape (n, classes)."""
        return functional.one_hot(targets, self.n_classes).float()

    def training_loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Cross-entropy against smoothed labels."""
        return functional.cross_entropy(outputs, targets, label_smoothing=self.smoothing)

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Cross-entropy against plain labels."""
        return functional.cross_entropy(outputs, targets)

    def sums(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """The number of right answers; among mixed labels, an answer is right by the share of its class."""
        answers = outputs.argmax(1)
        if targets.ndim > 1:
            return targets.gather(1, answers[:, None]).sum()
        return (answers == targets).sum()

    def metrics(self, sums: Sequence[float], n: int) -> dict[str, float]:
        """The share of right answers."""
        return {"accuracy": sums[0] / n}

    def picture(self, outputs: Tensor, targets: Tensor, path: Path) -> None:
        """The confusion matrix, with counts."""
        n = outputs.shape[1]
        counts = torch.bincount(targets * n + outputs.argmax(1), minlength=n * n).reshape(n, n).numpy()
        figure = Figure(figsize=(6, 5.5))
        axes = figure.add_axes((0.18, 0.11, 0.79, 0.81))  # laying out automatically would draw everything twice
        axes.imshow(counts, cmap="Blues", vmin=0)
        names = self.classes or [str(i) for i in range(n)]
        axes.set(xlabel="predicted", ylabel="true", title="Confusion matrix (validation)")
        axes.set_xticks(range(n), names)
        axes.set_yticks(range(n), names)
        for row, column in zip(*counts.nonzero(), strict=True):
            color = "white" if counts[row, column] > counts.max() / 2 else "black"
            axes.text(column, row, str(counts[row, column]), ha="center", va="center", color=color)
        FigureCanvasAgg(figure).print_png(path)


class Regression:
    """Mean squared error on outputs of shape (n, values), with root mean squared and mean absolute error."""

    picture_name = "residuals.png"

    def shares(self, targets: Tensor) -> Tensor:
        """The values themselves."""
        return targets

    def training_loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Mean squared error."""
        return functional.mse_loss(outputs, targets)

    loss = training_loss

    def sums(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Squared and absolute errors, averaged over the values of an example."""
        error = (outputs - targets).reshape(len(targets), -1)
        return torch.stack([error.square().mean(1).sum(), error.abs().mean(1).sum()])

    def metrics(self, sums: Sequence[float], n: int) -> dict[str, float]:
        """Errors in units of the standardized target."""
        return {"rmse": math.sqrt(sums[0] / n), "mae": sums[1] / n}

    def picture(self, outputs: Tensor, targets: Tensor, path: Path) -> None:
        """Residuals over predictions."""
        figure = Figure(figsize=(6, 4.5))
        axes = figure.add_axes((0.13, 0.13, 0.84, 0.79))
        axes.scatter(outputs.flatten().numpy(), (targets - outputs).flatten().numpy(), s=12, alpha=0.6)
        axes.axhline(0.0, color="black", linewidth=0.8)
        axes.set(xlabel="predicted", ylabel="true - predicted", title="Residuals (validation)")
        FigureCanvasAgg(figure).print_png(path)


class Tally:
    """Losses and sums of an epoch, kept on the device until the epoch ends."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Start the next epoch."""
        self._losses: list[Tensor] = []
        self._sums: list[Tensor] = []
        self._sizes: list[int] = []
        self._last: object = None

    def add(self, loss: Tensor, sums: Tensor, size: int, batch: object = None) -> None:
        """A batch's mean loss and its sums; nothing when an optimizer evaluates the same ``batch`` once more."""
        if batch is not None and batch == self._last:
            return
        self._last = batch
        self._losses.append(loss.detach())
        self._sums.append(sums)
        self._sizes.append(size)

    def summary(self, task: Task) -> dict[str, float]:
        """The epoch's mean loss and metrics."""
        n = sum(self._sizes)
        losses = torch.stack(self._losses).tolist()
        loss = sum(loss * size for loss, size in zip(losses, self._sizes, strict=True)) / n
        sums = torch.stack(self._sums).reshape(len(losses), -1).sum(0).tolist()
        return {"loss": loss, **task.metrics(sums, n)}
