"""What the command says of trials with several runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import yaml

from service.study.records import Run, Study
from service.study.states import RunState, StudyState
from tests.service.cli.conftest import Command, read
from tests.support.api import Bench

COLLAPSED = [0.1, 0.1, 0.1, 0.1, 0.89]
VALUE = "0.258 ± 0.353 (5 runs, 4 collapsed)"


def study_of_five(lab: Bench, **changes: Any) -> Study:
    study = lab.study(objective="val_accuracy", replicates={"seeds": 5}, max_trials=12, **changes)
    lab.set_state(study, StudyState.RUNNING)
    return study


def result_of(runs: Sequence[Run], accuracies: Sequence[float | None], data_hash: str = "d1") -> dict[str, Any]:
    own = [
        {
            "run": run.id,
            "seed": run.seed,
            "fold": None,
            "metrics": {} if accuracy is None else {"test_accuracy": accuracy},
            "reason": "its best checkpoint was not kept" if accuracy is None else "",
            "data_hash": data_hash,
        }
        for run, accuracy in zip(runs, accuracies, strict=True)
    ]
    n = sum(accuracy is not None for accuracy in accuracies)
    std = 0.125 if n > 1 else None
    reason = "" if n == len(runs) else "its best checkpoint was not kept"
    metrics = {"metrics": {"test_accuracy": 0.75}, "std": {"test_accuracy": std}} if n else {"metrics": {}, "std": {}}
    return {"trial": 0, "n": n, **metrics, "reason": reason, "runs": own}


def test_a_value_is_shown_with_its_spread_and_number_everywhere(studyhall: Command, lab: Bench) -> None:
    lab.trial_of_runs(study_of_five(lab), 0, COLLAPSED)

    assert VALUE in studyhall("list")[1]
    shown = studyhall("show", "digits")[1]
    assert VALUE in shown
    assert "± is the sample standard deviation over the runs of a trial." in shown
    assert "`studyhall best digits` prints its best configuration and each of its runs" in shown
    assert read(studyhall("show", "digits", "--json"))["ranking"][0]["replicates"]["n_collapsed"] == 4


def test_a_run_far_from_the_others_is_counted_as_an_outlier_and_has_not_collapsed(
    studyhall: Command, lab: Bench
) -> None:
    lab.trial_of_runs(study_of_five(lab), 0, [0.9, 0.91, 0.89, 0.9, 0.3])
    assert "0.78 ± 0.268 (5 runs, 1 outlier)" in studyhall("show", "digits")[1]


def test_each_run_stands_above_the_configuration(studyhall: Command, lab: Bench) -> None:
    lab.trial_of_runs(study_of_five(lab), 0, COLLAPSED)

    out = studyhall("best", "digits")[1]

    chance = "collapsed, at chance: 0.1, and always answering the most frequent class gives 0.104"
    assert out.splitlines()[:6] == [
        f"# trial 0, val_accuracy, the mean of its runs: {VALUE}",
        *(f"#   seed {seed}: 0.1, {chance}" for seed in (1, 2, 3, 4)),
        "#   seed 5: 0.89",
    ]
    again = yaml.safe_load(out)
    assert again["replicates"]["seeds"] == [1, 2, 3, 4, 5]
    assert read(studyhall("best", "digits", "--json")) == again


def test_a_failed_trial_says_of_how_many_runs_its_value_is(studyhall: Command, lab: Bench) -> None:
    lab.trial_of_runs(study_of_five(lab), 0, [0.8, 0.9, None, 0.85, 0.95], RunState.FAILED)

    lines = studyhall("best", "digits", "--trial", "0")[1].splitlines()

    assert lines[0] == "# trial 0, val_accuracy, the mean of its runs: 0.875 ± 0.0645 (4 of 5 runs, 1 collapsed)"
    assert lines[3] == "#   seed 3: failed, collapsed, non-finite: train_loss became nan in epoch 2"


def test_progress_counts_runs(studyhall: Command, lab: Bench) -> None:
    study = study_of_five(lab)
    lab.trial_of_runs(study, 0, COLLAPSED)
    lab.trial_of_runs(study, 1, COLLAPSED, RunState.RUNNING)
    lab.set_state(study, StudyState.STOPPED, "stopped by request")

    out = studyhall("watch", "digits")[1]

    assert out.startswith("digits: 9/60 runs, 1 of 12 trials done, 1 running, 0 pruned, best val_accuracy " + VALUE)


@pytest.mark.parametrize(
    ("accuracies", "said"),
    [
        ([0.625, 0.875], "trial 0 (2 runs, mean ± sample standard deviation): test_accuracy 0.75 ± 0.125"),
        (
            [0.75, None],
            "trial 0 (1 of 2 runs, mean ± sample standard deviation): test_accuracy 0.75, "
            "not measured: its best checkpoint was not kept",
        ),
        ([0.75], "trial 0 (seed 1): test_accuracy 0.75"),
        ([None], "trial 0 (seed 1): not measured: its best checkpoint was not kept"),
    ],
)
def test_the_test_result_says_which_run_or_how_many_it_is(
    studyhall: Command, lab: Bench, accuracies: list[float | None], said: str
) -> None:
    study = study_of_five(lab)
    runs = lab.trial_of_runs(study, 0, [0.5] * len(accuracies))
    with lab.store.transaction(lab.epoch) as tx:
        tx.set_test_result(study.id, result_of(runs, accuracies))

    assert f"On the test split, {said}" in studyhall("show", "digits")[1]


def test_later_looks_at_a_test_split_are_told_and_looks_that_are_not_known(studyhall: Command, lab: Bench) -> None:
    study = study_of_five(lab)
    runs = lab.trial_of_runs(study, 0, [0.5])

    def said(accuracy: float | None, data_hash: str = "d1") -> str:
        with lab.store.transaction(lab.epoch) as tx:
            tx.set_test_result(study.id, result_of(runs, [accuracy], data_hash))
        return next(line for line in studyhall("show", "digits")[1].splitlines() if line.startswith("On the test"))

    assert said(0.75).endswith("test_accuracy 0.75")
    assert said(0.75).endswith("test_accuracy 0.75; look 2 at this test split")
    assert said(0.75, "").endswith("test_accuracy 0.75; whether this test split was looked at before is not known")
    assert said(None).endswith("not measured: its best checkpoint was not kept")


def test_best_says_why_a_result_or_a_model_is_missing_and_stays_yaml(studyhall: Command, lab: Bench) -> None:
    study = lab.study(objective="val_accuracy", replicates={"seeds": 2})
    runs = lab.trial_of_runs(study, 0, [0.5, 0.5])
    lab.artifact(runs[0], "best.ckpt", b"weights", "application/octet-stream")
    lab.log(runs[0], "the model is not exported: it has no `forward`\n")
    with lab.store.transaction(lab.epoch) as tx:
        tx.set_test_result(study.id, {**result_of(runs, [None, None]), "reason": "no test data:\nnone at all"})

    lines = studyhall("best", "digits")[1].splitlines()

    assert lines[3:6] == [
        "# on the test split, trial 0 (0 of 2 runs, mean ± sample standard deviation): not measured: no test data:",
        "# none at all",
        "# the model is not exported: it has no `forward`",
    ]
    assert yaml.safe_load("\n".join(lines))["name"] == "digits-trial-0"
