"""Studies share the workers by their weight, and nobody starves; hours of load, in simulated time."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from service.dispatch.ledger import Ledger
from service.engine.sharing.fair_share import UNKNOWN_SECONDS, Claim, FairShare
from service.engine.sharing.turns import Turns, in_words
from service.study.jobs import PoolKey, Resources

HOUR = 3600.0
_CREATED = datetime(2026, 1, 1, tzinfo=UTC)


class SimulatedPool:
    """A real ledger, whose workers exist as soon as they are wanted."""

    def __init__(self, nodes: Mapping[str, Resources], max_workers: int = 0) -> None:
        self.ledger = Ledger(nodes, max_workers)
        self.share, self.shortage = self.ledger.share, self.ledger.shortage
        self._numbers = itertools.count()

    def can_start(self, key: PoolKey, *, alone: bool = False) -> bool:
        return self.ledger.place(key, alone=alone) is not None

    def reserve(self, key: PoolKey | None, *, alone: bool = False) -> str:
        self.ledger.reserve(key, alone=alone)
        return str(self.ledger.reserved or "")

    def trouble(self) -> str:
        return ""

    def start(self, key: PoolKey) -> str:
        placement = self.ledger.place(key)
        assert placement is not None
        for worker in placement.retire:
            self.ledger.revoke(worker)
        worker = placement.worker or f"w{next(self._numbers)}"
        if placement.worker is None:
            self.ledger.grant(worker, placement)
        self.ledger.occupy(worker)
        return worker


@dataclass(eq=False)
class Load:
    """A study that always wants another run, and stands where a runner does."""

    name: str
    seconds: float = 10.0
    """How long each of its runs takes."""
    priority: int = 0
    resources: Resources = field(default_factory=Resources)
    at_once: int = 100
    from_: float = 0.0
    held: float = 0.0
    """Seconds that its runs have held workers, all together."""
    runs: dict[str, str] = field(default_factory=dict)
    """Each run that is under way, and its worker."""
    starts: list[float] = field(default_factory=list)
    said: set[str] = field(default_factory=set)
    draws: bool = True

    def __post_init__(self) -> None:
        created_at = _CREATED + timedelta(seconds=len(self.name))
        study = SimpleNamespace(id=self.name, name=self.name, priority=self.priority, created_at=created_at)
        self.active = SimpleNamespace(
            study=study,
            key=PoolKey(self.resources),
            n_submitted=lambda: len(self.runs),
            submitted_runs=lambda: [(None, SimpleNamespace(run=SimpleNamespace(id=run))) for run in self.runs],
        )
        self.evaluation = self.checking = SimpleNamespace(wants_worker=False)
        self.shown_wait = SimpleNamespace(show=self.said.add)
        self.course = self

    def next_start(self) -> Any:
        return SimpleNamespace(alone=False) if len(self.runs) < self.at_once else None

    def n_to_draw(self, can_start: bool) -> int:
        return 0

    def why_nothing_starts(self) -> str:
        return ""


class Simulation:
    """Time goes from one end of a run to the next."""

    def __init__(self, pool: SimulatedPool, loads: Sequence[Load], looks: Sequence[float] = ()) -> None:
        """``looks``: when the engine looks at its studies besides."""
        self.now = 0.0
        self._pool, self._loads = pool, loads
        self._turns = Turns(pool, lambda: self.now)  # type: ignore[arg-type]
        self._numbers = itertools.count()
        times = [*((load.from_, load) for load in loads), *((time, loads[0]) for time in looks)]
        self._ends = [(time, next(self._numbers), load, "") for time, load in times]
        heapq.heapify(self._ends)

    @property
    def reasons(self) -> dict[str, str]:
        """Why each study waits now."""
        return {wait.study: wait.reason for wait in self._turns.waits()}

    def run(self, until: float) -> None:
        while self._ends[0][0] <= until:
            self.now, _, load, run = heapq.heappop(self._ends)
            if run:
                self._pool.ledger.vacate(load.runs.pop(run))
                load.held += load.seconds
            while self._start_one():
                pass
        self.now = until
        for load in self._loads:
            load.held += sum(until - load.starts[-1 - i] for i in range(len(load.runs)))

    def _start_one(self) -> bool:
        there = [load for load in self._loads if load.from_ <= self.now]
        for load in self._turns.begin_round(there):  # type: ignore[arg-type]
            if load.next_start() and self._pool.can_start(load.active.key):
                number = next(self._numbers)
                load.runs[f"r{number}"] = self._pool.start(load.active.key)
                load.starts.append(self.now)
                heapq.heappush(self._ends, (self.now + load.seconds, number, load, f"r{number}"))
                self._turns.note_start(load)  # type: ignore[arg-type]
                return True
            self._turns.note_wait(load)  # type: ignore[arg-type]
        self._turns.end_round()
        return False


def cpus(n: int) -> SimulatedPool:
    return SimulatedPool({"here": Resources(n)})


@pytest.mark.parametrize("n_workers", [1, 3, 8])
@pytest.mark.parametrize("seconds", [(10, 10), (3, 47), (47, 3)])
def test_two_studies_of_priority_2_and_1_share_an_hour_2_to_1(n_workers: int, seconds: tuple[float, float]) -> None:
    """Whatever their runs take: what is shared is time, not starts."""
    first, second = Load("a", seconds[0], priority=2), Load("b", seconds[1], priority=1)
    Simulation(cpus(n_workers), [first, second]).run(HOUR)
    assert first.held / second.held == pytest.approx(2, rel=0.05)
    assert first.held + second.held == pytest.approx(n_workers * HOUR)


def test_of_many_equal_studies_each_has_its_part() -> None:
    """Three of one priority on two workers: whoever came last is no worse off than who came first."""
    loads = [Load("x" * n, 20.0) for n in range(1, 4)]
    Simulation(cpus(2), loads).run(HOUR)
    assert [load.held for load in loads] == pytest.approx([2 * HOUR / 3] * 3, rel=0.05)


def test_the_lowest_priority_still_gets_its_turn() -> None:
    high, low = Load("high", 5.0, priority=3), Load("low", 5.0, priority=-3)
    Simulation(cpus(1), [high, low]).run(HOUR)
    assert high.held / low.held == pytest.approx(64, rel=0.2)
    assert low.held > 0


def test_a_free_cluster_is_given_out_in_turn_and_who_comes_first_does_not_take_it_all() -> None:
    loads = [Load("a", HOUR), Load("b", HOUR)]
    Simulation(cpus(4), loads).run(1.0)
    assert [len(load.runs) for load in loads] == [2, 2]


def test_who_comes_late_or_wanted_little_has_saved_nothing_up() -> None:
    """From the moment it comes it gets its half, not the whole for as long as it was not there."""
    early, late = Load("early", 10.0), Load("late", 10.0, from_=HOUR)
    simulation = Simulation(cpus(4), [early, late])
    simulation.run(HOUR + 600)
    assert late.held == pytest.approx(4 * 600 / 2, rel=0.06)

    narrow, wide = Load("narrow", 10.0, at_once=1), Load("wide", 10.0)
    simulation = Simulation(cpus(4), [narrow, wide])
    simulation.run(HOUR)
    n_before, narrow.at_once = len(narrow.starts), 100
    simulation.run(HOUR + 600)
    assert 10 * (len(narrow.starts) - n_before) == pytest.approx(4 * 600 / 2, rel=0.1)


@pytest.mark.parametrize("n_nodes", [1, 2])
def test_cpu_fractional_and_two_gpu_studies_together_none_starves_none_deadlocks(n_nodes: int) -> None:
    nodes = {f"n{i}": Resources(4, 2) for i in range(n_nodes)}
    loads = [
        Load("cpu", 7.0),
        Load("half", 11.0, resources=Resources(1, 0.5)),
        Load("one", 13.0, resources=Resources(1, 1)),
        Load("two", 17.0, resources=Resources(1, 2)),
        Load("whole-node", 19.0, resources=Resources(4, 0)),
    ]
    pool = SimulatedPool(nodes, max_workers=0)
    simulation = Simulation(pool, loads)
    simulation.run(HOUR)
    shares = {load.name: load.held * pool.share(load.active.key) for load in loads}
    fair = max(shares.values())
    assert {name: share for name, share in shares.items() if share < fair / 4} == {}
    assert max(longest_gap(load, HOUR) for load in loads) < 600


def test_room_is_kept_for_a_large_run_only_when_it_is_its_turn() -> None:
    """Kept at once, it would give a study of little weight all that comes free, time after time."""
    large, small = Load("large", 5.0, priority=-10, resources=Resources(4)), Load("small", 5.0)
    Simulation(cpus(4), [large, small]).run(HOUR)
    assert len(large.starts) == 1

    large, small = Load("large", 5.0, resources=Resources(4)), Load("small", 5.0)
    Simulation(cpus(4), [large, small]).run(HOUR)
    assert 4 * large.held == pytest.approx(small.held, rel=0.1)


def holding(share: FairShare, now: float, *runs: str, priority: int = 0) -> float:
    """How far a study is that holds half of the cluster with each of these runs."""
    return share.times(now, [Claim("a", priority, 0.5, runs, waits=False)])["a"]


def test_a_run_is_charged_at_its_start_what_it_will_probably_take_and_in_the_end_what_it_took() -> None:
    share = FairShare()
    assert holding(share, 0.0, "first") == 0.5 * UNKNOWN_SECONDS
    assert holding(share, 100.0, "first") == 0.5 * 100  # longer than was thought
    assert holding(share, 120.0) == 0.5 * 120
    assert holding(share, 120.0, "second") == 0.5 * (120 + 120)  # as long as the one before
    assert holding(share, 160.0) == 0.5 * (120 + 40)  # it was shorter: the rest is given back
    assert holding(share, 160.0, "third") == 0.5 * (160 + 80)  # their mean
    assert holding(FairShare(), 0.0, "first", priority=2) == 0.5 * UNKNOWN_SECONDS / 4


def longest_gap(load: Load, end: float) -> float:
    times = [0.0, *load.starts, end]
    return max(later - earlier for earlier, later in itertools.pairwise(times))


def test_whoever_waits_says_what_for_and_how_long() -> None:
    big = Load("a", 10_000.0, resources=Resources(1, 1), at_once=1)
    waits, busy = Load("waits", resources=Resources(1, 1)), Load("b", 10_000.0, resources=Resources(1, 1))
    pool = SimulatedPool({"n": Resources(2, 2)}, max_workers=8)
    Simulation(pool, [big, busy, waits], range(0, 200, 5)).run(199.0)
    assert {word for word in waits.said if word.startswith("needs")} == {
        f"needs 1 GPU, none is free for {time}" for time in ("10 s", "30 s", "1 min", "2 min", "3 min")
    }
    assert not {word for word in busy.said if word.startswith("needs")}, "one of its runs trains"


def test_no_study_waits_for_workers_that_its_own_runs_keep_busy() -> None:
    own = Load("own", 10_000.0)
    simulation = Simulation(cpus(2), [own], range(0, 200, 5))
    simulation.run(199.0)
    assert simulation.reasons == {"own": "all 2 workers are busy with this study"}


def test_a_wait_begins_with_the_end_of_the_last_run_of_the_study() -> None:
    """Before that its own run took the room in which it could have started another."""
    first, then = Load("first", 100.0), Load("then", 10_000.0, priority=10, at_once=1, from_=50.0)
    simulation = Simulation(cpus(1), [first, then], range(0, 200, 5))
    simulation.run(199.0)
    assert simulation.reasons == {"first": "waits for the one busy worker for 1 min"}


WAITS = [(10, "10 s"), (179, "2 min"), (181, "3 min"), (3599, "45 min"), (7300, "2 h")]


@pytest.mark.parametrize(("seconds", "words"), WAITS)
def test_a_wait_is_told_in_words_that_seldom_change(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
