"""``studyhall run``: a service, a study from submission to ranking, and an orderly stop, in one command."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from service.cli.options import AsJson, File, Home, naming_import, read_study, serve_command, settings_of
from service.cli.printing.output import print_json, say
from service.cli.printing.progress import follow, left_to_itself
from service.cli.printing.replicates import run_lines
from service.cli.printing.report import (
    RANKED,
    answer_of,
    has_several,
    pareto_of,
    print_answer,
    print_mlflow_rejections,
    print_pareto,
    print_ranking,
    print_test_result,
    print_traceback,
    standing,
)

if TYPE_CHECKING:
    from service.client.client import Studyhall
    from service.settings import Settings

MLFLOW_PATIENCE = 20.0
"""Seconds for which MLflow is waited for at the end."""


def run(file: File, home: Home = None, as_json: AsJson = False) -> None:
    """Start a service, run one study to its end, show its result, stop. A name that is taken gets a number."""
    from service.client.client import Studyhall
    from service.plugins import register_plugins
    from service.study.definitions.definition import StudyDefinition

    document, settings = read_study(file), settings_of(home)
    register_plugins(settings)
    with naming_import(file, document):
        StudyDefinition.parse(document)  # bad input is told before anything starts
    with _service(settings, quiet=as_json) as (url, after), Studyhall(url) as hall:
        name = _submit(hall, document)
        if not as_json:
            say(f"Study [bold]{name}[/], live at {url}/studies/{name}")
        with left_to_itself(name, after):
            study = follow(hall, name, quiet=as_json)
            if settings.mlflow_enabled:
                _let_mlflow_catch_up(hall, quiet=as_json)
            result = _result(hall, hall.study(name))
    if as_json:
        print_json(result)
    else:
        _print(result, settings)
    if study["state"] == "FAILED":
        raise typer.Exit(1)


@contextmanager
def _service(settings: Settings, *, quiet: bool) -> Iterator[tuple[str, str]]:
    """The service of the data directory if there is one, or one of our own, on any free port unless one was given.

    Its address is given, and what becomes of a study when whoever waits for it leaves.
    """
    from service.supervisor.home import serving_now
    from service.supervisor.serving import serving

    served = serving_now(settings.directory)
    if served is not None:
        yield served.url, "goes on"
        return
    if "port" not in settings.model_fields_set:
        settings = settings.model_copy(update={"port": 0})
    if not quiet:
        say(f"Starting a service in {settings.directory} …")
    with serving(settings) as url:
        yield url, f"stays where it is; `{serve_command(settings.directory)}` goes on with it; stopping…"


def _submit(hall: Studyhall, document: dict[str, Any]) -> str:
    from service.errors import NameTaken

    while True:
        try:
            return str(hall.submit(document)["name"])
        except NameTaken as error:
            document = {**document, "name": error.free}


def _let_mlflow_catch_up(hall: Studyhall, *, quiet: bool) -> None:
    """What MLflow has not seen when the service stops, it sees at the next start; most users look before that."""
    deadline = time.monotonic() + MLFLOW_PATIENCE
    while (pending := hall.readiness()["mlflow_pending"]) and time.monotonic() < deadline:
        time.sleep(0.2)
    if pending and not quiet:
        say(f"{pending} changes reach MLflow when the service runs again.")


def _result(hall: Studyhall, study: dict[str, Any]) -> dict[str, Any]:
    """The study with its ranking and, if any trial completed, a definition that trains the best configuration again.

    With several objectives, with its Pareto set.
    """
    if has_several(study):
        return {**study, "ranking": [], "answer": None, "best_definition": None, "pareto": pareto_of(hall, study)}
    ranking = hall.ranking(study["name"], RANKED)
    again = hall.best(study["name"])["rerun"] if ranking else None
    answer = answer_of(hall, study) if ranking else None
    return {**study, "ranking": ranking, "answer": answer, "best_definition": again, "pareto": None}


def _print(result: dict[str, Any], settings: Settings) -> None:
    import yaml

    say(f"\n[bold]{result['name']}[/]: {standing(result)}")
    if result["ranking"]:
        say("\n[bold]Ranking[/]")
        print_ranking(result["ranking"], result)
    if result["best_definition"]:
        say("\n[bold]The best configuration with its seed, to be submitted again[/]")
        for line in run_lines(result["ranking"][0], result["objective"]["metric"]):
            typer.echo(f"# {line}")
        typer.echo(yaml.safe_dump(result["best_definition"], sort_keys=False, allow_unicode=True).rstrip())
    print_pareto(result["pareto"])
    print_test_result(result)
    print_answer(result["answer"])
    print_traceback(result)
    print_mlflow_rejections(result)
    say(f"\nEverything is kept in {settings.directory}. {_where(settings.directory)}")


def _where(directory: Path) -> str:
    command = serve_command(directory)
    return (
        f"`{'make serve' if command == 'studyhall serve' else command}` shows it: curves and trials on the dashboard, "
        "runs and artifacts in MLflow, the API at /api/docs."
    )
