"""The shared token: whoever has it may use a service that wants one. Users and scopes do not exist."""

from __future__ import annotations

import hmac
import os
from pathlib import Path

from experiments.errors import InvalidInput
from service.errors import Invalid

VARIABLE, FILE_VARIABLE = "STUDYHALL_TOKEN", "STUDYHALL_TOKEN_FILE"
HOW = "choose one with `openssl rand -hex 32`"


def token_of(value: str, file: str) -> str:
    """The token that is given as it is or as the name of a file that holds it; empty when there is none.

    Raises:
        Invalid: both are given, the file cannot be read, or no header could carry the token.
    """
    if value and file:
        raise _wrong(FILE_VARIABLE, f"set it or {VARIABLE}, not both")
    token = _read(Path(file).expanduser()) if file else value
    if not (token.isascii() and token.isprintable()) or " " in token:
        message = f"a token is ASCII without blanks; {HOW}"
        raise _wrong(FILE_VARIABLE if file else VARIABLE, message)
    return token


def token_of_environment() -> str:
    """The token that this process's variables name; empty when there is none.

    Raises:
        Invalid: as ``token_of``.
    """
    return token_of(os.environ.get(VARIABLE, ""), os.environ.get(FILE_VARIABLE, ""))


def same(one: str, other: str) -> bool:
    """Whether two secrets are equal; how long it takes says nothing of where they differ."""
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))


def _read(file: Path) -> str:
    try:
        token = file.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise _wrong(FILE_VARIABLE, f"{file} cannot be read ({reason}); name a file that holds the token") from error
    if not token:
        raise _wrong(FILE_VARIABLE, f"{file} is empty; {HOW}")
    return token


def _wrong(variable: str, message: str) -> Invalid:
    return Invalid.of(InvalidInput.at(variable, message))
