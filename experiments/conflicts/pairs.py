"""What each component does not go with, found by asking the rules themselves about configs that hold both.

A rule may be about whole kinds (``optimizer`` with ``regularizer.weight_decay``), and hold for some members only, or
for some of their values. So every pair that a rule names is put into many configs: other values of their fields, every
data set and model that go together, other ways to train. What always clashes there never goes together; what clashes
at times depends on values. Whatever has no data and model in common goes together nowhere, though no rule names both.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Literal, get_args, get_origin

from pydantic import ValidationError

from experiments.catalog import KINDS
from experiments.component import Component
from experiments.config import DEFAULTS, ExperimentConfig
from experiments.conflicts import rules_of, structural
from experiments.conflicts.rule import Clash, Rule
from experiments.monitor import Monitor
from experiments.training_fields import Training

MIXED = 40
"""Configs with everything at random in which a pair is looked at, after those that vary one thing at a time."""

Key = tuple[str, str]
"""Kind and name of a component."""
Home = tuple[str, str]
"""Names of a data set and of a model that takes it."""


@dataclass(frozen=True)
class Verdict:
    """What a component does not go with, and why."""

    others: tuple[str, ...]
    """Components as ``kind.name``, whole kinds, or settings such as ``training.batch_size``."""
    reason: str
    refused: bool
    """Refused, or warned of."""
    always: bool
    """Whatever the values of fields and settings; otherwise it depends on them."""


def taken_by(data: str) -> tuple[str, ...]:
    """The models that take a data set."""
    refused = {other for each in verdicts_of("data", data) if each.refused and each.always for other in each.others}
    return tuple(name for name in KINDS["model"].names() if not refused & {"model", f"model.{name}"})


def verdicts_of(kind: str, name: str) -> tuple[Verdict, ...]:
    """Everything that a component does not go with, in the catalog's order."""
    found = _judged(tuple((each.name, component) for each in KINDS.values() for component in each))
    return found.get((kind, name), ())


@lru_cache(maxsize=2)
def _judged(members: tuple[tuple[str, type[Component]], ...]) -> Mapping[Key, tuple[Verdict, ...]]:
    """The verdicts of all components; they are judged anew when a user's own component comes in.

    Those of before are kept: the component may go again.
    """
    return _Judge({(kind, component.id()): component for kind, component in members}).verdicts()


class _Judge:
    """Puts pairs of components into configs."""

    def __init__(self, components: Mapping[Key, type[Component]]) -> None:
        self._components = components
        self._instances = {key: _instances(component) for key, component in components.items()}
        self._trainings = [Training(**fields) for fields in _TRAININGS]
        self._monitor = Monitor()
        self._homes = [home for home in self._all_homes() if not self._clashing(home)]
        self._rules = {key: list(rules_of(*key)) for key in components}

    def verdicts(self) -> dict[Key, tuple[Verdict, ...]]:
        found: dict[Key, dict[tuple[str, bool, bool], list[str]]] = {key: {} for key in self._components}
        for one, other in self._named_pairs():
            for clash, refused, always in self._between(one, other):
                for key, partner in ((one, other), (other, one)):
                    found[key].setdefault((clash.message, refused, always), []).append(".".join(partner))
        for one, other, reason in self._apart(found):
            for key, partner in ((one, other), (other, one)):
                found[key].setdefault((reason, True, True), []).append(".".join(partner))
        for key in self._components:
            for rule in self._rules[key]:
                if setting := _setting(rule, key):
                    found[key].setdefault((rule.reason, rule.refused, False), []).append(setting)
        return {key: tuple(Verdict(self._whole(others), *said) for said, others in found[key].items()) for key in found}

    def _named_pairs(self) -> Iterator[tuple[Key, Key]]:
        """The pairs that a rule names, or the model decides; each once, in the catalog's order."""
        keys = list(self._components)
        for index, one in enumerate(keys):
            for other in keys[index + 1 :]:
                if one[0] == other[0] != "regularizer":
                    continue
                by_model = "model" in (one[0], other[0]) and ("data" in (one[0], other[0]) or self._own(one, other))
                if by_model or any(rule.concerns(*other) for rule in self._rules[one]):
                    yield one, other

    def _between(self, one: Key, other: Key) -> Iterator[tuple[Clash, bool, bool]]:
        """What the rules say of a pair: the clash, whether it is refused, and whether it always is."""
        rules = [rule for rule in self._rules[one] if rule.concerns(*other)]
        met: dict[tuple[Clash, bool], int] = {}
        n, n_refused = 0, 0
        for config in self._configs(one, other):
            clashes = [(rule.clash, rule.refused) for rule in rules if rule.holds(config)]
            if "model" in (one[0], other[0]):
                clashes += [
                    (clash, True) for clash in structural(config) if clash.concerns(*one) and clash.concerns(*other)
                ]
            n, n_refused = n + 1, n_refused + any(refused for _, refused in clashes)
            for each in dict.fromkeys(clashes):
                met[each] = met.get(each, 0) + 1
            if met and all(0 < count < n for count in met.values()) and len(met) == len(rules):
                break
        decisive = any(refused and count == n for (_, refused), count in met.items())
        for (clash, refused), count in met.items():
            if count == n or not (refused and decisive):  # of a pair refused always, the reason that always holds
                yield clash, refused, n_refused == n if refused else count == n

    def _apart(self, found: Mapping[Key, Mapping[tuple[str, bool, bool], Sequence[str]]]) -> Iterator[Any]:
        """Pairs that go with no data and model in common, where no verdict says so yet."""
        at_home = {key: self._at_home(key) for key in self._components}
        keys = [key for key in self._components if at_home[key]]
        for index, one in enumerate(keys):
            told = {
                other for (_, refused, always), others in found[one].items() if refused and always for other in others
            }
            for other in keys[index + 1 :]:
                if one[0] == other[0] != "regularizer" or at_home[one] & at_home[other] or ".".join(other) in told:
                    continue
                yield one, other, self._nowhere(one, other)

    def _nowhere(self, one: Key, other: Key) -> str:
        home = next((key for key in (other, one) if key[0] in {"data", "model"}), None)
        if home is None:
            return f"no data and model go with both {one[1]} and {other[1]}"
        what = f"no model that takes {home[1]}" if home[0] == "data" else f"no data that {home[1]} takes"
        guest = one if home == other else other
        return f"{what} goes with it: {self._refusal(guest, home)}"

    def _refusal(self, guest: Key, home: Key) -> str:
        """Why a component cannot be where a data set or a model is."""
        there = next(each for each in self._homes if home[1] == each[home[0] == "model"])
        config = next(self._configs(guest, ("data", there[0]), ("model", there[1])))
        refused = [
            *structural(config),
            *(rule.clash for rule in self._rules[guest] if rule.refused and rule.holds(config)),
        ]
        return refused[0].message

    def _at_home(self, key: Key) -> set[Home]:
        """Where a component can be. Users' own data sets are all one to the rules, and a user may have brought many."""
        if key[0] in {"data", "model"}:
            return set(self._homes_of({key[0]: key[1]}))
        alike: dict[Home, list[Home]] = {}
        for home in self._homes:
            own = self._instances["data", home[0]][0].from_plugin
            alike.setdefault(("" if own else home[0], home[1]), []).append(home)
        return {home for homes in alike.values() if self._fits(key, homes[0]) for home in homes}

    def _fits(self, key: Key, home: Home) -> bool:
        """Whether a component, with some of its values, has no conflict where these data and model are."""
        rules = [rule for rule in self._rules[key] if rule.refused]
        return any(
            not any(rule.holds(config) for rule in rules) and not list(structural(config))
            for config in self._configs(key, ("data", home[0]), ("model", home[1]))
        )

    def _configs(self, *pinned: Key) -> Iterator[ExperimentConfig]:
        """Configs that hold the pinned components: the plain one, each thing varied by itself, then all at random."""
        axes: list[Sequence[Any]] = [self._homes_of(dict(pinned)), self._trainings, (False, True)]
        axes += [self._instances[key] for key in pinned]
        plain = [values[0] for values in axes if values]
        if len(plain) < len(axes):
            return
        chance = random.Random(0)
        yield self._config(pinned, *plain)
        for axis, values in enumerate(axes):
            for value in values[1:]:
                yield self._config(pinned, *plain[:axis], value, *plain[axis + 1 :])
        for _ in range(MIXED):
            yield self._config(pinned, *map(chance.choice, axes))

    def _config(
        self, pinned: Sequence[Key], home: Home, training: Training, optimizer: bool, *instances: Component
    ) -> ExperimentConfig:
        parts, regularizers = self._parts(*home, optimizer=optimizer), dict[str, Any]()
        for (kind, name), instance in zip(pinned, instances, strict=True):
            if kind == "regularizer":
                regularizers[name] = instance
            else:
                parts[kind] = instance
        return ExperimentConfig(**parts, regularizers=regularizers, training=training, monitor=self._monitor)

    def _homes_of(self, names: Mapping[str, str]) -> list[Home]:
        """Where a config with these can be; a data set and a model that do not go together are put together too."""
        data, model = names.get("data"), names.get("model")
        if data is not None and model is not None:
            return [(data, model)]
        return [home for home in self._homes if data in (None, home[0]) and model in (None, home[1])]

    def _parts(self, data: str, model: str, *, optimizer: bool) -> dict[str, Any]:
        """The parts of a config of these two and the defaults; a user's own model may bring its ``optimizer``."""
        own = self._instances["model", model][0].from_plugin
        named = {kind for kind in DEFAULTS if not own or (optimizer and kind in {"optimizer", "schedule"})}
        kinds = {kind: self._instances[kind, name][0] if kind in named else None for kind, name in DEFAULTS.items()}
        return {"data": self._instances["data", data][0], "model": self._instances["model", model][0], **kinds}

    def _clashing(self, home: Home) -> bool:
        """Whether a data set and a model do not go together."""
        return any(structural(ExperimentConfig(**self._parts(*home, optimizer=False), regularizers={})))

    def _all_homes(self) -> Iterator[Home]:
        names: dict[str, list[str]] = {"data": [], "model": []}
        for kind, name in self._components:
            names.get(kind, []).append(name)
        return ((data, model) for data in names["data"] for model in names["model"])

    def _own(self, *keys: Key) -> bool:
        return any(self._instances[key][0].from_plugin for key in keys if key[0] == "model")

    def _whole(self, others: Sequence[str]) -> tuple[str, ...]:
        """A kind in the place of all its members."""
        listed = list(dict.fromkeys(others))
        for kind in dict.fromkeys(kind for kind, _ in self._components):
            members = [".".join(key) for key in self._components if key[0] == kind]
            if len(members) > 1 and set(members) <= set(listed):
                listed = [kind, *(other for other in listed if other not in members)]
        return tuple(listed)


_TRAININGS: Sequence[Mapping[str, Any]] = (
    {},
    {"batch_size": 1},
    {"batch_size": 1_000_000},
    {"epochs": 1},
    {"epochs": 1, "batch_size": 1_000_000},
    {"accumulate": 2},
    {"precision": "bf16-mixed"},
    {"precision": "16-mixed"},
    {"lr_range_test": True},
)


def _setting(rule: Rule, key: Key) -> str:
    """The setting that a rule is about beside a component, if it is about one."""
    other = next((part for part in rule.clash.parts if part not in {key[0], ".".join(key)}), "")
    if other.partition(".")[0] not in {"training", "monitor"}:
        return ""
    return rule.place if rule.place.startswith(f"{other}.") else other


@cache
def _instances(component: type[Any]) -> tuple[Any, ...]:
    """The component with its defaults, then with other values of one field at a time."""
    if any(field.is_required() for field in component.hyperparameters().values()):
        return (component.model_construct(),)  # a user's own, of whose fields no rule knows
    found = [component()]
    for name in component.hyperparameters():
        for value in _values(component, name):
            try:
                found.append(component(**{name: value}))
            except ValidationError:
                continue
    return tuple(each for index, each in enumerate(found) if each not in found[:index])


def _values(component: type[Component], name: str) -> list[Any]:
    """Values of a field at which rules may differ: words, both truths, ends of the default range, 0, short lists."""
    field = component.hyperparameters()[name]
    annotation = field.annotation
    search = component.search_ranges().get(name, {})
    ends = [value for values in search.values() for value in values]
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    if annotation is bool:
        return [False, True]
    if get_origin(annotation) is tuple:
        return [*ends, [], [16]]
    return [*ends, 0, 1]
