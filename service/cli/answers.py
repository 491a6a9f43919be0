"""Subcommands that say how certainly something is better."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from experiments.errors import InvalidInput
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
    compared = f"studyhall compare {study} --by {by}"
    if by and until_decided:
        remedy = f"`{compared}` tells whether its levels are told apart, and with how many more seeds they would be"
        raise InvalidInput.at("--until-decided", f"--by confirms once; {remedy}")
    with connect(url, home) as hall:
        if until_decided:
            found = _until_decided(hall, study, k, seeds, over, looks, quiet=as_json)
            print_json(found) if as_json else say(escape(found["sentence"]))
            raise typer.Exit(0 if found["decided"] else 1)
        made = hall.confirm(study, k=k, by=by, seeds=seeds, over=over.value)
    if as_json:
        print_json(made)
        return
    _say_begun(made)
    told = compared if by else f"studyhall show {made['name']}"
    say(f"`studyhall watch {made['name']}` shows how far it is, and `{told}` what it tells.")


def _until_decided(
    hall: Studyhall, study: str, k: int | None, seeds: int, over: Over, most: int, *, quiet: bool
) -> dict[str, Any]:
    """Each look is paid for, so it may go on until something shows; ``seeds`` are those of the first."""
    while not (found := hall.confirmation(study, over=over.value))["decided"]:
        under_way = next((look["study"] for look in found["looks"] if _is_under_way(look)), None)
        if under_way is None:
            if len(found["looks"]) >= most or _is_not_worth_it(found):
                break
            made = hall.confirm(study, k=k, seeds=found["next_seeds"] if found["verdicts"] else seeds, over=over.value)
            under_way, k = made["name"], None
            if not quiet:
                _say_begun(made)
        ended = hall.wait(under_way)
        if ended["state"] != "COMPLETED":
            raise Conflict(f"{under_way} is {ended['state']} ({ended['reason']}), so nothing more is confirmed")
    return found


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
    for name in ("tuned", "typical", "failures"):
        if found[name]:
            say(f"[bold]{name}[/]: {escape(found[name]['sentence'])}")
