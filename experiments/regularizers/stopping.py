"""Regularizers that end a run before it fits the noise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from experiments.component import choice, hp, integers, log_uniform
from experiments.regularizers import REGULARIZERS
from experiments.regularizers._stopping import generalization_loss, progress, rises, since_best
from experiments.regularizers.roles import StoppingRule


@REGULARIZERS.add
class EarlyStopping(StoppingRule):
    """Ends the run when the monitored metric has stopped improving (Prechelt, 1998).

    ``patience`` counts epochs without an improvement by more than ``min_delta``. Epochs in which the metric was not
    logged, or was not finite, do not count, for any criterion. The others are Prechelt's: ``GL`` ends
    when the metric is ``alpha`` per cent above its best, ``PQ`` when that is ``alpha`` times the per mille by which the
    training loss still moves within a strip of epochs, ``UP`` when it has risen at the ends of ``strips`` strips in a
    row. GL and PQ need a metric that is minimized and never negative, and PQ a ``train_loss``: it never ends the run of
    a user's own module that logs none.

    The result of a run is that of its best epoch, with the weights of that epoch, unless the objective says that the
    last one counts (``reduce: last``): what other tools call restoring the best weights is not a choice here.
    """

    formula = (
        "GL(t) = 100 · (E(t) / min E - 1) > alpha; PQ: GL(t) / P(t) > alpha, P = 1000 · (mean / min - 1) of the "
        "training losses of a strip; UP: E(t) > E(t - strip) for so many strips; patience: no E < best - "
        "min_delta for so many epochs"
    )
    source = "Prechelt, 1998, Early stopping - but when?"
    misconceptions = (
        "'Cross-validation and ensembles are cures for overfitting like early stopping': cross-validation measures it, "
        "and boosting lowers bias and can fit noise.",
    )
    exact = True
    name: Literal["early_stopping"] = "early_stopping"
    aliases = ("cb.early_stopping",)
    criterion: Literal["patience", "GL", "PQ", "UP"] = hp(
        "patience", search=choice("patience", "GL", "PQ", "UP"), help="What ends the run; the fields it reads follow."
    )
    patience: int = hp(
        5,
        ge=1,
        search=integers(3, 30),
        help="patience: epochs without improvement until the run ends.",
        bound_source="a number of epochs",
    )
    min_delta: float = hp(
        0.0,
        ge=0,
        search=log_uniform(1e-5, 1e-2),
        help="patience: smallest change that counts.",
        bound_source="the size of a change",
    )
    alpha: float = hp(
        5.0,
        gt=0,
        help="GL: per cent above the best; PQ: quotient of that and the progress.",
        bound_source="Prechelt, 1998, takes 0.5 to 5",
    )
    strip: int = hp(5, ge=1, help="PQ and UP: epochs of a strip.", bound_source="Prechelt, 1998, takes 5")
    strips: int = hp(
        2, ge=1, help="UP: strips at whose ends the metric has risen.", bound_source="Prechelt, 1998, takes 2 to 8"
    )

    def stop(self, history: Sequence[float], losses: Sequence[float]) -> str:
        """The reason, once the criterion is met."""
        return {"patience": self._patience, "GL": self._gl, "PQ": self._pq, "UP": self._up}[self.criterion](
            history, losses
        )

    def _patience(self, history: Sequence[float], losses: Sequence[float]) -> str:
        since = since_best(history, self.min_delta)
        return f"stopped early: no improvement in {since} epochs" if since >= self.patience else ""

    def _gl(self, history: Sequence[float], losses: Sequence[float]) -> str:
        lost = generalization_loss(history)
        return f"stopped early: {lost:.1f} % above the best epoch" if lost > self.alpha else ""

    def _pq(self, history: Sequence[float], losses: Sequence[float]) -> str:
        if len(history) % self.strip or len(losses) < self.strip:
            return ""
        lost, moved = generalization_loss(history), progress(losses, self.strip)
        met = lost > self.alpha * moved
        return f"stopped early: {lost:.1f} % above the best epoch at a progress of {moved:.1f} ‰" if met else ""

    def _up(self, history: Sequence[float], losses: Sequence[float]) -> str:
        if len(history) % self.strip or rises(history, self.strip) < self.strips:
            return ""
        return f"stopped early: risen at the ends of {self.strips} strips of {self.strip} epochs"
