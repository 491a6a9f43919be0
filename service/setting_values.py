"""What the values of single settings may be, each refused with what to write instead."""

from __future__ import annotations

import json
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator
from pydantic_settings import NoDecode

_MODULE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")
_DATABASE = re.compile(r"sqlite:///.+|postgresql(\+\w+)?://.+")
_WEB = re.compile(r"https?://[^/\s]+\S*")
_TRACKING = re.compile(r"databricks\S*|[a-z][a-z0-9+.-]*:\S+")
_RAY = re.compile(r"local|auto|\S+:\d+")
_HOST = re.compile(r"[^\s/]+")


def _modules(value: Any) -> Any:
    """Names by comma, or a JSON list of names."""
    names: Any = value
    if isinstance(value, str):
        text = value.strip()
        names = _json(text) if text.startswith("[") else [name.strip() for name in text.split(",") if name.strip()]
    if not isinstance(names, list | tuple):
        raise ValueError("write the names of modules by comma, e.g. my_module,my_package.models")  # noqa: TRY004
    for name in names:
        if isinstance(name, str) and re.search(r"\.py$|/", name):
            raise ValueError(f"{name!r} is a file; write the name by which it is imported, e.g. {_stem(name)}")
        if not (isinstance(name, str) and _MODULE.fullmatch(name)):
            raise ValueError(f"{name!r} is no name of a module; write names by comma, e.g. my_module,my_package.models")
    return tuple(dict.fromkeys(names))


def _stem(name: str) -> str:
    stem = re.sub(r"\W", "_", Path(name).stem)
    return f"{stem}, with its folder on PYTHONPATH" if "/" in name else stem


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise ValueError(f"it begins as a JSON list and is none ({error}); or write the names by comma") from error


def _like(pattern: re.Pattern[str], wanted: str) -> AfterValidator:
    """Empty, or of a pattern."""

    def check(value: str) -> str:
        if value and not pattern.fullmatch(value):
            raise ValueError(wanted)
        return value

    return AfterValidator(check)


def _place(value: str) -> str:
    """A folder, or the URL of a file system that fsspec knows."""
    scheme, separator, _ = value.partition("://")
    if separator:
        from fsspec.registry import known_implementations

        known = known_implementations.get(scheme.partition("::")[0])
        if known is None:
            raise ValueError(f"fsspec knows no {scheme}://; write a folder, or a URL such as s3://bucket/artifacts")
        if find_spec(known["class"].partition(".")[0]) is None:
            raise ValueError(known["err"])
    return value


def _folder(value: Path) -> Path:
    if value.expanduser().exists() and not value.expanduser().is_dir():
        raise ValueError("this is a file; name a folder")
    return value


Modules = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_modules)]
Folder = Annotated[Path, AfterValidator(_folder)]
WebAddress = Annotated[str, _like(_WEB, "write an address that begins with http:// or https://")]
Host = Annotated[str, _like(_HOST, "write a host name or an address without http:// and without a path")]
DatabaseUrl = Annotated[str, _like(_DATABASE, "write sqlite:///file.db, or postgresql://user:password@host/name")]
TrackingUri = Annotated[str, _like(_TRACKING, "write where MLflow listens, e.g. http://127.0.0.1:5000")]
RayAddress = Annotated[str, _like(_RAY, "write local, auto or host:port")]
Place = Annotated[str, AfterValidator(_place)]
