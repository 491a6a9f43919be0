"""Events are gathered, leave at once when urgent, keep their order and numbers, and are kept until acknowledged."""

import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from experiments.reporting import Report
from service.dispatch import wire
from service.dispatch.worker import event_buffer
from service.dispatch.worker.event_buffer import EventBuffer
from service.dispatch.worker.unacknowledged import Unacknowledged
from service.study.jobs import Event, Finished, Log, Metrics, Started

RUN = ("r1", 1)
HOUR = 3600.0
END = Finished({}, None, 0, 0, 0.0)
Make = Callable[..., EventBuffer]


def report(n: int) -> Report:
    return Report(n, n, 0.0, 0.0, {})


def row(n: int, *, awaits: bool = False) -> Metrics:
    return Metrics((report(n),), awaits)


@pytest.fixture
def make(tmp_path: Path) -> Make:
    return lambda in_memory=10_000, **options: EventBuffer(
        Unacknowledged(tmp_path / "kept", in_memory), **{"gather": HOUR} | options
    )


def read(buffer: EventBuffer, after: int = 0) -> list[Event]:
    message = buffer.read(after, lambda: True, HOUR)
    assert message is not None
    number, text = message
    assert number == after + 1
    return list(wire.decode(text).events)


def test_rows_wait_for_company_and_leave_with_what_is_urgent(make: Make) -> None:
    buffer = make()
    assert buffer.put(RUN, row(1)) == 0
    assert buffer.put(RUN, row(2, awaits=True), urgent=True) == 0
    assert read(buffer) == [Event("r1", 1, 0, Metrics((report(1), report(2)), awaits=True))]


def test_a_row_never_joins_one_that_is_already_awaiting_its_answer(make: Make) -> None:
    buffer = make()
    buffer.put(RUN, row(1, awaits=True))
    assert buffer.put(RUN, row(2), urgent=True) == 1
    assert [event.seq for event in read(buffer)] == [0, 1]


def test_order_is_kept_across_kinds_and_runs(make: Make) -> None:
    buffer = make()
    buffer.put(RUN, Log("a\n"))
    buffer.put(RUN, Log("b\n"))
    buffer.put(RUN, row(1))
    buffer.put(RUN, Log("c\n"))
    buffer.put(("r2", 1), Log("d\n"), urgent=True)
    said = [(event.run_id, event.seq, event.kind, getattr(event.payload, "text", None)) for event in read(buffer)]
    assert said == [
        ("r1", 0, Log, "a\nb\n"),
        ("r1", 1, Metrics, None),
        ("r1", 2, Log, "c\n"),
        ("r2", 0, Log, "d\n"),
    ]


def test_a_second_start_counts_from_zero(make: Make) -> None:
    buffer = make()
    buffer.put(RUN, Started("w", 1, "here"))
    assert buffer.put(RUN, END, urgent=True) == 1
    assert buffer.put(RUN, Started("w", 1, "here")) == 0


def test_what_is_not_urgent_leaves_after_a_moment(make: Make) -> None:
    buffer = make(gather=0.001)
    buffer.put(RUN, row(1))
    assert len(read(buffer)) == 1


def test_a_short_run_is_one_message(make: Make) -> None:
    buffer = make(gather=0.0, short=HOUR)
    for payload in (Started("w", 1, "here"), row(1)):
        buffer.put(RUN, payload)
        assert buffer.read(0, lambda: True, 0.0) is None
    buffer.put(RUN, END, urgent=True)
    assert len(read(buffer)) == 3


def test_what_waits_says_how_long_the_run_took_and_not_how_long_its_message_did(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr(event_buffer, "time", SimpleNamespace(monotonic=lambda: now[0]))
    buffer, other = make(gather=0.0, short=0.5), ("r2", 1)
    for start, second in ((RUN, 100.0), (other, 100.2)):
        now[0] = second
        buffer.put(start, Started("w", 1, "here"))
    now[0] = 100.3
    buffer.put(RUN, END)
    now[0] = 100.6
    began, still_runs, _ = read(buffer)
    assert began.payload.ago == pytest.approx(0.3)
    assert still_runs.payload.ago == pytest.approx(0.4)
    buffer.put(other, END, urgent=True)
    assert [event.kind for event in read(buffer, 1)] == [Finished]


def test_many_events_are_a_message_although_nobody_reads(make: Make) -> None:
    buffer = make(limit=2)
    for n in (1, 2, 3):
        buffer.put(RUN, row(n))
    assert [event.payload.rows for event in read(buffer)] == [(report(1), report(2))]


def test_what_is_not_acknowledged_is_read_again_and_what_is_takes_no_room(make: Make, tmp_path: Path) -> None:
    """The second message and those behind it no longer fit into the memory."""
    buffer = make(in_memory=400)
    for n in (1, 2, 3):
        buffer.put(RUN, row(n), urgent=True)
        read(buffer, n - 1)
    assert sorted(file.name for file in (tmp_path / "kept").iterdir()) == ["2", "3"]
    assert [event.payload.rows[0].step for n in range(3) for event in read(buffer, n)] == [1, 2, 3]
    buffer.acknowledge(2)
    assert buffer.acknowledged() == 2
    assert [event.payload.rows[0].step for event in read(buffer, buffer.acknowledged())] == [3]
    assert [file.name for file in (tmp_path / "kept").iterdir()] == ["3"]


def test_what_cannot_be_written_down_is_kept_in_memory(make: Make, tmp_path: Path) -> None:
    (tmp_path / "kept").touch()  # a directory of this name cannot be made
    buffer = make(in_memory=0)
    for n in (1, 2):
        buffer.put(RUN, row(n), urgent=True)
        assert read(buffer, n - 1)[0].payload.rows == (report(n),)
    buffer.acknowledge(2)


def test_who_says_too_much_waits_until_it_is_stored(make: Make) -> None:
    buffer = make(most_kept=1)
    buffer.put(RUN, row(1), urgent=True)
    read(buffer)
    second = threading.Thread(target=buffer.put, args=(RUN, row(2)), kwargs={"urgent": True})
    second.start()
    second.join(0.05)
    assert second.is_alive()
    buffer.acknowledge(1)
    second.join()
    assert read(buffer, 1)[0].payload.rows == (report(2),)


def test_a_run_is_held_until_its_end_is_acknowledged(make: Make) -> None:
    buffer = make()
    again = (RUN[0], RUN[1] + 1)
    buffer.begin(RUN, alone=False)
    assert buffer.held() == (wire.HeldRun(*RUN, is_over=False),)
    buffer.put(RUN, END, urgent=True)
    read(buffer)
    buffer.begin(again, alone=True)  # it was stopped, and goes on
    assert buffer.held() == (wire.HeldRun(*RUN, is_over=True), wire.HeldRun(*again, is_over=False, alone=True))
    buffer.put(again, END, urgent=True)
    read(buffer, 1)
    buffer.acknowledge(1)
    assert buffer.held() == (wire.HeldRun(*again, is_over=True, alone=True),)
    buffer.acknowledge(2)
    assert buffer.held() == ()


def test_a_start_that_no_engine_has_stored_and_that_begins_anew_is_held(make: Make) -> None:
    buffer = make()
    buffer.begin(RUN, alone=False)
    buffer.put(RUN, END, urgent=True)
    read(buffer)
    buffer.begin(RUN, alone=False)
    buffer.acknowledge(1)
    assert buffer.held() == (wire.HeldRun(*RUN, is_over=False),)


def test_a_reader_that_is_not_wanted_any_more_is_let_go(make: Make) -> None:
    buffer, wanted, heard = make(), [True], []
    reader = threading.Thread(target=lambda: heard.append(buffer.read(0, wanted.pop, HOUR)))
    reader.start()
    wanted.append(False)
    buffer.look_up()
    reader.join(5)
    assert heard == [None]
