"""From another tool's file, or from a Python object that holds its space, to a study definition."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiments.errors import InvalidInput, Problem, suggestion
from search_spaces.language.notation import is_exact_range
from service.client.definition_files import read_definition
from service.imports.foreign import ForeignStudy, Reader
from service.imports.katib import KatibReader
from service.imports.lightning_cli import LightningReader
from service.imports.optuna_space import OptunaReader
from service.imports.placing import experiment_of, placed, plain
from service.imports.ray_tune import RayReader
from service.imports.wandb import WandbReader
from service.study.definitions.definition import StudyDefinition
from service.study.definitions.elsewhere import ELSEWHERE
from service.study.definitions.wording import ID, LONGEST_NAME

FORMATS: dict[str, Reader] = {
    "wandb": WandbReader(),
    "katib": KatibReader(),
    "lightning": LightningReader(),
    "ray": RayReader(),
    "optuna": OptunaReader(),
}
N_TRIALS = 100
"""Trials of a study whose document sets no limit, which a study must have."""
ORDER = ("name", "experiment", "objective", "sampler", "pruner", "space", "training")
"""The fields of a definition as people write them; what is not among them comes after."""
_REFERENCE = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")


@dataclass(frozen=True)
class ImportedStudy:
    """A study definition, and what it does not say of the document from which it was made."""

    title: str
    """What the document is: ``a W&B sweep``."""
    definition: dict[str, Any]
    left_out: tuple[Problem, ...]
    """What has no place in it, with the reason and the remedy; the paths are those of the document."""
    changed: tuple[Problem, ...]
    """What is not quite what it was, or was assumed."""
    problems: tuple[Problem, ...]
    """What must be mended before it can be submitted; the paths are those of the definition."""


def import_study(source: Any, *, format: str | None = None, experiment: str | None = None) -> ImportedStudy:  # noqa: A002
    """Translate a study of another tool.

    ``source`` is the path of a YAML or JSON file, a Python object as ``module:attribute`` (which is imported, and so
    executed, here), or the document or object itself. Its ``format`` is recognized unless it is given: one of
    ``wandb``, ``katib``, ``lightning``, ``ray``, ``optuna``. ``experiment`` is what the study trains; parameters are
    looked for among the arguments of its model and data. ``elsewhere`` keeps them all under their own names, for a
    program that goes on training by itself and asks for its trials.

    Raises:
        Invalid: the file cannot be read; the message names the line.
        InvalidInput: it is of no known format, or the object cannot be imported.
    """
    document, stem = _document(source)
    reader = _reader(document, format)
    foreign = _read(reader, document)
    experiment = experiment or experiment_of(foreign.model)
    space, training = (plain(foreign), {}) if experiment == ELSEWHERE else placed(foreign, experiment)
    definition = _definition(foreign, space, training, experiment, stem)
    return ImportedStudy(
        reader.title, definition, tuple(foreign.left_out), tuple(foreign.changed), _problems(definition)
    )


def title_of(document: Any) -> str | None:
    """What a document of another tool is, ``a W&B sweep``, if it is one."""
    return next((reader.title for reader in FORMATS.values() if reader.recognizes(document)), None)


def _document(source: Any) -> tuple[Any, str]:
    """What is to be translated, and a name for it."""
    if isinstance(source, str) and _REFERENCE.fullmatch(source) and not Path(source).exists():
        return _attribute(source), source.rpartition(":")[2]
    if isinstance(source, str | Path):
        return read_definition(Path(source)), Path(source).stem
    return source, "imported"


def _attribute(reference: str) -> Any:
    """A Python object by its name, with the modules of the current folder in reach."""
    module, _, path = reference.partition(":")
    try:
        with _here():
            found: Any = importlib.import_module(module)
            for name in path.split("."):
                found = getattr(found, name)
    except Exception as error:
        message = f"{reference} cannot be imported: {type(error).__name__}: {error}; write MODULE:ATTRIBUTE"
        raise InvalidInput.at("", message) from error
    return found


@contextmanager
def _here() -> Iterator[None]:
    """Imports find the modules of the folder where the user stands, behind those that are installed."""
    sys.path.append(str(Path.cwd()))
    try:
        yield
    finally:
        sys.path.remove(str(Path.cwd()))


def _reader(document: Any, word: str | None) -> Reader:
    if word is not None:
        if word not in FORMATS:
            raise InvalidInput.at("--from", f"unknown format {word!r}{suggestion(word, FORMATS)}")
        return FORMATS[word]
    found = next((reader for reader in FORMATS.values() if reader.recognizes(document)), None)
    if found is None:
        known = ", ".join(f"{reader.title} (--from {name})" for name, reader in FORMATS.items())
        raise InvalidInput.at("", f"this is none of what can be imported: {known}; say which it is with --from")
    return found


def _read(reader: Reader, document: Any) -> ForeignStudy:
    """What the document says. Files and objects of other tools hold anything at all, and a reader asks for some of it.

    Raises:
        InvalidInput: it is not of the reader's format.
    """
    try:
        return reader.read(document)
    except InvalidInput:
        raise
    except (TypeError, ValueError, OverflowError) as error:
        message = f"{reader.title} cannot be read from it ({type(error).__name__}: {error}); mend the value"
        raise InvalidInput.at("", message) from error


def _definition(
    foreign: ForeignStudy, space: dict[str, Any], training: dict[str, Any], experiment: str | None, stem: str
) -> dict[str, Any]:
    study = foreign.study
    objective = {key: value for key, value in study.pop("objective", {}).items() if value is not None}
    if "metric" in objective:
        study["objective"] = objective
    else:
        foreign.change("", "the document names no metric; val_loss is minimized, write `objective` for another")
    study["name"] = _name(str(study.get("name", stem)))
    _limit(foreign, varies=_varies([space, training]))
    parts = {"experiment": experiment, "space": space, "training": training}
    found = study | {name: value for name, value in parts.items() if value}
    return {name: found[name] for name in (*ORDER, *found) if name in found}


def _limit(foreign: ForeignStudy, *, varies: bool) -> None:
    """A study that no grid ends needs a number of trials."""
    study = foreign.study
    if not varies:
        study["max_trials"] = 1
        foreign.change("", "nothing varies, so that one trial is trained; write a range where you want to search")
    elif study.get("sampler") != "grid" and study.get("max_trials") is None:
        study["max_trials"] = N_TRIALS
        foreign.change("", f"the document does not say how many trials; max_trials is {N_TRIALS}")


def _varies(part: Any) -> bool:
    """Whether there is a range in a part of a definition."""
    inner = part.values() if isinstance(part, Mapping) else part if isinstance(part, list) else ()
    return is_exact_range(part) or any(map(_varies, inner))


def _name(words: str) -> str:
    """A name that a study can have."""
    plain = re.sub(r"[^a-z0-9._-]+", "-", words.lower()).strip("-._")[:LONGEST_NAME]
    return f"study-{plain}" if plain.startswith(ID) or not plain else plain


def _problems(definition: dict[str, Any]) -> tuple[Problem, ...]:
    try:
        StudyDefinition.parse(definition)
    except InvalidInput as error:
        return error.problems
    return ()
