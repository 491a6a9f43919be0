"""What training raises becomes a class of failure, a line and a traceback."""

import pytest

from experiments.errors import Diverged, InvalidInput, TrainingError
from service.dispatch.failures import classify, describe
from service.study.states import FailureKind


class OutOfMemoryError(RuntimeError):
    """Named as torch's own."""


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (Diverged("val_loss is nan"), FailureKind.DIVERGED),
        (MemoryError(), FailureKind.OUT_OF_MEMORY),
        (OutOfMemoryError("CUDA"), FailureKind.OUT_OF_MEMORY),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"), FailureKind.OUT_OF_MEMORY),
        (OSError(12, "Cannot allocate memory"), FailureKind.OUT_OF_MEMORY),
        (ValueError("out of memory"), FailureKind.USER_ERROR),
        (SystemExit(3), FailureKind.USER_ERROR),
    ],
)
def test_class(error: BaseException, kind: FailureKind) -> None:
    assert classify(error) == kind


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (TrainingError("no batch fits"), "no batch fits"),
        (InvalidInput.at("optimizer.adamw.lr", "must be positive"), "optimizer.adamw.lr: must be positive"),
        (KeyError("lr"), "KeyError: 'lr'"),
        (ValueError("two\n lines"), "ValueError: two lines"),
        (ValueError(), "ValueError"),
    ],
)
def test_message(error: BaseException, message: str) -> None:
    assert describe(error).message == message


def boom() -> None:
    raise ValueError("here")


def test_traceback_names_the_place() -> None:
    with pytest.raises(ValueError, match="here") as caught:
        boom()
    assert "in boom" in describe(caught.value).traceback
