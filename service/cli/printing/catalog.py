"""How the command shows one component, and draws the curve of a schedule with Braille dots."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from experiments.component import Kind
from experiments.registry import EXPERIMENTS, Experiment
from search_spaces.presets import Entry, named_spaces, studies
from service.cli.printing.numbers import number
from service.cli.printing.output import Json

COMPARISONS = {
    "minimum": "≥",
    "exclusiveMinimum": ">",
    "maximum": "≤",
    "exclusiveMaximum": "<",
    "minItems": "items ≥",
    "maxItems": "items ≤",
    "minLength": "length ≥",
    "maxLength": "length ≤",
}
SUMMARIES = {
    "experiment": "What a study names as its `experiment`",
    "space": "Named spaces for `space: {use: NAME}`",
    "study": "Ready-made studies for `studyhall submit NAME`",
}
DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The bits of a Braille character, by row and column of its dot."""
ROWS, WIDEST, MARGIN = 12, 100, 10


def component_page(entry: Json) -> Iterator[RenderableType]:
    """Everything about a component, part by part."""
    words = f"  [dim]also: {', '.join(entry['aliases'])}[/]" if entry["aliases"] else ""
    yield f"[bold]{entry['kind']} {entry['name']}[/]{words}"
    yield Padding(escape(_flowing(entry["description"])), (0, 0, 1, 2))
    yield from _facts(entry["data"]) if entry["data"] else ()
    yield from _section("Formula", entry["formula"].splitlines())
    yield from _section("Source", [entry["source"]] if entry["source"] else [])
    yield from _section("Needs", [f"pip install 'studyhall[{entry['extra']}]'"] if entry["extra"] else [])
    if entry["fields"]:
        yield "[bold]Fields[/]"
        yield Padding(_fields(entry["fields"]), (0, 0, 1, 2))
    yield from _section("Does not go with", [_conflict(one) for one in entry["conflicts"]])
    yield from _section("Often said wrongly", entry["misconceptions"])


def components_table(kind: Kind[Any]) -> Table:
    """The components of one kind."""
    table = _table(f"{kind.name}: {kind.summary}", "Name", "Fields", "Summary")
    for component in kind:
        table.add_row(component.id(), ", ".join(component.hyperparameters()), component.summary())
    return table


def entries_table(kind: str) -> Table:
    """Experiments, named spaces or ready-made studies."""
    entries: Mapping[str, Mapping[str, Experiment | Entry]]
    entries = {"experiment": EXPERIMENTS, "space": named_spaces(), "study": studies()}
    table = _table(f"{kind}: {SUMMARIES[kind]}", "Name", "Summary")
    for entry in entries[kind].values():
        table.add_row(entry.name, entry.summary)
    return table


def _table(title: str, *columns: str) -> Table:
    return Table(*columns, title=title, title_justify="left", box=None)


def experiment_page(entry: Json) -> Iterator[RenderableType]:
    """Everything about an experiment, with a study to begin with."""
    yield f"[bold]experiment {entry['name']}[/]{'  [dim]your own[/]' if entry['target'] else ''}"
    yield Padding(escape(_flowing(entry["summary"])), (0, 0, 1, 2))
    facts = [f"data {entry['base']['data']['name']}, model {_component(entry['base']['model'])}"]
    facts += [f"reports {', '.join(entry['metrics'])}"] if entry["metrics"] else []
    yield from _section("What it is", facts)
    yield from _text("In full, as `studyhall train` takes it", _yaml(entry["config"] or entry["base"]))
    yield from _text("A study of it", entry["study"])


def library_page(entry: Json) -> Iterator[RenderableType]:
    """A named space or a ready-made study, as it is written; its comment says what it is for."""
    study = "experiment" in entry["document"]
    yield f"[bold]{'study' if study else 'space'} {entry['name']}[/]"
    use = f"studyhall submit {entry['name']}" if study else f"space: {{use: {entry['name']}}}"
    yield Padding(escape(use), (0, 0, 1, 2))
    yield from _text("As it is written", entry["text"])


def _facts(data: Json) -> Iterator[RenderableType]:
    """What a data set is, and what goes with it."""
    classes = f": {', '.join(data['classes'])}" if data["classes"] else ""
    outputs = "classes" if data["task"] == "classification" else "values to predict"
    lines = [
        f"{data['task']}, {data['n_examples']:,} examples of shape {tuple(data['shape'])}",
        f"{data['n_outputs']} {outputs}{classes}",
        f"reports {', '.join(data['metrics'])}",
        f"models that take it: {', '.join(data['models'])}",
        f"experiments with it: {', '.join(data['experiments']) or 'none'}",
    ]
    yield from _section("What it is", lines)


def _component(part: Json) -> str:
    fields = ", ".join(f"{name} {value}" for name, value in part.items() if name != "name")
    return f"{part['name']} ({fields})" if fields else part["name"]


def _text(title: str, text: str) -> Iterator[RenderableType]:
    """Text as it stands, so that it can be copied."""
    yield f"[bold]{title}[/]"
    yield Text(text)


def _yaml(value: Any) -> str:
    import yaml

    text: str = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, default_flow_style=None)
    return text


def _flowing(text: str) -> str:
    """A docstring as paragraphs that the terminal breaks, without its marks of code."""
    return re.sub(r"(?<!\n)\n(?![\n\s*-])", " ", text).replace("``", "")


def _section(title: str, lines: Sequence[str]) -> Iterator[RenderableType]:
    if lines:
        yield f"[bold]{title}[/]"
        yield Padding(Group(*map(escape, lines)), (0, 0, 1, 2))


def _conflict(conflict: Json) -> str:
    how = ("refused" if conflict["refused"] else "warned of") + ("" if conflict["always"] else " at some values")
    return f"{', '.join(conflict['others'])} ({how}): {conflict['reason']}"


def _fields(fields: Sequence[Json]) -> Table:
    table = Table("Field", "Default", "Bounds", "Search", "Meaning", box=None, header_style="dim")
    for field in fields:
        search = ", ".join(f"{word} {values}" for word, values in (field["search"] or {}).items())
        meaning = field["help"] + (f" Bounds: {field['bound_source']}." if field["bound_source"] else "")
        default = "required" if field["required"] else str(field["default"])
        table.add_row(field["name"], *map(escape, (default, bounds(field["bounds"]), search, meaning)))
    return table


def bounds(declared: Json) -> str:
    """``> 0, ≤ 1``, or the words that may stand."""
    limits = [f"{sign} {declared[word]:g}" for word, sign in COMPARISONS.items() if word in declared]
    return ", ".join([*limits, " | ".join(map(str, declared.get("enum", ())))]).removesuffix(", ")


def draw(preview: Json, width: int) -> Iterator[str]:
    """The curve in ``width`` columns, the factor upwards and the steps to the right."""
    columns = min(WIDEST, width) - MARGIN
    points = preview["points"]
    top = max(point["factor"] for point in points) or 1.0
    last = max(1, points[-1]["step"])
    dots = [
        (round(point["step"] / last * (2 * columns - 1)), round((1 - point["factor"] / top) * (4 * ROWS - 1)))
        for point in points
    ]
    yield _title(preview["schedule"])
    for row, line in enumerate(_braille(dots, columns)):
        label = {0: number(top), ROWS - 1: "0"}.get(row, "")
        yield f"{label:>{MARGIN - 3}} ┤{line}".rstrip()
    end = f"{preview['steps']:,} steps"
    yield " " * (MARGIN - 2) + "└" + "─" * columns
    yield " " * (MARGIN - 1) + "0" + end.rjust(columns - 1)
    if preview["assumption"]:
        yield f"assuming that {preview['assumption']}"


def _title(schedule: Json) -> str:
    fields = ", ".join(f"{name} {value}" for name, value in schedule.items() if name != "name")
    return f"factor of the base rate under {schedule['name']} ({fields})"


def _braille(dots: Sequence[tuple[int, int]], columns: int) -> Iterator[str]:
    """Lines of Braille characters, with the dots joined by straight lines."""
    cells: dict[tuple[int, int], int] = {}
    for x, y in _joined(dots):
        cells[y // 4, x // 2] = cells.get((y // 4, x // 2), 0) | DOTS[y % 4][x % 2]
    for row in range(ROWS):
        yield "".join(chr(0x2800 + cells[row, column]) if (row, column) in cells else " " for column in range(columns))


def _joined(dots: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    yield dots[0]
    for (x, y), (next_x, next_y) in pairwise(dots):
        count = max(abs(next_x - x), abs(next_y - y), 1)
        for index in range(1, count + 1):
            yield x + round((next_x - x) * index / count), y + round((next_y - y) * index / count)
