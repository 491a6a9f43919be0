"""What those who train elsewhere ask for and say, and what the engine answers."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, select, update

from service.errors import AskNotFound, Conflict, StudyIsDeleted
from service.storage.db.asking_tables import NOT_OVER, ask_messages, asks
from service.storage.db.database import Repository, insert, reading, writing
from service.storage.db.rows import AnyRow, clean_json
from service.storage.leadership import check_epoch
from service.storage.studies import find_study
from service.study.asks import Ask, AskLook, Message, Said
from service.study.definitions.elsewhere import ELSEWHERE
from service.study.states import Desired

KEPT_FOR = timedelta(hours=1)
"""Asks of which nothing came are kept longer than any request waits for one: who polls leaves many."""
AT_ONCE = 1000


class AskStore(Repository):
    """Where the API and the engine meet for trials that are trained elsewhere."""

    # --- what the API writes

    def open(self, study_id: str, lease: float, key: str | None = None) -> Ask:
        """Want a trial of the study. With a ``key`` the same ask comes back; it begins anew if nothing came of it.

        Raises:
            StudyNotFound: there is no such study.
            Conflict: its trials are trained by workers, or it is being deleted.
        """
        with writing(self._engine) as connection:
            study = find_study(connection, study_id, lock=True)
            if study.definition["experiment"] != ELSEWHERE:
                remedy = f"only a study that says `experiment: {ELSEWHERE}` gives its trials to those who ask"
                raise Conflict(f"workers train the trials of study {study.name!r}; {remedy}")
            if study.desired == Desired.DELETED:
                raise StudyIsDeleted(study.name)
            fresh = {"id": f"as_{secrets.token_hex(8)}", "study_id": study.id, "key": key, "lease": lease}
            now = datetime.now(UTC)
            values = {**fresh, "beat": 0, "run_id": None, "start": 0, "over": False, "asked_at": now}
            connection.execute(insert(connection, asks).values(values).on_conflict_do_nothing())
            known = asks.c.key == key if key is not None else asks.c.id == values["id"]
            row = connection.execute(select(asks).where(asks.c.study_id == study.id, known)).one()
            if row.over and row.run_id is None:
                anew = {"over": False, "lease": lease, "asked_at": now}
                connection.execute(update(asks).where(asks.c.id == row.id).values(anew))
            return _find(connection, row.id)

    def withdraw(self, ask_id: str) -> Ask:
        """Want a trial no more, unless one is given already."""
        with writing(self._engine) as connection:
            waits = (asks.c.id == ask_id) & asks.c.run_id.is_(None)
            connection.execute(update(asks).where(waits).values(over=True))
            return _find(connection, ask_id)

    def beat(self, ask_id: str) -> None:
        """A sign of life."""
        with writing(self._engine) as connection:
            connection.execute(update(asks).where(asks.c.id == ask_id).values(beat=asks.c.beat + 1))

    def say(self, ask_id: str, said: Said, payload: Mapping[str, Any]) -> int:
        """Leave a message for the engine, which is a sign of life too; its id comes back."""
        with writing(self._engine) as connection:
            connection.execute(update(asks).where(asks.c.id == ask_id).values(beat=asks.c.beat + 1))
            values = {"ask_id": ask_id, "said": said, "payload": clean_json(payload)}
            statement = insert(connection, ask_messages).values(values).returning(ask_messages.c.id)
            return int(connection.execute(statement).scalar_one())

    def get(self, ask_id: str) -> Ask:
        """An ask.

        Raises:
            AskNotFound: there is none of that id.
        """
        with reading(self._engine) as connection:
            return _find(connection, ask_id)

    def answer_to(self, message_id: int) -> str | None:
        """The engine's answer; empty where the message is stored and forgotten, nothing while there is none."""
        with reading(self._engine) as connection:
            row = connection.execute(select(ask_messages.c.answer).where(ask_messages.c.id == message_id)).first()
        return "" if row is None else row.answer

    # --- what the engine does

    def look(self) -> AskLook:
        """What is not over, and every message that is not settled: one of a lower id may be committed later."""
        with reading(self._engine) as connection:
            found = [_ask(row) for row in connection.execute(select(asks).where(NOT_OVER))]
            if not found:
                return AskLook((), ())
            query = select(ask_messages).order_by(ask_messages.c.id)
            messages = [Message(row.id, row.ask_id, Said(row.said), row.payload) for row in connection.execute(query)]
        return AskLook(found, messages)

    def give(self, epoch: int, ask_id: str, run_id: str, start: int) -> bool:
        """Give a run to who asked; false if that one is gone.

        Raises:
            LostLeadership: another engine has taken over.
        """
        with writing(self._engine) as connection:
            check_epoch(connection, epoch)
            waits = (asks.c.id == ask_id) & asks.c.run_id.is_(None) & NOT_OVER
            given = update(asks).where(waits).values(run_id=run_id, start=start)
            return connection.execute(given).rowcount == 1

    def answer(self, epoch: int, answers: Mapping[int, str]) -> None:
        """Answer messages.

        Raises:
            LostLeadership: another engine has taken over.
        """
        with writing(self._engine) as connection:
            check_epoch(connection, epoch)
            for message_id, answer in answers.items():
                chosen = ask_messages.c.id == message_id
                connection.execute(update(ask_messages).where(chosen).values(answer=answer))

    def settle(self, epoch: int, messages: Collection[int], over: Collection[str]) -> None:
        """What these messages told is stored, and these asks are over.

        Raises:
            LostLeadership: another engine has taken over.
        """
        with writing(self._engine) as connection:
            check_epoch(connection, epoch)
            connection.execute(delete(ask_messages).where(ask_messages.c.id.in_(messages)))
            connection.execute(update(asks).where(asks.c.id.in_(over)).values(over=True))

    def trim(self) -> Iterator[int]:
        """Delete what nothing came of and nobody waits for any more, some at a time: how many each time.

        What was given a run is kept with it, as who told its result may tell it again.
        """
        old = asks.c.over & asks.c.run_id.is_(None) & (asks.c.asked_at < datetime.now(UTC) - KEPT_FOR)
        while True:
            with reading(self._engine) as connection:
                found = connection.execute(select(asks.c.id).where(old).limit(AT_ONCE)).scalars().all()
            if not found:
                return
            with writing(self._engine) as connection:  # one of them may have been asked for again meanwhile
                n_deleted = connection.execute(delete(asks).where(asks.c.id.in_(found), old)).rowcount
            yield n_deleted


def _find(connection: Connection, ask_id: str) -> Ask:
    row = connection.execute(select(asks).where(asks.c.id == ask_id)).first()
    if row is None:
        raise AskNotFound(f"nobody was given a trial as {ask_id!r}; give the `ask` that the trial came with")
    return _ask(row)


def _ask(row: AnyRow) -> Ask:
    fields = row._asdict()
    del fields["key"], fields["asked_at"]
    return Ask(**fields)
