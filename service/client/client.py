"""The Python client: ``Studyhall("http://127.0.0.1:8765")``. Refusals come as the errors of ``service.errors``."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from experiments.reporting import CARD, MODEL
from service.client.connection import PAGE, Json
from service.client.controlling import ANALYZING, DESCRIBING, JSON, Controlling
from service.client.curves import Curves
from service.client.definition_files import read_definition
from service.client.errors import checked
from service.client.exported import files_of, run_with_model, why_not
from service.client.following import Following
from service.client.library import Library
from service.client.paths import run_path, study_path, trial_path
from service.errors import ArtifactNotFound
from service.study.states import StudyState

if TYPE_CHECKING:
    import optuna


class Studyhall(Controlling, Curves, Following, Library):
    """A service, reached over REST. Close it, or use it in a ``with`` block.

    A study is named by its name or its id. Everything comes back as the API's JSON (see ``/api/docs``) unless said
    otherwise. Each call may raise Unavailable: the service does not answer.
    """

    def submit(self, definition: Mapping[str, Any] | str | Path, *, idempotency_key: str | None = None) -> Json:
        """Create a study from a mapping, from a YAML or JSON file, or from a ready-made one by its name.

        Raises:
            Invalid: the definition cannot be accepted; ``problems`` names the places and the remedies.
            NameTaken: a study of that name exists; ``free`` is a name that is not taken.
        """
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        return self._json("POST", "/studies", DESCRIBING, content=_body(definition), headers=JSON | headers)

    def validate(self, definition: Mapping[str, Any] | str | Path) -> Json:
        """What a definition would do: its number of parameters, the grid's size, ten samples, warnings.

        Raises:
            Invalid: the definition cannot be accepted.
        """
        return self._json("POST", "/studies:validate", DESCRIBING, content=_body(definition), headers=JSON)

    def studies(
        self,
        filter: str = "",  # noqa: A002
        *,
        states: Sequence[str] = (),
        confirms: str | None = None,
        confirmations: bool = True,
    ) -> list[Json]:
        """Every study, newest first, or those in some ``states`` or that a filter chooses: ``tags = baseline``.

        ``confirms`` names a study: its confirmations alone. With ``confirmations=False`` those are left out whose
        study is in the list, which names them.

        Raises:
            Invalid: the filter says none; the message names the position.
            StudyNotFound: there is none of the name in ``confirms``.
        """
        asked = {"state": list(states), "confirmations": confirmations}
        return list(self._items("/studies", **asked, **_given(filter=filter or None, confirms=confirms)))

    def study(self, study: str) -> Json:
        """One study with its definition.

        Raises:
            StudyNotFound: there is none.
        """
        return self._json("GET", study_path(study))

    def trials(
        self,
        study: str,
        *,
        states: Sequence[str] = (),
        filter: str = "",  # noqa: A002
        numbers: Sequence[int] = (),
        distributions: bool = False,
    ) -> list[Json]:
        """Every trial of a study, or those in some ``states``, of some ``numbers`` or that a filter chooses, by number.

        Filters are those of ``studies``: ``state = COMPLETED and optimizer = adamw and val_loss < 0.2``.
        """
        asked = {"state": list(states), "number": list(numbers), "distributions": distributions}
        return list(self._items(f"{study_path(study)}/trials", **asked, **_given(filter=filter or None)))

    def trial_numbers(self, study: str, filter: str = "") -> list[int]:  # noqa: A002
        """The numbers of all trials that a filter chooses, and nothing else of them."""
        items: list[int] = self._json(
            "GET", f"{study_path(study)}/trial-numbers", params=_given(filter=filter or None)
        )["items"]
        return items

    def trial(self, study: str, number: int) -> Json:
        """One trial with its configuration and runs; ``replicates`` says what several runs came to together.

        Raises:
            TrialNotFound: the study has none of that number.
        """
        return self._json("GET", trial_path(study, number))

    def ranking(self, study: str, limit: int = 20) -> list[Json]:
        """The best completed trials, best first."""
        items: list[Json] = self._json("GET", f"{study_path(study)}/ranking", params={"limit": limit, "answer": False})[
            "items"
        ]
        return items

    def answer(self, study: str) -> Json | None:
        """What the ranking tells: its ``sentence``, the trials that are tied with the best, and what would decide.

        Nothing while there are not two trials to compare.
        """
        answer: Json | None = self._json("GET", f"{study_path(study)}/ranking", ANALYZING, params={"limit": PAGE})[
            "answer"
        ]
        return answer

    def compare(
        self,
        *studies: str,
        by: str | None = None,
        trials: Sequence[int] = (),
        reference: str | None = None,
        margin: float | None = None,
        over: Literal["seeds", "folds"] | None = None,
    ) -> Json:
        """Levels of a choice (``by="optimizer"``), some ``trials``, or several studies against a reference.

        Three answers come back: which is better at its best (``tuned``), over its range (``typical``), and which fails
        more rarely (``failures``); each is a verdict with interval and test, or says what would tell. Of levels
        ``tuned`` is by the confirmations that vary ``over``, or without it by all.

        Raises:
            Invalid: there is nothing to compare.
        """
        asked = {"by": by, "trial": list(trials), "reference": reference, "margin": margin, "over": over}
        return self._json("GET", "/compare", ANALYZING, params={"study": list(studies), **_given(**asked)})

    def best(self, study: str) -> Json:
        """The best completed trial with its configuration and runs.

        Raises:
            NoBestTrial: none is complete yet.
        """
        return self._json("GET", f"{study_path(study)}/best")

    def importances(self, study: str, objective: str | None = None) -> Json:
        """How much each parameter decides whether a trial is among the best tenth, the most important first.

        ``objective`` is the metric of one of several objectives, here as in the next four; the first if not given.
        """
        return self._analysis(study, "importances", objective=objective)

    def effects(self, study: str, objective: str | None = None) -> Json:
        """What trials came to by the values of each parameter, and which effects depend on each other."""
        return self._analysis(study, "effects", objective=objective)

    def contour(self, study: str, across: str, up: str, objective: str | None = None) -> Json:
        """What trials came to by the values of two parameters together, as a map of cells."""
        return self._analysis(study, "contour", parameter=[across, up], objective=objective)

    def parallel(self, study: str, limit: int = 1000, objective: str | None = None) -> Json:
        """The best trials column by column, for a picture with a parallel axis for each parameter."""
        return self._analysis(study, "parallel", limit=limit, objective=objective)

    def history(self, study: str, objective: str | None = None) -> Json:
        """How the best value came about: each trial that was better than all before it."""
        return self._analysis(study, "history", objective=objective)

    def improvements(self, study: str) -> Json:
        """How the best value came about in numbers alone, at once: for a line in a list."""
        return self._json("GET", f"{study_path(study)}/improvements")

    def pareto(self, study: str, reference: Sequence[float] = ()) -> Json:
        """The trials of a study with several objectives that no other is better than in all of them.

        ``hypervolume`` is what they came to, measured from the ``reference``: a bad value of each objective, or else
        the worst that there was; ``history`` says how it grew.

        Raises:
            Invalid: the study has one objective, or the reference another number of values.
        """
        return self._analysis(study, "pareto", reference=[*reference] or None)

    def wait(
        self,
        study: str,
        progress: Callable[[Json], None] | None = None,
        *,
        timeout: float | None = None,
        interval: float = 0.5,
    ) -> Json:
        """Wait until a study has ended; ``progress`` is told of it every ``interval`` seconds.

        Raises:
            TimeoutError: it has not ended after ``timeout`` seconds.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            seen = self.study(study)
            if progress is not None:
                progress(seen)
            if StudyState(seen["state"]).ended:
                return seen
            if deadline is not None and time.monotonic() + interval > deadline:
                raise TimeoutError(f"study {study} is still {seen['state']} after {timeout:g} s")
            time.sleep(interval)

    def confirmation(
        self, study: str, *, over: Literal["seeds", "folds"] | None = None, margin: float | None = None
    ) -> Json:
        """Which of the confirmed trials is better, over all confirmations of the study.

        Until it is ``decided``, or ``under_way``, another one with ``next_seeds`` seeds is worth while. Each is a look
        that is paid for: all together find a difference that is not there in at most 5 % of studies. Within ``margin``
        two are as good as equal.
        """
        return self._analysis(study, "confirmation", over=over, margin=margin)

    def timeline(self, study: str | None = None, *, hours: float = 1.0, limit: int | None = None) -> list[Json]:
        """What ran where when, the newest first, up to a limit: of a study, or of all in the last hours."""
        path = "/workers/timeline" if study is None else f"{study_path(study)}/timeline"
        asked = _given(hours=hours if study is None else None, limit=limit)
        items: list[Json] = self._json("GET", path, params=asked)["items"]
        return items

    def workers(self) -> list[Json]:
        """Every worker there is now."""
        items: list[Json] = self._json("GET", "/workers")["items"]
        return items

    def waiting(self) -> Json:
        """The studies of which something waits, in turn and each with why (``waiting``), with all that bears on it.

        These are the ``reserved`` nodes, the processes that ask ``samplers``, and the workers (``items``).
        """
        return self._json("GET", "/workers")

    def health(self) -> Json:
        """Whether the service answers at all, and which version it is."""
        answer: Json = checked(self._asked("GET", f"{self.url}/healthz")).json()
        return answer

    def readiness(self) -> Json:
        """Whether the service can take work, and how much MLflow lags behind; answers also when it is not ready."""
        answer: Json = self._asked("GET", f"{self.url}/readyz").json()
        return answer

    def run(self, run: str) -> Json:
        """A run, with the files that it left; ``download`` fetches one."""
        return self._json("GET", run_path(run))

    def attempts(self, run: str) -> list[Json]:
        """Its starts on workers, each with the checkpoint it went on from and why it ended, the first one first."""
        items: list[Json] = self._json("GET", f"{run_path(run)}/attempts")["items"]
        return items

    def log(self, run: str, *, after: int = 0) -> str:
        """A run's log, or what stands behind so many bytes of it; a log only grows."""
        return self._send("GET", f"{run_path(run)}/log", params={"after": after}).text

    def download(self, run: str, path: str, directory: Path | str = ".") -> Path:
        """Fetch a file that a run left; where it lies now comes back.

        Raises:
            ArtifactNotFound: the run has none of that path.
        """
        target = Path(directory) / Path(path).name
        return self._fetch(f"{run_path(run)}/artifacts/{quote(path)}", target)

    def best_model(self, study: str, directory: Path | str = ".") -> Path:
        """Fetch the exported model of the best trial; where it lies now comes back.

        ``torch.export.load`` reads it; ``model.md``, which is put beside it, says what it takes and gives.

        Of several runs it is that of the best on the validation data.

        Raises:
            NoBestTrial: no trial is complete yet.
            ArtifactNotFound: the study keeps no models, or the module could not be exported, with torch's reason.
        """
        best, seen = self.best(study), self.study(study)
        run = run_with_model(best, seen["objective"]["direction"])
        if run is None:
            raise ArtifactNotFound(why_not(best, seen["definition"]["artifacts"]["keep"], self.log))
        if CARD in files_of(run):
            self.download(run["id"], CARD, directory)
        return self.download(run["id"], MODEL, directory)

    def export(
        self,
        study: str,
        path: Path | str,
        *,
        format: Literal["json", "csv", "parquet"] | None = None,  # noqa: A002
        table: Literal["trials", "runs", "curves"] | None = None,
    ) -> Path:
        """Write a study to a file, whose name says the format unless it is given; where it lies comes back.

        JSON has all of it; CSV and Parquet have one table, the trials unless another is named.

        Raises:
            Invalid: there is no such format or table.
        """
        target = Path(path)
        asked = {"format": format or target.suffix.removeprefix("."), "table": table}
        return self._fetch(f"{study_path(study)}/export", target, {name: word for name, word in asked.items() if word})

    def report_file(self, study: str, path: Path | str, *, by: str | None = None, reference: str | None = None) -> Path:
        """Write a study as one HTML page for a colleague or a reviewer, which opens offline; its place comes back.

        It draws and compares the levels of ``by``, with the ``reference`` among them, or what it takes itself: the best
        trials or a choice.

        Raises:
            Invalid: trials cannot be grouped by it; the message names what they can be grouped by.
        """
        return self._fetch(f"{study_path(study)}/report", Path(path), _given(by=by, reference=reference))

    def to_optuna(self, study: str, storage: str | None = None) -> optuna.Study:
        """The study as Optuna's, with its trials, their distributions and intermediate values.

        Optuna's own plots and importances work on it. It is in memory, or in a new study of the ``storage``, such as
        ``sqlite:///optuna.db``, which optuna-dashboard opens.

        Raises:
            Conflict: the storage has a study of that name.
            Invalid: there can be no storage at this address.
        """
        from service.client.frames import optuna_study

        seen = self.study(study)
        trials = self.trials(study, distributions=True)
        first = [run for trial in trials for run in trial["run_ids"][:1]]  # whose curve the pruner saw
        return optuna_study(seen, trials, self._series(first, seen["objective"]["metric"]), storage)

    def _analysis(self, study: str, name: str, **asked: Any) -> Json:
        return self._json("GET", f"{study_path(study)}/{name}", ANALYZING, params=_given(**asked))


def _given(**asked: Any) -> dict[str, Any]:
    """The parameters of a request that were given; httpx would send the others as empty."""
    return {name: value for name, value in asked.items() if value is not None}


def _body(definition: Any) -> bytes:
    return json.dumps(read_definition(definition)).encode()
