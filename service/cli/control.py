"""Subcommands that change a study while it runs, make another from it, or act on one of its trials."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from service.cli.options import AsJson, Chosen, Home, Study, Url, Wait, connect
from service.cli.printing.output import print_json, say, show_table, trials_table
from service.cli.printing.report import standing

Trial = Annotated[int, typer.Argument(help="The trial's number.", metavar="TRIAL", min=0)]
Changes = Annotated[
    list[str],
    typer.Argument(help="Each as in YAML: `max_trials=100`, `tags=[baseline, slow]`.", metavar="FIELD=VALUE"),
]
NoChanges = Annotated[
    list[str] | None,
    typer.Argument(help="Each as in YAML: `sampler=random`, `training={epochs: 40}`.", metavar="FIELD=VALUE"),
]


def clone(
    study: Study,
    changes: NoChanges = None,
    url: Url = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Submit a study like another one, with other fields; each FIELD=VALUE replaces the whole field."""
    given = read_changes(changes or [])
    with connect(url, home) as hall:
        made = hall.clone(study, **given)
    if as_json:
        print_json(made)
    else:
        say(f"Study [bold]{made['name']}[/] ({made['id']}): {standing(made)}")


def change(
    study: Study,
    changes: Changes,
    trial: Annotated[int | None, typer.Option("--trial", help="A trial's notes or tags instead.", min=0)] = None,
    url: Url = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Change a study's max_trials, max_concurrent_trials, budget, priority, notes or tags, while it runs too."""
    given = read_changes(changes)
    with connect(url, home) as hall:
        seen = hall.update(study, **given) if trial is None else hall.update_trial(study, trial, **given)
    if as_json:
        print_json(seen)
    else:
        say(f"{study if trial is None else f'trial {trial} of {study}'}: {', '.join(changes)}")


def trials(study: Study, chosen: Chosen = "", url: Url = None, home: Home = None, as_json: AsJson = False) -> None:
    """List a study's trials, by number."""
    with connect(url, home) as hall:
        found = hall.trials(study, filter=chosen)
    if as_json:
        print_json(found)
    else:
        show_table(trials_table(found))


def cancel(
    study: Study, trial: Trial, wait: Wait = 0, url: Url = None, home: Home = None, as_json: AsJson = False
) -> None:
    """End a trial that waits or runs; another is drawn in its place."""
    with connect(url, home) as hall:
        _print_action(hall.cancel_trial(study, trial, wait=wait), as_json)


def retry(
    study: Study, trial: Trial, wait: Wait = 0, url: Url = None, home: Home = None, as_json: AsJson = False
) -> None:
    """Train a trial that did not complete once more, as a new trial with its configuration and seeds."""
    with connect(url, home) as hall:
        _print_action(hall.retry_trial(study, trial, wait=wait), as_json)


def exclude(study: Study, trial: Trial, url: Url = None, home: Home = None, as_json: AsJson = False) -> None:
    """Leave a trial out of the ranking, and let the sampler forget it."""
    with connect(url, home) as hall:
        _print_action(hall.exclude_trial(study, trial), as_json)


def include(study: Study, trial: Trial, url: Url = None, home: Home = None, as_json: AsJson = False) -> None:
    """Let a trial that was excluded count again."""
    with connect(url, home) as hall:
        _print_action(hall.include_trial(study, trial), as_json)


def read_changes(words: Sequence[str]) -> dict[str, Any]:
    """``["max_trials=100"]`` as fields and their values.

    Raises:
        Invalid: a word names no field, or its value is no YAML.
    """
    import yaml

    from service.errors import Invalid

    changes = {}
    for word in words:
        name, sign, value = word.partition("=")
        if not (sign and name):
            raise Invalid(f"{word!r} changes nothing; write FIELD=VALUE, such as max_trials=100")
        try:
            changes[name.strip()] = yaml.safe_load(value)
        except yaml.YAMLError as error:
            raise Invalid(f"{name}: {value!r} is no YAML: {error}") from error
    return changes


def _print_action(result: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(result)
        return
    again = f"; trial {result['retried_as']} repeats it" if result["retried_as"] is not None else ""
    excluded = ", excluded" if result["excluded"] else ""
    say(f"trial {result['trial']}: {standing({**result, 'desired': ''})}{excluded}{again}")
