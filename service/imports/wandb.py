"""A sweep configuration of Weights & Biases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from experiments.errors import InvalidInput
from search_spaces.language.other_tools import rounded
from service.imports.foreign import ForeignStudy, Untranslatable, mapping
from service.imports.ranges import between, choice, constant, exponential, is_whole, log_normal, multiples, normal

METHODS = {"grid": "grid", "random": "random", "bayes": "auto"}
NOT_OURS = {
    "program": "what is trained is an experiment here: make your module known (docs/plugins.md) and name it with "
    "--experiment, or let your program ask for its trials (docs/elsewhere.md)",
    "command": "workers train experiments, and run no commands; see docs/plugins.md",
    "project": "studies are found by name and tags; write `tags` if you want it",
    "entity": "a service has no entities",
    "controller": "the service is the controller",
    "imageuri": "workers are started by the service; see docs/cluster.md",
    "job": "workers train experiments; see docs/plugins.md",
}
UNIFORM = ("uniform", "int_uniform", "q_uniform", "log_uniform", "log_uniform_values", "q_log_uniform",
           "q_log_uniform_values", "inv_log_uniform", "inv_log_uniform_values")  # fmt: skip
NORMAL = "a normal distribution is not drawn here: uniform over two deviations to both sides takes its place"


class WandbReader:
    """Reads a sweep's YAML."""

    title = "a W&B sweep"

    def recognizes(self, document: Any) -> bool:
        return isinstance(document, Mapping) and "parameters" in document and "method" in document

    def read(self, document: Any) -> ForeignStudy:
        if not isinstance(document, Mapping) or not isinstance(document.get("parameters"), Mapping):
            raise InvalidInput.at("parameters", "a sweep has a mapping `parameters`, from names to their ranges")
        foreign = ForeignStudy()
        for key, value in document.items():
            self._take(key, value, foreign)
        foreign.study.setdefault("sampler", "auto")
        return foreign

    def _take(self, key: str, value: Any, foreign: ForeignStudy) -> None:
        match key:
            case "name" | "description":
                foreign.study["notes" if key == "description" else "name"] = str(value)
            case "method" if isinstance(value, str) and value in METHODS:
                foreign.study["sampler"] = METHODS[value]
            case "method":
                foreign.leave_out(key, f"the methods of a sweep are {', '.join(METHODS)}, not {value!r}; auto is taken")
            case "metric":
                _metric(mapping(value, key, foreign), foreign)
            case "run_cap":
                foreign.study["max_trials"] = value
            case "early_terminate":
                _early_terminate(mapping(value, key, foreign), foreign)
            case "parameters":
                _parameters(value, "", key, foreign)
            case _:
                foreign.leave_out(key, NOT_OURS.get(key, "a sweep has no such field that is known here"))


def _metric(metric: Mapping[str, Any], foreign: ForeignStudy) -> None:
    objective = {"metric": metric.get("name"), "direction": metric.get("goal", "minimize")}
    if "target" in metric:
        objective["target"] = metric["target"]
    foreign.study["objective"] = objective
    for key in metric.keys() - {"name", "goal", "target"}:
        foreign.leave_out(f"metric.{key}", "the metric of a sweep has no such field that is known here")


def _early_terminate(rule: Mapping[str, Any], foreign: ForeignStudy) -> None:
    """Its Hyperband stops at the rungs of one bracket, which is successive halving here."""
    place = "early_terminate"
    if rule.get("type") != "hyperband":
        foreign.leave_out(place, f"{rule.get('type')!r} is not known; `studyhall validate` lists the pruners there are")
        return
    try:
        eta = max(2, round(float(rule.get("eta", 3))))
        least = round(float(rule.get("min_iter") or float(rule.get("max_iter", 1)) / eta ** int(rule.get("s", 1))))
    except (TypeError, ValueError, OverflowError):
        foreign.leave_out(place, "its numbers cannot be read; write `pruner: {name: asha, min_epochs: 1}`")
        return
    foreign.study["pruner"] = {"name": "asha", "min_epochs": max(1, least), "reduction_factor": eta}
    foreign.change(place, "an iteration of W&B is a call of wandb.log; here min_epochs counts epochs: set it for them")
    if rule.get("strict"):
        foreign.leave_out(
            f"{place}.strict", "asha keeps one in `reduction_factor` at each rung, as it says; raise that"
        )


def _parameters(parameters: Mapping[str, Any], prefix: str, place: str, foreign: ForeignStudy) -> None:
    for name, spec in parameters.items():
        full, here = f"{prefix}{name}", f"{place}.{name}"
        if not isinstance(spec, Mapping):
            foreign.leave_out(here, f"a mapping such as {{min: 0, max: 1}} was expected, not {spec!r:.60}; mend it")
            continue
        if isinstance(spec.get("parameters"), Mapping):
            _parameters(spec["parameters"], f"{full}.", f"{here}.parameters", foreign)
            continue
        try:
            foreign.add(full, _value(spec, here, foreign), here)
        except Untranslatable as reason:
            foreign.leave_out(here, str(reason))


def _value(spec: Mapping[str, Any], place: str, foreign: ForeignStudy) -> Any:
    """A parameter's range; without a distribution, it follows from the fields as W&B says."""
    if "probabilities" in spec:
        how = "the values of a choice are equally likely here; a value cannot be made more likely than another"
        foreign.change(f"{place}.probabilities", how)
    if "value" in spec:
        return constant(spec["value"])
    if "values" in spec:
        return choice(spec["values"])
    name = str(spec.get("distribution") or _implied(spec))
    if name in {"normal", "q_normal"}:
        foreign.change(place, NORMAL)
        step = spec.get("q", 1) if name == "q_normal" else None
        return normal(spec.get("mu", 0), spec.get("sigma", 1), step=step)
    if name in {"log_normal", "q_log_normal"}:
        foreign.change(place, NORMAL.replace("uniform", "uniform in the logarithm"))
        return log_normal(spec.get("mu", 0), spec.get("sigma", 1))
    if name in {"beta", "q_beta"}:
        foreign.change(place, "a beta distribution is not drawn here: uniform from 0 to 1 takes its place")
        return between(0.0, 1.0)
    return _uniform(name, spec, place, foreign)


def _uniform(name: str, spec: Mapping[str, Any], place: str, foreign: ForeignStudy) -> Any:
    if name not in UNIFORM:
        raise Untranslatable(f"the distribution {name!r} is not known here; write a range that is (docs/spaces.md)")
    low, high = _ends(name, spec)
    step = spec.get("q", 1) if name.startswith("q_") else None
    if "log" not in name:
        return between(low, high, whole=name == "int_uniform") if step is None else multiples(low, high, step)
    if step not in {None, 1}:
        foreign.change(f"{place}.q", "a logarithmic range has no steps here: values between them are drawn as well")
    return between(low, high, log=True, whole=is_whole(step))


def _ends(name: str, spec: Mapping[str, Any]) -> tuple[Any, Any]:
    """The bounds of what is drawn; some distributions name their natural logarithms."""
    low, high = spec.get("min"), spec.get("max")
    if name in {"log_uniform", "q_log_uniform"}:
        return exponential(low), exponential(high)
    if name == "inv_log_uniform":
        return rounded(1 / exponential(high)), rounded(1 / exponential(low))
    return low, high


def _implied(spec: Mapping[str, Any]) -> str:
    ends = [spec.get("min"), spec.get("max")]
    if None in ends:
        raise Untranslatable("it has neither `value`, `values` nor `min` and `max`; write one of these")
    return "int_uniform" if all(isinstance(end, int) for end in ends) else "uniform"
