"""What every pool promises about a run: its events, its decisions, its end. Real training on one warm worker."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from experiments.parsing import parse_config
from experiments.reporting import Decision, Report
from service.dispatch.pool import PoolOptions, WarmPool
from service.storage.blobs.artifact_store import ArtifactStore
from service.study.jobs import (
    ArtifactStored,
    CheckpointStored,
    Event,
    Failed,
    Finished,
    Finishing,
    Job,
    Metrics,
    Payload,
    PoolKey,
    Resources,
    Resume,
    Started,
)

KEY = PoolKey(Resources(1))
Answer = Callable[[Event], Decision | None]


def config(epochs: int = 3, **parts: Any) -> dict[str, Any]:
    document = {"data": {"name": "wine"}, "model": {"name": "mlp"}, "training": {"epochs": epochs}, **parts}
    return dict(parse_config(document).to_json())


def go_on(event: Event) -> Decision:
    return Decision.DROP if event.kind is Finishing else Decision.CONTINUE


def keep(event: Event) -> Decision:
    return Decision.KEEP if event.kind is Finishing else Decision.CONTINUE


def awaits(event: Event) -> bool:
    return event.kind is Finishing or (event.kind is Metrics and event.payload.awaits)


async def events_of(pool: WarmPool, job: Job, answer: Answer = go_on) -> list[Event]:
    """Submit a job, answer what awaits an answer, and collect everything until its end."""
    await pool.submit(job)
    heard: list[Event] = []
    async with contextlib.aclosing(pool.events()) as batches:
        async for batch in batches:
            heard += [event for event in batch if event.run_id == job.run_id]
            for event in filter(awaits, batch):
                decision = answer(event)
                if decision is None:
                    await pool.stop(event.run_id, checkpoint=True)
                else:
                    await pool.decide(event.run_id, event.start, event.seq, decision)
            if heard and heard[-1].is_last:
                break
    return heard


def rows(events: list[Event]) -> list[Report]:
    return [row for event in events if event.kind is Metrics for row in event.payload.rows]


def curve(events: list[Event]) -> dict[int, dict[str, float]]:
    return {row.step: row.metrics for row in rows(events)}


def only(events: list[Event], kind: type[Payload]) -> Event:
    (event,) = [event for event in events if event.kind is kind]
    return event


@pytest.mark.asyncio(loop_scope="module")
class PoolTraining:
    """The suite; the module of a subclass has a fixture ``pool`` of the scope of the module."""

    async def test_a_worker_says_that_it_lives(self, pool: WarmPool) -> None:
        await events_of(pool, Job("alive", 1, KEY, config(epochs=1)))
        (member,) = pool._members.values()
        assert member.wear.memory > 100_000_000
        assert member.signs.is_warm

    async def test_a_run_from_submit_to_finished(self, pool: WarmPool) -> None:
        events = await events_of(pool, Job("plain", 1, KEY, config()))
        assert [event.seq for event in events] == list(range(len(events)))
        assert {event.start for event in events} == {1}
        assert events[0].kind is Started
        assert events[0].payload.worker == pool.workers()[0].id
        assert [row.epoch for row in rows(events)] == [1, 2, 3]
        assert only(events, Finishing).payload.metrics["val_loss"] > 0
        assert [event.payload.path for event in events if event.kind is ArtifactStored] == ["config.json"]
        assert events[-1].kind is Finished
        assert events[-1].payload.ended == Decision.CONTINUE
        assert events[-1].payload.epochs == 3
        assert pool.workers()[0].state == "idle"

    async def test_without_a_pruner_nothing_is_asked_before_the_end(self, pool: WarmPool) -> None:
        events = await events_of(pool, Job("unasked", 1, KEY, config(epochs=5)))
        assert [event.kind for event in events if awaits(event)] == [Finishing]

    async def test_a_pruned_run_ends_where_it_was_pruned(self, pool: WarmPool) -> None:
        def prune_third(event: Event) -> Decision:
            third = event.kind is Metrics and event.payload.rows[-1].epoch == 3
            return Decision.PRUNE if third else go_on(event)

        job = Job("pruned", 1, KEY, config(epochs=50), decide_from=2, decide_every=1)
        events = await events_of(pool, job, prune_third)
        assert [event.payload.rows[-1].epoch for event in events if event.kind is Metrics and event.payload.awaits] == [
            2,
            3,
        ]
        assert [row.epoch for row in rows(events)] == [1, 2, 3]
        assert events[-1].payload.ended == Decision.PRUNE

    async def test_an_interval_ends_with_a_checkpoint_from_which_another_run_goes_on(self, pool: WarmPool) -> None:
        changes = [{"after_epoch": 2, "values": {"optimizer.lr": 0.01}}]
        changing = config(seed=3, training={"epochs": 4, "changes": changes})
        whole = await events_of(pool, Job("whole", 1, KEY, changing))
        first = await events_of(pool, Job("interval", 1, KEY, config(4, seed=3), pause_after=2))
        assert [row.epoch for row in rows(first)] == [1, 2]
        assert first[-1].payload.ended == Decision.STOP
        newest = only(first, CheckpointStored).payload
        assert newest.step == rows(first)[-1].step
        second = await events_of(pool, Job("heir", 1, KEY, changing, resume=Resume((newest.sha256,), -1)))
        assert curve(second) == {step: row for step, row in curve(whole).items() if step > newest.step}

    async def test_what_is_kept_can_be_read_and_measured(self, pool: WarmPool, options: PoolOptions) -> None:
        events = await events_of(pool, Job("kept", 1, KEY, config()), keep)
        store = ArtifactStore(options.artifacts)
        kept = {event.payload.path: event.payload for event in events if event.kind is ArtifactStored}
        assert {"config.json", "best.ckpt"} < kept.keys()
        for payload in kept.values():
            with store.open(payload.sha256) as file:
                assert len(file.read()) == payload.size
        best = Resume((kept["best.ckpt"].sha256,), -1)
        measured = await events_of(pool, Job("measured", 1, KEY, config(), resume=best, task="evaluate"))
        assert [event.kind for event in measured] == [Started, Finished]
        assert 0 <= measured[-1].payload.metrics["test_accuracy"] <= 1

    async def test_a_job_that_keeps_nothing_asks_nothing(self, pool: WarmPool) -> None:
        events = await events_of(pool, Job("bare", 1, KEY, config(), artifacts="none"))
        assert not any(map(awaits, events))
        assert "best.ckpt" not in [event.payload.path for event in events if event.kind is ArtifactStored]

    async def test_a_stopped_run_goes_on_with_the_same_curve(self, pool: WarmPool, options: PoolOptions) -> None:
        whole = await events_of(pool, Job("whole", 1, KEY, config(epochs=6)))

        def stop_third(event: Event) -> Decision | None:
            third = event.kind is Metrics and event.payload.rows[-1].epoch == 3
            return None if third else go_on(event)

        job = Job("parts", 1, KEY, config(epochs=6), decide_every=1)
        first = await events_of(pool, job, stop_third)
        assert first[-1].payload.ended == Decision.STOP
        checkpoint = only(first, CheckpointStored).payload
        resume = Resume(("0" * 64, checkpoint.sha256), recorded_step=rows(first)[-1].step)
        second = await events_of(pool, Job("parts", 2, KEY, config(epochs=6), resume=resume))
        assert min(curve(second)) >= resume.recorded_step
        assert curve(first) | curve(second) == curve(whole)
        assert not list(options.scratch.glob("*/run-*"))

    async def test_a_lost_checkpoint_means_from_the_beginning(self, pool: WarmPool) -> None:
        job = Job("anew", 2, KEY, config(), resume=Resume(("0" * 64,), recorded_step=-1))
        events = await events_of(pool, job)
        assert "cannot be read" in events[1].payload.text
        assert [row.epoch for row in rows(events)] == [1, 2, 3]

    async def test_a_failing_training_says_what_and_where(self, pool: WarmPool) -> None:
        broken = {**config(), "optimizer": {"name": "no-such-optimizer"}}
        events = await events_of(pool, Job("broken", 1, KEY, broken))
        assert events[-1].kind is Failed
        assert events[-1].payload.failure == "user_error"
        assert "no-such-optimizer" in events[-1].payload.message
        assert events[-1].payload.traceback == "", "what we say ourselves needs none"
        assert (await events_of(pool, Job("after", 1, KEY, config())))[-1].kind is Finished

    async def test_a_users_own_component_trains(self, pool: WarmPool) -> None:
        own = {**config(), "activation": {"name": "our_swish"}}
        events = await events_of(pool, Job("own", 1, KEY, own))
        assert events[-1].kind is Finished, events[-1].payload

    async def test_nothing_comes_from_the_current_directory_or_from_namesakes(
        self, pool: WarmPool, trap: Path, namesakes: Path
    ) -> None:
        events = await events_of(pool, Job("trapped", 1, KEY, config()))
        assert events[-1].kind is Finished
        assert not [folder for folder in (trap, namesakes) if (folder / "sprung").exists()]
