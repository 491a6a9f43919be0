"""What went wrong with a file on its way here: the usual slips with curl, and the line that works."""

from __future__ import annotations

CURL = "curl --data-binary @FILE -H 'Content-Type: application/yaml'"
"""How a YAML file is sent whole."""
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def of_media_type(media_type: str) -> str:
    """The remedy for a body that says to be something else than JSON or YAML."""
    if media_type == FORMS[0]:
        return f"; curl's -d says so, and takes the line breaks out of a file: write {CURL}"
    if media_type == FORMS[1]:
        return f"; a file is sent as the body itself, not in a form: write {CURL}"
    return f"; with a file, write {CURL}"


def of_json(body: bytes) -> str:
    """The remedy for a body that says to be JSON and is not; nothing if it does not look like YAML."""
    begins = body.lstrip()[:1]
    return "" if begins in {b"{", b"[", b'"', b""} else f"; if it is YAML, write {CURL}"


def of_yaml(body: bytes) -> str:
    """The remedy for YAML that lost its line breaks; nothing for a body that has some, or needs none."""
    text = body.strip()
    if b"\n" in text or text[:1] in {b"{", b"["} or not text:
        return ""
    return f"; its line breaks are lost, as with curl's -d: write {CURL}"
