"""HTML and SVG from Python: what is not markup already is escaped, so that nothing a user wrote becomes any."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape


class Markup(str):
    """HTML; only this module makes it out of text."""

    __slots__ = ()


def tag(name: str, *children: str, **attributes: str | float) -> Markup:
    """An element. Of attributes, ``class_`` is `class`, and ``stroke_width`` is `stroke-width`."""
    named = ((key.rstrip("_").replace("_", "-"), value) for key, value in attributes.items())
    said = "".join(f' {key}="{escape(str(value))}"' for key, value in named)
    return Markup(f"<{name}{said}>{joined(children)}</{name}>")


def joined(children: Iterable[str]) -> Markup:
    """Texts and elements, one after the other."""
    return Markup("".join(each if isinstance(each, Markup) else escape(each) for each in children))


def prose(text: str) -> Markup:
    """A sentence that may have `code` in it."""
    return joined(tag("code", part) if place % 2 else part for place, part in enumerate(text.split("`")))


def sentence(text: str) -> Markup:
    """Words of an analysis, as a sentence of their own."""
    return prose(f"{text[:1].upper()}{text[1:]}.")


def verbatim(html: str) -> Markup:
    """HTML that is a constant of ours."""
    return Markup(html)
