"""Whether an experiment keeps to one package of Lightning, and which import to change where it does not."""

from __future__ import annotations

import ast
import dis
import inspect
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from experiments.lightning_package import PACKAGES, LightningPackage, package_of


def mixed(model: type[Any], data: type[Any]) -> str:
    """Why a model and its data do not go together, with the import to change; empty if they do.

    Callbacks that the model's ``configure_callbacks`` names are looked at too. Those that it has from elsewhere are
    known when a run calls it.
    """
    found = [(f"its data {data.__qualname__}", package_of(data, "LightningDataModule"), data)]
    callbacks = inspect.unwrap(model.configure_callbacks)  # type: ignore[attr-defined]
    found += [(f"the callback {name}", _package(value), model) for name, value in _globals_of(callbacks)]
    return _told(package_of(model), found)


def mixed_callbacks(module: Any, callbacks: Iterable[Any]) -> str:
    """Why callbacks do not go with the module that they watch, with the import to change; empty if they do."""
    model = type(module)
    found = [(f"the callback {type(one).__qualname__}", _package(type(one)), model) for one in callbacks]
    return _told(package_of(model), found)


def _told(package: LightningPackage | None, found: Iterable[tuple[str, LightningPackage | None, type[Any]]]) -> str:
    """Of things found, each with its package and the class by whose import it came: what is wrong with the first."""
    for what, other, user in found:
        if package is not None and other is not None and other is not package:
            return (
                f"{what} is of {other.name}, its model of {package.name}: two copies of one code that do not know "
                f"each other; {_place(other, user)} import {package.name} instead"
            )
    return ""


def _place(package: LightningPackage, user: type[Any]) -> str:
    """Where a class, or one that it is derived from, imports something of the package."""
    modules = [sys.modules[base.__module__] for base in reversed(user.__mro__) if not package.owns(base.__module__)]
    for file in dict.fromkeys(filter(None, (getattr(module, "__file__", None) for module in modules))):
        for node in ast.walk(ast.parse(Path(file).read_bytes())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            if any(map(package.owns, names)):
                return f"in line {node.lineno} of {file}"
    return f"where {user.__qualname__} has it from,"


def _package(value: Any) -> LightningPackage | None:
    """The package of a callback's class, or of a module of the package."""
    if inspect.isclass(value):
        return package_of(value, "Callback")
    owned = (package for package in PACKAGES if inspect.ismodule(value) and package.owns(value.__name__))
    return next(owned, None)


def _globals_of(function: Any) -> Iterator[tuple[str, Any]]:
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
