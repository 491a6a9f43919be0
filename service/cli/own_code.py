"""What the command says of users' own code: which names it has, where they come from, and what was left out."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from experiments.catalog import KINDS
from experiments.registry import EXPERIMENTS

HOW = (
    "A class MyCsv with the attributes `model` and `data` is the experiment my-csv, unless it has an attribute `name` "
    "or an entry point names it; docs/plugins.md tells all of it."
)


def own_code() -> Iterator[RenderableType]:
    """The users' own experiments and components, each with the class that it is."""
    rows = [("experiment", name, entry.target) for name, entry in EXPERIMENTS.items() if entry.target]
    components = [(kind.name, component) for kind in KINDS.values() for component in kind]
    rows += [(kind, component.id(), component.origin) for kind, component in components if component.origin]
    table = Table(box=None, show_header=False)
    for kind, name, origin in rows:
        table.add_row(kind, f"[bold]{escape(name)}[/]", escape(origin))
    yield "[bold]your own[/]"
    looked = escape(f"Looked for in {EXPERIMENTS.looked}.")
    yield Padding(Group(*([table] if rows else ["none"]), looked, HOW), (0, 0, 1, 2))
