"""A table that a page shows, and that papers take over: as HTML, Markdown and LaTeX."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from service.report.html import Markup, joined, tag

Cell = str | float | None
"""None is an empty cell."""
MOST_COLUMNS = 12
"""Of a table that paper has room for; of one with more, each cell is printed behind its column's name."""
OF_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>|~])")
OF_LATEX = str.maketrans(
    {
        **{sign: rf"\{sign}" for sign in "{}$&#_%"},
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "|": r"\textbar{}",
        "±": r"$\pm$",
    }
)


@dataclass(frozen=True)
class Table:
    """Headings, and rows of as many cells."""

    headings: Sequence[str]
    rows: Sequence[Sequence[Cell]]

    def without_empty_columns(self) -> Table:
        """The same without the columns in which no row has anything."""
        kept = [place for place in range(len(self.headings)) if any(row[place] is not None for row in self.rows)]
        return Table([self.headings[place] for place in kept], [[row[place] for place in kept] for row in self.rows])

    def html(self) -> Markup:
        """A number stands there whole, beside the digits that are shown of it."""
        is_many = len(self.headings) > MOST_COLUMNS
        head = tag("tr", *(tag("th", name, scope="col") for name in self.headings))
        named = [{"data_name": name} if is_many else {} for name in self.headings]
        body = (tag("tr", *(_cell(cell, **name) for cell, name in zip(row, named, strict=True))) for row in self.rows)
        table = tag("table", tag("thead", head), tag("tbody", *body), class_="many" if is_many else "few")
        return tag("div", table, class_="wide", tabindex=0)

    def markdown(self) -> str:
        """As GitHub and Pandoc read it."""
        rule = ["---:" if number else "---" for number in self._numbers()]
        lines = [[_of_markdown(name) for name in self.headings], rule]
        lines += [[_of_markdown(shown(cell)) for cell in row] for row in self.rows]
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)

    def latex(self) -> str:
        """A ``tabular`` that needs no package."""
        columns = "".join("r" if number else "l" for number in self._numbers())
        head, *rows = [
            " & ".join(_one_line(shown(cell)).translate(OF_LATEX) for cell in row) + r" \\"
            for row in (self.headings, *self.rows)
        ]
        parts = [rf"\begin{{tabular}}{{{columns}}}", r"\hline", head, r"\hline", *rows, r"\hline", r"\end{tabular}"]
        return "\n".join(parts)

    def _numbers(self) -> list[bool]:
        """Of each column, whether it has numbers alone."""
        columns = zip(*self.rows, strict=True) if self.rows else [()] * len(self.headings)
        return [bool(column) and not any(isinstance(cell, str) for cell in column) for column in columns]


def with_sources(table: Table) -> Markup:
    """The table, and below it the same to be copied."""
    return joined([table.html(), _source("Markdown", table.markdown()), _source("LaTeX", table.latex())])


def _source(name: str, text: str) -> Markup:
    return tag("details", tag("summary", f"This table in {name}"), tag("pre", text))


def shown(cell: Cell) -> str:
    """A cell as it is read: a number in at most six significant digits."""
    if cell is None:
        return ""
    return f"{cell:.6g}" if isinstance(cell, float) else str(cell)


def _cell(cell: Cell, **attributes: str) -> Markup:
    if cell is None or isinstance(cell, str):
        return tag("td", cell or "", **attributes)
    return tag("td", tag("data", shown(cell), value=repr(cell)), class_="number", **attributes)


def _of_markdown(text: str) -> str:
    return OF_MARKDOWN.sub(r"\\\1", _one_line(text))


def _one_line(text: str) -> str:
    return " ".join(text.split())
