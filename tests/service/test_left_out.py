"""What the terminal of ``serve`` says of users' own code that cannot be used."""

from __future__ import annotations

from pathlib import Path

from service.left_out import LeftOut, publish


def test_each_reason_is_said_also_where_two_are_offered_under_one_name(tmp_path: Path) -> None:
    """An experiment and a component may have entry points of the same name."""
    said = list[str]()
    terminal = LeftOut(tmp_path, said.append)
    experiment, component = {"name": "mine", "reason": "it has no data"}, {"name": "mine", "reason": "it has no name"}
    for found in ([experiment, component], [experiment, component], [component], []):
        publish(tmp_path, found)
        terminal.tell()
    assert said == [
        "mine is left out: it has no data",
        "mine is left out: it has no name",
        "mine is not left out any more",
    ]
