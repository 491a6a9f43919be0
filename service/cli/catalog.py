"""The catalog on the command line: what a study can name, one of it in full, and the curve of a schedule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from service.cli.options import AsJson, settings_of
from service.cli.printing.output import console, print_json

Kind = Annotated[
    str | None, typer.Argument(help="A kind of component, e.g. optimizer or data; or experiment, space, study.")
]
Name = Annotated[str | None, typer.Argument(help="One of the kind, by its name or an alias.")]
Fields = Annotated[
    list[str] | None, typer.Argument(metavar="[FIELD=VALUE]...", help="Fields of the schedule to preview.")
]
LISTS = {"experiment": "experiments", "space": "spaces", "study": "studies"}
"""What a study can name that is no component, with the name of its list."""
Preview = Annotated[bool, typer.Option("--preview", help="Draw the curve of a schedule, without any training.")]
Epochs = Annotated[int, typer.Option(help="Epochs of the run that is previewed.")]
Steps = Annotated[int, typer.Option("--steps-per-epoch", help="Optimizer steps of its epochs.")]
Points = Annotated[int, typer.Option(help="Steps at which the curve is computed.")]


def catalog(
    kind: Kind = None,
    name: Name = None,
    fields: Fields = None,
    preview: Preview = False,
    epochs: Epochs = 20,
    steps_per_epoch: Steps = 25,
    points: Points = 201,
    as_json: AsJson = False,
) -> None:
    """List what a study can name, all or of one kind; show one in full, or preview a schedule.

    studyhall catalog optimizer adamw
    studyhall catalog experiment digits-mlp
    studyhall catalog schedule cosine warmup=0.1 --preview
    """
    from service.plugins import register_plugins

    register_plugins(settings_of(None))
    if preview or fields:
        run = {"epochs": epochs, "steps_per_epoch": steps_per_epoch, "points": points}
        _preview(kind, name, fields or (), run, as_json=as_json)
    elif kind and name:
        _show(kind, name, as_json=as_json)
    else:
        _list(kind, as_json=as_json)


def _list(kind: str | None, *, as_json: bool) -> None:
    from experiments.catalog import KINDS
    from experiments.errors import suggestion
    from service.cli.own_code import own_code
    from service.cli.printing.catalog import components_table, entries_table
    from service.errors import ComponentNotFound

    if kind is not None and kind not in {*KINDS, *LISTS}:
        raise ComponentNotFound(f"there is no kind {kind!r}{suggestion(kind, [*KINDS, *LISTS])}")
    if as_json:
        print_json(_whole(kind))
        return
    for family in KINDS.values():
        if kind in {None, family.name}:
            console().print(components_table(family))
    for word in LISTS:
        if kind in {None, word}:
            console().print(entries_table(word))
    for part in own_code() if kind is None else ():
        console().print(part)


def _whole(kind: str | None) -> Any:
    """What the API says of everything, or of one kind."""
    from service.api.routes.catalog import get_catalog, get_kind
    from service.api.routes.library import list_experiments, list_search_spaces

    if kind is None:
        return get_catalog().model_dump(mode="json")
    if kind == "experiment":
        return list_experiments().model_dump(mode="json")["items"]
    if kind in LISTS:
        return list_search_spaces().model_dump(mode="json")[LISTS[kind]]
    return [get_kind(kind).model_dump(mode="json")]


def _show(kind: str, name: str, *, as_json: bool) -> None:
    from rich.text import Text

    from service.api.routes import library
    from service.api.routes.catalog import get_component
    from service.cli.printing import catalog as output

    entry: Any
    if kind == "experiment":
        entry, page = library.get_experiment(name), output.experiment_page
    elif kind == "space":
        entry, page = library.get_search_space(name), output.library_page
    elif kind == "study":
        entry, page = library.get_ready_made_study(name), output.library_page
    else:
        entry, page = get_component(kind, name), output.component_page
    shown = entry.model_dump(mode="json")
    if as_json:
        print_json(shown)
        return
    for part in page(shown):
        console().print(part, soft_wrap=isinstance(part, Text))


def _preview(kind: str | None, name: str | None, fields: Sequence[str], run: dict[str, Any], *, as_json: bool) -> None:
    from experiments.errors import InvalidInput
    from service.api.routes.catalog import preview_schedule
    from service.cli.printing.catalog import draw

    if kind != "schedule" or name is None:
        raise InvalidInput.at("preview", "only schedules have a curve; write e.g. catalog schedule cosine --preview")
    found = preview_schedule({"schedule": {**_read(fields), "name": name}, **run}).model_dump(mode="json")
    if as_json:
        print_json(found)
        return
    for line in draw(found, console().width):
        typer.echo(line)


def _read(fields: Sequence[str]) -> dict[str, Any]:
    """The values of ``FIELD=VALUE``, read as YAML reads them."""
    from experiments.documents import read_yaml
    from experiments.errors import InvalidInput

    read = {}
    for word in fields:
        field, equals, value = word.partition("=")
        if not equals:
            raise InvalidInput.at(f"schedule.{field}", f"write {field}=VALUE")
        read[field] = read_yaml(value.encode())
    return read
