"""The client's part that looks up what a study can name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from service.client.connection import Connection, Json
from service.client.controlling import DESCRIBING


class Library(Connection):
    """Components, experiments, named spaces and ready-made studies, users' own among them."""

    def catalog(self, kind: str | None = None) -> list[Json]:
        """The components, by kind; or one kind alone."""
        if kind is not None:
            return [self._json("GET", f"/catalog/{_quoted(kind)}", DESCRIBING)]
        kinds: list[Json] = self._json("GET", "/catalog", DESCRIBING)["kinds"]
        return kinds

    def component(self, kind: str, name: str) -> Json:
        """One component with its fields, by its name or one of its aliases.

        Raises:
            ComponentNotFound: there is none; the message has the likely name.
        """
        return self._json("GET", f"/catalog/{_quoted(kind)}/{_quoted(name)}", DESCRIBING)

    def preview_schedule(self, schedule: str | Mapping[str, Any], **run: Any) -> Json:
        """The curve of a schedule without a training: ``points`` of a step and the factor of the base rate each.

        ``epochs``, ``steps_per_epoch``, ``points`` and, for a schedule that goes by results, ``history`` may be given.

        Raises:
            Invalid: there is no such schedule, or no such parameter.
        """
        return self._json("POST", "/schedules:preview", DESCRIBING, json={"schedule": schedule, **run})

    def experiments(self) -> Json:
        """What a study can name as its ``experiment`` (``items``), and what of users' own was ``refused``, and why."""
        return self._json("GET", "/experiments", DESCRIBING)

    def experiment(self, name: str) -> Json:
        """One experiment, with the configuration that a study of it starts from."""
        return self._json("GET", f"/experiments/{_quoted(name)}", DESCRIBING)

    def search_spaces(self) -> Json:
        """The ``spaces`` that ``use`` can name, and the ``studies`` that ``submit`` takes by their names."""
        return self._json("GET", "/search-spaces")

    def search_space(self, name: str) -> Json:
        """One named space, as it is written."""
        return self._json("GET", f"/search-spaces/{_quoted(name)}")

    def ready_made_study(self, name: str) -> Json:
        """One ready-made study, as it is written."""
        return self._json("GET", f"/ready-made-studies/{_quoted(name)}")


def _quoted(name: str) -> str:
    return quote(name, safe="")
