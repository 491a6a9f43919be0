"""What filters choose, on every database."""

from __future__ import annotations

from typing import Any

import pytest

from service.errors import Invalid
from service.study.filters import parse_filter
from service.study.ports import Outcome
from service.study.states import RunState
from tests.support.rows import waiting_run

PARAMETERS: list[dict[str, Any]] = [
    {"optimizer": "adamw", "optimizer.adamw.lr": 0.003, "nesterov": True},
    {"optimizer": "sgd", "training.batch_size": 32, "nesterov": False},
    {"optimizer": "adam", "mixed": "large"},
    {"mixed": 3},
]


class FiltersContract:
    """The whole filter is a condition of the query."""

    @pytest.mark.parametrize(
        ("text", "numbers"),
        [
            ("state = COMPLETED and optimizer = adamw and val_loss < 0.2", [0]),
            ("optimizer ~ ADAM", [0, 2]),
            ("not optimizer ~ ADAM", [1, 3]),
            ("optimizer != adamw", [1, 2]),
            ("optimizer in (sgd, adam) and not number = 2", [1]),
            ("optimizer.adamw.lr >= 0.003", [0]),
            ("training.batch_size = 32 or parameters.mixed = 3", [1, 3]),
            ("mixed > 2", [3]),
            ("mixed = large", [2]),
            ("nesterov = true", [0]),
            ("nesterov = false", [1]),
            ("metrics.val_loss > 0.25", [2, 3]),
            ("value <= 0.2", [0, 1]),
            ("tags = baseline", [1]),
            ("tags in (baseline, 'a/b')", [1, 2]),
            ("tags != baseline", [0, 2, 3]),
            ("notes ~ 'look 100%'", [2]),
            ("excluded = true", [3]),
            ("no.such.field = 1", []),
            ("not no.such.field = 1", [0, 1, 2, 3]),
        ],
    )
    def test_trials_are_chosen(self, bench: Any, text: str, numbers: list[int]) -> None:
        study = bench.study()
        for number, parameters in enumerate(PARAMETERS):
            trial = bench.trial(study, number, parameters=parameters)
            run, value = waiting_run(trial), 0.1 * (number + 1)
            outcome = Outcome(RunState.COMPLETED, "done", value, {"val_loss": value})
            with bench.store.transaction(bench.epoch) as transaction:
                transaction.insert_trial(trial, [run])
                transaction.start_run(run.id, 1)
                transaction.end_run(run.id, 1, outcome)
                transaction.end_trial(trial.id, outcome, {})
        bench.store.trial_actions.annotate(study.id, 1, {"tags": ["baseline"]})
        bench.store.trial_actions.annotate(study.id, 2, {"tags": ["a/b"], "notes": "Look 100% well"})
        bench.store.trial_actions.set_excluded(study.id, 3, True)

        found = bench.store.trials.page(study.id, chosen=parse_filter(text)).items
        assert [trial.number for trial in found] == numbers

    def test_studies_are_chosen(self, bench: Any) -> None:
        bench.study("a", tags=["x"], priority=3, sampler={"name": "grid"})
        bench.study("b")

        def names(text: str) -> list[str]:
            return [study.name for study in bench.store.studies.page(chosen=parse_filter(text)).items]

        assert names("sampler = grid and priority > 2 and tags = x") == ["a"]
        assert names("metric = val_loss and state = QUEUED") == ["b", "a"]
        assert names("not best < 1") == ["b", "a"]
        several = [
            {"metric": "val_accuracy", "direction": "maximize"},
            {"metric": "val_loss", "direction": "minimize"},
        ]
        bench.study("c", objective=several)
        assert names("metric = val_accuracy and direction = maximize") == ["c"], "the first of several is meant"

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("samplr = grid", "at character 1: a study has no field 'samplr' (did you mean 'sampler'?)"),
            ("priority = high", "at character 1: priority is compared with a number"),
            ("tags ~ x", "at character 1: tags are compared by =, != or in"),
            ("state = COMPLETD", "at character 1: there is no state 'COMPLETD' (did you mean 'COMPLETED'?)"),
            ("not state in (QUEUED, run)", "at character 5: there is no state 'run' (did you mean 'RUNNING'?)"),
            ("desired != Paused", "at character 1: there is no desired 'Paused' (did you mean 'paused'?)"),
        ],
    )
    def test_what_cannot_be_compared_is_refused(self, bench: Any, text: str, told: str) -> None:
        with pytest.raises(Invalid) as caught:
            bench.store.studies.page(chosen=parse_filter(text))
        assert caught.value.problems[0].message == told

    @pytest.mark.parametrize("text", ["state = pruned", "failure in (diverged, oom)", "state != QUEUED"])
    def test_a_word_that_no_trial_ever_says_is_refused(self, bench: Any, text: str) -> None:
        study = bench.study()
        with pytest.raises(Invalid, match=r"there is no (state|failure) '(pruned|oom|QUEUED)' "):
            bench.store.trials.numbers(study.id, parse_filter(text))


class TestFiltersOnSqlite(FiltersContract):
    """On SQLite."""

    backend = "sqlite"


class TestFiltersOnPostgresql(FiltersContract):
    """On a real PostgreSQL."""

    backend = "postgresql"
