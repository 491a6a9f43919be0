"""Users' own modules with optimizers of their own: several by hand, groups, frozen parts that thaw, none at all."""

from __future__ import annotations

from typing import Any, Literal

import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR, OneCycleLR
from torch.utils.data import DataLoader, TensorDataset

BATCHES = 4


def batches() -> list[tuple[Tensor, Tensor]]:
    """The batches of every epoch, in their order."""
    x = torch.randn(8 * BATCHES, 4, generator=torch.Generator().manual_seed(0))
    return list(zip(x.split(8), x.sum(1, keepdim=True).split(8), strict=True))


class Line(pl.LightningDataModule):
    """Batches that are not shuffled."""

    def _loader(self) -> DataLoader[Any]:
        inputs, targets = zip(*batches(), strict=True)
        return DataLoader(TensorDataset(torch.cat(inputs), torch.cat(targets)), 8)

    def train_dataloader(self) -> DataLoader[Any]:
        return self._loader()

    def val_dataloader(self) -> DataLoader[Any]:
        return self._loader()


class TwoLayers(pl.LightningModule):
    """A body and a head, which plain SGD trains."""

    def __init__(self) -> None:
        super().__init__()
        self.body, self.head = nn.Linear(4, 8), nn.Linear(8, 1)

    def loss(self, batch: Any) -> Tensor:
        """The squared error."""
        return nn.functional.mse_loss(self.head(self.body(batch[0]).relu()), batch[1])

    def training_step(self, batch: Any, batch_idx: int) -> Any:
        return self.loss(batch)

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        self.log("val_loss", self.loss(batch))

    def configure_optimizers(self) -> Any:
        return torch.optim.SGD(self.parameters(), lr=0.05)


class ByHand(TwoLayers):
    """Optimizers that it steps itself, ``per_batch`` times each; a third one is never stepped.

    Args:
        shared: the head is in both.
        toggled: the parameters of the others are frozen while one steps.
        closures: the gradient comes from a closure, which is called twice.
        unseen: steps go round Lightning.
        cleared: gradients are cleared after a step and not before it.
    """

    def __init__(
        self,
        per_batch: int = 1,
        shared: bool = False,
        toggled: bool = False,
        closures: bool = False,
        unseen: bool = False,
        cleared: bool = False,
    ) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.per_batch, self.shared, self.toggled, self.closures = per_batch, shared, toggled, closures
        self.unseen, self.cleared = unseen, cleared

    def training_step(self, batch: Any, batch_idx: int) -> None:
        for optimizer in self.optimizers(use_pl_optimizer=not self.unseen)[:2]:
            if self.toggled:
                self.toggle_optimizer(optimizer)
            for _ in range(self.per_batch):
                self._step(optimizer, batch)
            if self.toggled:
                self.untoggle_optimizer(optimizer)

    def _step(self, optimizer: Any, batch: Any) -> None:
        def evaluate() -> None:
            optimizer.zero_grad()
            self.manual_backward(self.loss(batch))

        if self.closures:
            optimizer.step(closure=evaluate)
        else:
            evaluate()
            optimizer.step()
        if self.cleared:
            optimizer.zero_grad()

    def configure_optimizers(self) -> Any:
        body, head = list(self.body.parameters()), list(self.head.parameters())
        kind = Twice if self.closures else torch.optim.SGD
        optimizers = [kind([*body, *(head if self.shared else [])], lr=0.05), kind(head, lr=0.02)]
        return [*optimizers, torch.optim.SGD(self.parameters(), lr=1.0)]


class Twice(torch.optim.SGD):
    """Evaluates its closure twice, and steps along the second gradient."""

    def step(self, closure: Any = None) -> Any:
        for _ in range(2):
            with torch.enable_grad():
                closure()
        return super().step()


class Thawing(TwoLayers):
    """The body is frozen in the first epoch; it is in the optimizer from the start, or joins it as a group.

    The group that joins has a tenth of the present rate.
    """

    def __init__(self, joins: bool = False) -> None:
        super().__init__()
        self.joins = joins
        self.body.requires_grad_(False)

    def on_train_epoch_start(self) -> None:
        if self.current_epoch != 1:
            return
        self.body.requires_grad_(True)
        optimizer: Any = self.optimizers()
        if self.joins:
            rate = optimizer.param_groups[0]["lr"] / 10
            optimizer.add_param_group({"params": list(self.body.parameters()), "lr": rate})

    def configure_optimizers(self) -> Any:
        return torch.optim.SGD(self.head.parameters() if self.joins else self.parameters(), lr=0.05)


class Grouped(TwoLayers):
    """Its own optimizer has the groups of ``kind``; a third layer, which has gradients too, is left out of them."""

    def __init__(
        self,
        kind: Literal[
            "rates", "default", "decay", "warm-up", "total", "frozen", "several", "none", "raises", "unrated"
        ] = "rates",
        by_hand_after_setup: bool = False,
    ) -> None:
        super().__init__()
        self.left_out = nn.Linear(1, 1)
        self.kind, self.by_hand_after_setup = kind, by_hand_after_setup
        self.calls = 0

    def setup(self, stage: str) -> None:
        self.automatic_optimization = not self.by_hand_after_setup

    def loss(self, batch: Any) -> Tensor:
        return super().loss(batch) + 0.01 * self.left_out(torch.ones(1)).square().sum()

    def configure_optimizers(self) -> Any:
        self.calls += 1
        if self.kind == "raises":
            raise KeyError("lr")
        if self.kind == "none":
            return None
        if self.kind == "several":
            return [torch.optim.SGD(layer.parameters(), lr=0.1) for layer in (self.body, self.head)]
        if self.kind == "unrated":
            return Unrated([{"params": list(layer.parameters())} for layer in (self.body, self.head)], lr=None)
        return self._configured()

    def _configured(self) -> Any:
        body, head = list(self.body.parameters()), list(self.head.parameters())
        rates = torch.optim.SGD([{"params": body, "lr": 1e-4}, {"params": head, "lr": 1e-2}])
        equal = torch.optim.SGD([*body, *head], lr=1e-2)
        match self.kind:
            case "default":
                return torch.optim.SGD([{"params": body, "lr": 1e-4}, {"params": head}], lr=1e-2)
            case "decay":
                groups = [{"params": [body[0], head[0]]}, {"params": [body[1], head[1]], "weight_decay": 0.0}]
                return {"optimizer": torch.optim.AdamW(groups, lr=1e-2, weight_decay=0.1)}
            case "warm-up":
                return [rates], [{"scheduler": LambdaLR(rates, lambda epoch: epoch / 10), "interval": "step"}]
            case "total":
                schedule = OneCycleLR(equal, 0.1, int(self.trainer.estimated_stepping_batches))
                return {"optimizer": equal, "lr_scheduler": schedule}
            case "frozen":
                self.body.requires_grad_(False)
                return equal
        return rates


class Unrated(torch.optim.Optimizer):
    """Would find its rate itself, as Adafactor does where it is given none."""

    def __init__(self, params: Any, lr: float | None) -> None:
        super().__init__(params, {"lr": lr})


class Hands:
    """Two optimizers by hand."""

    model, data = ByHand, Line


class Thaws:
    """A frozen part that thaws."""

    model, data = Thawing, Line


class Groups:
    """Parameter groups of its own."""

    model, data = Grouped, Line
