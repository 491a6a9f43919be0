"""An Experiment of Katib (``kubeflow.org/v1beta1``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from experiments.errors import InvalidInput
from search_spaces.language.other_tools import number
from service.imports.foreign import ForeignStudy, Untranslatable, mapping
from service.imports.ranges import between, choice

ALGORITHMS = {
    "random": "random",
    "grid": "grid",
    "tpe": {"name": "tpe", "multivariate": False},
    "multivariate-tpe": "tpe",
    "bayesianoptimization": "gp",
    "cmaes": "cmaes",
    "sobol": {"name": "qmc", "sequence": "sobol"},
}
NOT_OURS = {
    "trialTemplate": "what is trained is an experiment here, and no pod: make your module known (docs/plugins.md) and "
    "name it with --experiment, or let your container ask for its trials (docs/elsewhere.md)",
    "metricsCollectorSpec": "every metric that the module logs is kept; there is nothing to collect",
    "nasConfig": "architectures are searched as arguments of a module; write ranges for them",
    "resumePolicy": "a study that has ended can be resumed in any case",
}
NORMAL = {"normal": "uniform", "logNormal": "uniform in the logarithm"}


class KatibReader:
    """Reads an Experiment's YAML."""

    title = "a Katib experiment"

    def recognizes(self, document: Any) -> bool:
        return (
            isinstance(document, Mapping)
            and str(document.get("apiVersion", "")).startswith("kubeflow.org/")
            and document.get("kind") == "Experiment"
        )

    def read(self, document: Any) -> ForeignStudy:
        spec = document.get("spec") if isinstance(document, Mapping) else None
        if not isinstance(spec, Mapping) or not isinstance(spec.get("parameters"), list):
            raise InvalidInput.at("spec.parameters", "an Experiment has a list of parameters there")
        foreign = ForeignStudy()
        metadata = mapping(document.get("metadata"), "metadata", foreign)
        if name := metadata.get("name") or metadata.get("generateName"):
            foreign.study["name"] = str(name)
        foreign.study["max_concurrent_trials"] = spec.get("parallelTrialCount", 3)
        for key, value in spec.items():
            self._take(key, value, foreign)
        return foreign

    def _take(self, key: str, value: Any, foreign: ForeignStudy) -> None:
        place = f"spec.{key}"
        match key:
            case "objective":
                _objective(mapping(value, place, foreign), foreign)
            case "algorithm":
                _algorithm(mapping(value, place, foreign), foreign)
            case "earlyStopping":
                _early_stopping(mapping(value, place, foreign), foreign)
            case "maxTrialCount":
                foreign.study["max_trials"] = value
            case "maxFailedTrialCount":
                how = "a study ends when its first so many trials all fail, or when half of them do (max_failures)"
                foreign.study["max_failures"] = {"first": value}
                foreign.change(place, how)
            case "parameters":
                for index, parameter in enumerate(value):
                    _parameter(mapping(parameter, f"{place}.{index}", foreign), f"{place}.{index}", foreign)
            case "parallelTrialCount":
                pass  # taken above, with its default
            case _:
                foreign.leave_out(place, NOT_OURS.get(key, "an Experiment has no such field that is known here"))


def _objective(objective: Mapping[str, Any], foreign: ForeignStudy) -> None:
    metric = objective.get("objectiveMetricName")
    ours: dict[str, Any] = {"metric": metric, "direction": objective.get("type")}
    if (goal := number(objective.get("goal"))) is not None:
        ours["target"] = goal
    strategies = objective.get("metricStrategies")
    for strategy in strategies if isinstance(strategies, list) else []:
        if isinstance(strategy, Mapping) and strategy.get("name") == metric:
            _strategy(strategy.get("value"), ours, foreign)
    foreign.study["objective"] = ours


def _strategy(word: Any, objective: dict[str, Any], foreign: ForeignStudy) -> None:
    best = "min" if objective["direction"] == "minimize" else "max"
    if word == "latest":
        objective["reduce"] = "last"
    elif word != best:
        reason = f"a run is judged by its best or its last epoch, not by its {word}; the best is taken"
        foreign.leave_out("spec.objective.metricStrategies", reason)


def _algorithm(algorithm: Mapping[str, Any], foreign: ForeignStudy) -> None:
    name = algorithm.get("algorithmName")
    settings = _settings(algorithm.get("algorithmSettings"))
    if name == "hyperband":
        foreign.study |= {"sampler": "random", "pruner": _hyperband(settings)}
        foreign.change("spec.algorithm", "hyperband is a pruner here, beside random search; min_epochs counts epochs")
    elif isinstance(name, str) and name in ALGORITHMS:
        foreign.study["sampler"] = ALGORITHMS[name]
    else:
        foreign.leave_out("spec.algorithm", f"the algorithm {name!r} is not known here; the default, tpe, is taken")
    known = {"eta", "r_l", "resource_name"} if name == "hyperband" else {"random_state"}
    if (seed := number(settings.get("random_state"))) is not None:
        foreign.study["seed"] = int(seed)
    for setting in settings.keys() - known:
        reason = "samplers have settings of their own here; see docs/studies.md for those of this one"
        foreign.leave_out(f"spec.algorithm.algorithmSettings.{setting}", reason)


def _hyperband(settings: Mapping[str, Any]) -> dict[str, Any]:
    eta, most = number(settings.get("eta")), number(settings.get("r_l"))
    pruner: dict[str, Any] = {"name": "hyperband", "reduction_factor": max(2, int(eta or 3))}
    return pruner | ({"max_epochs": int(most)} if most and most >= 1 else {})


def _early_stopping(rule: Mapping[str, Any], foreign: ForeignStudy) -> None:
    if rule.get("algorithmName") != "medianstop":
        reason = f"{rule.get('algorithmName')!r} is not known here; docs/studies.md lists the pruners there are"
        foreign.leave_out("spec.earlyStopping", reason)
        return
    settings = _settings(rule.get("algorithmSettings"))
    least, start = number(settings.get("min_trials_required")), number(settings.get("start_step"))
    foreign.study["pruner"] = {
        "name": "median",
        "n_startup_trials": int(3 if least is None else least),
        "warmup_epochs": max(0, int(4 if start is None else start) - 1),
    }
    foreign.change("spec.earlyStopping", "a step of Katib is a reported metric; here warmup_epochs counts epochs")


def _parameter(parameter: Mapping[str, Any], place: str, foreign: ForeignStudy) -> None:
    name = parameter.get("name")
    if not isinstance(name, str):
        foreign.leave_out(place, "it has no name; give it one")
        return
    feasible = mapping(parameter.get("feasibleSpace"), f"{place}.feasibleSpace", foreign)
    try:
        foreign.add(name, _value(str(parameter.get("parameterType")), feasible, place, foreign), place)
    except Untranslatable as reason:
        foreign.leave_out(place, str(reason))


def _value(kind: str, feasible: Mapping[str, Any], place: str, foreign: ForeignStudy) -> Any:
    match kind:
        case "categorical":
            return choice(feasible.get("list"))
        case "discrete":
            listed = feasible.get("list")
            return choice([_number(each) for each in listed] if isinstance(listed, list) else listed)
        case "int" | "double":
            return _between(feasible, kind == "int", place, foreign)
    raise Untranslatable(f"the type {kind!r} is not known here; write double, int, discrete or categorical")


def _between(feasible: Mapping[str, Any], whole: bool, place: str, foreign: ForeignStudy) -> Any:
    spread = str(feasible.get("distribution", "uniform"))
    log, step = spread in {"logUniform", "logNormal"}, feasible.get("step")
    if spread in NORMAL:
        how = f"a normal distribution is not drawn here: {NORMAL[spread]} between its bounds takes its place"
        foreign.change(f"{place}.feasibleSpace.distribution", how)
    if log and step is not None:
        how = "a logarithmic range has no steps here: values between them are drawn as well"
        foreign.change(f"{place}.feasibleSpace.step", how)
        step = None
    return between(feasible.get("min"), feasible.get("max"), log=log, step=step, whole=whole)


def _number(text: Any) -> Any:
    """Katib writes numbers as texts."""
    found = number(text)
    if found is None:
        return text
    return int(found) if float(found).is_integer() and "." not in str(text) else float(found)


def _settings(listed: Any) -> dict[str, Any]:
    pairs = listed if isinstance(listed, list) else []
    return {str(each["name"]): each.get("value") for each in pairs if isinstance(each, Mapping) and "name" in each}
