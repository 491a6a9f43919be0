"""The command line, from the commands themselves."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import typer

from docs.site.markdown import block, code, page, prose, table
from service.cli.app import app


def commands() -> Iterator[tuple[str, Any]]:
    """Every command that does something, by its words."""
    yield from _below("", typer.main.get_command(app))


def _below(words: str, command: Any) -> Iterator[tuple[str, Any]]:
    for name, inner in getattr(command, "commands", {}).items():
        yield from _below(f"{words} {name}".strip(), inner)
    if not hasattr(command, "commands"):
        yield words, command


def options(command: Any) -> list[Any]:
    """What is written with dashes, but for ``--help``."""
    return [each for each in command.params if each.param_type_name == "option" and each.name != "help"]


def commands_page() -> str:
    """Every command with its arguments and options."""
    return page("# Commands", *(_command(words, command) for words, command in commands()))


def _command(words: str, command: Any) -> str:
    summary, _, rest = inspect.cleandoc(command.help or "").partition("\n\n")
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    usage = " ".join(["studyhall", words, *map(_placeholder, arguments), *(["[OPTIONS]"] if options(command) else [])])
    rows = [(code(_placeholder(each)), prose(_help(each))) for each in arguments]
    rows += [(code(", ".join(each.opts)), prose(_help(each))) for each in options(command)]
    examples = "\n".join(line for line in rest.splitlines() if line.startswith("studyhall "))
    return page(
        f"## studyhall {words}",
        prose(summary),
        block(usage),
        table(("Argument or option", "Meaning"), rows),
        block(examples) if examples else prose(rest),
    )


def _placeholder(argument: Any) -> str:
    return str(argument.metavar or argument.name.upper())


def _help(parameter: Any) -> str:
    text = (parameter.help or "").replace("\\[", "[")
    variable = f" Also `{parameter.envvar}`." if parameter.envvar else ""
    return f"{text}{variable}"
