"""A study as one HTML file that opens offline and asks nothing of the network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from experiments.errors import InvalidInput
from service.analysis.answers.answered import ranking
from service.analysis.answers.comparison import comparison
from service.analysis.answers.confirmation import confirmation
from service.analysis.insight.pareto import pareto
from service.analysis.rows import Rows
from service.report.curves import curves
from service.report.facts import Facts, facts
from service.report.html import Markup, joined, sentence, tag, verbatim
from service.report.methods import methods
from service.report.moment import moment
from service.report.results import on_test_split, pareto_set, ranked, verdicts
from service.report.setup import code, definition, varied

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""A browser that reads the file keeps it from asking the network for anything."""
MOST_COMPARED = 3
"""Choices whose levels are compared."""
MOST_LEVELS = 6
"""Of the choice that a study is about."""
HEAD = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
"""


def report(
    rows: Rows,
    study_id: str,
    *,
    path: str,
    confirmed: str | None = None,
    by: str | None = None,
    reference: str | None = None,
) -> dict[str, Any]:
    """Write it to a file; ``confirmed`` is the study whose confirmations it tells of, if there are any.

    ``by`` is the parameter by whose levels it draws and compares first, all with the ``reference`` among them; left
    out, it takes a choice itself.

    Raises:
        InvalidInput: trials cannot be grouped by it; the message names what they can be grouped by.
    """
    rows = moment(rows)
    found = facts(rows, study_id)
    _check_grouping(found, by)
    space = rows.studies.expanded_space(study_id)
    answer = None if found.has_several else ranking(rows, study_id, confirmed)
    front = pareto(rows, study_id) if found.has_several else None
    decided = None if confirmed is None else confirmation(rows, confirmed, here=study_id)
    best = ranked(found, answer) if answer is not None else pareto_set(found, front or {})
    choices = [*dict.fromkeys([*([] if by is None else [by]), *found.choices()])][:MOST_COMPARED]
    compared = {
        each: comparison(rows, study_id, by=each, reference=reference if each == by else None, confirmed=confirmed)
        for each in choices
    }
    told = answer["sentence"] if answer else decided["sentence"] if decided and decided["verdicts"] else ""
    sections = [
        ("Learning curves", curves(rows, found, by)),
        ("Pareto set" if front else "Best trials", best),
        ("Verdicts", verdicts(found, decided, compared)),
        ("Test split", on_test_split(found)),
        ("Methods", [tag("p", methods(found, answer))]),
        ("What varied", varied(found)),
        ("Definition", definition(found, space)),
        ("Code and libraries", code(found)),
    ]
    first = [*_by_the_choice(found, compared, by), *filter(None, [told])]
    Path(path).write_text(_page(found, first, sections), "utf-8")
    return {}


def _check_grouping(found: Facts, by: str | None) -> None:
    if by is not None and by not in (levels := found.levels()):
        known = f"these can: {', '.join(levels)}" if levels else "nor by any other parameter yet"
        raise InvalidInput.at("by", f"its ended trials cannot be grouped by {by!r}; {known}")


def _by_the_choice(found: Facts, compared: Mapping[str, Mapping[str, Any]], by: str | None) -> Iterator[str]:
    """What was asked for, or else what a study that tries a few levels of a single choice is about."""
    few = [path for path, levels in found.choices().items() if len(levels) <= MOST_LEVELS]
    about = by or (few[0] if len(few) == 1 else "")
    if about in compared and not found.has_several:
        yield f"by {about}, each level at its best: {compared[about]['tuned']['short']}"


def _page(found: Facts, told: Sequence[str], sections: Iterable[tuple[str, Iterable[Markup]]]) -> Markup:
    style = verbatim(files("service.report").joinpath("report.css").read_text("utf-8"))
    head = joined([tag("title", f"{found.study.name}: report"), tag("style", style)])
    body = [tag("section", tag("h2", title), *parts) for title, parts in sections]
    top = tag("main", *_top(found, told), *body)
    return joined([verbatim(HEAD), head, verbatim("</head>"), tag("body", top), verbatim("</html>\n")])


def _top(found: Facts, told: Sequence[str]) -> Iterator[Markup]:
    study, made = found.study, datetime.now(UTC)
    span = [f"{words} {_time(at)}" for words, at in _times(found) if at is not None]
    yield tag("h1", study.name)
    state = f"{study.state}, {study.reason}" if study.reason else study.state
    yield tag("p", f"{state}. Study {study.id}, {', '.join(span)}. Report of {_time(made)}.", class_="muted")
    if not study.state.ended:
        yield tag("p", "The study has not ended; what follows may still change.")
    yield from (tag("p", sentence(each), class_="answer") for each in told)
    if study.notes:
        yield tag("p", study.notes, class_="notes")
    yield from (tag("p", f"Warning: {warning}", class_="muted") for warning in study.warnings)


def _times(found: Facts) -> list[tuple[str, datetime | None]]:
    study = found.study
    return [("submitted", study.created_at), ("begun", study.started_at), ("ended", study.ended_at)]


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
