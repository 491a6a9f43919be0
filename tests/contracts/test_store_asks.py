"""What a store promises to those who train elsewhere: one ask a key, one run an ask, and answers that stay."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from service.errors import AskNotFound, Conflict, LostLeadership
from service.storage import asks as storage_asks
from service.study.asks import Said


class AsksContract:
    """Asks and what is said of their runs."""

    def test_an_ask_is_given_one_run_and_a_key_is_one_ask(self, bench: Any) -> None:
        study, asks = bench.study(experiment="elsewhere"), bench.store.asks
        _, run = bench.insert(study, 0, started=True)
        first, other = asks.open(study.id, 600, "k"), asks.open(study.id, 600)
        assert asks.open(study.id, 600, "k") == first
        assert asks.give(bench.epoch, first.id, run.id, 1)
        assert not asks.give(bench.epoch, first.id, run.id, 1)
        assert asks.withdraw(first.id).run_id == run.id
        assert asks.withdraw(other.id).over
        assert not asks.give(bench.epoch, other.id, run.id, 1)
        assert [ask.id for ask in asks.look().asks] == [first.id]
        assert asks.open(study.id, 600, "k").run_id == run.id
        with pytest.raises(AskNotFound):
            asks.get("as_none")

    def test_messages_stay_until_they_are_settled(self, bench: Any) -> None:
        study, asks = bench.study(experiment="elsewhere"), bench.store.asks
        ask = asks.open(study.id, 600)
        said = [asks.say(ask.id, Said.REPORT, {"points": []}), asks.say(ask.id, Said.TELL, {"value": 1.0})]
        assert [message.id for message in asks.look().messages] == said
        assert asks.get(ask.id).beat == 2
        assert asks.answer_to(said[0]) is None
        asks.answer(bench.epoch, {said[0]: "continue"})
        assert asks.answer_to(said[0]) == "continue"
        asks.settle(bench.epoch, said, [ask.id])
        assert (asks.answer_to(said[1]), asks.look().messages, asks.get(ask.id).over) == ("", (), True)

    def test_asks_of_which_nothing_came_are_deleted_after_a_while(
        self, bench: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        study, asks = bench.study(experiment="elsewhere"), bench.store.asks
        _, run = bench.insert(study, 0, started=True)
        gone = [asks.open(study.id, 600, key) for key in (None, None, "k")]
        given, waiting = (asks.open(study.id, 600) for _ in range(2))
        asks.give(bench.epoch, given.id, run.id, 1)
        asks.settle(bench.epoch, [], [given.id, *(ask.id for ask in gone)])
        assert list(asks.trim()) == []

        monkeypatch.setattr(storage_asks, "KEPT_FOR", timedelta())
        monkeypatch.setattr(storage_asks, "AT_ONCE", 2)
        assert list(asks.trim()) == [2, 1]
        assert [asks.get(ask.id).id for ask in (given, waiting)] == [given.id, waiting.id]
        assert asks.open(study.id, 600, "k").id != gone[2].id

    def test_an_engine_that_was_replaced_answers_nobody(self, bench: Any) -> None:
        study, asks = bench.study(experiment="elsewhere"), bench.store.asks
        ask = asks.open(study.id, 600)
        for act in (
            lambda: asks.answer(bench.epoch - 1, {}),
            lambda: asks.settle(bench.epoch - 1, [], [ask.id]),
            lambda: asks.give(bench.epoch - 1, ask.id, "ru_x", 1),
        ):
            with pytest.raises(LostLeadership):
                act()
        assert not asks.get(ask.id).over

    def test_a_study_that_workers_train_gives_nothing_away(self, bench: Any) -> None:
        with pytest.raises(Conflict, match="workers train the trials"):
            bench.store.asks.open(bench.study().id, 600)


class TestAsksOnSqlite(AsksContract):
    """On SQLite."""

    backend = "sqlite"


class TestAsksOnPostgresql(AsksContract):
    """On a real PostgreSQL."""

    backend = "postgresql"
