"""Modules that hold copies of their own parts, tied weights, and weights from a file."""

from __future__ import annotations

import copy
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm
from torch.optim.swa_utils import AveragedModel
from torch.utils.data import DataLoader, TensorDataset


class Words(pl.LightningDataModule):
    """Sequences of six words out of nine."""

    def train_dataloader(self) -> Any:
        words = torch.randint(9, (48, 6), generator=torch.Generator().manual_seed(1))
        return DataLoader(TensorDataset(words, words.float().mean(1)), 16)


class Encoder(nn.Module):
    """Layers of every kind that initializers know; the last one starts at zero, another as the identity."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(9, 4)
        self.lstm = nn.LSTM(4, 6, batch_first=True)
        self.kernel = nn.Conv1d(6, 6, 3, padding=1, groups=2)
        self.bounded = spectral_norm(nn.Linear(6, 6))
        self.same = nn.Linear(6, 6)
        self.last = nn.Linear(6, 4)
        nn.init.eye_(self.same.weight)
        nn.init.zeros_(self.last.weight)

    def forward(self, words: Tensor) -> Tensor:
        hidden = self.kernel(self.lstm(self.words(words))[0].transpose(1, 2)).mean(2)
        return self.last(self.same(self.bounded(hidden)).tanh())


class Momentum(pl.LightningModule):
    """An encoder with a frozen copy before it and an average behind it, and an output layer tied to the embedding."""

    def __init__(self, copied: bool = True) -> None:
        super().__init__()
        encoder = Encoder()
        self.key_encoder = copy.deepcopy(encoder).requires_grad_(False)
        self.encoder = encoder
        self.average = AveragedModel(encoder)
        self.register_buffer("shadow", encoder.lstm.weight_ih_l0.detach().clone())
        self.other = Encoder()
        self.output = nn.Linear(4, 9, bias=False)
        self.output.weight = encoder.words.weight

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        logits = self.output(self.encoder(batch[0]) + self.other(batch[0]))
        return nn.functional.cross_entropy(logits, batch[0][:, 0])

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.1)


class MomentumContrast:
    """Twins of several kinds."""

    model, data = Momentum, Words


class Finetuned(pl.LightningModule):
    """An encoder whose weights are those of a file, a copy of it, and a head that is new."""

    def __init__(self, file: str, seeds: bool = False) -> None:
        super().__init__()
        if seeds:
            torch.manual_seed(1)
        self.encoder = nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 5))
        self.encoder.load_state_dict(torch.load(file))
        self.teacher = copy.deepcopy(self.encoder)
        self.head = nn.Linear(5, 1)

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        outputs = self.head(self.encoder(3 * batch[0][:, :4].float())).squeeze(1)
        return nn.functional.mse_loss(outputs, batch[1])

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.1)


class FromFile:
    """It says nothing of its weights."""

    model, data = Finetuned, Words


class Declared:
    """It says which weights are pretrained."""

    model, data, pretrained = Finetuned, Words, ("encoder.0",)


class Mistaken:
    """It names a part that there is not."""

    model, data, pretrained = Finetuned, Words, ("encodr",)
