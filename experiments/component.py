"""Components: the swappable parts of an experiment, each declared once.

A component is a frozen pydantic model. Its name, fields, bounds, defaults, default search ranges, help text and source
stand in one class, and everything else (validation, search spaces, parameter names, the catalog) reads it from there.
Nothing in this module, nor in any module that declares components, imports torch: ``target`` is resolved when the
component is built.

Annotations here, and of regularizers, are evaluated at once: where a base class keeps them as text, pydantic evaluates
them anew for each class that is derived from it, which was a third of the time that the catalog took to import.
"""

import importlib
import inspect
import pkgutil
import sys
from collections.abc import Collection, Iterator, Mapping
from copy import deepcopy
from operator import attrgetter
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo

from experiments.errors import InvalidInput, TrainingError, problems_of, suggestion
from experiments.exact import Exact

Range = Mapping[str, Any]
"""A default search range in the language of search spaces, e.g. ``{"log_uniform": [1e-5, 1e-1]}``."""


def uniform(low: float, high: float) -> Range:
    """Uniform over [low, high]."""
    return {"uniform": [low, high]}


def log_uniform(low: float, high: float) -> Range:
    """Uniform in the logarithm over [low, high]."""
    return {"log_uniform": [low, high]}


def integers(low: int, high: int) -> Range:
    """Every integer from low to high, both included."""
    return {"int": [low, high]}


def choice(*values: Any) -> Range:
    """One of the values."""
    return {"choice": list(values)}


def hp(
    default: Any = ...,
    *,
    search: Range | None = None,
    help: str = "",  # noqa: A002 - the word users of command lines expect
    bound_source: str = "",
    **bounds: Any,
) -> Any:
    """A hyperparameter: a pydantic field with a default search range, a help text and the source of its bounds.

    ``bounds`` are pydantic's (``gt``, ``ge``, ``lt``, ``le``, ``min_length`` …). Without ``search`` the field is
    constant unless a space names a range for it.
    """
    extra: dict[str, Any] = {"search": search, "bound_source": bound_source}
    return Field(default, description=help or None, json_schema_extra=extra, **bounds)


class Component(Exact):
    """A swappable part of an experiment; ``name`` discriminates it within its kind."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, defer_build=True, protected_namespaces=()
    )

    target: ClassVar[str] = ""
    """``"module:attribute"`` of what is built; imported only then."""
    aliases: ClassVar[tuple[str, ...]] = ()
    """Other words under which users look for this component."""
    formula: ClassVar[str] = ""
    """What it computes, as plain text."""
    source: ClassVar[str] = ""
    """The paper or book that defines it: authors, year, title."""
    misconceptions: ClassVar[tuple[str, ...]] = ()
    """What is often said of it wrongly, each with what is right."""
    extra: ClassVar[str] = ""
    """The extra of this package that installs the library of the target, if it needs one beyond the core."""
    traits: ClassVar[tuple[str, ...]] = ()
    """The attributes, declared by each kind, by which ``experiments.conflicts`` judges what goes together."""
    origin: ClassVar[str] = ""
    """``module:class`` of a user's own component; empty for built-in ones."""
    code_hash: ClassVar[str] = ""
    """The hash of the code of a user's own component; empty for built-in ones."""
    files: ClassVar[tuple[str, ...]] = ()
    """The files of that code, as paths of this machine."""
    libraries: ClassVar[tuple[str, ...]] = ()
    """The installed distributions that this code imports, as far as a description told them."""
    renamed: ClassVar[Mapping[str, str]] = {}
    """Field to argument of the target, where they differ."""
    kept: ClassVar[frozenset[str]] = frozenset()
    """Fields whose None leaves the argument to the target's own default, which JSON cannot hold."""

    unchanging: ClassVar[frozenset[str]] = frozenset()
    """Numbers that a training which goes on from a checkpoint has to keep."""

    withheld: ClassVar[frozenset[str]] = frozenset()
    """Fields that the target is not given: they say where, when or on what it acts."""
    joined: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """Arguments of the target that are several fields together, as a tuple."""
    fixed: ClassVar[Mapping[str, Any]] = {}
    """Arguments of the target that no field decides."""

    given: ClassVar[tuple[Any, ...]] = ()
    """The arguments that a user's experiment gives in code, as ``experiments.plugins.given`` describes them."""

    name: str

    def arguments(self) -> dict[str, Any]:
        """The fields as keyword arguments of the target, in copies: what is built may change a list it is given."""
        apart = self.withheld.union(*self.joined.values())
        values = {field: getattr(self, field) for field in type(self).hyperparameters() if field not in apart}
        alone = {
            self.renamed.get(field, field): deepcopy(value)
            for field, value in values.items()
            if value is not None or field not in self.kept
        }
        together = {name: tuple(getattr(self, field) for field in fields) for name, fields in self.joined.items()}
        return {**alone, **together, **self.fixed}

    def build(self, *args: Any, **kwargs: Any) -> Any:
        """Construct the target with ``args``, this component's fields and ``kwargs``.

        Raises:
            TrainingError: the library of the target is not installed, with the extra that installs it.
        """
        return self.resolved()(*args, **self.arguments(), **kwargs)

    @classmethod
    def resolved(cls) -> Any:
        """The target itself, imported now.

        Raises:
            TrainingError: its library is not installed, with the extra that installs it.
        """
        try:
            return resolve(cls.target)
        except ModuleNotFoundError as error:
            if not cls.extra:
                raise
            remedy = f"install it with pip install 'studyhall[{cls.extra}]'"
            raise TrainingError(f"{cls.id()} needs the library {error.name}, which is missing; {remedy}") from error

    @classmethod
    def id(cls) -> str:
        """The component's name, e.g. ``"adamw"``."""
        return str(cls.model_fields["name"].default)

    @classmethod
    def summary(cls) -> str:
        """The first line of its description."""
        return (inspect.getdoc(cls) or "").partition("\n")[0]

    @classmethod
    def hyperparameters(cls) -> dict[str, FieldInfo]:
        """Every field but the name."""
        return {name: field for name, field in cls.model_fields.items() if name != "name"}

    @classmethod
    def search_ranges(cls) -> dict[str, Range]:
        """The default search range of every field that has one, by field."""
        extras: dict[str, Any] = {name: field.json_schema_extra for name, field in cls.hyperparameters().items()}
        return {name: extra["search"] for name, extra in extras.items() if isinstance(extra, dict) and extra["search"]}


def resolve(target: str) -> Any:
    """The object a ``"module:attribute"`` names."""
    module, _, attribute = target.partition(":")
    return attrgetter(attribute)(importlib.import_module(module))


def declare(package: str) -> None:
    """Import every module of a kind's package; names with a leading underscore are maths, imported when built.

    The last line of such a package calls it, so that whoever has the kind has its members.
    """
    for module in pkgutil.iter_modules(sys.modules[package].__path__):
        if not module.name.startswith("_"):
            importlib.import_module(f"{package}.{module.name}")


C = TypeVar("C", bound=Component)


class Kind(Generic[C]):
    """A family of components, and the registry of its members (in the order in which they were added)."""

    def __init__(self, name: str, base: type[C], summary: str) -> None:
        self.name = name
        self.base = base
        self.summary = summary
        self.version = 0
        """Rises whenever a member comes or goes."""
        self._members: dict[str, type[C]] = {}

    def add(self, component: type[C]) -> type[C]:
        """Class decorator that registers a member.

        Raises:
            ValueError: the name or one of the aliases is taken.
        """
        return self._admit(self._members, component)

    def replace(self, component: type[C]) -> type[C]:
        """Register a user's own member, in the place of an earlier version of it.

        Raises:
            ValueError: a built-in member has the name or one of the aliases.
        """
        return self._admit(self._kept({*self._members} - {component.id()}), component)

    def keep(self, names: Collection[str]) -> None:
        """Forget users' own members but those of the names; whoever walks the members now is not disturbed."""
        self._members = self._kept(names)
        self.version += 1

    def _kept(self, names: Collection[str]) -> dict[str, type[C]]:
        members = self._members.items()
        return {name: member for name, member in members if name in names or not member.code_hash}

    def _admit(self, others: Mapping[str, type[C]], component: type[C]) -> type[C]:
        taken = _words(others).keys() & {component.id(), *component.aliases}
        if taken:
            raise ValueError(f"{self.name} {sorted(taken)[0]!r} is declared twice")
        self._members = {**others, component.id(): component}
        self.version += 1
        return component

    def words(self) -> dict[str, str]:
        """Every name and alias a user may write, with the name it stands for."""
        return _words(self._members)

    def __getitem__(self, word: str) -> type[C]:
        members = self._members
        name = word if word in members else _words(members).get(word)
        if name is None:
            raise InvalidInput.at(self.name, f"unknown {self.name} {word!r}{suggestion(word, members)}")
        return members[name]

    def __iter__(self) -> Iterator[type[C]]:
        return iter(self._members.values())

    def __len__(self) -> int:
        return len(self._members)

    def names(self) -> tuple[str, ...]:
        """The members' names."""
        return tuple(self._members)

    def parse(self, value: str | Mapping[str, Any]) -> C:
        """A component from its name, or from a mapping with ``name`` and fields.

        Raises:
            InvalidInput: naming the component, the field, the bound and the source of the bound.
        """
        fields = {"name": value} if isinstance(value, str) else dict(value)
        word = fields.get("name")
        if not isinstance(word, str):
            raise InvalidInput.at(f"{self.name}.name", f"name the {self.name}{suggestion('', self._members)}")
        component = self[word]
        try:
            return component(**{**fields, "name": component.id()})
        except ValidationError as error:
            raise InvalidInput(
                problem.under(f"{self.name}.{component.id()}")
                for problem in problems_of(error, component.hyperparameters())
            ) from error


def _words(members: Mapping[str, type[Component]]) -> dict[str, str]:
    return {word: name for name, member in members.items() for word in (name, *member.aliases)}
