"""Subcommands that say how certainly something is better."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.markup import escape

from service.cli.options import AsJson, Home, Study, Url, connect
from service.cli.printing.output import print_json, say
from service.errors import Conflict
from service.study.states import StudyState

if TYPE_CHECKING:
    from service.client.client import Studyhall


class Over(StrEnum):
    """What varies in a confirmation."""

    SEEDS = "seeds"
    FOLDS = "folds"


def confirm(
    study: Study,
    k: Annotated[
        int | None,
        typer.Option(
            "--k", help="How many of the best configurations. \\[default: those confirmed before, or 5]", min=2
        ),
    ] = None,
    by: Annotated[
        str | None, typer.Option("--by", help="The best of each level of this choice instead: optimizer.")
    ] = None,
    seeds: Annotated[int, typer.Option("--seeds", help="Fresh seeds for each of them.", min=2)] = 10,
    over: Annotated[Over, typer.Option("--over", help="Seeds answer for this split, folds for the data.")] = Over.SEEDS,
    until_decided: Annotated[
        bool, typer.Option("--until-decided", help="Wait, and confirm again with as many seeds as are missing.")
    ] = False,
    looks: Annotated[
        int, typer.Option("--looks", help="How many confirmations there may be with --until-decided.", min=1)
    ] = 5,
    url: Url = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Train a study's best trials once more with fresh seeds; all its confirmations together tell which is better.

    With --until-decided the answer is printed at the end, and the exit code is 1 if it is not decided by then.
    """
    with connect(url, home) as hall:
        if until_decided:
            found = _until_decided(hall, Asked(study, k, by, seeds, over.value), looks, quiet=as_json)
            print_json(found) if as_json else say(escape(found["sentence"]))
            raise typer.Exit(0 if found["decided"] else 1)
        made = hall.confirm(study, k=k, by=by, seeds=seeds, over=over.value)
    if as_json:
        print_json(made)
        return
    _say_begun(made)
    told = f"studyhall compare {study} --by {by}" if by else f"studyhall show {made['name']}"
    say(f"`studyhall watch {made['name']}` shows how far it is, and `{told}` what it tells.")


@dataclass(frozen=True)
class Asked:
    """What is to be decided: which of a study's best trials is better, or which level of ``by`` at its best."""

    study: str
    k: int | None
    by: str | None
    seeds: int
    """Of the first confirmation; later ones have as many as are missing."""
    over: Literal["seeds", "folds"]


def _until_decided(hall: Studyhall, asked: Asked, most: int, *, quiet: bool) -> dict[str, Any]:
    """Each look is paid for, so it may go on until something shows."""
    while True:
        told = hall.confirmation(asked.study, over=asked.over)
        found = told if asked.by is None else _levels(hall, asked)
        if found["decided"]:
            return found
        under_way = next((look["study"] for look in told["looks"] if _is_under_way(look)), None)
        if under_way is None:
            wanted = _best_again(found, asked) if asked.by is None else _levels_again(found, asked)
            if wanted is None or len(told["looks"]) >= most:
                return found
            made = hall.confirm(asked.study, **wanted, over=asked.over)
            under_way, asked = made["name"], replace(asked, k=None)
            if not quiet:
                _say_begun(made)
        ended = hall.wait(under_way)
        if ended["state"] != "COMPLETED":
            raise Conflict(f"{under_way} is {ended['state']} ({ended['reason']}), so nothing more is confirmed")


def _best_again(found: Mapping[str, Any], asked: Asked) -> dict[str, Any] | None:
    """What is confirmed next; nothing where that would not decide what is open, or not be worth it."""
    if _is_not_worth_it(found):
        return None
    return {"k": asked.k, "seeds": found["next_seeds"] if found["verdicts"] else asked.seeds}


def _levels(hall: Studyhall, asked: Asked) -> dict[str, Any]:
    """Which level is better at its best, and whether that is decided."""
    tuned = hall.compare(asked.study, by=asked.by, over=asked.over)["tuned"]
    verdicts = [each["verdict"] for each in tuned["verdicts"]]
    return {**tuned, "decided": bool(verdicts) and "unknown" not in verdicts}


def _levels_again(found: Mapping[str, Any], asked: Asked) -> dict[str, Any] | None:
    """The same of levels, of which the answer itself says what would decide."""
    offered = found["confirm"]
    if offered is None:
        return None
    return {"trials": offered["trials"], "seeds": offered["seeds"] if found["verdicts"] else asked.seeds}


def _is_not_worth_it(found: Mapping[str, Any]) -> bool:
    """Whether all that is open are differences that are not worth deciding, or would take too many seeds."""
    return bool(found["verdicts"]) and found["over"] == "seeds" and not found["goes_on"]


def _is_under_way(look: Mapping[str, Any]) -> bool:
    return look["state"] is not None and not StudyState(look["state"]).ended


def _say_begun(made: Mapping[str, Any]) -> None:
    definition = made["definition"]
    n, n_seeds = len(definition["queue"]), len(definition["replicates"]["seeds"])
    say(f"Study [bold]{made['name']}[/] trains {n} trials once more, with {n_seeds} fresh seeds each.")


def compare(
    studies: Annotated[list[str], typer.Argument(help="A study, or several to be compared.", metavar="STUDY…")],
    by: Annotated[str | None, typer.Option("--by", help="Compare the levels of this choice: optimizer.")] = None,
    trial: Annotated[list[int] | None, typer.Option("--trial", help="Compare this trial; several times.")] = None,
    reference: Annotated[
        str | None, typer.Option("--reference", help="What the others are compared with. \\[default: the first]")
    ] = None,
    margin: Annotated[
        float | None, typer.Option("--margin", help="Up to which a difference does not matter.", min=0)
    ] = None,
    url: Url = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Compare levels of a choice, trials or studies: at their best, over their range, and by their failures."""
    with connect(url, home) as hall:
        found = hall.compare(*studies, by=by, trials=trial or [], reference=reference, margin=margin)
    if as_json:
        print_json(found)
        return
    say(f"A difference of up to {found['margin']:.3g} does not matter ({escape(found['margin_from'])}).")
    for note in found["notes"]:
        say(f"{escape(note)}.")
    for name in ("tuned", "typical", "failures"):
        if found[name]:
            say(f"[bold]{name}[/]: {escape(found[name]['sentence'])}")
