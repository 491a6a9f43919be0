"""The reporter asks where the job says so, goes on only when it is told, and never fails training."""

import math
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from experiments.reporting import Decision, Report
from service.dispatch import wire
from service.dispatch.worker.event_buffer import EventBuffer
from service.dispatch.worker.pulse import Pulse
from service.dispatch.worker.reporter import RunReporter
from service.dispatch.worker.run_control import RunControl
from service.dispatch.worker.unacknowledged import Unacknowledged
from service.storage.blobs.artifact_store import ArtifactStore
from service.study.jobs import CheckpointStored, Event, Finishing, Job, Log, PoolKey, Resources, Resume, Uploading


class Bench:
    """A reporter with both its ends."""

    def __init__(self, directory: Path, **job: Any) -> None:
        self.event_buffer = EventBuffer(Unacknowledged(directory / "kept"), gather=0.0)
        self.run_control = RunControl()
        self.pulse = Pulse()
        self.store = ArtifactStore(str(directory / "artifacts"))
        job = {"start": 1, "key": PoolKey(Resources()), "config": {}, **job}
        self._n_read = 0
        self.reporter = RunReporter(Job("r1", **job), self.event_buffer, self.run_control, self.store, self.pulse)

    def said(self) -> Sequence[Event]:
        """What it has said since it was asked last."""
        message = self.event_buffer.read(self._n_read, lambda: True, 5)
        assert message is not None
        self._n_read, text = message
        return wire.decode(text).events


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path, decide_from=2, decide_every=2)


def report(epoch: int, **metrics: float) -> Report:
    return Report(10 * epoch, epoch, 0.0, 0.0, metrics or {"val_loss": 1.0})


def test_who_is_not_to_wait_does_not(bench: Bench) -> None:
    for epoch in (1, 3):
        assert bench.reporter.report(report(epoch)) is Decision.CONTINUE
    assert [row.epoch for row in bench.said()[0].payload.rows] == [1, 3]


@pytest.mark.parametrize("metrics", [{"train_loss": 1.0}, {"val_loss": math.nan}, {"val_loss": math.inf}])
def test_a_decision_without_a_value_is_due_at_the_next_value(bench: Bench, metrics: dict[str, float]) -> None:
    assert bench.reporter.report(report(2, **metrics)) is Decision.CONTINUE
    bench.run_control.decide(0, Decision.PRUNE)
    assert bench.reporter.report(report(3)) is Decision.PRUNE
    assert bench.reporter.report(report(5)) is Decision.CONTINUE
    assert [event.payload.awaits for event in bench.said()] == [True, False]


def test_the_last_epoch_of_the_job_is_the_end_unless_something_else_is_said(tmp_path: Path) -> None:
    bench = Bench(tmp_path, last_epoch=2)
    assert bench.reporter.report(report(1)) is Decision.CONTINUE
    assert bench.reporter.report(report(2)) is Decision.END
    bench.run_control.stop(checkpoint=True)
    assert bench.reporter.report(report(2)) is Decision.STOP


def test_who_is_to_end_hears_it_at_its_next_batch_and_leaves_no_checkpoint(bench: Bench, tmp_path: Path) -> None:
    assert bench.reporter.stop_requested() is None
    bench.run_control.end()
    assert bench.reporter.stop_requested() is Decision.END
    assert bench.reporter.report(report(2)) is Decision.END
    bench.reporter.checkpoint(tmp_path / "none", 20)  # nothing looks at the file
    bench.run_control.stop(checkpoint=False)
    assert bench.reporter.stop_requested() is Decision.STOP


def test_who_is_to_wait_does_what_it_hears(bench: Bench) -> None:
    heard: list[Decision] = []
    training = threading.Thread(target=lambda: heard.append(bench.reporter.report(report(4))))
    training.start()
    (asked,) = bench.said()
    assert asked.payload.awaits
    assert not heard
    bench.run_control.decide(asked.seq + 1, Decision.CONTINUE)  # an answer to something else
    training.join(0.05)
    assert training.is_alive()
    bench.run_control.decide(asked.seq, Decision.PRUNE)
    training.join()
    assert heard == [Decision.PRUNE]


def test_a_stop_ends_the_waiting_and_the_training(bench: Bench) -> None:
    assert bench.reporter.stop_requested() is None
    threading.Thread(target=lambda: bench.run_control.stop(checkpoint=False)).start()
    assert bench.reporter.report(report(2)) is Decision.STOP
    assert bench.reporter.report(report(3)) is Decision.STOP
    assert bench.reporter.stop_requested() is Decision.STOP


def test_rows_that_are_recorded_are_not_said_again_but_the_last_is_asked_about(tmp_path: Path) -> None:
    bench = Bench(tmp_path, decide_every=1, resume=Resume((), recorded_step=20))
    assert bench.reporter.report(report(1)) is Decision.CONTINUE
    bench.run_control.decide(0, Decision.PRUNE)
    assert bench.reporter.report(report(2)) is Decision.PRUNE
    assert [row.epoch for row in bench.said()[0].payload.rows] == [2]


@pytest.mark.parametrize(("artifacts", "decision"), [("all", Decision.KEEP), ("none", Decision.DROP)])
def test_who_keeps_all_or_nothing_does_not_ask(tmp_path: Path, artifacts: str, decision: Decision) -> None:
    assert Bench(tmp_path, artifacts=artifacts).reporter.finishing({}) is decision


@pytest.mark.parametrize("metric", ["val_accuracy", "val_loss"])
def test_who_is_no_better_than_the_best_does_not_ask(tmp_path: Path, metric: str) -> None:
    bench = Bench(tmp_path, config={"monitor": {"metric": metric}}, must_beat=0.5)
    worse, better = (0.4, 0.6) if metric == "val_accuracy" else (0.6, 0.4)
    for value in (0.5, worse):
        assert bench.reporter.finishing({metric: value}) is Decision.DROP
    bench.run_control.decide(0, Decision.KEEP)
    assert bench.reporter.finishing({metric: better}) is Decision.KEEP
    (asked,) = bench.said()
    assert asked.payload == Finishing({metric: better})


def test_a_checkpoint_is_left_unless_the_run_is_to_end_without(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "c").write_bytes(b"weights")
    bench.reporter.checkpoint(tmp_path / "c", 20)
    before, event, after = bench.said()
    assert [each.payload.ended for each in (before, after)] == [False, True]
    assert (event.kind, event.payload.step, event.payload.size) == (CheckpointStored, 20, 7)
    assert bench.store.path_of(event.payload.sha256)
    bench.run_control.stop(checkpoint=False)
    bench.reporter.checkpoint(tmp_path / "c", 30)
    bench.reporter.log("the end")
    assert [event.kind for event in bench.said()] == [Log]


def test_a_checkpoint_that_cannot_be_stored_is_not_waited_for(bench: Bench, tmp_path: Path) -> None:
    bench.reporter.checkpoint(tmp_path / "missing", 20)
    kinds = [event.kind for event in bench.said()]
    assert kinds == [Uploading, Log, Uploading]


def test_a_file_that_cannot_be_stored_is_a_line_in_the_log(bench: Bench, tmp_path: Path) -> None:
    bench.reporter.artifact("picture.png", tmp_path / "missing")
    (event,) = bench.said()
    assert "picture.png could not be stored" in event.payload.text


def test_a_file_has_its_media_type(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "p").write_bytes(b"png")
    bench.reporter.artifact("confusion_matrix.png", tmp_path / "p")
    (event,) = bench.said()
    assert event.payload.media_type == "image/png"
