"""Regularizers that train against inputs moved so as to raise the loss."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from experiments.component import hp, integers, log_uniform, uniform
from experiments.regularizers import REGULARIZERS
from experiments.regularizers.roles import ObjectiveWrapper

if TYPE_CHECKING:
    from torch import nn

    from experiments.regularizers.roles import Objective

_TWO_THINGS = (
    "'Adversarial training trains an adversarial network': fgsm and pgd move inputs along the model's own gradient, "
    "with no second network; adversarial_network trains one. Neither is a generative adversarial network.",
)


def _eps() -> Any:
    return hp(
        0.1,
        ge=0,
        search=uniform(0.0, 0.3),
        help="Largest change of an input value, in units of the standardized inputs.",
        bound_source="the radius of a ball",
    )


def _mix(default: float) -> Any:
    return hp(
        default,
        ge=0,
        le=1,
        search=uniform(0.3, 1.0),
        help="Weight of the moved inputs' loss; the plain inputs' has the rest.",
        bound_source="a share",
    )


def _steps(default: int) -> Any:
    return hp(default, ge=1, search=integers(1, 10), help="Steps of ascent.", bound_source="a number of steps")


def _step(default: float = 0.25) -> Any:
    return hp(default, gt=0, help="Size of a step, as a share of eps.", bound_source="a step of no size would not move")


class _Wrapper(ObjectiveWrapper):
    """Trains an objective of its target's in the place of the run's."""

    wraps = True

    def objective(self, inner: Objective, network: nn.Module) -> Objective:
        """The inner objective, of plain inputs and of moved ones that are held in the box of the data."""
        wrapped: Objective = self.build(inner, network, self.held)
        return wrapped


@REGULARIZERS.add
class FGSM(_Wrapper):
    """Adds the loss of inputs moved by one step along the sign of their gradient (Goodfellow et al., 2015).

    Moved inputs stay in the box of the data: the range of each feature, or of each channel of sequences and images, in
    the training part. The paper lets them leave it. While they are sought, batch norm uses the batch's own statistics
    and keeps its running ones, which the passes that are trained update: plain inputs and moved ones.
    ``train_accuracy`` is that of the plain inputs, or of the moved ones if ``mix`` is 1.
    """

    target = "experiments.regularizers._attacks:fgsm"
    formula = "(1 - mix) · L(x) + mix · L(x'), x' = Π(x + eps · sign(∇ₓ L(x))), Π onto the box of the data"
    source = "Goodfellow, Shlens & Szegedy, 2015, Explaining and harnessing adversarial examples, arXiv 1412.6572"
    misconceptions = _TWO_THINGS
    name: Literal["fgsm"] = "fgsm"
    aliases = ("adv_fgsm", "adversarial_training")
    eps: float = _eps()
    mix: float = _mix(0.5)


@REGULARIZERS.add
class PGD(_Wrapper):
    """Trains on inputs moved by several steps of ascent from a random start in the ball (Mądry et al., 2018).

    The start and the input after each step are brought back to within ``eps`` and into the box of the data, as in the
    paper, whose box is that of valid pixels; here it is as in fgsm, and so are batch norm and ``train_accuracy``. A
    step costs as much as a step of training.
    """

    target = "experiments.regularizers._attacks:pgd"
    formula = (
        "(1 - mix) · L(x) + mix · L(x'); x' ← Π(x' + step · eps · sign(∇ L(x'))), Π onto |x' - x| ≤ eps and the box of "
        "the data"
    )
    source = "Mądry et al., 2018, Towards deep learning models resistant to adversarial attacks, arXiv 1706.06083"
    misconceptions = _TWO_THINGS
    name: Literal["pgd"] = "pgd"
    aliases = ("adv_pgd", "madry")
    eps: float = _eps()
    steps: int = _steps(4)
    step: float = _step(0.5)
    mix: float = _mix(1.0)


@REGULARIZERS.add
class TRADES(_Wrapper):
    """Adds how far the prediction can be moved to the plain loss (Zhang et al., 2019).

    The divergence is from the plain prediction to that of the worst input within ``eps`` and the box of the data, which
    is sought by ascent from a start with a deviation of 0.001. It needs classes, not labels. The box and batch norm are
    as in fgsm.
    """

    target = "experiments.regularizers._attacks:trades"
    formula = "L(x) + beta · max KL(p(x) ‖ p(x')) over |x' - x| ≤ eps in the box of the data"
    source = "Zhang et al., 2019, Theoretically principled trade-off between robustness and accuracy, arXiv 1901.08573"
    name: Literal["trades"] = "trades"
    aliases = ("reg.trades",)
    eps: float = _eps()
    beta: float = hp(
        6.0,
        ge=0,
        search=log_uniform(1.0, 10.0),
        help="Weight of the divergence; 0 is plain training.",
        bound_source="Zhang et al., 2019, take 1 to 10",
    )
    steps: int = _steps(4)
    step: float = _step(0.5)


@REGULARIZERS.add
class AdversarialNetwork(_Wrapper):
    """Trains against a network that learns, in the same run, to perturb the inputs (Lee, Han & Lee, 2017).

    The network sees an input and the direction of the loss's gradient by it, and answers with a perturbation of at most
    ``eps``; perturbed inputs are brought back into the box of the data, which the paper leaves open. Before each step
    of the model it takes steps of its own, by Adam, to raise the loss of perturbed inputs; then the model lowers the
    loss of both. ``balance`` 0 is plain training. Its state is part of resume checkpoints, not of the weights of the
    model. The box and batch norm are as in fgsm; ``train_accuracy`` is that of the plain inputs.
    """

    target = "experiments.regularizers._adversarial_network:AgainstAdversary"
    formula = (
        "model: min L(x) + balance · L(x'); network G: max L(x') - penalty · ‖d‖²; d = eps · tanh G(x, ∇ₓ L(x)), "
        "x' = Π(x + d), Π onto the box of the data"
    )
    source = (
        "Lee, Han & Lee, 2017, Generative adversarial trainer: defense to adversarial perturbations, arXiv 1705.03387"
    )
    misconceptions = _TWO_THINGS
    learns = True
    unchanging = frozenset({"lr", "hidden"})
    name: Literal["adversarial_network"] = "adversarial_network"
    aliases = ("adv_network", "generative_adversarial_trainer")
    eps: float = _eps()
    balance: float = hp(
        1.0,
        ge=0,
        search=log_uniform(0.1, 10.0),
        help="Weight of the perturbed inputs' loss; 0 is plain training.",
        bound_source="a negative weight would reward errors",
    )
    penalty: float = hp(
        0.1,
        ge=0,
        search=log_uniform(0.01, 10.0),
        help="What a perturbation costs the network, per squared length.",
        bound_source="a negative cost would reward size",
    )
    lr: float = hp(
        1e-3,
        gt=0,
        search=log_uniform(1e-4, 1e-2),
        help="Learning rate of the network.",
        bound_source="Kingma & Ba, 2015",
    )
    steps: int = hp(
        1,
        ge=1,
        search=integers(1, 5),
        help="Steps of the network for each of the model.",
        bound_source="a number of steps",
    )
    hidden: int = hp(64, ge=1, le=65536, help="Width of the network's hidden layer.", bound_source="a number of units")

    def objective(self, inner: Objective, network: nn.Module) -> Objective:
        """The inner objective of plain and of perturbed inputs."""
        return super().objective(inner, network) if self.balance else inner
