"""Trains the network of the learned optimizer, and writes it: ``python -m experiments.optimizers._learned_training``.

It learns from random quadratics, the family of the paper, and from small random classifiers. Their sizes are drawn
anew each time: parameters are stretched by up to e, so that no single step length fits all. Everything is drawn from
one seed; it takes about six minutes on one core. On another processor the last digits may differ.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from experiments.optimizers._learned import HIDDEN, WEIGHTS, Network, blank, proposed

SEED = 0
ITERATIONS = 400
UNROLLED = 20
"""Steps through which the network is trained at a time."""
LENGTH = 100
"""Steps of each problem."""
QUADRATICS, DIMENSION = 64, 10
CLASSIFIERS, EXAMPLES = 6, 32

Problem = tuple[Tensor, Callable[[Tensor], Tensor]]
"""Parameters at the start, of shape (problems, n), and the loss of each problem at its parameters."""


def quadratics(n: int, generator: torch.Generator, stretched: bool = False) -> Problem:
    """|W θ - y|² with normal W, y and θ, in ten dimensions (section 3.1 of the paper)."""
    matrices = torch.randn(n, DIMENSION, DIMENSION, generator=generator)
    targets = torch.randn(n, DIMENSION, generator=generator)
    stretch = _stretch(n, generator) if stretched else torch.ones(n, 1)

    def loss(parameters: Tensor) -> Tensor:
        return (torch.einsum("pij,pj->pi", matrices, parameters / stretch) - targets).square().sum(1)

    return torch.randn(n, DIMENSION, generator=generator) * stretch, loss


def classifiers(n: int, generator: torch.Generator) -> Problem:
    """Networks with one hidden layer of tanh, told to separate noisy random classes; each loss is on a new batch."""
    inputs, hidden, classes = (
        int(torch.randint(low, high, (), generator=generator)) for low, high in ((8, 32), (8, 24), (3, 8))
    )
    centers = 0.6 * torch.randn(n, classes, inputs, generator=generator)
    shapes = [(inputs, hidden), (1, hidden), (hidden, classes), (1, classes)]
    sizes = [rows * columns for rows, columns in shapes]
    stretch = _stretch(n, generator)

    def loss(parameters: Tensor) -> Tensor:
        labels = torch.randint(classes, (n, EXAMPLES), generator=generator)
        seen = torch.randn(n, EXAMPLES, inputs, generator=generator)
        seen = seen + torch.gather(centers, 1, labels[..., None].expand(-1, -1, inputs))
        parts = (parameters / stretch).split(sizes, dim=1)  # type: ignore[no-untyped-call]
        w, b, v, c = (part.reshape(n, *shape) for part, shape in zip(parts, shapes, strict=True))
        logits = torch.tanh(seen @ w + b) @ v + c
        return functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="none").reshape(n, -1).mean(1)

    start = [torch.randn(n, *shape, generator=generator) * shape[0] ** -0.5 * (shape[0] > 1) for shape in shapes]
    return torch.cat([part.flatten(1) for part in start], 1) * stretch, loss


def _stretch(n: int, generator: torch.Generator) -> Tensor:
    return torch.exp(2 * torch.rand(n, 1, generator=generator) - 1)


def untrained(generator: torch.Generator) -> Network:
    """A network that hardly moves anything."""
    shapes = {"input": (4 * HIDDEN, 2), "hidden": (4 * HIDDEN, HIDDEN), "bias": (4 * HIDDEN,), "readout": (HIDDEN,)}
    network = {name: 0.2 * torch.randn(shape, generator=generator) for name, shape in shapes.items()}
    return {name: weight.requires_grad_() for name, weight in network.items()}


def unroll(network: Network, problem: Problem, teach: Callable[[Tensor], None]) -> Tensor:
    """Losses over a whole run, of shape (steps, problems); every so many steps ``teach`` gets the logarithms' mean."""
    parameters, loss = problem
    memory, seen, window = blank(parameters.numel(), parameters), [], []
    for step in range(LENGTH):
        point = parameters.detach().requires_grad_()
        (gradients,) = torch.autograd.grad(loss(point).sum(), point)  # no second derivatives, as in the paper
        change, memory = proposed(network, gradients.flatten(), memory)
        parameters = parameters + change.reshape(parameters.shape)
        losses = loss(parameters)
        seen.append(losses.detach())
        window.append((losses + 1e-4).log().mean())
        if (step + 1) % UNROLLED == 0:
            teach(torch.stack(window).mean())
            parameters, memory, window = parameters.detach(), (memory[0].detach(), memory[1].detach()), []
    return torch.stack(seen)


def meta_train(iterations: int = ITERATIONS, seed: int = SEED, report: Callable[[str], None] = print) -> Network:
    """The network after so many rounds of one set of quadratics and one of classifiers."""
    generator = torch.Generator().manual_seed(seed)
    network = untrained(generator)
    optimizer = torch.optim.Adam(network.values(), lr=3e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, iterations)

    def teach(objective: Tensor) -> None:
        optimizer.zero_grad()
        objective.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(list(network.values()), 1.0)
        optimizer.step()

    for iteration in range(iterations):
        problems = (quadratics(QUADRATICS, generator, stretched=True), classifiers(CLASSIFIERS, generator))
        last = [float(unroll(network, problem, teach)[-1].median()) for problem in problems]
        schedule.step()
        if iteration % 20 == 0:
            report(f"{iteration}: quadratics end at {last[0]:.3g}, classifiers at {last[1]:.3g}")
    return network


def main() -> None:
    """Train and write."""
    network = meta_train()
    content = {name: torch.round(weight.detach().double(), decimals=4).tolist() for name, weight in network.items()}
    WEIGHTS.write_text(json.dumps(content) + "\n", encoding="utf-8")


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
