"""What is said of a study: its state, and once there are results, its ranking and its best trial."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer
from rich.markup import escape

from service.cli.output import number, say, show_ranking, state

if TYPE_CHECKING:
    from service.client import Studyhall

RANKED = 10
DOING = {"running": "resuming", "paused": "pausing", "stopped": "stopping", "deleted": "being deleted"}


def report(hall: Studyhall, study: dict[str, Any]) -> None:
    """Everything about a study that fits a screen."""
    say(f"[bold]{study['name']}[/] ({study['id']}): {standing(study)}")
    counts = ", ".join(f"{n} {word.lower()}" for word, n in study["counts"].items() if n)
    say(f"trials: {counts or 'none yet'}")
    say(f"page: {hall.url}{study['links']['dashboard']}")
    print_mlflow_rejections(study)
    if ranking := hall.ranking(study["name"], RANKED):
        typer.echo()
        show_ranking(ranking, study["objective"])
    print_test_result(study)
    if ranking:
        say(f"\n`studyhall best {study['name']}` prints its best configuration, to be submitted again.")


def print_test_result(study: dict[str, Any]) -> None:
    """The best trial on the test split, or why it has no result there."""
    if test := study["test_result"]:
        metrics = ", ".join(f"{name} {number(value)}" for name, value in test["metrics"].items())
        say(f"\n[bold]On the test split[/], trial {test['trial']}: {metrics}")


def print_mlflow_rejections(study: dict[str, Any]) -> None:
    """What MLflow refuses of the study, if anything, and what to do about it."""
    if n := study["mlflow_rejected"]:
        trials = f"{n} trial{'s' if n > 1 else ''}"
        say(f"[yellow]MLflow does not show {trials} of this study[/]: {escape(study['mlflow_error'])}")
        say("Studyhall keeps them all the same; `studyhall mlflow rebuild` offers them to MLflow again.")


def standing(seen: dict[str, Any]) -> str:
    """State, wish and reason of a study or of an action's result, in a few words and none of them twice."""
    word, desired, reason = seen["state"], seen["desired"], escape(seen["reason"])
    if desired == "deleted":
        return reason or DOING[desired]
    reached = {"running": word != "PAUSED", "paused": word != "RUNNING", "stopped": word not in {"RUNNING", "PAUSED"}}
    if not reached[desired]:
        return f"{state(word)}, {DOING[desired]}"
    said_twice = f"{word.lower()} "
    if reason.startswith(said_twice):
        return f"{state(word)} {reason.removeprefix(said_twice)}"
    return f"{state(word)}, {reason}" if reason else state(word)
