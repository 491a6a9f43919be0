"""Events are gathered, leave at once when urgent, keep their order and numbers, and never fill the memory."""

import threading

from experiments.reporting import Report
from service.dispatch.worker.event_buffer import EventBuffer
from service.study.jobs import Event, Finished, Log, Metrics, Started

RUN = ("r1", 1)
HOUR = 3600.0


def report(n: int) -> Report:
    return Report(n, n, 0.0, 0.0, {})


def row(n: int, *, awaits: bool = False) -> Metrics:
    return Metrics((report(n),), awaits)


def test_rows_wait_for_company_and_leave_with_what_is_urgent() -> None:
    event_buffer = EventBuffer(gather=HOUR)
    assert event_buffer.put(RUN, row(1)) == 0
    assert event_buffer.put(RUN, row(2, awaits=True), urgent=True) == 0
    assert event_buffer.take(HOUR) == [Event("r1", 1, 0, Metrics((report(1), report(2)), awaits=True))]


def test_a_row_never_joins_one_that_is_already_awaiting_its_answer() -> None:
    event_buffer = EventBuffer(gather=HOUR)
    event_buffer.put(RUN, row(1, awaits=True))
    assert event_buffer.put(RUN, row(2), urgent=True) == 1
    assert [event.seq for event in event_buffer.take(HOUR)] == [0, 1]


def test_order_is_kept_across_kinds_and_runs() -> None:
    event_buffer = EventBuffer(gather=HOUR)
    event_buffer.put(RUN, Log("a\n"))
    event_buffer.put(RUN, Log("b\n"))
    event_buffer.put(RUN, row(1))
    event_buffer.put(RUN, Log("c\n"))
    event_buffer.put(("r2", 1), Log("d\n"), urgent=True)
    said = [
        (event.run_id, event.seq, event.kind, getattr(event.payload, "text", None)) for event in event_buffer.take(HOUR)
    ]
    assert said == [
        ("r1", 0, Log, "a\nb\n"),
        ("r1", 1, Metrics, None),
        ("r1", 2, Log, "c\n"),
        ("r2", 0, Log, "d\n"),
    ]


def test_a_second_start_of_an_attempt_counts_from_zero() -> None:
    event_buffer = EventBuffer(gather=HOUR)
    event_buffer.put(RUN, Started("w", 1, "here"))
    assert event_buffer.put(RUN, Finished({}, None, 0, 0, 0.0), urgent=True) == 1
    assert event_buffer.put(RUN, Started("w", 1, "here")) == 0


def test_what_is_not_urgent_leaves_after_a_moment() -> None:
    event_buffer = EventBuffer(gather=0.001)
    event_buffer.put(RUN, row(1))
    assert len(event_buffer.take(HOUR)) == 1


def test_who_says_too_much_waits_until_it_was_heard() -> None:
    event_buffer = EventBuffer(gather=HOUR, limit=2)
    event_buffer.put(RUN, row(1))
    event_buffer.put(RUN, row(2), urgent=True)
    third = threading.Thread(target=event_buffer.put, args=(RUN, row(3)), kwargs={"urgent": True})
    third.start()
    assert event_buffer.take(HOUR)[0].payload.rows == (report(1), report(2))
    assert event_buffer.take(HOUR)[0].payload.rows == (report(3),)
    third.join()


def test_a_closed_outbox_lets_go() -> None:
    event_buffer = EventBuffer(gather=HOUR)
    event_buffer.close()
    assert event_buffer.take(HOUR) == []
