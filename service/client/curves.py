"""The client's part that reads learning curves: of every run, of one, or put together by group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from service.client.connection import Connection, Json
from service.client.paths import run_path, study_path
from service.errors import Invalid

if TYPE_CHECKING:
    import pandas as pd

RUNS_A_REQUEST = 200


class Curves(Connection):
    """Calls that answer with curves."""

    def curves(self, study: str, metric: str, *, filter: str = "") -> pd.DataFrame:  # noqa: A002
        """One metric's curves of all runs, or of those of trials that a filter chooses, one row a point: trial,
        run_id, replicate, fold, state, step, epoch, wall_time, training_time and the metric's value.

        Raises:
            Invalid: the study has no such metric, or more points than one answer holds; ``export`` has all of them.
        """
        from service.client.frames import curves_frame

        answer = self._json("GET", "/curves", params={"study": study, "metric": metric} | _chosen(filter))
        known = [] if answer["series"] else self._json("GET", study_path(study))["metrics"]
        if known and metric not in known:
            raise Invalid(f"the study has no metric {metric!r}; it has {', '.join(known)}")
        return curves_frame(answer)

    def run_curves(self, run: str) -> Json:
        """Every point of every metric of one run."""
        return self._json("GET", f"{run_path(run)}/curves")

    def curve_groups(self, *studies: str, metric: str, **how: Any) -> Json:
        """Curves put together by group: middle, band and number of runs at each x, over all runs of the group.

        ``group_by`` names parameters (left out, runs of one configuration form a group). ``x``, ``center``, ``band``,
        ``survivors``, ``best_so_far``, ``filter``, ``groups`` … are those of ``POST /curves:aggregate``.

        Raises:
            Invalid: they contradict each other.
        """
        return self._json("POST", "/curves:aggregate", json={"study": list(studies), "metric": metric, **how})

    def summaries(self, study: str, metric: str, *, runs: Sequence[str] = ()) -> Json:
        """The least, the greatest and the last finite value of a metric in each run's curve, and at which step."""
        asked = {"metric": metric} | ({"run": list(runs)} if runs else {})
        return self._json("GET", f"{study_path(study)}/summaries", params=asked)

    def _series(self, runs: Sequence[str], metric: str) -> Iterator[Json]:
        """The curves of runs by epoch, however many: so few at a time that none is thinned."""
        for start in range(0, len(runs), RUNS_A_REQUEST):
            asked = {"run": [*runs[start : start + RUNS_A_REQUEST]], "metric": metric, "x": ["epoch"]}
            answer = self._json("POST", "/curves", json=asked)
            if answer["columns"]:
                raise Invalid(f"{answer['n_points']} points of {len(asked['run'])} runs do not fit into one answer")
            yield from answer["series"]


def _chosen(filter_: str) -> dict[str, str]:
    return {"filter": filter_} if filter_ else {}
