"""The files behind users' own code: which there are, the hash of what was loaded, and whether they have changed.

A hash must be that of the code that runs. So users' modules are compiled from the very bytes that are hashed, and never
from bytecode on the disk, which Python trusts by the second of its source's last change: too coarse for an edit between
two studies. Files are looked up as Python's imports would find them, but nothing is imported to find them.
"""

from __future__ import annotations

import ast
import hashlib
import importlib
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

_OURS = [
    Path(__file__).resolve().parents[2] / name for name in ("experiments", "search_spaces", "service", "studyhall.py")
]
_STANDARD = [Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib")]
_INSTALLED = {"site-packages", "dist-packages"}

_LOADED: dict[Path, tuple[str, str]] = {}
"""File to the name of the module and the sha256 of the bytes that this process runs of it."""

_READ: dict[Path, str] = {}
"""File to the sha256 under which it stands in the hash of some code."""


@dataclass
class Sources:
    """What code consists of, as far as it is the user's own."""

    files: dict[str, Path] = field(default_factory=dict)
    """Path below its place of import, such as ``spirals/model.py``, to the file."""
    folders: set[Path] = field(default_factory=set)
    """Packages of which every Python file counts, imported or not."""
    found: dict[str, Path | None] = field(default_factory=dict)
    """Where the modules of these names lie; nothing for those that there are not."""
    libraries: set[str] = field(default_factory=set)
    """Top-level names that it imports of installed packages."""

    def hash(self) -> str:
        """The sha256 over all files, under names that are the same on every machine."""
        digest = hashlib.sha256()
        for label, file in sorted(self.files.items()):
            _READ[file] = file_hash(file)
            digest.update(f"{label}\0{_READ[file]}\0".encode())
        return digest.hexdigest()

    def add(self, module: str) -> None:
        """A module, everything of its top-level package, and whatever of the user's own they import."""
        top = module.partition(".")[0]
        package = find(top)
        if package is not None and package.name == "__init__.py":
            self.folders.add(package.parent)
            self.files |= {_label(file, package.parent.parent): file for file in package.parent.rglob("*.py")}
        elif (file := find(module)) is not None:
            self.files[_label(file, _import_root(file, module))] = file
        self.found[top] = package
        self._follow(module)

    def add_file(self, file: Path, module: str) -> None:
        """A file that was imported in a way that no import statement tells."""
        self.files[_label(file, _import_root(file, module))] = file

    def _follow(self, module: str) -> None:
        """Follow import statements, also those within functions, through files that are the user's own."""
        seen, waiting = {"__main__"}, [module]
        named = module.partition(".")[0]
        while waiting:
            name = waiting.pop()
            top = name.partition(".")[0]
            if name in seen or not (top == named or self._is_own(top)):
                continue
            seen.add(name)
            file = find(name)
            if file is not None:
                self.add_file(file, name)
                waiting += _imports(file, name)

    def _is_own(self, top: str) -> bool:
        """Whether a top-level name leads to the user's own files; what else there is to know of it is noted."""
        if top in sys.stdlib_module_names or top in self.libraries:
            return False
        if top in self.found:
            return self.found[top] is not None
        spec, file = _spec(top), find(top)
        if spec is None or (file is not None and is_own(file)):
            self.found[top] = file
        elif file is None or not _is_ours(file):
            self.libraries.add(top)
        return file is not None and is_own(file)


def is_own(file: Path) -> bool:
    """Whether a file is neither Python's, nor of an installed package, nor ours; an editable install is one's own."""
    elsewhere = _INSTALLED & set(file.parts) or any(file.is_relative_to(folder) for folder in _STANDARD)
    return not elsewhere and not _is_ours(file)


def file_hash(file: Path) -> str:
    """The sha256 of what this process has loaded of the file, or else of what stands in it; empty if it is gone."""
    return _LOADED[file][1] if file in _LOADED else disk_hash(file)


def outdated(files: Iterable[str]) -> bool:
    """Whether a file that was hashed before it was imported reads otherwise now: its import would run other code."""
    waiting = [file for file in map(Path, files) if file in _READ and file not in _LOADED]
    return any(disk_hash(file) != _READ[file] for file in waiting)


def disk_hash(file: Path) -> str:
    """The sha256 of what stands in the file; empty if it cannot be read."""
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        return ""


def loaded_files() -> Mapping[Path, str]:
    """Every file of users' own that was imported through ``recorded``, with its module's name."""
    return {file: module for file, (module, _) in _LOADED.items()}


def label(file: Path) -> str:
    """A file as its place below the folder it was imported from, such as ``spirals/model.py``; or just its name."""
    return _label(file, _import_root(file, _LOADED[file][0])) if file in _LOADED else file.name


def find(module: str, path: Sequence[str] | None = None) -> Path | None:
    """The file of a module as an import would find it now on ``path`` (this process's, if left out), or nothing.

    Nothing is imported.
    """
    name, *parts = module.split(".")
    spec = _spec(name, path)
    for part in parts:
        if spec is None or spec.submodule_search_locations is None:
            return None
        name = f"{name}.{part}"
        spec = PathFinder.find_spec(name, list(spec.submodule_search_locations))
    file = Path(spec.origin) if spec is not None and spec.origin and spec.has_location else None
    return file.resolve() if file is not None and file.is_file() else None


def _spec(top: str, path: Sequence[str] | None = None) -> ModuleSpec | None:
    """What the first finder finds of a top-level name; editable installs have finders of their own."""
    for finder in sys.meta_path:
        if finder is PathFinder and path is not None:
            spec = PathFinder.find_spec(top, path)
        elif isinstance(finder, _Recorder) or not hasattr(finder, "find_spec"):
            continue
        else:
            spec = finder.find_spec(top, None)
        if spec is not None:
            return spec
    return None


@contextmanager
def recorded(modules: Iterable[str] = ()) -> Iterator[None]:
    """Let imports within the block load users' files from the bytes that are hashed.

    Files of an installed package count as the user's where ``modules`` names it.
    """
    importlib.invalidate_caches()  # a file may have been written since the last look
    recorder = _Recorder({module.partition(".")[0] for module in modules})
    sys.meta_path.insert(0, recorder)
    try:
        yield
    finally:
        sys.meta_path.remove(recorder)


class _Recorder(MetaPathFinder):
    """Finds what the others find, and gives a loader of its own to users' source files."""

    def __init__(self, tops: set[str]) -> None:
        self._tops = tops

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        for finder in sys.meta_path:
            if finder is self or not hasattr(finder, "find_spec"):
                continue
            spec = finder.find_spec(fullname, path, target)
            if spec is not None:
                self._take(spec)
                return spec
        return None

    def _take(self, spec: ModuleSpec) -> None:
        if spec.origin is None or not spec.has_location:
            return
        file = Path(spec.origin).resolve()
        own = is_own(file) or (spec.name.partition(".")[0] in self._tops and not _is_ours(file))
        if own and type(spec.loader) is SourceFileLoader:
            spec.loader = _Exact(spec.name, spec.origin)
        elif own and file.is_file():
            _LOADED[file] = spec.name, disk_hash(file)


class _Exact(SourceFileLoader):
    """Runs the bytes that it hashes."""

    def get_code(self, fullname: str) -> CodeType:
        source = self.get_data(self.path)
        _LOADED[Path(self.path).resolve()] = fullname, hashlib.sha256(source).hexdigest()
        code: CodeType = self.source_to_code(source, self.path)
        return code


def _imports(file: Path, module: str) -> list[str]:
    """The modules that the statements of a file may import; an imported attribute is among them, and is not found."""
    try:
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return []
    package = module if file.name == "__init__.py" else module.rpartition(".")[0]
    names: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, package)
            names += [base, *(f"{base}.{alias.name}" for alias in node.names)]
    return [name for name in names if name]


def _absolute(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parts = package.split(".")
    return ".".join([*parts[: len(parts) - node.level + 1], *([node.module] if node.module else [])])


def _import_root(file: Path, module: str) -> Path:
    """The folder from which the module was imported."""
    depth = module.count(".") + (file.name == "__init__.py")
    return file.parents[min(depth, len(file.parents) - 1)]


def _label(file: Path, root: Path) -> str:
    return file.relative_to(root).as_posix() if file.is_relative_to(root) else file.name


def _is_ours(file: Path) -> bool:
    return any(file.is_relative_to(place) for place in _OURS)


def snapshot(sources: Iterable[Sources]) -> dict[str, Any]:
    """The state of all these files, as JSON, for ``is_current`` to compare."""
    files = {str(file): file_hash(file) for one in sources for file in one.files.values()}
    folders = sorted({str(folder) for one in sources for folder in one.folders})
    found = {name: file and str(file) for one in sources for name, file in one.found.items()}
    return {"files": files, "folders": folders, "found": found, "path": [place for place in sys.path if place]}


def is_current(state: Mapping[str, Any]) -> bool:
    """Whether the files are what they were, none has come to their packages, and names still lead to them."""
    importlib.invalidate_caches()
    found = {name: find(name, state["path"]) for name in state["found"]}
    if {name: file and str(file) for name, file in found.items()} != state["found"]:
        return False
    present = {str(file) for folder in state["folders"] for file in Path(folder).rglob("*.py")}
    if not present <= state["files"].keys():
        return False
    return all(disk_hash(Path(file)) == digest for file, digest in state["files"].items())
