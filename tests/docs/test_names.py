"""What the documents name exists, and what exists is documented: settings, commands, options, requests, files."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator

import pytest

from docs.site.commands import commands, commands_page, options
from docs.site.rest import DOCUMENT, rest_page
from docs.site.settings import settings_page
from service.client.client import Studyhall
from service.settings import NOT_SETTINGS, PREFIX, Settings
from tests.support.documents import DOCUMENTS, ROOT, code_of

COMMANDS = dict(commands())
OPTIONS = {words: {name for each in options(command) for name in each.opts} for words, command in COMMANDS.items()}
FILES = {name: (ROOT / name).read_text() for name in ("docker-compose.yml", "Dockerfile")}
SETTINGS = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
PATHS = json.loads(DOCUMENT.read_text())["paths"]
EXTRAS = {*tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]}
NOT_IN_THE_DOCUMENT = {"/api/v1/openapi.json"}
each_document = pytest.mark.parametrize("document", DOCUMENTS)


def invocations(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each ``studyhall …`` in a document: the words of its command, and what follows."""
    for code in code_of(text):
        for said in re.findall(r"(?:^|[|;&] )(?:\.venv/bin/)?studyhall ([^|;&>]+)", code):
            first, *rest = said.split()
            group = [words for words in COMMANDS if words.startswith(f"{first} ")]
            yield (f"{first} {rest[0]}", rest[1:]) if group and rest else (first, rest)


@each_document
def test_every_command_and_option_that_is_named_exists(document: str) -> None:
    for words, rest in invocations(DOCUMENTS[document]):
        if words in {"COMMAND", "--help"}:
            continue
        assert words in COMMANDS, f"studyhall {words}"
        named = {word.partition("=")[0] for word in rest if word.startswith("-")} - {"--help"}
        assert named <= OPTIONS[words], f"studyhall {words} {rest}"


@each_document
def test_an_option_that_is_named_alone_is_one_of_a_command(document: str) -> None:
    alone = {code.split()[0] for code in code_of(DOCUMENTS[document]) if code.startswith("--")}
    assert alone <= set().union(*OPTIONS.values(), {"--help"})


def test_every_command_is_told_of_in_writing() -> None:
    told = {words for text in DOCUMENTS.values() for words, _ in invocations(text)}
    assert COMMANDS.keys() - told == set()


@pytest.mark.parametrize("words", COMMANDS)
def test_every_option_is_in_the_reference_with_its_meaning(words: str) -> None:
    section = commands_page().partition(f"## studyhall {words}\n")[2].partition("\n## ")[0]
    for option in options(COMMANDS[words]):
        assert option.help, option.opts
        assert f"`{', '.join(option.opts)}`" in section


def test_every_setting_is_in_the_reference_with_its_meaning() -> None:
    page = settings_page()
    assert [name for name in SETTINGS if f"| `{name}` |" not in page] == []
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


@pytest.mark.parametrize("document", [*DOCUMENTS, *FILES])
def test_every_variable_that_is_named_is_a_setting(document: str) -> None:
    named = set(re.findall(rf"\b{PREFIX}[A-Z_]*[A-Z]\b", (DOCUMENTS | FILES)[document]))
    assert named <= SETTINGS | {f"{PREFIX}{name}" for name in NOT_SETTINGS}


@each_document
def test_every_request_that_is_named_exists(document: str) -> None:
    templates = [
        re.compile(re.sub(r"\{\w+\}", r"[^/:]+", re.escape(path).replace(r"\{", "{").replace(r"\}", "}")))
        for path in PATHS
    ]
    named = set(re.findall(r"/api/v1/[\w/<>{}:.-]*[\w>}]", DOCUMENTS[document])) - NOT_IN_THE_DOCUMENT
    assert [path for path in named if not any(template.fullmatch(path) for template in templates)] == []


def test_every_request_is_in_the_reference() -> None:
    page = rest_page()
    requests = [f"### {method.upper()} {path}\n" for path, methods in PATHS.items() for method in methods]
    assert [request for request in requests if request not in page] == []


@each_document
def test_every_method_of_the_client_that_is_named_exists(document: str) -> None:
    assert [name for name in re.findall(r"\bhall\.(\w+)", DOCUMENTS[document]) if not hasattr(Studyhall, name)] == []


@each_document
def test_every_file_of_ours_that_is_named_is_there(document: str) -> None:
    tops = "|".join(("experiments", "search_spaces", "service", "tests", "docs", "examples"))
    named = [code for code in code_of(DOCUMENTS[document]) if re.fullmatch(rf"(?:{tops})/[\w/.-]+", code)]
    assert [path for path in named if not (ROOT / path).exists()] == []


@each_document
def test_every_extra_that_is_named_exists(document: str) -> None:
    named = {
        each
        for extras in re.findall(r"(?:studyhall|\.)\[([\w,]+)\]'", DOCUMENTS[document])
        for each in extras.split(",")
    }
    assert named <= EXTRAS


def test_every_extra_is_told_of_in_writing() -> None:
    page = DOCUMENTS["docs/installing.md"]
    assert [extra for extra in EXTRAS if not re.search(rf"[\[,`]{extra}[\],`]", page)] == []


@each_document
def test_every_target_of_make_that_is_named_is_in_the_makefile(document: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {words[1] for code in code_of(DOCUMENTS[document]) if (words := code.split())[:1] == ["make"] and words[1:]}
    assert named <= targets
