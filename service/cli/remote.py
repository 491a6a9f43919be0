"""Subcommands that ask a running service."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli.options import AsJson, Chosen, File, Home, Study, Url, Wait, connect, naming_import, read_study
from service.cli.printing.output import print_json, say, show_table, studies_table
from service.cli.printing.progress import follow, left_to_itself
from service.cli.printing.replicates import run_lines
from service.cli.printing.report import (
    RANKED,
    answer_of,
    has_several,
    history_lines,
    missing_lines,
    pareto_of,
    report,
    standing,
)
from service.study.states import RunningTrials

if TYPE_CHECKING:
    from service.client.client import Studyhall

AtPause = Annotated[
    RunningTrials,
    typer.Option(
        "--running",
        help="What becomes of the runs under way. finish: they train to their end. checkpoint: they end at their next "
        "batch, and go on from there when the study is resumed.",
    ),
]
AtStop = Annotated[
    RunningTrials,
    typer.Option(
        "--running",
        help="What becomes of running trials. finish: they train to their end and count. checkpoint: they end at "
        "their next batch as CANCELLED, and keep their curves so far; `stop` can be asked for this a second time.",
    ),
]


def submit(
    file: File,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until the study has ended.")] = False,
    url: Url = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Submit a study to a running service."""
    document = read_study(file)
    with connect(url, home) as hall:
        with naming_import(file, document):
            study = hall.submit(document)
        if wait:
            if not as_json:
                say(f"Study [bold]{study['name']}[/], live at {hall.url}{study['links']['dashboard']}")
            with left_to_itself(study["name"], f"goes on; `studyhall watch {study['name']}` follows it"):
                study = follow(hall, study["name"], quiet=as_json)
        _print_study(hall, study, as_json=as_json)
    _exit(study, wait)


def watch(study: Study, url: Url = None, home: Home = None, as_json: AsJson = False) -> None:
    """Show a study's progress until it ends."""
    with connect(url, home) as hall:
        with left_to_itself(study, "goes on"):
            seen = follow(hall, study, quiet=as_json)
        _print_study(hall, seen, as_json=as_json)
    _exit(seen, True)


def list_studies(
    chosen: Chosen = "",
    everything: Annotated[bool, typer.Option("--all", help="Confirmations too, which a study only counts.")] = False,
    url: Url = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """List studies, newest first.

    A confirmation is counted by the study that it confirms, and listed where that one is not.
    """
    with connect(url, home) as hall:
        studies = hall.studies(chosen, confirmations=everything)
    if as_json:
        print_json(studies)
    else:
        show_table(studies_table(studies))


def show(study: Study, url: Url = None, home: Home = None, as_json: AsJson = False) -> None:
    """Show a study, its state and its best trials."""
    with connect(url, home) as hall:
        seen = hall.study(study)
        if as_json:
            found = pareto_of(hall, seen) if has_several(seen) else None
            told = {"ranking": hall.ranking(study, RANKED), "answer": answer_of(hall, seen), "pareto": found}
            print_json({**seen, **told})
        else:
            report(hall, seen)


def best(
    study: Study,
    trial: Annotated[int | None, typer.Option("--trial", help="Another trial, by its number.", min=0)] = None,
    url: Url = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Print the best trial as a study definition with its seeds: submitted, it comes to the same value.

    What its runs came to, and what of it could not be measured or exported, stands above it as comments.
    """
    import yaml

    from service.study.definitions.objectives import objective_of

    with connect(url, home) as hall:
        found = hall.best(study) if trial is None else hall.trial(study, trial)
        missing = [] if as_json else [*missing_lines(hall, found)]
    definition = found["rerun"]
    if as_json:
        print_json(definition)
    else:
        told = [*history_lines(found), *run_lines(found, objective_of(definition).metric), *missing]
        for line in "\n".join(told).splitlines():
            typer.echo(f"# {line}")
        typer.echo(yaml.safe_dump(definition, sort_keys=False, allow_unicode=True).rstrip())


def queue(
    study: Study,
    file: Annotated[
        Path,
        typer.Argument(
            help="A YAML or JSON file with a list of configurations, each as the space is written or by its "
            "parameters' paths.",
            metavar="FILE",
        ),
    ],
    url: Url = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Have configurations tried before the sampler is asked again."""
    with connect(url, home) as hall:
        result = hall.queue(study, file)
    if as_json:
        print_json(result)
    else:
        n = result["waiting"]
        say(f"{n} configuration{'' if n == 1 else 's'} of {study} wait{'s' if n == 1 else ''} to be tried")


def pause(
    study: Study,
    running: AtPause = RunningTrials.FINISH,
    wait: Wait = 0,
    url: Url = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Start nothing more of a study until it is resumed."""
    with connect(url, home) as hall:
        _print_action(hall.pause(study, wait=wait, running=running.value), as_json)


def resume(study: Study, wait: Wait = 0, url: Url = None, home: Home = None, as_json: AsJson = False) -> None:
    """Go on with a paused, stopped or failed study."""
    with connect(url, home) as hall:
        _print_action(hall.resume(study, wait=wait), as_json)


def stop(
    study: Study,
    running: AtStop = RunningTrials.FINISH,
    wait: Wait = 0,
    url: Url = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """End a study: no trial starts any more, and those that wait are cancelled."""
    with connect(url, home) as hall:
        _print_action(hall.stop(study, wait=wait, running=running.value), as_json)


def delete(
    study: Study,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    wait: Wait = 0,
    url: Url = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Delete a study with all its trials, curves, logs and artifacts; running trials are ended first."""
    with connect(url, home) as hall:
        seen = hall.study(study)
        if not yes:
            typer.confirm(_lost(seen), abort=True)
        _print_action(hall.delete(seen["id"], wait=wait), as_json)


def _print_study(hall: Studyhall, study: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(study)
    else:
        report(hall, study)


def _print_action(result: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(result)
    else:
        say(standing(result))


def _lost(study: dict[str, Any]) -> str:
    """What deleting the study would take away, as a question."""
    n, n_running = sum(study["counts"].values()), study["counts"]["RUNNING"] if study["state"] == "RUNNING" else 0
    trials = f"{n} trial{'s' if n != 1 else ''}" + (f" ({n_running} running, ended first)" if n_running else "")
    mlflow = ", and its experiment in MLflow" if study["links"]["mlflow"] else ""
    return f"Delete study {study['name']}: {trials}, with curves, logs and artifacts{mlflow}?"


def _exit(study: dict[str, Any], waited: bool) -> None:
    if waited and study["state"] == "FAILED":
        raise typer.Exit(1)
