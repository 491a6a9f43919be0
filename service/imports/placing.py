"""Parameters of another tool put where a study definition has them: in the space, or in training."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from experiments.catalog import KINDS
from experiments.component import Component
from experiments.config import DEFAULTS
from experiments.errors import InvalidInput
from experiments.registry import EXPERIMENTS
from experiments.training_fields import Training
from search_spaces.plain import plain_space
from service.imports.foreign import ForeignStudy
from service.imports.names import component_of, place_of
from service.imports.ranges import is_range

REMEDY = "write it in the space where it belongs (docs/spaces.md), or as an argument of your module (docs/plugins.md)"
LOWEST_RATE = 1e-4
"""Where a range of rates begins that would begin at 0, as a share of its end."""
NEUTRAL = {"schedule": "constant", "normalization": "none"}
"""What stands for none of a kind."""
Fields = dict[str, Any]


def placed(foreign: ForeignStudy, experiment: str | None) -> tuple[Fields, Fields]:
    """Space and training of a study whose trials workers train."""
    placing = _Placing(foreign, experiment)
    placing.run()
    return placing.space, placing.training


def plain(foreign: ForeignStudy) -> Fields:
    """The space of a study that is trained elsewhere: every parameter under its own name."""
    space: Fields = {}
    for name, value in foreign.parameters.items():
        ours = name.lstrip("-")
        try:
            plain_space({ours: value}, epochs=1)
        except InvalidInput as error:
            foreign.leave_out(foreign.where[name], error.problems[0].message)
        else:
            space[ours] = value
    return space


class _Placing:
    """Where the parameters of one study go."""

    def __init__(self, foreign: ForeignStudy, experiment: str | None) -> None:
        self._foreign = foreign
        self._own = _own_fields(experiment)
        self._experiment = experiment
        self._named: dict[str, Any] = {}
        """Kind to the component that is named for it, or a choice of several."""
        self._fields: dict[str, Fields] = defaultdict(dict)
        """Kind to the fields that its components are given."""
        self.space: Fields = {}
        self.training: Fields = {}

    def run(self) -> None:
        """Put every parameter somewhere, or list it."""
        for name, value in self._foreign.parameters.items():
            self._put(name, value)
        for kind in ("optimizer", "schedule", "initializer", "activation", "normalization"):
            if kind in self._named or self._fields[kind]:
                self._compose(kind)

    def _put(self, name: str, value: Any) -> None:
        own = self._place_of_own(name)
        place = own or place_of(name)
        section, _, field = (place or "").partition(".")
        if own:
            self.space.setdefault(section, {})[field] = value
        elif section == "training" and field in Training.model_fields:
            self.training[field] = value
        elif section == "regularizers":
            regularizer, _, inner = field.partition(".")
            self.space.setdefault("regularizers", {}).setdefault(regularizer, {})[inner] = value
        elif section in DEFAULTS and not field:
            self._named[section] = value
            self._foreign.where.setdefault(section, self._foreign.where[name])
        elif section in DEFAULTS:
            self._fields[section][field] = self._above_zero(name, value) if field == "lr" else value
            self._foreign.where[f"{section}.{field}"] = self._foreign.where[name]
        elif name in {"seed", "random_seed", "random_state"}:
            self._seed(name, value)
        else:
            self._unknown(name)

    def _above_zero(self, name: str, rate: Any) -> Any:
        """A rate of 0 trains nothing, and is refused; other tools' examples begin there all the same."""
        if not isinstance(rate, dict) or rate.get("uniform", [1])[0] != 0:
            return rate
        high = rate["uniform"][1]
        self._foreign.change(self._foreign.where[name], f"at 0 nothing is learned: it begins at {LOWEST_RATE * high:g}")
        return {"uniform": [LOWEST_RATE * high, high]}

    def _place_of_own(self, name: str) -> str | None:
        """Where it stands if it is an argument of the experiment's own model or data: what a user wrote wins."""
        head, _, rest = name.rpartition(".")
        for kind, fields in self._own.items():
            if rest in fields and head in {"", kind, "config", "hparams", "params", "args"}:
                return f"{kind}.{rest}"
        return None

    def _seed(self, name: str, value: Any) -> None:
        seeds = value.get("choice") if is_range(value) else None
        if seeds and all(isinstance(seed, int) for seed in seeds):
            self._foreign.study["replicates"] = {"seeds": seeds}
            self._foreign.change(
                self._foreign.where[name], "seeds are replicates here: each trial is trained with each"
            )
        elif isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            self._foreign.study.setdefault("seed", value)
        else:
            reason = "a seed is nothing to search over; write `replicates: {seeds: 3}`, and each trial has three"
            self._foreign.leave_out(self._foreign.where[name], reason)

    def _unknown(self, name: str) -> None:
        named = "" if self._experiment else "if it is an argument of your module, name its experiment (--experiment); "
        self._foreign.leave_out(self._foreign.where[name], f"no parameter of that name is known; {named}{REMEDY}")

    # --- components

    def _compose(self, kind: str) -> None:
        """A component with its fields, or a choice of several, each with those that it has."""
        fields = self._fields[kind]
        components = self._components(kind, fields)
        if not components:
            return
        if kind == "optimizer":
            self._decay_as_penalty(fields, components)
        for field in [name for name in fields if not any(name in each.hyperparameters() for each in components)]:
            names = " or ".join(each.id() for each in components)
            reason = f"{names} has no field {field!r}; `studyhall catalog {kind} {components[0].id()}` lists them"
            self._foreign.leave_out(self._foreign.where[f"{kind}.{field}"], reason)
        composed = [self._with_fields(kind, each, fields) for each in components]
        self.space[kind] = composed[0] if len(composed) == 1 else {"choice": composed}

    def _components(self, kind: str, fields: Mapping[str, Any]) -> list[type[Component]]:
        if kind not in self._named:
            return self._assumed(kind, fields)
        value, place = self._named[kind], self._foreign.where[kind]
        words = value["choice"] if is_range(value) and "choice" in value else [value]
        found: dict[str, type[Component]] = {}
        for word in words:
            name = NEUTRAL.get(kind) if word in (None, False, "", "none", "None") else component_of(kind, str(word))
            if kind == "optimizer" and name == "sgd" and fields.get("momentum"):
                name = "momentum"  # our sgd is the plain one
            if name is None:
                remedy = f"`studyhall catalog {kind}` lists those there are, docs/plugins.md says how to add one"
                self._foreign.leave_out(place, f"there is no {kind} {word!r} here; {remedy}")
            else:
                found.setdefault(name, KINDS[kind][name])
        return [*found.values()]

    def _assumed(self, kind: str, fields: Mapping[str, Any]) -> list[type[Component]]:
        """The component of fields that stand alone: the default optimizer, and of other kinds none."""
        places = [self._foreign.where[f"{kind}.{field}"] for field in fields]
        if kind == "optimizer":
            word = "momentum" if "momentum" in fields else DEFAULTS[kind]
            self._foreign.change(
                places[0], f"the document names no optimizer; {word} is taken, write another if it was"
            )
            return [KINDS[kind][word]]
        for place in places:
            self._foreign.leave_out(place, f"the document does not say of which {kind}; write {{name: …}} with it")
        return []

    def _with_fields(self, kind: str, component: type[Component], fields: Mapping[str, Any]) -> Any:
        """As a space writes it. One of which no field is named would be searched over its default ranges, which the
        document does not ask for, so one of its fields is named."""
        known = component.hyperparameters()
        held = {name: deepcopy(value) for name, value in fields.items() if name in known}  # YAML would write aliases
        field = next((name for name in component.search_ranges() if not known[name].is_required()), "")
        if not held and field:
            held = {field: known[field].get_default()}
        if field in held and field not in fields and component.id() != NEUTRAL.get(kind):
            how = f"the document gives {component.id()} no fields that it has: those of our catalog are taken"
            self._foreign.change(self._foreign.where[kind], how)
        return {"name": component.id(), **held} if held else component.id()

    def _decay_as_penalty(self, fields: Fields, components: list[type[Component]]) -> None:
        """Torch's SGD and Adam take a weight decay and mean an L2 penalty, which is a regularizer here."""
        if "weight_decay" not in fields or any("weight_decay" in each.hyperparameters() for each in components):
            return
        self.space.setdefault("regularizers", {})["l2"] = {"strength": fields.pop("weight_decay")}
        how = f"what torch calls weight_decay in {components[0].id()} is an L2 penalty: regularizers.l2.strength here"
        self._foreign.change(self._foreign.where["optimizer.weight_decay"], how)


def _own_fields(experiment: str | None) -> dict[str, set[str]]:
    """The arguments of the model and the data of an experiment."""
    if experiment is None:
        return {}
    base = EXPERIMENTS.find(experiment).base()
    return {kind: set(KINDS[kind][base[kind]["name"]].hyperparameters()) - {"name"} for kind in ("model", "data")}


def experiment_of(model: str) -> str | None:
    """The experiment whose model is this class (``package.module.Net``), if one is registered."""
    for name, experiment in EXPERIMENTS.items():
        try:
            target = KINDS["model"][experiment.model["name"]].target
        except InvalidInput:
            continue
        if target.replace(":", ".") == model:
            return name
    return None
