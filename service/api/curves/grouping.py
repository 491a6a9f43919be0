"""Which runs form a group: those whose trials are equal in the parameters that are named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import orjson

from experiments.errors import InvalidInput, Problem, suggestion
from service.errors import Invalid
from service.storage.store import ApiStore
from service.storage.trials import Place
from service.study.records import RunHead

RUN_FIELDS = {"study": "study_id", "trial": "trial_number", "seed": "seed", "fold": "fold", "state": "state"}
"""What a run itself can be grouped by."""
Drawn = Mapping[Place, Mapping[str, Any]]
Key = Mapping[str, Any]
Groups = Mapping[str, Sequence[str]]
"""Groups that somebody made: what each is called, and the ids of its runs."""
NO_GROUPS: Groups = MappingProxyType({})


def grouped(store: ApiStore, runs: Sequence[RunHead], by: Sequence[str]) -> list[tuple[Key, list[RunHead]]]:
    """The runs by the named fields, or by everything but the seed and fold, in the order of their first run.

    Raises:
        Invalid: no trial has a parameter of such a name.
    """
    study_ids = list(dict.fromkeys(run.study_id for run in runs))
    drawn: Drawn = {}
    if not by or set(by) - RUN_FIELDS.keys():
        drawn = store.trials.parameters(study_ids)
    keys = [_configuration(run, drawn, several=len(study_ids) > 1) for run in runs]
    if by:
        values = [_values(store, runs, drawn, name) for name in by]
        keys = [dict(zip(by, each, strict=True)) for each in zip(*values, strict=True)]
    groups: dict[bytes, tuple[Key, list[RunHead]]] = {}
    for run, key in zip(runs, keys, strict=True):
        groups.setdefault(orjson.dumps(key, option=orjson.OPT_SORT_KEYS), (key, []))[1].append(run)
    return list(groups.values())


def grouped_as(groups: Groups, runs: Sequence[RunHead]) -> list[tuple[Key, list[RunHead]]]:
    """The runs in groups that name them."""
    by_id = {run.id: run for run in runs}
    return [({"group": name}, [by_id[run] for run in named if run in by_id]) for name, named in groups.items()]


def runs_of(groups: Groups) -> list[str]:
    """The ids of all their runs.

    Raises:
        Invalid: a run is in two groups, or twice in one.
    """
    runs = [run for named in groups.values() for run in named]
    twice = next((run for run, n in Counter(runs).items() if n > 1), None)
    if twice is not None:
        raise InvalidInput.at("groups", f"run {twice!r} is named twice; each counts once, in one group")
    return runs


def _configuration(run: RunHead, drawn: Drawn, *, several: bool) -> dict[str, Any]:
    study = {"study": run.study_id} if several else {}
    return study | dict(drawn.get((run.study_id, run.trial_number), {}))


def _values(store: ApiStore, runs: Sequence[RunHead], drawn: Drawn, name: str) -> list[Any]:
    """The field's value in each run; null where a trial has no such parameter.

    A study in which the parameter did not vary has it in its configuration, and so is compared with those in which it
    did.
    """
    if name in RUN_FIELDS:
        return [getattr(run, RUN_FIELDS[name]) for run in runs]
    varied = {place[0] for place, parameters in drawn.items() if name in parameters}
    configs = store.trials.configs([study for study in {run.study_id for run in runs} if study not in varied])
    places = [(run.study_id, run.trial_number) for run in runs]
    found = [drawn[at].get(name) if at[0] in varied else constant(configs[at], name) for at in places]
    if runs and all(value is None for value in found):
        known = sorted({*RUN_FIELDS, *(path for parameters in drawn.values() for path in parameters)})
        message = f"no trial has a parameter {name!r}{suggestion(name, known)}; there are {', '.join(known)}"
        raise Invalid(f"group_by: {message}", (Problem("group_by", message),))
    return found


def constant(config: Mapping[str, Any], path: str) -> Any:
    """What a configuration has at a parameter's path, such as ``optimizer`` or ``optimizer.adamw.lr``; else nothing."""
    found: Any = config
    for part in path.split("."):
        if not isinstance(found, Mapping):
            return None
        if found.get("name") != part:  # a path goes through the component's name, under which its fields stand
            found = found.get(part)
    return found.get("name") if isinstance(found, Mapping) else found
