"""Subcommands that need no running service."""

from __future__ import annotations

import sys
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from service.cli.options import AsJson, File, Home, Url, connect, naming_import, read_study, settings_of
from service.cli.printing.numbers import number
from service.cli.printing.output import print_json


def serve(
    home: Home = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on. \\[default: 127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(help="Port of everything. \\[default: 8765]")] = None,
) -> None:
    """Serve the dashboard, the API and MLflow's pages until Ctrl-C."""
    from service.supervisor.supervisor import Supervisor

    Supervisor(settings_of(home, host=host, port=port)).run()


def validate(file: File, url: Url = None, home: Home = None, as_json: AsJson = False) -> None:
    """Check a study definition and say what it would do; nothing is created.

    It is checked here; a service that runs is asked besides whether the name is free.
    """
    from service.cli.printing.previewing import print_preview
    from service.hardware import offered
    from service.plugins import register_plugins
    from service.study.definitions.definition import StudyDefinition
    from service.study.definitions.preview import preview

    document, settings = read_study(file), settings_of(home)
    register_plugins(settings)
    with naming_import(file, document):
        definition = StudyDefinition.parse(document)
    found = preview(definition, offered(settings), _free_name(document, url, home))
    if as_json:
        print_json(found)
    else:
        print_preview(definition, found)


def _free_name(document: dict[str, Any], url: str | None, home: Path | None) -> str | None:
    """A name that is free, where a service has a study of this one; that there is none at hand says nothing."""
    from service.errors import ServiceError, Unavailable

    try:
        hall = connect(url, home)
    except Unavailable:
        return None
    try:
        with hall:
            return cast("str | None", hall.validate(document).get("free_name"))
    except ServiceError as error:  # it is not there, it wants a token, or it does not know what is installed here
        typer.echo(f"checked here alone, whether the name is free is not known: {_first_line(error)}", err=True)
        return None


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def train(
    file: Annotated[Path, typer.Argument(help="A config in YAML, e.g. {experiment: digits-mlp, optimizer: adamw}.")],
    directory: Annotated[
        Path | None, typer.Option(help="Where files go. \\[default: runs/ and the file's name]")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Train one configuration, with no service, and measure it on the test data."""
    from experiments.__main__ import doubts, on_test_data, read_config
    from experiments.console import ConsoleReporter, summary
    from experiments.plugins.loading import load_plugins
    from experiments.reporting import Decision
    from experiments.train import train as train_config
    from service.extras import demand

    demand("train")
    load_plugins(settings_of(None).components, partial(typer.echo, err=True))
    config = read_config(file)
    for warning in doubts(config):
        typer.echo(f"warning: {warning}", err=True)
    reporter = ConsoleReporter(sys.stderr if as_json else sys.stdout)
    result = train_config(config, reporter, directory or Path("runs") / file.stem)
    test = on_test_data(config, result)
    if as_json:
        files = {name: str(path) for name, path in result.artifacts.items()}
        ended = "finished" if result.ended is Decision.CONTINUE else result.ended
        print_json({**asdict(result), "ended": ended, "artifacts": files, "test": dict(test)})
        return
    typer.echo(summary(result))
    if test:
        typer.echo("on the test data: " + ", ".join(f"{name} {number(value)}" for name, value in test.items()))


def openapi() -> None:
    """Print the API's OpenAPI document."""
    from service.api.app import create_app

    print_json(create_app(settings_of(None, host="127.0.0.1")).openapi())
