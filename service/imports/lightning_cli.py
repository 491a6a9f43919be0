"""A config of the Lightning CLI: one configuration, with a place for each range."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from experiments.errors import InvalidInput
from search_spaces.language.other_tools import number
from service.imports.foreign import ForeignStudy, mapping
from service.imports.names import component_of

SECTIONS = ("trainer", "model", "data", "optimizer", "lr_scheduler")
PRECISIONS = {"32": "32", "32-true": "32", "16": "16-mixed", "16-mixed": "16-mixed", "bf16": "bf16-mixed",
              "bf16-mixed": "bf16-mixed", "bf16-true": "bf16-true"}  # fmt: skip
TRAINER = {
    "logger": "every metric that the module logs is kept, and goes to MLflow",
    "devices": "write `resources: {gpus: 1}` for what one run takes",
    "strategy": "a run trains on one device here",
    "max_steps": "trainings are counted in epochs; write `training: {epochs: …}`",
    "max_time": "write `limits: {run_hours: …}`",
    "deterministic": "runs are seeded, and repeatable on the same kind of machine",
    "default_root_dir": "the service keeps files in its artifact store",
    "enable_checkpointing": "write `artifacts: best`, `all` or `none`",
}


class LightningReader:
    """Reads a config as ``--print_config`` writes it, with or without the subcommand ``fit``."""

    title = "a Lightning CLI config"

    def recognizes(self, document: Any) -> bool:
        config = _config(document)
        return isinstance(config.get("trainer"), Mapping) and ("model" in config or "data" in config)

    def read(self, document: Any) -> ForeignStudy:
        config = _config(document)
        if not config.keys() & set(SECTIONS):
            raise InvalidInput.at("", f"a config of the Lightning CLI has some of {', '.join(SECTIONS)}")
        foreign = ForeignStudy()
        if isinstance(config.get("seed_everything"), int) and not isinstance(config["seed_everything"], bool):
            foreign.study["seed"] = config["seed_everything"]
        _trainer(mapping(config.get("trainer"), "trainer", foreign), foreign)
        for part in ("model", "data"):
            _part(part, config.get(part), foreign)
        for part in ("optimizer", "lr_scheduler"):
            _optimizer_or_schedule(part, config.get(part), foreign)
        for key, value in config.items():
            if key not in {*SECTIONS, "seed_everything"} and value is not None:
                foreign.leave_out(key, "a study has no such field; write what it does into your module")
        return foreign


def _config(document: Any) -> Mapping[str, Any]:
    if not isinstance(document, Mapping):
        return {}
    return document["fit"] if isinstance(document.get("fit"), Mapping) else document


def _trainer(trainer: Mapping[str, Any], foreign: ForeignStudy) -> None:
    algorithm = trainer.get("gradient_clip_algorithm") or "norm"
    for key, value in trainer.items():
        place = f"trainer.{key}"
        if value is None:
            continue
        match key:
            case "max_epochs" if isinstance(value, int) and value > 0:
                foreign.add("training.epochs", value, place)
            case "accumulate_grad_batches":
                foreign.add("training.accumulate", value, place)
            case "gradient_clip_val":
                foreign.add(f"regularizers.clip_{algorithm}.bound", value, place)
            case "precision" if str(value) in PRECISIONS:
                foreign.add("training.precision", PRECISIONS[str(value)], place)
            case "accelerator" if str(value) in {"gpu", "cuda"}:
                foreign.study["resources"] = {"gpus": 1}
            case "callbacks":
                for index, callback in enumerate(value if isinstance(value, list) else [value]):
                    _callback(callback, f"{place}.{index}", foreign)
            case "gradient_clip_algorithm" | "accelerator" if str(value) in {"norm", "value", "auto", "cpu"}:
                pass
            case _:
                foreign.leave_out(place, TRAINER.get(key, "the service trains with a trainer of its own"))


def _callback(callback: Any, place: str, foreign: ForeignStudy) -> None:
    name, arguments = _class(callback)
    name = name.rpartition(".")[2]
    if name in {"EarlyStopping", "ModelCheckpoint"} and isinstance(arguments.get("monitor"), str):
        modes = {"min": "minimize", "max": "maximize"}
        objective = {"metric": arguments["monitor"], "direction": modes.get(str(arguments.get("mode", "min")))}
        foreign.study.setdefault("objective", objective)
    if name == "EarlyStopping":
        foreign.add("regularizers.early_stopping.patience", arguments.get("patience", 3), place)
        least = number(arguments.get("min_delta", 0))
        if least is None:
            foreign.leave_out(f"{place}.init_args.min_delta", "a finite number was expected; mend it in the file")
        elif "min_delta" in arguments:
            foreign.add("regularizers.early_stopping.min_delta", abs(float(least)), place)
    elif name == "StochasticWeightAveraging":
        start = arguments.get("swa_epoch_start", 0.8)
        if isinstance(start, float):
            foreign.add("regularizers.swa.start", start, place)
        else:
            foreign.leave_out(place, "averaging starts at a share of the run; write `swa: {start: 0.8}`")
    elif name == "ModelCheckpoint":
        foreign.change(place, "checkpoints of the best trials are kept by `artifacts: best`")
    elif name != "LearningRateMonitor":  # every curve has the rate
        foreign.leave_out(place, f"callbacks are not configured here; return {name or 'it'} from your module's "
                          "`configure_callbacks`")  # fmt: skip


def _part(part: str, value: Any, foreign: ForeignStudy) -> None:
    """The model or the data: its arguments, which stand in the space if it is the experiment's."""
    name, arguments = _class(value)
    if part == "model" and name:
        foreign.model = name
    for argument, given in arguments.items():
        foreign.add(f"{part}.{argument}", given, f"{part}.init_args.{argument}" if name else f"{part}.{argument}")


def _optimizer_or_schedule(part: str, value: Any, foreign: ForeignStudy) -> None:
    name, arguments = _class(value)
    if not name:
        if value is not None:
            foreign.leave_out(part, "it has no class_path; write the component's name in the space")
        return
    foreign.add(part, name, part)
    if part == "optimizer":
        for argument, given in arguments.items():
            _optimizer_argument(argument, given, f"{part}.init_args.{argument}", foreign)
    else:
        _schedule_arguments(name, arguments, foreign)


def _optimizer_argument(argument: str, given: Any, place: str, foreign: ForeignStudy) -> None:
    if argument == "betas" and isinstance(given, list) and len(given) == 2:
        foreign.add("optimizer.beta1", given[0], place)
        foreign.add("optimizer.beta2", given[1], place)
    elif given not in (None, False, 0):  # what torch takes for not there
        foreign.add(f"optimizer.{argument}", given, place)


def _schedule_arguments(name: str, arguments: Mapping[str, Any], foreign: ForeignStudy) -> None:
    """Ours are shares of the run, where torch counts epochs."""
    epochs = foreign.parameters.get("training.epochs")
    schedule = component_of("schedule", name)
    for argument, given in arguments.items():
        place = f"lr_scheduler.init_args.{argument}"
        translate = ARGUMENTS.get((schedule or "", argument))
        try:
            field, value = translate(given, epochs) if translate else ("", None)
        except (TypeError, ValueError, ArithmeticError):
            field = ""
        if field:
            foreign.add(f"schedule.{field}", value, place)
        elif given is not None:
            reason = f"lengths of a schedule are shares of the run here; `studyhall catalog schedule {schedule}` tells"
            foreign.leave_out(place, reason)


def _share(epochs_given: Any, epochs: Any) -> float:
    return float(f"{min(1.0, epochs_given / epochs):.4g}")


ARGUMENTS: Mapping[tuple[str, str], Callable[[Any, Any], tuple[str, Any]]] = {
    ("step", "gamma"): lambda gamma, _: ("gamma", gamma),
    ("step", "step_size"): lambda size, epochs: ("every", _share(size, epochs)),
    ("multistep", "gamma"): lambda gamma, _: ("gamma", gamma),
    ("multistep", "milestones"): lambda listed, epochs: ("milestones", [_share(each, epochs) for each in listed]),
    ("exponential", "gamma"): lambda gamma, epochs: ("final", float(f"{gamma**epochs:.4g}")),
    ("plateau", "factor"): lambda factor, _: ("gamma", factor),
    ("plateau", "patience"): lambda patience, _: ("patience", patience),
    ("one_cycle", "pct_start"): lambda share, _: ("pct_start", share),
    ("one_cycle", "div_factor"): lambda factor, _: ("div_factor", factor),
    ("one_cycle", "final_div_factor"): lambda factor, _: ("final_div_factor", factor),
}
"""Schedule and torch's argument to our field and its value, given the epochs of the run."""


def _class(value: Any) -> tuple[str, dict[str, Any]]:
    """The class of a part and its arguments; no class where the config has the arguments alone."""
    if not isinstance(value, Mapping):
        return "", {}
    if isinstance(value.get("class_path"), str) and re.fullmatch(r"[\w.]+", value["class_path"]):
        arguments = value.get("init_args")
        return value["class_path"], dict(arguments) if isinstance(arguments, Mapping) else {}
    return "", {name: given for name, given in value.items() if name != "class_path"}
