"""What training prints and warns of becomes lines, once for each run."""

import sys
import warnings

import pytest

from service.dispatch.worker.output import LineWriter, captured


def noisy() -> None:
    print("epoch", 1)
    print("half", end="")
    warnings.warn("careful", UserWarning, stacklevel=1)
    print(" done")
    sys.stderr.write("last")


@pytest.mark.filterwarnings("default::UserWarning")
def test_lines_and_warnings_once_for_each_run() -> None:
    for _ in range(2):
        lines: list[str] = []
        with captured(lines.append):
            noisy()
        assert lines[0] == "epoch 1"
        assert any("UserWarning: careful" in line for line in lines)
        assert lines[-1] == "last"


def test_streams_come_back_after_an_error() -> None:
    before = sys.stdout
    with pytest.raises(ValueError, match="boom"), captured(lambda _: None):
        raise ValueError("boom")
    assert sys.stdout is before


def test_a_flood_is_cut_and_says_so() -> None:
    lines: list[str] = []
    writer = LineWriter(lines.append, limit=20)
    for _ in range(100):
        writer.write("0123456789\n")
    assert lines[0] == "0123456789"
    assert "full" in lines[-1]
    assert len(lines) == 2


def test_a_line_without_end_does_not_grow_for_ever() -> None:
    lines: list[str] = []
    writer = LineWriter(lines.append)
    for _ in range(2000):
        writer.write("progress ")
    assert lines
