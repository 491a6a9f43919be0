"""Subcommand that translates a study of another tool into a study definition."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from experiments.errors import InvalidInput
from service.cli.options import AsJson, settings_of
from service.cli.printing.output import print_json

if TYPE_CHECKING:
    from service.imports.importing import ImportedStudy

Source = Annotated[
    str,
    typer.Argument(
        help="A YAML or JSON file (a W&B sweep, a Katib Experiment, a config of the Lightning CLI), or a Python object "
        "as MODULE:ATTRIBUTE (a space of Ray Tune or Optuna), which is imported, and so executed, here.",
        metavar="FILE",
    ),
]
Format = Annotated[
    Literal["wandb", "katib", "lightning", "ray", "optuna"] | None,
    typer.Option("--from", help="What it is. \\[default: as its content tells]"),
]
Experiment = Annotated[
    str | None,
    typer.Option(
        "--experiment",
        help="What the study trains; arguments of its model and data are known by name. elsewhere: a program that asks "
        "for its trials, with every parameter under its own name.",
    ),
]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="Write the definition to this file.", metavar="FILE")
]


def import_study(
    source: Source,
    from_: Format = None,
    experiment: Experiment = None,
    output: Output = None,
    as_json: AsJson = False,
) -> None:
    """Translate a study of another tool into a study definition; what has no place in it is listed."""
    from service.imports.importing import import_study as translate
    from service.plugins import register_plugins

    if output is not None and output.resolve() == Path(source).resolve():
        raise InvalidInput.at("--output", "this is the file that is read; name another one")
    register_plugins(settings_of(None))
    found = translate(source, format=from_, experiment=experiment)
    if as_json:
        print_json(_as_json(found))
        return
    text = _as_yaml(found, source)
    if output is None:
        typer.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")
    if output is not None or not sys.stdout.isatty():  # in a terminal they stand in the head of the definition
        for line in _remarks(found):
            typer.echo(line, err=True)


def _as_json(found: ImportedStudy) -> dict[str, object]:
    lists = {"left_out": found.left_out, "changed": found.changed, "problems": found.problems}
    listed = {name: [{"path": each.path, "message": each.message} for each in some] for name, some in lists.items()}
    return {"definition": found.definition, **listed}


def _as_yaml(found: ImportedStudy, source: str) -> str:
    import yaml

    head = [f"imported from {source}, {found.title}", *_remarks(found)]
    document = yaml.safe_dump(found.definition, sort_keys=False, allow_unicode=True, default_flow_style=None)
    return "".join(f"# {line}\n" for line in head) + document


def _remarks(found: ImportedStudy) -> Iterator[str]:
    """One line for each."""
    for word, some in (("left out", found.left_out), ("changed", found.changed), ("to mend", found.problems)):
        for each in some:
            yield f"{word}: {' '.join(str(each).split())}"
