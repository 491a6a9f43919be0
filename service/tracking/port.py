"""What the tracker needs of MLflow; ``local`` writes to the store of our own server, ``remote`` speaks HTTP."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from mlflow.exceptions import MlflowException

from service.study.records import Study
from service.tracking.errors import MlflowDown, Refused, Wiped
from service.tracking.runs import MlflowRun

STUDY_TAG = "studyhall.study"
"""The tag by which a study's experiment is found again."""
REFUSALS = frozenset(
    {"INVALID_PARAMETER_VALUE", "BAD_REQUEST", "INVALID_STATE", "NOT_IMPLEMENTED", "ENDPOINT_NOT_FOUND"}
)
"""MLflow's codes for what it will not take the next time either."""


@dataclass(frozen=True)
class Seen:
    """One of our runs as MLflow has it: enough to tell whether it is what we last wrote."""

    mlflow_run_id: str
    status: str
    complete: bool
    """Whether everything that was written when the run ended is still there."""


class Mlflow(Protocol):
    """A tracking store. Every call is safe to repeat.

    Each raises ``MlflowDown`` when MLflow does not answer, ``Wiped`` when what was written before is gone, and
    ``Refused`` for what MLflow will never take.
    """

    def experiment(self, study: Study) -> str:
        """The id of the study's experiment, which is created, or restored, if need be."""
        ...

    def write(self, experiment_id: str, runs: Sequence[MlflowRun]) -> Mapping[str, str]:
        """Make MLflow equal to the runs; MLflow's run ids by ours come back. Parents stand before their children."""
        ...

    def inventory(self, experiment_id: str) -> Mapping[str, Seen]:
        """Our runs in the experiment, by our id; a second run of the same id is deleted."""
        ...

    def delete_run(self, run_id: str) -> None:
        """Delete a run that belongs to nothing of ours any more."""
        ...

    def delete_experiment(self, study_id: str) -> None:
        """Delete the study's experiment, with what was stored for it; nothing happens if there is none."""
        ...

    def ping(self) -> None:
        """Whether MLflow answers at all."""
        ...

    def forget(self) -> None:
        """Drop whatever is remembered of MLflow's content, because it may have changed behind our back."""
        ...

    def close(self) -> None:
        """Release connections."""
        ...


def experiment_name(study: Study) -> str:
    """Readable, and free for ever: MLflow never gives the name of a deleted experiment back."""
    return f"{study.name} {study.id}"


def experiment_tags(study: Study, page: str) -> dict[str, str]:
    """Tags of the study's experiment; the kind makes MLflow's page open in its view for training."""
    address = f"{page}/studies/{study.name}"
    return {
        STUDY_TAG: study.id,
        "studyhall.page": address,
        "mlflow.note.content": f"[Open in Studyhall]({address})",
        "mlflow.experimentKind": "custom_model_development",
    }


@contextmanager
def translated() -> Iterator[None]:
    """MLflow's errors as ours."""
    try:
        yield
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            raise Wiped(f"MLflow no longer holds it: {error.message}") from error
        if error.error_code in REFUSALS:
            raise Refused(f"MLflow refuses it: {error.message}") from error
        raise MlflowDown(f"MLflow does not answer: {error.message}") from error
    except OSError as error:
        raise MlflowDown(f"a file for MLflow cannot be read or written: {error}") from error
