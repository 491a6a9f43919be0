"""The client's part for trials that are trained elsewhere: ask for one, report its curves, tell what it came to."""

from __future__ import annotations

import math
import secrets
from collections.abc import Mapping
from typing import Any

from service.client.connection import Connection, Json
from service.client.paths import study_path, trial_path
from service.errors import Unavailable
from service.study.asks import DEFAULT_LEASE
from service.study.states import StudyState

ASKING, ANSWERING = 20.0, 30.0
"""Seconds that the service waits for a trial, and for the engine's answer to a report or a result."""
TRIES = 5
"""How often a report or a result is sent while the engine does not answer."""


class Asking(Connection):
    """Calls of code that trains by itself the trials of a study which says ``experiment: elsewhere``."""

    def ask(self, study: str, *, wait: float | None = None, lease: float = DEFAULT_LEASE) -> Json | None:
        """The next trial to train: its ``configuration``, ``parameters``, ``trial`` number and ``seed``.

        It waits for one, for at most ``wait`` seconds if that is given; nothing comes back when the study has ended,
        or the time is over. A trial of which nothing is heard for ``lease`` seconds is given to another.

        Raises:
            StudyNotFound: there is none.
            Conflict: workers train its trials.
        """
        left = math.inf if wait is None else wait
        while True:
            now = min(left, ASKING)
            asked = self._asked_once(study, now, lease)
            left -= now
            if asked["ask"] is not None:
                return {**asked, "study": study}
            if StudyState(asked["state"]).ended or left <= 0:
                return None

    def report(self, trial: Mapping[str, Any], metrics: Mapping[str, float], step: int, **point: Any) -> str:
        """A point of a trial's curves; ``continue``, ``prune`` or ``stop`` comes back.

        After ``prune`` and ``stop`` the trial has ended. ``epoch`` and ``training_time`` may be given as well.
        """
        finite = {name: value if math.isfinite(value) else None for name, value in metrics.items()}
        points = [{"step": step, "metrics": finite, **point}]
        return str(self._said(trial, "/report", {"points": points})["decision"])

    def heartbeat(self, trial: Mapping[str, Any]) -> str:
        """Say that a trial is still trained, without a point of its curve; the answer is that of ``report``."""
        return str(self._said(trial, "/report", {})["decision"])

    def tell(
        self,
        trial: Mapping[str, Any],
        value: float | None = None,
        *,
        metrics: Mapping[str, float] | None = None,
        failure: str | None = None,
    ) -> Json:
        """What a trial came to: a value (left out, that of its curve), or why there is none.

        A value that is NaN or infinite is a failure: the trial diverged. Told again, it is answered as the first time.

        Raises:
            Conflict: the trial was given to another, because nothing was heard of it.
        """
        body: Json = {"metrics": {name: each for name, each in (metrics or {}).items() if math.isfinite(each)}}
        if failure is not None:
            body["failure"] = failure
        elif value is not None and not math.isfinite(value):
            body |= {"failure": f"the value is {value}", "diverged": True}
        elif value is not None:
            body["value"] = float(value)
        return self._said(trial, ":tell", body)

    def _asked_once(self, study: str, wait: float, lease: float) -> Json:
        """With a key: of an answer that is lost on its way, the repetition is the same trial."""
        headers = {"Idempotency-Key": secrets.token_hex(16)}
        params = {"wait": wait, "lease": lease}
        path = f"{study_path(study)}:ask"
        try:
            return self._json("POST", path, ASKING, params=params, headers=headers)
        except Unavailable:
            return self._json("POST", path, ASKING, params=params, headers=headers)

    def _said(self, trial: Mapping[str, Any], action: str, body: Json) -> Json:
        """Both may be sent again: what was heard before changes nothing."""
        path = f"{trial_path(trial['study'], trial['trial'])}{action}"
        for _ in range(TRIES - 1):
            try:
                return self._json("POST", path, ANSWERING, json={"ask": trial["ask"], **body})
            except Unavailable:
                continue
        return self._json("POST", path, ANSWERING, json={"ask": trial["ask"], **body})
