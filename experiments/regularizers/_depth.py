"""Dropping branches of residual networks."""

from __future__ import annotations

from torch import nn

from experiments.models._residual import ResidualBlock


def drop_branches(network: nn.Module, p: float) -> None:
    """Block l of L drops its branch with probability p · l / L."""
    blocks = [module for module in network.modules() if isinstance(module, ResidualBlock)]
    for place, block in enumerate(blocks, 1):
        block.drop = p * place / len(blocks)
