"""A search space of Optuna: a mapping of distributions, a study, or a function that takes a trial and suggests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution

from experiments.errors import InvalidInput
from service.imports.foreign import ForeignStudy, Untranslatable
from service.imports.ranges import between, choice, constant

N_CALLS = 64
"""How often a function that suggests is called: what it suggests in one call of ten is missed once in 850 times."""
SAMPLERS = {
    "GridSampler": "grid",
    "RandomSampler": "random",
    "TPESampler": "tpe",
    "GPSampler": "gp",
    "CmaEsSampler": "cmaes",
    "QMCSampler": "qmc",
}
CONDITIONAL = "the function suggests it in some configurations only; here every configuration has it"


class OptunaReader:
    """Reads distributions, from wherever they come."""

    title = "a search space of Optuna"

    def recognizes(self, document: Any) -> bool:
        if isinstance(document, Mapping):
            return any(isinstance(value, BaseDistribution) for value in document.values())
        return isinstance(document, optuna.Study) or callable(document)

    def read(self, document: Any) -> ForeignStudy:
        foreign = ForeignStudy()
        if isinstance(document, optuna.Study):
            _of_study(document, foreign)
        elif isinstance(document, Mapping):
            for name, value in document.items():
                _add(str(name), value, foreign)
        elif callable(document):
            _of_function(document, foreign)
        else:
            raise InvalidInput.at("", "name a mapping of distributions, a study, or a function that takes a trial")
        return foreign


def _of_study(study: optuna.Study, foreign: ForeignStudy) -> None:
    foreign.study["name"] = study.study_name
    if len(study.directions) > 1:
        foreign.leave_out("directions", "several objectives are not taken over; write `objective` for one of them")
    else:
        direction = "maximize" if study.direction == optuna.study.StudyDirection.MAXIMIZE else "minimize"
        foreign.study["objective"] = {"metric": "objective", "direction": direction}
        foreign.change("direction", "Optuna names no metric; write that of the curve that your module logs")
    sampler = type(study.sampler).__name__
    if sampler in SAMPLERS:
        foreign.study["sampler"] = SAMPLERS[sampler]
    else:
        foreign.leave_out("sampler", f"{sampler} is not known here; the default, tpe, is taken")
    _of_trials([dict(trial.distributions) for trial in study.get_trials(deepcopy=False)], foreign)


def _of_function(suggest: Callable[[Any], Any], foreign: ForeignStudy) -> None:
    """What it suggests to trials drawn at random. One that answers with a number has trained, and is called once."""
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    seen = []
    for _ in range(N_CALLS):
        trial = study.ask()
        try:
            answer = suggest(trial)
        except Exception as error:
            remedy = "move what it suggests into a function that does nothing else, and name that one"
            raise InvalidInput.at("", f"the function raised {type(error).__name__}: {error}; {remedy}") from error
        seen.append(dict(trial.distributions))
        if isinstance(answer, int | float | tuple):
            how = (
                "it answers with a value, so it trains: it was called once, and what stands under a condition is missed"
            )
            foreign.change("", how)
            break
    _of_trials(seen, foreign)


def _of_trials(trials: list[dict[str, BaseDistribution]], foreign: ForeignStudy) -> None:
    """Every distribution that a trial had; one that not every trial had stands under a condition."""
    for name in dict.fromkeys(name for trial in trials for name in trial):
        held = [trial[name] for trial in trials if name in trial]
        if any(other != held[0] for other in held):
            foreign.change(name, "its range differs between configurations; the first is taken")
        if len(held) < len(trials):
            foreign.change(name, CONDITIONAL)
        _add(name, held[0], foreign)


def _add(name: str, value: Any, foreign: ForeignStudy) -> None:
    try:
        foreign.add(name, _value(value), name)
    except Untranslatable as reason:
        foreign.leave_out(name, str(reason))


def _value(value: Any) -> Any:
    match value:
        case CategoricalDistribution():
            return choice(value.choices)
        case IntDistribution():
            return between(value.low, value.high, log=value.log, step=value.step, whole=True)
        case FloatDistribution():
            return between(value.low, value.high, log=value.log, step=value.step)
        case BaseDistribution():
            raise Untranslatable(f"{type(value).__name__} is not known here; write a range (docs/spaces.md)")
    return constant(value)
