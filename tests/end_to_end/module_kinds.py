"""Studies of small modules of every kind that users bring, each of which measures how it was treated."""

from __future__ import annotations

from typing import Any

import pytest

from service.client.client import Studyhall

STUDIES: dict[str, dict[str, Any]] = {
    "several-loaders": {"objective": "val_loss/dataloader_idx_0", "max_trials": 2},
    "split-without-generator": {"max_trials": 2},
    "by-hand": {"space": {"regularizers": {"l2": {"strength": 0.1}}}, "replicates": {"seeds": [1]}},
    "by-hand-decayed": {"experiment": "by-hand", "space": {"model": {"decay": 0.1}}, "replicates": {"seeds": [1]}},
    "head-only": {"space": {"optimizer": {"name": "sgd", "lr": 0.01}}},
    "own-plateau": {},
    "without-length": {},
    "self-supervised": {"objective": "train_loss"},
    "built-in-setup": {},
    "lists": {"space": {"model": {"blocks": [1, 2, 3]}}},
    "logs-nothing": {},
    "calls-exit": {},
}


def submit(hall: Studyhall, name: str) -> None:
    """Have a kind trained; its study is called like it."""
    base = {"name": name, "experiment": name, "objective": "val_loss", "sampler": "random", "max_trials": 1, "seed": 7}
    hall.submit({**base, "training": {"epochs": 3}, **STUDIES[name]})


def completed(hall: Studyhall, name: str) -> dict[str, Any]:
    """The study, which came to its end and was tested."""
    study = hall.wait(name)
    assert (study["state"], study["reason"][:4]) == ("COMPLETED", "all " if study["max_trials"] > 1 else "its ")
    return study


class ModuleKinds:
    """The suite; the module of a subclass has a fixture ``hall``, where every kind was submitted."""

    def test_the_objective_of_several_loaders_is_that_of_the_first_and_is_minimized(self, hall: Studyhall) -> None:
        completed(hall, "several-loaders")
        values = [trial["value"] for trial in hall.trials("several-loaders")]
        assert hall.best("several-loaders")["value"] == min(values) < max(values)

    def test_training_evaluation_and_all_trials_share_a_split_that_nobody_has_fixed(self, hall: Studyhall) -> None:
        study = completed(hall, "split-without-generator")
        metrics = [trial["metrics"] for trial in hall.trials("split-without-generator")]
        assert [one["val_recalled"] for one in metrics] == [0.0, 0.0]
        assert metrics[0]["val_rows"] == metrics[1]["val_rows"]
        assert metrics[0]["val_loss"] != metrics[1]["val_loss"]
        assert study["test_result"]["metrics"]["test_recalled"] == 0.0

    def test_a_penalty_acts_once_a_batch_however_many_optimizers_step(self, hall: Studyhall) -> None:
        for name in ("by-hand", "by-hand-decayed"):
            completed(hall, name)
        penalized, decayed = (hall.best(name)["metrics"]["val_loss"] for name in ("by-hand", "by-hand-decayed"))
        assert penalized == pytest.approx(decayed, rel=1e-5)

    def test_a_study_s_optimizer_keeps_to_the_groups_and_trains_nothing_else(self, hall: Studyhall) -> None:
        completed(hall, "head-only")
        metrics = hall.best("head-only")["metrics"]
        assert metrics["body_moved"] == 0.0
        assert metrics["ratio"] == pytest.approx(10)

    def test_a_plateau_of_the_module_s_own_sees_every_epoch(self, hall: Studyhall) -> None:
        completed(hall, "own-plateau")
        assert list(hall.curves("own-plateau", "lr").lr) == pytest.approx([0.01, 0.005, 0.0025])

    @pytest.mark.parametrize("name", ["without-length", "built-in-setup", "lists"])
    def test_it_trains_and_is_tested(self, hall: Studyhall, name: str) -> None:
        assert completed(hall, name)["test_result"]["metrics"]["test_loss"] > 0

    def test_a_module_without_validation_is_judged_by_its_training(self, hall: Studyhall) -> None:
        result = completed(hall, "self-supervised")["test_result"]
        assert (result["n"], result["metrics"]) == (0, {})
        assert "test" in result["reason"]

    @pytest.mark.parametrize(("name", "reason"), [("logs-nothing", "val_loss"), ("calls-exit", "kinds.py")])
    def test_what_cannot_be_a_study_is_told_and_disturbs_nothing(self, hall: Studyhall, name: str, reason: str) -> None:
        study = hall.wait(name)
        assert study["state"] == "FAILED"
        assert reason in study["reason"]
