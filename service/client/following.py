"""The client's part that hears of what happens in studies as it happens."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from service.client.connection import Connection, Json
from service.client.errors import checked
from service.client.paths import study_path


class Following(Connection):
    """Event streams, each open for as long as somebody reads it."""

    def events(self, study: str, *, after: int = 0) -> Iterator[Json]:
        """Each event of a study behind number ``after``, and each new one: its ``number``, ``kind`` and ``payload``.

        It ends when the study is deleted or the service stops. Who asks for events that are gone hears the kind
        ``reset`` with the number of the newest: load the study anew, and go on behind it.

        Raises:
            StudyNotFound: there is none.
            Unavailable: the line is lost; ask again behind the last number that you have.
        """
        for event in self._stream(f"{study_path(study)}/events", after):
            yield {"study": study, "number": int(event["id"]), "kind": event["event"], "payload": event["data"]}

    def events_of(self, positions: Mapping[str, int]) -> Iterator[Json]:
        """The events of several studies in one stream, of each behind the number that it is given.

        One that is deleted, or that there never was, is told of once, as ``gone``.
        """
        after = ",".join(f"{study}:{number}" for study, number in positions.items())
        for event in self._stream("/events", after):
            yield {"kind": event["event"], **event["data"]}

    def _stream(self, path: str, after: int | str) -> Iterator[dict[str, Any]]:
        """Server-sent events, their ``data`` read; a comment, which has no name, only keeps the line open."""
        with self._answering(), self._http.stream("GET", path, params={"after": after}) as answer:
            event: dict[str, Any] = {}
            for line in checked(answer).iter_lines():
                name, _, value = line.partition(": ")
                if name:
                    event[name] = json.loads(value) if name == "data" else value
                elif not line and event:
                    yield event
                    event = {}
