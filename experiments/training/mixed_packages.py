"""Whether an experiment keeps to one package of Lightning, and which import to change where it does not."""

from __future__ import annotations

import ast
import dis
import inspect
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from experiments.training.lightning import PACKAGES, LightningPackage, package_of


def mixed(model: type[Any], data: type[Any]) -> str:
    """Why a model and its data do not go together, with the import to change; empty if they do.

    Callbacks that the model's ``configure_callbacks`` names are looked at too. Those that it has from elsewhere are
    known when a run calls it.
    """
    found = [_Found(f"its data {data.__qualname__}", package_of(data, "LightningDataModule"), [data])]
    for name, value in _named_in(inspect.unwrap(model.configure_callbacks)):
        found.append(_Found(f"the callback {name}", _package(value), [value, model]))
    return _told(package_of(model), found)


def mixed_callbacks(module: Any, callbacks: Iterable[Any]) -> str:
    """Why callbacks do not go with the module that they watch, with the import to change; empty if they do."""
    kinds = map(type, callbacks)
    found = [_Found(f"the callback {kind.__qualname__}", _package(kind), [kind, type(module)]) for kind in kinds]
    return _told(package_of(type(module)), found)


@dataclass(frozen=True)
class _Found:
    """Something that goes with a model: its package, and the classes whose files may import it."""

    what: str
    package: LightningPackage | None
    users: Sequence[Any]


def _told(package: LightningPackage | None, things: Iterable[_Found]) -> str:
    for found in things:
        if package is not None and found.package not in (None, package):
            return (
                f"{found.what} is of {found.package.name}, its model of {package.name}: two copies of one code that do "
                f"not know each other; {_place(found.package, found.users)} import {package.name} instead"
            )
    return ""


def _place(package: LightningPackage, users: Iterable[Any]) -> str:
    """Where the first of some classes that imports something of the package does so, or one it is derived from."""
    for user in users:
        for file in filter(None, (getattr(sys.modules[base.__module__], "__file__", "") for base in _own_bases(user))):
            for line, module in _imports(Path(file)):
                if package.owns(module):
                    return f"in line {line} of {file}"
    return "where it comes from,"


def _own_bases(user: Any) -> Iterator[type[Any]]:
    """A class and what it is derived from, up to Lightning's own."""
    return takewhile(lambda base: not any(one.owns(base.__module__) for one in PACKAGES), getattr(user, "__mro__", ()))


def _imports(file: Path) -> Iterator[tuple[int, str]]:
    """Line and module of each import statement of a file; nothing where it is no Python."""
    try:
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module


def _package(value: Any) -> LightningPackage | None:
    """The package of a callback's class, or of a module of the package."""
    if inspect.isclass(value):
        return package_of(value, "Callback")
    owners = (package for package in PACKAGES if inspect.ismodule(value) and package.owns(value.__name__))
    return next(owners, None)


def _named_in(function: Any) -> Iterator[tuple[str, Any]]:
    """The globals that a function names, with their values, and the modules that it imports itself."""
    waiting = [function.__code__] if inspect.isfunction(function) else []
    while waiting:
        code = waiting.pop()
        waiting += [constant for constant in code.co_consts if isinstance(constant, CodeType)]
        for instruction in dis.get_instructions(code):
            if instruction.opname == "LOAD_GLOBAL":
                yield instruction.argval, function.__globals__.get(instruction.argval)
            elif instruction.opname == "IMPORT_NAME":
                yield instruction.argval, ModuleType(instruction.argval)
