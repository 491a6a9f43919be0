"""What the command says of a study with several objectives."""

from __future__ import annotations

from service.client.client import Studyhall
from tests.service.cli.conftest import Command, read
from tests.support.api import Bench


def test_the_pareto_set_stands_where_one_objective_has_a_ranking(studyhall: Command, lab: Bench, url: str) -> None:
    study = lab.study(objective=["val_loss", "val_accuracy"])
    for number, (loss, accuracy) in enumerate([(0.5, 0.5), (0.2, 0.3), (0.6, 0.4), (1.0, 0.0)]):
        lab.trial(study, number, [loss], further=(accuracy,), lr=0.1 * (number + 1))

    code, out, err = studyhall("show", "digits")

    assert (code, err) == (0, "")
    assert "Pareto set: 2 of 4 completed trials; no other is better in all objectives" in out
    assert "Hypervolume 0.34, measured from val_loss 1, val_accuracy 0, the worst of each." in out
    assert "leads with" not in out
    code, table, _ = studyhall("pareto", "digits", "--reference", "0.6", "--reference", "0.1")
    assert code == 0
    assert [line.split()[:3] for line in table.splitlines() if "optimizer.sgd.lr" in line] == [
        ["0", "0.5", "0.5"],
        ["1", "0.2", "0.3"],
    ]
    assert "Hypervolume 0.1, measured from val_loss 0.6, val_accuracy 0.1." in table
    assert (
        read(studyhall("show", "digits", "--json"))["pareto"]["hypervolume"]
        == read(studyhall("pareto", "digits", "--json"))["hypervolume"]
    )
    assert "minimize val_loss, maximize val_accuracy" in studyhall("list")[1]
    code, _, told = studyhall("best", "digits")
    assert code == 2
    assert "`studyhall best digits --trial N` prints one of them" in told
    code, again, _ = studyhall("best", "digits", "--trial", "1")
    assert "- metric: val_loss" in again
    with Studyhall(url) as hall:
        assert sorted(trial.number for trial in hall.to_optuna("digits").best_trials) == [0, 1]
