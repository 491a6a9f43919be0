"""The study definition: what a user submits, checked whole before anything is created."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from typing import Any, Self

from pydantic import ConfigDict, Field, PrivateAttr, ValidationError, field_validator

from experiments.errors import InvalidInput, Problem, problems_of
from experiments.registry import EXPERIMENTS
from search_spaces.space import SearchSpace
from service.study.definitions.auto_sampler import choose
from service.study.definitions.constraints import Constraints, bound
from service.study.definitions.elsewhere import ELSEWHERE
from service.study.definitions.examining import examined_space, placed, problems_in
from service.study.definitions.objectives import MOST_OBJECTIVES, Objective, Objectives
from service.study.definitions.parts import (
    Artifacts,
    Budget,
    Limits,
    MaxFailures,
    Notes,
    Priority,
    Replicates,
    RunResources,
    StopWhen,
    StrictModel,
    Tags,
)
from service.study.definitions.pruners import NoPruner, Pruner, step_interval
from service.study.definitions.queue import read_queue
from service.study.definitions.samplers import AutoSampler, NamedSampler, PBTSampler, Sampler, TPESampler
from service.study.definitions.warm_start import WarmStart
from service.study.definitions.wording import ID, LONGEST_NAME, told

NAME = rf"^[a-z0-9][a-z0-9._-]{{0,{LONGEST_NAME - 1}}}$"


LONGEST_QUEUE = 1000
"""Configurations that are queued at a time."""


class StudyDefinition(StrictModel):
    """A study, whole: what is varied, what is optimized, how it is searched, and how much may be spent."""

    model_config = ConfigDict(serialize_by_alias=True)

    name: str = Field(
        pattern=NAME,
        description="Unique; small letters, digits, dots, dashes and underscores, not beginning with `st_`.",
    )
    experiment: str | dict[str, Any] = Field(
        description="A registered experiment, `{data: …, model: …}`, or `elsewhere`: code of the user's own asks for "
        "the trials and tells what they came to; the space is then one of plain parameters."
    )
    objectives: Objectives = Field(
        default_factory=lambda: (Objective(),),
        alias="objective",
        description=f"What a trial is judged by: one metric, or a list of up to {MOST_OBJECTIVES}. The values of "
        "several are all of one epoch, the one that counts for the first.",
    )
    constraints: Constraints = Field(
        (),
        description="What a trial must fulfil beside being good. An expression over parameters is known before: what "
        "does not fulfil it never runs. A bound on a metric is measured: what lies beyond it is never the best.",
    )
    sampler: Sampler = Field(default_factory=TPESampler)
    pruner: Pruner = Field(default_factory=NoPruner)
    space: dict[str, Any] = Field(default_factory=dict, description="What varies; a plain value is a constant.")
    training: dict[str, Any] = Field(
        default_factory=dict, description="Epochs, batch size …; ranges may stand here too."
    )
    replicates: Replicates = Field(default_factory=Replicates)
    queue: tuple[dict[str, Any], ...] = Field(
        (),
        max_length=LONGEST_QUEUE,
        description="Configurations to try first, in this order, before the sampler is asked: each as the space is "
        "written, with a value at every range, or by the paths of its parameters.",
    )
    warm_start: WarmStart | None = Field(None, description="Begin from what earlier studies found.")
    max_trials: int | None = Field(
        None, ge=1, le=1_000_000, description="Left out, only a grid ends by itself, or a study with a budget."
    )
    max_concurrent_trials: int = Field(4, ge=1, le=10_000)
    stop_when: StopWhen | None = Field(None, description="When the search ends on a plateau; left out, it does not.")
    max_failures: MaxFailures = Field(default_factory=MaxFailures)
    limits: Limits = Field(default_factory=Limits)
    budget: Budget = Field(default_factory=Budget)
    artifacts: Artifacts = Field(default_factory=Artifacts)
    resources: RunResources = Field(default_factory=RunResources)
    priority: Priority = Field(
        0,
        description="From -10 to 10. Studies share the workers by weight, which is 2 to this power: one of priority 1 "
        "gets twice what one of priority 0 gets.",
    )
    seed: int = Field(
        default_factory=lambda: secrets.randbelow(2**31),
        ge=0,
        lt=2**63,
        description="Left out, one is drawn and stored.",
    )
    notes: Notes = ""
    tags: Tags = Field((), description="Words by which studies are found.")
    _space: SearchSpace | None = PrivateAttr(None)
    """What ``parse`` has read, or what was frozen when it was submitted: the catalog is asked about it once."""

    @field_validator("name")
    @classmethod
    def _own_address(cls, name: str) -> str:
        if name == "new":
            raise ValueError("the page on which studies are written has this address; choose another name")
        if name.startswith(ID):
            raise ValueError(f"names that begin with {ID!r} are kept for the ids of studies; choose another beginning")
        return name

    @field_validator("experiment", mode="before")
    @classmethod
    def _name_or_mapping(cls, value: Any) -> Any:
        if isinstance(value, str | Mapping):
            return value
        raise ValueError("give the name of a registered experiment, or `{data: …, model: …}`")

    @classmethod
    def parse(cls, document: Any) -> StudyDefinition:
        """A definition from a YAML or JSON document.

        Raises:
            InvalidInput: with every problem found, each at its path in the document.
        """
        if not isinstance(document, Mapping):
            raise InvalidInput.at(
                "", f"a study definition is a mapping such as `name: my-study`, not {_kind_of(document)}"
            )
        try:
            definition = cls.model_validate(dict(document))
        except ValidationError as error:
            problems = told(problems_of(error, _FIELDS), document)
            raise InvalidInput([*problems, *cls._problems_beside(document, problems)]) from error
        found, definition._space = problems_in(definition)
        if found:
            raise InvalidInput(found)
        return definition.settled()

    def settled(self) -> Self:
        """This definition with the sampler chosen, if the choice was left to us; a population is all its trials."""
        if isinstance(self.sampler, PBTSampler):
            return self.model_copy(update={"max_trials": self.sampler.population})
        if not isinstance(self.sampler, AutoSampler):
            return self
        chosen, because = choose(self, self.search_space())
        return self.model_copy(update={"sampler": AutoSampler(chosen=chosen, because=because)})

    @property
    def objective(self) -> Objective:
        """The first objective: it says which epoch of a run counts, and by it trials are listed."""
        return self.objectives[0]

    @property
    def used_sampler(self) -> NamedSampler:
        """The sampler that draws: the chosen one, if the choice was left to us."""
        if not isinstance(self.sampler, AutoSampler):
            return self.sampler
        return self.sampler.chosen or choose(self, self.search_space())[0]

    @classmethod
    def _problems_beside(cls, document: Mapping[str, Any], problems: Iterable[Problem]) -> tuple[Problem, ...]:
        """What is wrong with the fields that pydantic takes, where it refuses others."""
        wrong = {problem.path.partition(".")[0] for problem in problems}
        sound = {name: value for name, value in document.items() if name in _FIELDS and name not in wrong}
        stand_ins = {"name": "unnamed", "experiment": {}}
        found, _ = problems_in(cls.model_validate(stand_ins | sound), wrong)
        return found

    def to_json(self) -> dict[str, Any]:
        """The definition as JSON, every default filled in."""
        return self.model_dump(mode="json")

    @property
    def is_elsewhere(self) -> bool:
        """Whether its trials are trained by whoever asks for them, and not by workers."""
        return self.experiment == ELSEWHERE

    def base(self) -> dict[str, Any]:
        """The experiment's constants: its data and model; of what is trained elsewhere nothing is known."""
        if self.is_elsewhere:
            return {}
        if isinstance(self.experiment, str):
            return EXPERIMENTS.find(self.experiment).base()
        return dict(self.experiment)

    def complete(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """A sampled configuration with what the study adds to it; seed and fold are left for each run to say.

        A pruner that looks every so many steps has the runs measured as often, if the study does not say how often.
        Every run sets its data up under the study's seed, unless the experiment names another ``data_seed``: trials
        that had splits of their own could not be compared.
        """
        sampled = {name: value for name, value in config.items() if name not in {"seed", "fold"}}
        monitor = self.objective.monitor.model_dump(mode="json")
        folds = {"folds": self.replicates.folds} if self.replicates.folds else {}
        looks, training = step_interval(self.pruner), dict(config.get("training", {}))
        if looks is not None and not (training.get("measure_every") or self.is_elsewhere):
            sampled["training"] = {**training, "measure_every": looks.steps}
        data_seed = self.seed if config.get("data_seed") is None else config["data_seed"]
        return {**sampled, "monitor": monitor, **folds, "data_seed": data_seed}

    def over(self, space: SearchSpace) -> Self:
        """This definition with a space that is known already, whatever its own would be read as today."""
        self._space = bound(space, self.constraints)
        return self

    def most_epochs(self) -> int:
        """The epochs of its longest run."""
        return self.search_space().most_epochs

    def queued_points(self) -> list[dict[str, Any]]:
        """The parameters of each queued configuration.

        Raises:
            InvalidInput: with paths of this document (``queue.1.optimizer.lr``).
        """
        return read_queue(self.search_space(), self.queue)

    def search_space(self) -> SearchSpace:
        """The space, parsed and checked against the catalog.

        Raises:
            InvalidInput: with paths of this document (``space.optimizer.choice.1.lr``, ``training.batch_size``).
        """
        if self._space is not None:
            return self._space
        examined = examined_space(self, self.base())
        if examined.problems:
            raise InvalidInput(map(placed, examined.problems))
        return examined.space


_FIELDS = {field.alias or name: field for name, field in StudyDefinition.model_fields.items()}
"""The fields as a document names them."""


def _kind_of(document: Any) -> str:
    if document is None:
        return "an empty document"
    return {"list": "a list", "str": "a text"}.get(type(document).__name__, f"a {type(document).__name__}")
