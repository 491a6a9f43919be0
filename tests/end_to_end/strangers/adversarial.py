"""A generative adversarial network: two optimizers, stepped by hand."""

from __future__ import annotations

from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from strangers.digits import Digits


class LitGan(pl.LightningModule):
    """Draws digits; judged by how far the mean image of its drawings is from that of the data."""

    def __init__(self, latent: int = 8, width: int = 32, lr: float = 2e-3, beta1: float = 0.5) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.automatic_optimization = False
        self.generator = nn.Sequential(nn.Linear(latent, width), nn.ReLU(), nn.Linear(width, 64), nn.Sigmoid())
        self.discriminator = nn.Sequential(nn.Linear(64, width), nn.LeakyReLU(0.2), nn.Linear(width, 1))
        self.register_buffer("shown", torch.randn(16, latent))

    def forward(self, z: Tensor) -> Tensor:
        """Images of shape (n, 64) from latent vectors of shape (n, latent)."""
        return self.generator(z)

    def training_step(self, batch: list[Tensor], batch_idx: int) -> None:
        """The generator's step, then the discriminator's."""
        images = batch[0].flatten(1)
        of_generator, of_discriminator = self.optimizers()
        z = torch.randn(len(images), self.hparams.latent, device=self.device)
        ones, zeros = torch.ones(len(images), 1, device=self.device), torch.zeros(len(images), 1, device=self.device)

        self.toggle_optimizer(of_generator)
        g_loss = binary_cross_entropy_with_logits(self.discriminator(self(z)), ones)
        of_generator.zero_grad()
        self.manual_backward(g_loss)
        of_generator.step()
        self.untoggle_optimizer(of_generator)

        self.toggle_optimizer(of_discriminator)
        real = binary_cross_entropy_with_logits(self.discriminator(images), ones)
        fake = binary_cross_entropy_with_logits(self.discriminator(self(z).detach()), zeros)
        d_loss = (real + fake) / 2
        of_discriminator.zero_grad()
        self.manual_backward(d_loss)
        of_discriminator.step()
        self.untoggle_optimizer(of_discriminator)
        self.log_dict({"g_loss": g_loss, "d_loss": d_loss}, on_step=False, on_epoch=True)

    def _judge(self, batch: list[Tensor], name: str) -> None:
        distance = (self(self.shown).mean(0) - batch[0].flatten(1).mean(0)).pow(2).mean()
        self.log(name, distance)

    def validation_step(self, batch: list[Tensor], batch_idx: int) -> None:
        """Logs ``val_distance``."""
        self._judge(batch, "val_distance")

    def test_step(self, batch: list[Tensor], batch_idx: int) -> None:
        """Logs ``test_distance``."""
        self._judge(batch, "test_distance")

    def configure_optimizers(self) -> tuple[list[Any], list[Any]]:
        """Adam for each, and no schedule."""
        betas = (self.hparams.beta1, 0.999)
        parts = (self.generator, self.discriminator)
        return [torch.optim.Adam(part.parameters(), lr=self.hparams.lr, betas=betas) for part in parts], []


class Gan:
    """A GAN of digits."""

    model, data = LitGan, Digits
