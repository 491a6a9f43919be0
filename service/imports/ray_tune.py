"""A search space of Ray Tune: a mapping whose values are its domains.

Ray is not imported here: a domain is known by its class's name and module, and read by its attributes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from experiments.errors import InvalidInput
from service.imports.foreign import ForeignStudy, Untranslatable
from service.imports.ranges import between, choice, constant, is_whole, multiples, normal

GRID = "grid_search"
FUNCTION = "a function of the configuration has no place in a space; write a range, or compute it in your module"
NORMAL = "a normal distribution is not drawn here: uniform over two deviations to both sides takes its place"


class RayReader:
    """Reads a ``param_space``."""

    title = "a search space of Ray Tune"

    def recognizes(self, document: Any) -> bool:
        return isinstance(document, Mapping) and any(_is_ours(value) for value in document.values())

    def read(self, document: Any) -> ForeignStudy:
        if not isinstance(document, Mapping):
            raise InvalidInput.at("", "a search space of Ray Tune is a mapping from names to domains")
        foreign = ForeignStudy()
        grids = _collect(document, "", foreign)
        _sampler(grids, foreign)
        return foreign


def _is_ours(value: Any) -> bool:
    if isinstance(value, Mapping):
        return GRID in value or any(_is_ours(each) for each in value.values())
    return _domain(value) is not None


def _domain(value: Any) -> str | None:
    """The name of a domain's class; nothing of any other value."""
    kind = type(value)
    return kind.__name__ if kind.__module__.startswith("ray.tune.") else None


def _collect(space: Mapping[str, Any], prefix: str, foreign: ForeignStudy) -> list[bool]:
    """Take over what stands in a mapping; for each parameter that varies, whether it is of a grid."""
    grids = []
    for key, value in space.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and GRID not in value:
            grids += _collect(value, f"{name}.", foreign)
            continue
        try:
            foreign.add(name, _value(value, name, foreign), name)
        except Untranslatable as reason:
            foreign.leave_out(name, str(reason))
        else:
            varies = isinstance(value, Mapping) or _domain(value) is not None
            grids += [isinstance(value, Mapping)] if varies else []
    return grids


def _sampler(grids: list[bool], foreign: ForeignStudy) -> None:
    """Ray crosses its grids with random samples; a study has one sampler."""
    if grids and all(grids):
        foreign.study["sampler"] = "grid"
        return
    foreign.study["sampler"] = "random"
    if any(grids):
        how = "a study is a grid or drawn at random; the values of grid_search are drawn as a choice here"
        foreign.change(GRID, how)


def _value(value: Any, place: str, foreign: ForeignStudy) -> Any:
    if isinstance(value, Mapping):
        return choice(value[GRID])
    match _domain(value):
        case None:
            return _constant(value)
        case "Categorical":
            return choice(value.categories)
        case "Function":
            raise Untranslatable(FUNCTION)
        case "Float" | "Integer" as name:
            return _between(value, name == "Integer", place, foreign)
        case name:
            raise Untranslatable(f"the domain {name} is not known here; write a range (docs/spaces.md)")


def _between(domain: Any, whole: bool, place: str, foreign: ForeignStudy) -> Any:
    """A quantized sampler wraps another; the upper bound of whole numbers is drawn only by a quantized one."""
    sampler = domain.get_sampler()
    step = getattr(sampler, "q", None)
    spread = str(sampler.get_sampler() if step is not None else sampler)
    if spread == "Normal":
        inner = sampler.sampler if step is not None else sampler
        foreign.change(place, NORMAL)
        return normal(inner.mean, inner.sd, step=step)
    upper = domain.upper - (1 if whole and step in {None, 1} else 0)
    if spread == "LogUniform":
        if step not in {None, 1}:
            how = "a logarithmic range has no steps here: values between them are drawn as well"
            foreign.change(place, how)
        return between(domain.lower, upper, log=True, whole=whole or is_whole(step))
    return multiples(domain.lower, upper, step) if step not in {None, 1} else between(domain.lower, upper, whole=whole)


def _constant(value: Any) -> Any:
    if callable(value):
        raise Untranslatable(FUNCTION)
    return constant(value)
