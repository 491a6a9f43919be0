"""Small modules, each of one kind that users bring; what it measures tells whether it was treated as it must be."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.nn.functional import mse_loss
from torch.utils.data import DataLoader, Dataset, IterableDataset, TensorDataset, random_split

N = 96


def rows() -> TensorDataset:
    """Inputs, their sums, and the number of each row."""
    inputs = torch.randn(N, 4, generator=torch.Generator().manual_seed(0))
    return TensorDataset(inputs, inputs.sum(1, keepdim=True), torch.arange(N))


class Rows(pl.LightningDataModule):
    """Always the same split."""

    def __init__(self, batch_size: int = 8, loaders: int = 1) -> None:
        super().__init__()
        self.save_hyperparameters()

    def setup(self, stage: str | None = None) -> None:
        """64 rows to train on, 16 to validate and 16 to test on."""
        self.train, self.val, self.test = random_split(rows(), [64, 16, 16], torch.Generator().manual_seed(0))

    def _loader(self, part: Dataset[Any], **options: Any) -> DataLoader[Any]:
        return DataLoader(part, self.hparams.batch_size, **options)

    def train_dataloader(self) -> Any:
        """Shuffled."""
        return self._loader(self.train, shuffle=True)

    def val_dataloader(self) -> Any:
        """One loader, or the same several times."""
        one = self._loader(self.val)
        return one if self.hparams.loaders == 1 else [one] * self.hparams.loaders

    def test_dataloader(self) -> Any:
        """In order."""
        return self._loader(self.test)


class Net(pl.LightningModule):
    """Knows the rows it was trained on."""

    def __init__(self, width: int = 8) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.net = nn.Sequential(nn.Linear(4, width), nn.ReLU(), nn.Linear(width, 1))
        self.register_buffer("seen", torch.zeros(N, dtype=torch.bool))

    def training_step(self, batch: list[Tensor], batch_idx: int) -> Tensor:
        """Logs ``train_loss``."""
        self.seen[batch[2]] = True
        loss = mse_loss(self.net(batch[0]), batch[1])
        self.log("train_loss", loss, on_step=False, on_epoch=True)
        return loss

    def _measure(self, batch: list[Tensor], split: str) -> None:
        self.log(f"{split}_loss", mse_loss(self.net(batch[0]), batch[1]))
        self.log(f"{split}_recalled", self.seen[batch[2]].float().mean())
        self.log(f"{split}_rows", batch[2].float().sum(), reduce_fx="sum")

    def validation_step(self, batch: list[Tensor], batch_idx: int, dataloader_idx: int = 0) -> None:
        """Logs ``val_loss``, the share of rows it was trained on, and the sum of their numbers."""
        self._measure(batch, "val")

    def test_step(self, batch: list[Tensor], batch_idx: int) -> None:
        """The same of the test rows."""
        self._measure(batch, "test")

    def configure_optimizers(self) -> Any:
        """Plain gradient descent."""
        return torch.optim.SGD(self.parameters(), lr=0.01)


class SeveralLoaders:
    """Its metric is called ``val_loss/dataloader_idx_0``, and less of it is better."""

    model, data = Net, Rows
    defaults = {"data": {"loaders": 2}}  # noqa: RUF012


class UnseededRows(Rows):
    """Another split at each set-up, if nobody sees to it."""

    def setup(self, stage: str | None = None) -> None:
        """Split at random."""
        self.train, self.val, self.test = random_split(rows(), [64, 16, 16])


class SplitWithoutGenerator:
    """One split for training, evaluation and all trials."""

    model, data = Net, UnseededRows


class TwoByHand(Net):
    """An optimizer for each layer; ``decay`` is what a penalty that acts once comes to."""

    def __init__(self, decay: float = 0.0) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.decay = decay

    def training_step(self, batch: list[Tensor], batch_idx: int) -> None:
        """Each optimizer's step, one after the other."""
        for optimizer in self.optimizers():
            loss = mse_loss(self.net(batch[0]), batch[1])
            optimizer.zero_grad()
            self.manual_backward(loss)
            optimizer.step()
        self.log("train_loss", loss, on_step=False, on_epoch=True)

    def _over(self, layer: nn.Linear) -> torch.optim.Optimizer:
        return torch.optim.SGD([{"params": [layer.weight], "weight_decay": self.decay}, {"params": [layer.bias]}], 0.01)

    def configure_optimizers(self) -> Any:
        """One for each layer."""
        return [self._over(self.net[0]), self._over(self.net[2])]


class ByHand:
    """A penalty acts once a batch on each parameter."""

    model, data = TwoByHand, Rows


class FrozenBody(Net):
    """Trains its head alone, the bias ten times as fast."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("body", self.net[0].weight.detach().clone())

    def validation_step(self, batch: list[Tensor], batch_idx: int, dataloader_idx: int = 0) -> None:
        """Logs how far the body has moved, and how the rates of the head's groups compare."""
        super().validation_step(batch, batch_idx)
        self.log("body_moved", (self.net[0].weight - self.body).abs().max())
        rates = {id(one): group["lr"] for group in self.optimizers().param_groups for one in group["params"]}
        self.log("ratio", rates[id(self.net[2].bias)] / rates[id(self.net[2].weight)])

    def configure_optimizers(self) -> Any:
        """Two rates; the body is left out."""
        head = self.net[2]
        return torch.optim.SGD([{"params": [head.weight], "lr": 1e-3}, {"params": [head.bias], "lr": 1e-2}])


class HeadOnly:
    """A study's optimizer keeps to the groups, and to what they leave out."""

    model, data = FrozenBody, Rows


class Plateau(Net):
    """Its schedule looks at the validation loss, and is never content."""

    def configure_optimizers(self) -> Any:
        """Falls by a half after each epoch."""
        optimizer = torch.optim.SGD(self.parameters(), lr=0.01)
        schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=0, threshold=100.0)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "monitor": "val_loss"}}


class OwnPlateau:
    """Stopped after any epoch and resumed, it gives the curve of the unbroken run."""

    model, data = Plateau, Rows


class Stream(IterableDataset[Any]):
    """Rows without a count of them."""

    def __iter__(self) -> Iterator[Any]:
        return iter(rows())


class Streamed(Rows):
    """Its training data have no length."""

    def train_dataloader(self) -> Any:
        """All rows, one after the other."""
        return self._loader(Stream())


class WithoutLength:
    """Steps are counted as they come."""

    model, data = Net, Streamed


class TrainingRows(pl.LightningDataModule):
    """No validation data."""

    def train_dataloader(self) -> Any:
        """All rows."""
        return DataLoader(rows(), 8)


class SelfSupervised:
    """Judged by a training metric."""

    model, data = Net, TrainingRows


class LateLayers(Net):
    """A layer is there only after its setup."""

    def setup(self, stage: str) -> None:
        """Add a layer."""
        if not hasattr(self, "extra"):
            self.extra = nn.Linear(1, 1)


class BuiltInSetup:
    """Set up first, then its weights are read."""

    model, data = LateLayers, Rows


class ListArgument(Net):
    """Adds to a list, which it must be."""

    def __init__(self, blocks: list[int] = [1, 2]) -> None:  # noqa: B006 - as people write it
        super().__init__()
        layers = [nn.Linear(4, 4) for _ in blocks + [1]]  # noqa: RUF005 - a tuple would refuse it
        self.net = nn.Sequential(*layers, nn.Linear(4, 1))


class Lists:
    """A list stays a list."""

    model, data = ListArgument, Rows


class Nothing(Net):
    """Logs nothing at all."""

    def log(self, *_: Any, **__: Any) -> None:
        """Forget it."""


class LogsNothing:
    """A study of it cannot be judged."""

    model, data = Nothing, Rows


class Quitter(Net):
    """Ends the process that trains it."""

    def on_train_start(self) -> None:
        """Leave."""
        raise SystemExit(3)


class CallsExit:
    """A study of it fails, and nothing else does."""

    model, data = Quitter, Rows


class LargeNet(Net):
    """Takes its time for each batch, as on a device of its own: whoever shares the processor with it is not slowed."""

    def training_step(self, batch: list[Tensor], batch_idx: int) -> Tensor:
        """The loss, a hundredth of a second later."""
        time.sleep(0.01)
        return super().training_step(batch, batch_idx)


class Slow:
    """An epoch takes a tenth of a second, and hardly any of it on the processor."""

    model, data = LargeNet, Rows
