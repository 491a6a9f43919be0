"""Plain scalars of YAML, as its core schema 1.2 reads them; what other readers take for something else is refused."""

from __future__ import annotations

import re

_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_WHOLE = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")

_PADDED = re.compile(r"[-+]?0[0-9_]+(\.[0-9_]*)?([eE][-+]?[0-9]+)?")
_BY_SIXTIES = re.compile(r"([-+]?)([0-9][0-9_]*(?::[0-5]?[0-9])+)(\.[0-9_]*)?")
_UNDERSCORED = re.compile(r"[-+]?([0-9][0-9_]*(\.[0-9_]*)?|\.[0-9_]+)([eE][-+]?[0-9]+)?")
_OLD_BASES = re.compile(r"[-+]?0([bB]_*[01][01_]*|[xX]_*[0-9a-fA-F][0-9a-fA-F_]*|[oO]_*[0-7][0-7_]*)")
_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt \t].*)?")


LONGEST_NUMBER = 400
"""Characters of a number; the largest float has 309 digits."""


class Unclear(ValueError):
    """A scalar that readers of YAML take for different values, or for none; ``str()`` says what to write."""


def read_scalar(text: str) -> bool | int | float | str | None:
    """What a plain scalar stands for.

    Raises:
        Unclear: it depends on the reader.
    """
    if text in _WORDS:
        return _WORDS[text]
    if not text[0].isdigit() and text[0] not in "-+.":
        return text
    if len(text) > LONGEST_NUMBER:
        if set(text) <= set("0123456789+-._:eE"):
            raise Unclear(f"{text[:20]}… is too long for a number; put it in quotes if it is a text")
        return text
    _refuse_ambiguous(text)
    number = _number(text)
    return text if number is None else number


def _number(text: str) -> int | float | None:
    if _WHOLE.fullmatch(text):
        return int(text)
    if _BASED.fullmatch(text):
        return int(text, 0)
    if _NUMBER.fullmatch(text):
        return float(text)
    return float(text.replace(".", "")) if _NOT_FINITE.fullmatch(text) else None


def _refuse_ambiguous(text: str) -> None:
    if _PADDED.fullmatch(text):
        sign, digits = text[: text[0] in "-+"], text.lstrip("-+").replace("_", "").lstrip("0")
        number = f"{sign}{'' if digits[:1].isdigit() else '0'}{digits}"
        octal = f", or 0o{number} for the octal one" if re.fullmatch(r"0[0-7]+", text) else ""
        raise _ambiguous(text, "a number that begins with 0 is octal to some readers", f"{number}{octal}")
    if found := _BY_SIXTIES.fullmatch(text):
        total = 0
        for part in found[2].replace("_", "").split(":"):
            total = 60 * total + int(part)
        number = f"{found[1]}{total}{(found[3] or '').replace('_', '')}"
        raise _ambiguous(text, f"some readers take it for {number}, counted by sixties", number)
    if "_" in text and _UNDERSCORED.fullmatch(text):
        number = text.replace("_", "")
        raise _ambiguous(text, f"some readers take it for {number}", number)
    if _OLD_BASES.fullmatch(text) and not _BASED.fullmatch(text):
        number = str(int(text.replace("_", ""), 0))
        raise _ambiguous(text, f"some readers take it for {number}", number)
    if _DATE.fullmatch(text):
        raise Unclear(f"some readers take {text} for a date; put it in quotes: '{text}'")


def _ambiguous(text: str, why: str, number: str) -> Unclear:
    return Unclear(f"{text} is ambiguous: {why}; write {number}, or '{text}' in quotes if it is a text")
