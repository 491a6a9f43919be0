"""What is said of a study: its state, and once there are results, its ranking and its best trial."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import typer
from rich.markup import escape

from experiments.reporting import MODEL, NOT_EXPORTED
from service.cli.printing.numbers import number
from service.cli.printing.origin import origin
from service.cli.printing.output import pareto_table, say, show_ranking, show_table, state
from service.cli.printing.replicates import any_spread, tested
from service.client.exported import export_failure, files_of
from service.errors import Unavailable
from service.study.budgets import UNITS

if TYPE_CHECKING:
    from service.client.client import Studyhall

RANKED = 10
REASONS = 3
"""Why trials failed: so many reasons are told, with so many of their trials."""


def report(hall: Studyhall, study: dict[str, Any]) -> None:
    """Everything about a study that fits a screen."""
    say(f"[bold]{study['name']}[/] ({study['id']}): {standing(study)}")
    # Trials that have begun keep their state while the study rests, and nothing of theirs runs.
    begun = {"RUNNING": "begun"} if study["state"] == "PAUSED" else {}
    counts = ", ".join(f"{n} {begun.get(word, word.lower())}" for word, n in study["counts"].items() if n)
    say(f"trials: {counts or 'none yet'}")
    if study["waits_for"] and study["waits_for"] not in study["reason"]:
        say(f"waits: {escape(study['waits_for'])}")
    print_spent(study)
    say(f"page: {hall.url}{study['links']['dashboard']}")
    if known := origin(study["provenance"]):
        say(f"with: {escape(known)}")
    print_choice(study["sampler"])
    print_warnings(study)
    print_traceback(study)
    print_mlflow_rejections(study)
    print_failures(hall, study)
    if has_several(study):
        print_pareto(pareto_of(hall, study))
        print_test_result(study)
        return
    if ranking := hall.ranking(study["name"], RANKED):
        typer.echo()
        print_ranking(ranking, study)
    print_test_result(study)
    print_answer(answer_of(hall, study))
    if ranking and study["sampler"]["name"] == "pbt":
        say("\n[dim]The parameters are those that each member began with; some have changed since.[/]")
    if ranking:
        each = " and each of its runs" if any_spread(ranking) else ""
        say(f"\n`studyhall best {study['name']}` prints its best configuration{each}, to be submitted again.")


def print_spent(study: Mapping[str, Any]) -> None:
    """What a study has spent, of its budget if it has one, and what pruning has saved."""
    spent, budget, saved = study["spent"], study["budget"], study["saved_by_pruning"]
    shown = [name for name in UNITS if name in budget or (spent[name] and name in {"epochs", "cpu_hours"})]
    if shown:
        say(f"spent: {', '.join(_spent(spent[name], budget.get(name), UNITS[name]) for name in shown)}")
    if saved["epochs"]:
        say(f"saved by pruning: {saved['epochs']:,} epochs, about {saved['cpu_hours']:.2g} CPU hours")


def _spent(amount: float, limit: float | None, unit: str) -> str:
    shown = f"{amount:,}" if isinstance(amount, int) else f"{amount:.2g}"
    return f"{shown} {unit}" if limit is None else f"{shown} of {limit:g} {unit}"


def print_ranking(ranking: Sequence[Mapping[str, Any]], study: Mapping[str, Any]) -> None:
    """The best trials of a study, and how many there are beside them."""
    show_ranking(ranking, study["objective"])
    total = sum(study["counts"].values())
    if len(ranking) < total:
        best = (
            "the best of those that completed" if len(ranking) < study["counts"]["COMPLETED"] else "the completed ones"
        )
        say(f"[dim]{len(ranking)} of {total:,} trials are shown, {best}; the page shows all.[/]")


def print_choice(sampler: Mapping[str, Any]) -> None:
    """Which sampler was chosen and why, where the choice was left to the service."""
    if chosen := sampler.get("chosen"):
        say(f"sampler: auto chose {chosen['name']}: {escape(sampler['because'])}")


def has_several(study: Mapping[str, Any]) -> bool:
    """Whether a study has several objectives, so that no single trial is its best."""
    return len(study["objectives"]) > 1


def pareto_of(hall: Studyhall, study: Mapping[str, Any]) -> dict[str, Any] | None:
    """The Pareto set; nothing where the analysis answers too late."""
    try:
        return hall.pareto(study["name"])
    except Unavailable:
        return None


def print_pareto(found: Mapping[str, Any] | None) -> None:
    """The trials that no other is better than in all objectives, and the hypervolume with its reference point."""
    if found is None or not found["items"]:
        return
    n, n_completed = len(found["items"]), found["trials"]["completed"]
    say(f"\n[bold]Pareto set[/]: {n} of {n_completed:,} completed trials; no other is better in all objectives")
    show_table(pareto_table(found))
    point = ", ".join(
        f"{each['metric']} {number(value)}" for each, value in zip(found["objectives"], found["reference"], strict=True)
    )
    worst = ", the worst of each" if found["reference_is"] == "worst" else ""
    say(f"[dim]Hypervolume {number(found['hypervolume'])}, measured from {point}{worst}.[/]")


def answer_of(hall: Studyhall, study: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the ranking tells; nothing where the analysis answers too late: the results stand without it."""
    try:
        return hall.answer(study["name"])
    except Unavailable:
        return None


def print_answer(answer: Mapping[str, Any] | None) -> None:
    """What the ranking tells, and what it does not."""
    if answer:
        say(f"\n[bold]{answer['sentence'][0].upper()}{escape(answer['sentence'][1:])}.[/]")


def print_warnings(found: Mapping[str, Any]) -> None:
    """What is doubtful about a study, its code or what a definition would do."""
    for warning in found["warnings"]:
        say(f"[yellow]warning[/]: {escape(warning)}")


def print_failures(hall: Studyhall, study: Mapping[str, Any]) -> None:
    """Why trials failed: each reason once, the most frequent first."""
    failed = hall.trials(study["name"], states=["FAILED"]) if study["counts"]["FAILED"] else []
    by_reason: dict[str, list[str]] = {}
    for trial in failed:
        by_reason.setdefault(trial["reason"], []).append(str(trial["number"]))
    for reason, numbers in sorted(by_reason.items(), key=lambda each: -len(each[1]))[:REASONS]:
        several, cut = "s" if len(numbers) > 1 else "", " …" if len(numbers) > REASONS else ""
        say(f"[red]failed[/]: trial{several} {', '.join(numbers[:REASONS])}{cut}: {escape(reason)}")
    if more := max(0, len(by_reason) - REASONS):
        say(f"[dim]{more:,} further reason{' stands' if more == 1 else 's stand'} on the page.[/]")


def print_traceback(study: Mapping[str, Any]) -> None:
    """What the check of the study's code raised, if it did."""
    if (check := study["code_check"]) and check["traceback"]:
        typer.echo(f"\n{check['traceback'].rstrip()}\n")


def print_test_result(study: dict[str, Any]) -> None:
    """The best trial on the test split, or why it has no result there."""
    if test := study["test_result"]:
        say(f"\n[bold]On the test split[/], {escape(tested(test))}")


def missing_lines(hall: Studyhall, trial: Mapping[str, Any]) -> Iterator[str]:
    """Why a trial has no result on the test split, and no exported model, where one was to be expected."""
    test = hall.study(trial["study"])["test_result"]
    if test and test["trial"] == trial["number"] and test["reason"]:
        yield f"on the test split, {tested(test)}"
    unexported = [run for run in trial["runs"] if run["artifacts"] and MODEL not in files_of(run)]
    for failure in dict.fromkeys(export_failure(hall.log(run["id"])) for run in unexported):
        if failure:
            yield f"{NOT_EXPORTED}{failure}"


def history_lines(trial: Mapping[str, Any]) -> Iterator[str]:
    """What a member of a population took over from others, and why."""
    yield from (each["reason"] for each in trial["history"] if each["takes_over"])


def print_mlflow_rejections(study: dict[str, Any]) -> None:
    """What MLflow refuses of the study, if anything, and what to do about it."""
    if n := study["mlflow_rejected"]:
        trials = f"{n} trial{'s' if n > 1 else ''}"
        say(f"[yellow]MLflow does not show {trials} of this study[/]: {escape(study['mlflow_error'])}")
        say("Studyhall keeps them all the same; `studyhall mlflow rebuild` offers them to MLflow again.")


def standing(seen: dict[str, Any]) -> str:
    """State and reason of a study or of an action's result, in a few words and none of them twice."""
    word, reason = seen["state"], escape(seen["reason"])
    if seen["desired"] == "deleted":
        return reason
    said_twice = f"{word.lower()} "
    if reason.startswith(said_twice):
        return f"{state(word)} {reason.removeprefix(said_twice)}"
    return f"{state(word)}, {reason}" if reason else state(word)
