"""Subcommands that take a study out of the service: to a file, a page, or a storage of Optuna's."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from experiments.errors import InvalidInput
from service.cli.options import Home, Study, Url, connect
from service.cli.printing.output import say

Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="The file; its name says the format. \\[default: STUDY.json]", metavar="FILE"),
]
Format = Annotated[
    Literal["json", "csv", "parquet"] | None,
    typer.Option("--format", help="json: the study with all it has. csv, parquet: one table."),
]
Table = Annotated[
    Literal["trials", "runs", "curves"] | None,
    typer.Option("--table", help="What a CSV or Parquet file holds. \\[default: trials]"),
]
Optuna = Annotated[
    str | None,
    typer.Option("--optuna", help="Instead, a new study in this storage of Optuna's, e.g. sqlite:///optuna.db."),
]


Page = Annotated[
    Path | None, typer.Option("--output", "-o", help="The file. \\[default: STUDY-report.html]", metavar="FILE")
]


By = Annotated[
    str | None,
    typer.Option(
        "--by",
        help="Draw and compare the levels of this parameter: optimizer. \\[default: the best trials or a choice]",
    ),
]
Reference = Annotated[str | None, typer.Option("--reference", help="Which of them the others are compared with.")]


def report(
    study: Study, output: Page = None, by: By = None, reference: Reference = None, url: Url = None, home: Home = None
) -> None:
    """Write a study as one HTML page for a colleague or a reviewer, which opens offline.

    Curves, ranking with ties, verdicts, definition, versions, the test split, and the methods in words.
    """
    with connect(url, home) as hall:
        file = hall.report_file(study, output or Path(f"{study}-report.html"), by=by, reference=reference)
    say(f"Wrote {file} ({file.stat().st_size:,} bytes); any browser opens it")


def export(
    study: Study,
    output: Output = None,
    format: Format = None,  # noqa: A002 - the option's name
    table: Table = None,
    optuna: Optuna = None,
    url: Url = None,
    home: Home = None,
) -> None:
    """Write a study to a file, or into a storage that optuna-dashboard opens."""
    if optuna is not None and (output, format, table) != (None, None, None):
        raise InvalidInput.at("--optuna", "goes without --output, --format and --table; it takes the study as a whole")
    with connect(url, home) as hall:
        if optuna is not None:
            n = len(hall.to_optuna(study, optuna).trials)
            say(f"Wrote {n:,} trials to {optuna}; `optuna-dashboard {optuna}` shows them")
            return
        name = output or Path("-".join(filter(None, [study, table])) + f".{format or 'json'}")
        file = hall.export(study, name, format=format, table=table)
    say(f"Wrote {file} ({file.stat().st_size:,} bytes)")
