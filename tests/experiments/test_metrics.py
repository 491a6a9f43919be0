"""The table of metrics: held against torchmetrics, and never led astray by the rest of a name."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator

import pytest
import torchmetrics

from experiments.config import TASK_METRICS, metric_names
from experiments.metrics import DIRECTIONS, MAXIMIZED, MINIMIZED, direction_of, doubts, is_share

DISPUTED = {
    "DaviesBouldinScore": "less is better (Davies and Bouldin, 1979), and it says more",
    "PerceptualPathLength": "less is better (Karras et al., 2019), and it says more",
    "SpectralDistortionIndex": "less is better (Alparone et al., 2008), and it says more",
    "WordInfoPreserved": "more is better (Morris et al., 2004), and it says less",
    "RetrievalPrecisionRecallCurve": "a curve",
    "BinaryFairness": "two ratios",
    "BinaryGroupStatRates": "counts by group",
    "RetrievalMetric": "a base class",
}
"""Of these the table says nothing, so that whoever wants them says it."""


def torchmetrics_() -> dict[str, bool | None]:
    """Every metric of torchmetrics that is installed, by the name of its class."""
    found: dict[str, bool | None] = {}
    for module in pkgutil.walk_packages(torchmetrics.__path__, "torchmetrics."):
        for name, member in vars(importlib.import_module(module.name)).items():
            if inspect.isclass(member) and issubclass(member, torchmetrics.Metric) and not name.startswith("_"):
                better = member.higher_is_better
                found[name] = better if isinstance(better, bool) else None
    return found


def test_the_table_says_what_torchmetrics_says() -> None:
    metrics = torchmetrics_()
    stated = {name: better for name, better in metrics.items() if better is not None}
    assert len(stated) > 100
    expected = {name: None if name in DISPUTED else ("minimize", "maximize")[better] for name, better in stated.items()}
    assert {name: direction_of(name) for name in stated} == expected
    assert {name: direction_of(f"val/{name}_epoch") for name in stated} == expected
    assert DISPUTED.keys() <= stated.keys()


@pytest.mark.parametrize("task", TASK_METRICS)
def test_our_own_metrics_are_in_it(task: str) -> None:
    known = {name: direction_of(name) for name in metric_names(task)}

    assert {name for name, direction in known.items() if direction is None} == {"lr", "grad_norm"}
    assert {name for name, direction in known.items() if direction == "maximize"} == {
        name for name in known if "accuracy" in name
    }


def test_no_metric_points_both_ways() -> None:
    assert not set(MINIMIZED) & set(MAXIMIZED)
    assert len({*MINIMIZED, *MAXIMIZED}) == len(MINIMIZED) + len(MAXIMIZED)
    assert all(direction_of(name) == direction for name, direction in DIRECTIONS.items())


def around(name: str) -> Iterator[str]:
    """What loggers make of a name."""
    yield from (f"val_{name}", f"train_{name}_epoch", f"{name}_step", f"{name}/dataloader_idx_0", f"val/{name}")
    yield from (f"test.{name}", f"{name}-val", f"macro_{name}", f"{name}_class_3", f"best_val_{name}", f"ema/{name}")
    yield from (
        f"{name}@5",
        f"top5_{name}",
        f"{name}[delta=1.3]",
        f"val_mean_{name}",
        f"metrics/{name}/valid",
        name.upper(),
    )
    yield "".join(part.capitalize() for part in f"valid_{name}".split("_"))


@pytest.mark.parametrize(
    ("name", "direction"),
    [
        *[(name, "minimize") for name in ("loss", "error", "err", "perplexity", "ppl", "nll", "cross_entropy", "bce")],
        *[
            (name, "minimize")
            for name in ("mse", "rmse", "mae", "mape", "distance", "wer", "cer", "fid", "brier_score")
        ],
        *[(name, "maximize") for name in ("accuracy", "acc", "f1", "auc", "auroc", "map", "iou", "dice", "bleu", "r2")],
        *[(name, "maximize") for name in ("psnr", "ssim", "precision", "recall", "f1_score", "ndcg", "accuracy_score")],
    ],
)
def test_prefixes_suffixes_and_spellings_leave_a_direction_as_it_is(name: str, direction: str) -> None:
    assert {spelled: direction_of(spelled) for spelled in around(name)} == dict.fromkeys(around(name), direction)


@pytest.mark.parametrize(
    ("name", "direction"),
    [
        *[("mAP50-95", "maximize"), ("meanIoU", "maximize"), ("val_mIoU", "maximize"), ("valF1", "maximize")],
        *[("val_rougeL", "maximize"), ("rouge1_fmeasure", "maximize"), ("recall@k", "maximize"), ("acc1", "maximize")],
        *[("top-1-acc", "maximize"), ("top5err", "minimize"), ("val_top1_error", "minimize"), ("fpr95", "minimize")],
        *[("val_ce_loss", "minimize"), ("dice_loss", "minimize"), ("smooth_l1", "minimize"), ("valMSE", "minimize")],
        *[("val_word_error_rate", "minimize"), ("success_rate", "maximize"), ("negative_log_likelihood", "minimize")],
    ],
)
def test_names_that_people_log(name: str, direction: str) -> None:
    assert direction_of(name) == direction


@pytest.mark.parametrize(
    "name",
    [
        *["val_score", "elbo", "reward", "val_return", "lr", "grad_norm", "val", "", "_", "val_mean", "top1", "score"],
        *["val_accuracy_loss", "error_recall", "accuracy_error", "accuracy-loss", "loss/acc", "fpr_at_tpr", "map_loss"],
        *["1-accuracy", "1 - accuracy", "val/1-accuracy", "val-1-acc", "1/loss", "-loss", "val/-loss", "~acc", "!loss"],
        *["one_minus_ssim", "neg_loss", "neg_mean_squared_error", "negative_error", "inverse_loss", "loss_gap"],
        *[
            "acc_drop",
            "loss_reduction",
            "accuracy_std",
            "loss_var",
            "error_detection_rate",
            "loss_weight",
            "weight_loss",
        ],
        *[
            "learning_rate",
            "mse_score",
            "loss_score",
            "error_free_rate",
            "time_to_accuracy",
            "n_errors_found",
            "accuracy₁",
        ],
        *["valloss", "trainacc", "losses_avoided", "aloss", "glossary", "terror", "scoreless"],
    ],
)
def test_what_the_table_does_not_know_is_not_guessed(name: str) -> None:
    assert direction_of(name) is None


def test_a_direction_against_the_table_is_doubted() -> None:
    assert doubts("val_accuracy", "minimize") == [
        "minimize val_accuracy: of that metric more is better, so that the worst would be called the best"
    ]
    assert "of that metric less is better" in doubts("val_loss/dataloader_idx_0", "maximize")[0]
    assert doubts("val_accuracy", "maximize") == doubts("val_score", "minimize") == []


@pytest.mark.parametrize("name", ["val_accuracy", "MulticlassF1Score", "recall@5", "valid/auroc", "test_map", "fpr"])
def test_a_share_lies_between_0_and_1(name: str) -> None:
    assert is_share(name)


@pytest.mark.parametrize("name", ["val_loss", "mcc", "log_auc", "1-accuracy", "accuracy_gain", "psnr", "lr", "val"])
def test_of_no_other_metric_that_is_said(name: str) -> None:
    assert not is_share(name)
