"""Options that several subcommands share, and what they mean."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from experiments.errors import InvalidInput, Problem

if TYPE_CHECKING:
    from service.client.client import Studyhall
    from service.settings import Settings

File = Annotated[str, typer.Argument(help="A YAML or JSON file, or the name of a ready-made study.", metavar="FILE")]
Study = Annotated[str, typer.Argument(help="A study's name or id.", metavar="STUDY")]
Home = Annotated[
    Path | None, typer.Option("--home", envvar="STUDYHALL_HOME", help="Data directory. \\[default: .studyhall]")
]
Url = Annotated[
    str | None,
    typer.Option(
        "--url", envvar="STUDYHALL_URL", help="The service. \\[default: the one that serves the data directory]"
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Chosen = Annotated[
    str, typer.Option("--filter", help="Only what it chooses: `state = COMPLETED and optimizer = adamw`.")
]
Wait = Annotated[float, typer.Option("--wait", help="Seconds to wait until it is done.", min=0, max=60)]


def settings_of(home: Path | None, **given: Any) -> Settings:
    """The settings of the environment, with what the command line gives on top.

    Raises:
        InvalidInput: a setting is out of its bounds.
    """
    from service.settings import read_settings

    return read_settings(**{name: value for name, value in {"home": home, **given}.items() if value is not None})


def connect(url: str | None, home: Path | None) -> Studyhall:
    """A client of the service that is named, or of the one that serves the data directory; never of another's.

    Raises:
        Unavailable: nobody serves the data directory.
    """
    from service.client.client import Studyhall
    from service.errors import Unavailable
    from service.supervisor.home import serving_now

    if url is None:
        directory = settings_of(home).directory
        served = serving_now(directory)
        if served is None:
            remedy = f"start one with `{serve_command(directory)}`, or name one elsewhere with --url"
            raise Unavailable(f"no service serves {directory}; {remedy}")
        url = served.url
    return Studyhall(url)


def serve_command(directory: Path) -> str:
    """The command that serves a data directory, from where the user stands."""
    return "studyhall serve" if directory == Path(".studyhall").resolve() else f"studyhall serve --home {directory}"


@contextmanager
def naming_import(file: str, document: Any) -> Iterator[None]:
    """If another tool's document is refused, the command that translates it is named first."""
    from service.errors import Invalid

    try:
        yield
    except (Invalid, InvalidInput) as error:
        from service.imports.importing import title_of

        if (title := title_of(document)) is None:
            raise
        remedy = f"this is {title}; `studyhall import {file} --output study.yaml` makes a study of it"
        raise InvalidInput([Problem(file, remedy), *error.problems]) from error


def read_study(file: str) -> dict[str, Any]:
    """A study definition from a file, or one of the library by its name.

    Raises:
        Invalid: there is neither, or the file is too large or malformed.
        InvalidInput: it is no mapping.
    """
    from service.client.definition_files import read_definition

    document = read_definition(file)
    if isinstance(document, dict):
        return document
    from service.study.definitions.definition import StudyDefinition

    return StudyDefinition.parse(document).to_json()  # which says what a definition is
