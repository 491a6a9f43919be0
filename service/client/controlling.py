"""The client's part that says what is wanted: of studies that exist, and of their trials."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from service.client.asking import Asking
from service.client.connection import Json
from service.client.definition_files import read_definition
from service.client.paths import study_path, trial_path, view_path

DESCRIBING = 150.0
"""Seconds that the service may take to describe users' own code; whoever asks first after an edit waits for it."""
ANALYZING = 60.0
"""Seconds that the process which analyzes may take, where it has to start first."""
JSON = {"Content-Type": "application/json"}

Running = Literal["finish", "checkpoint"]


class Controlling(Asking):
    """Calls that change a study while it runs, make another from it, keep views of it, or act on one of its trials."""

    def pause(self, study: str, *, wait: float = 0, running: Running = "finish") -> Json:
        """Start nothing more until the study is resumed.

        ``running`` says what becomes of the runs under way: they train to their end (``finish``), or they end at their
        next batch and go on from there when the study is resumed (``checkpoint``).
        """
        return self._json("POST", f"{study_path(study)}:pause", wait, params={"wait": wait, "running": running})

    def resume(self, study: str, *, wait: float = 0) -> Json:
        """Go on with a paused, stopped or failed study."""
        return self._json("POST", f"{study_path(study)}:resume", wait, params={"wait": wait})

    def stop(self, study: str, *, wait: float = 0, running: Running = "finish") -> Json:
        """End a study: no trial starts any more, and those that wait are cancelled.

        ``running`` says what becomes of running trials: they train to their end and count (``finish``), or they end at
        their next batch as CANCELLED and keep their curves so far (``checkpoint``). A second call may ask for
        ``checkpoint`` where the first said ``finish``.
        """
        return self._json("POST", f"{study_path(study)}:stop", wait, params={"wait": wait, "running": running})

    def delete(self, study: str, *, wait: float = 0) -> Json:
        """Delete a study with all its trials, curves, logs and artifacts; running trials are ended first."""
        return self._json("DELETE", study_path(study), wait, params={"wait": wait})

    def queue(
        self, study: str, configurations: Sequence[Mapping[str, Any]] | Path, *, idempotency_key: str | None = None
    ) -> Json:
        """Have configurations tried before the sampler is asked again, from a list or from a YAML or JSON file.

        Each is written as the study's space is, with a value at every range, or by its parameters' paths, as
        ``trials`` shows them.

        Raises:
            Invalid: one of them is no configuration of the space; then none is queued.
            Conflict: the study has ended, or will not have that many trials.
        """
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        document = read_definition(configurations)
        queue = document if isinstance(document, Mapping) and "queue" in document else {"queue": document}
        body = json.dumps(queue).encode()
        return self._json("POST", f"{study_path(study)}/trials", DESCRIBING, content=body, headers=JSON | headers)

    def update(self, study: str, **changes: Any) -> Json:
        """Change ``max_trials``, ``max_concurrent_trials``, ``priority``, ``budget``, ``notes`` or ``tags``."""
        return self._json("PATCH", study_path(study), json=changes)

    def clone(self, study: str, **changes: Any) -> Json:
        """Submit a study like this one, with other fields; each replaces the whole field, None leaves it out.

        Raises:
            Invalid: the definition that comes of it cannot be accepted.
            NameTaken: a study of the name that was given exists.
        """
        return self._json("POST", f"{study_path(study)}:clone", DESCRIBING, json=changes)

    def confirm(
        self,
        study: str,
        *,
        k: int | None = None,
        trials: Sequence[int] = (),
        by: str | None = None,
        seeds: int = 10,
        over: Literal["seeds", "folds"] = "seeds",
    ) -> Json:
        """Train the ``k`` best trials once more with fresh seeds, in a study of its own; ``confirmation`` then tells.

        Or the ``trials`` of these numbers, or by ``by="optimizer"`` the best of each optimizer, which ``compare`` then
        tells apart. Without any of them, those of the confirmation before, or the first time five. ``over="seeds"``
        answers for this split of the data, ``over="folds"`` for the data.

        Raises:
            Conflict: fewer than two trials have completed.
            Invalid: a trial that is named has not completed, or the levels of ``by`` cannot be compared.
        """
        if by is not None:
            params = {"study": study, "by": by}
            compared = self._json("GET", "/compare", ANALYZING, params=params)
            trials = [*compared["tuned"]["candidates"].values()]
        chosen = {"k": k, "trials": list(trials) if trials or by is not None else None}
        asked = {"seeds": seeds, "over": over} | {name: each for name, each in chosen.items() if each is not None}
        return self._json("POST", f"{study_path(study)}:confirm", DESCRIBING, json=asked)

    def cancel_trial(self, study: str, number: int, *, wait: float = 0) -> Json:
        """End a trial that waits or runs; another is drawn in its place."""
        return self._json("POST", f"{trial_path(study, number)}:cancel", wait, params={"wait": wait})

    def retry_trial(self, study: str, number: int, *, wait: float = 0) -> Json:
        """Train a trial that did not complete once more: ``retried_as`` is the new trial, once it was made."""
        return self._json("POST", f"{trial_path(study, number)}:retry", wait, params={"wait": wait})

    def exclude_trial(self, study: str, number: int) -> Json:
        """Leave a trial that has ended out of the ranking, and let the sampler forget it."""
        return self._json("POST", f"{trial_path(study, number)}:exclude")

    def include_trial(self, study: str, number: int) -> Json:
        """Let a trial that was excluded count again."""
        return self._json("POST", f"{trial_path(study, number)}:include")

    def update_trial(self, study: str, number: int, **changes: Any) -> Json:
        """Change a trial's ``notes`` or ``tags``."""
        return self._json("PATCH", trial_path(study, number), json=changes)

    def views(self, study: str) -> list[Json]:
        """What the page has saved of the study under a name, the same for all who open it."""
        items: list[Json] = self._json("GET", f"{study_path(study)}/views")["items"]
        return items

    def save_view(self, study: str, name: str, query: str, *, tab: str = "curves") -> Json:
        """Save what the page shows under a name; ``query`` is its address behind the question mark.

        Raises:
            Conflict: the name is taken; ``change_view`` replaces what it stands for.
        """
        return self._json("POST", f"{study_path(study)}/views", json={"name": name, "tab": tab, "query": query})

    def change_view(self, study: str, view: str, **changes: str) -> Json:
        """Change the ``name``, ``tab`` or ``query`` of a view, which is named by its id."""
        return self._json("PATCH", view_path(study, view), json=changes)

    def delete_view(self, study: str, view: str) -> None:
        """Forget a view, which is named by its id; what it showed stays."""
        self._send("DELETE", view_path(study, view))
