"""The ledger grants what there is, retires only who stands in the way, and never grants twice."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.dispatch.ledger import Ledger, Placement
from service.study.jobs import PoolKey, Resources

CPU = PoolKey(Resources(1))
GPU = PoolKey(Resources(1, 1))
HALF = PoolKey(Resources(1, 0.5))
LARGE = PoolKey(Resources(1, memory_gb=6))
SMALL = PoolKey(Resources(1, memory_gb=2.5))


def ledger(cpus: float = 2, gpus: float = 0, workers: int = 8) -> Ledger:
    return Ledger({"a": Resources(cpus, gpus)}, workers)


def granted(book: Ledger, worker: str, key: PoolKey, *, busy: bool = False) -> Placement:
    placement = book.place(key)
    assert placement is not None
    for other in placement.retire:
        book.revoke(other)
    book.grant(worker, placement)
    if busy:
        book.occupy(worker)
    return placement


def test_a_new_worker_comes_first_and_then_the_idle_one() -> None:
    book = ledger()
    assert granted(book, "w1", CPU).worker is None
    assert book.place(CPU) == Placement(CPU, worker="w1")


def test_a_warm_worker_comes_before_one_that_starts() -> None:
    book = ledger()
    for worker in ("w1", "w2"):
        placement = book.vacancy(CPU)
        assert placement is not None
        book.grant(worker, placement)
    book.warmed("w1")
    assert book.place(CPU) == Placement(CPU, worker="w1")


def test_a_full_cluster_has_no_room() -> None:
    book = ledger(cpus=2)
    granted(book, "w1", CPU, busy=True)
    granted(book, "w2", CPU, busy=True)
    assert book.place(CPU) is None
    book.vacate("w1")
    assert book.place(CPU) == Placement(CPU, worker="w1")
    book.revoke("w1")
    assert granted(book, "w3", CPU).retire == ()


def test_at_most_so_many_workers() -> None:
    book = ledger(cpus=8, workers=1)
    granted(book, "w1", CPU, busy=True)
    assert book.place(CPU) is None
    book.vacate("w1")
    assert granted(book, "w2", GPU if book.never_fits(GPU) is None else PoolKey(Resources(2))).retire == ("w1",)


def test_an_idle_worker_of_another_key_makes_room_and_no_more_than_needed() -> None:
    book = ledger(cpus=3, gpus=1)
    for worker in ("w1", "w2", "w3"):
        granted(book, worker, CPU, busy=True)
    assert book.place(GPU) is None
    book.vacate("w2")
    book.vacate("w1")
    placement = book.place(GPU)
    assert placement is not None
    assert placement.retire == ("w2",)  # it has been idle longest; w1 may stay
    assert placement.gpus == {0: 10_000}


def test_who_does_not_stand_in_the_way_stays() -> None:
    book = ledger(cpus=4, gpus=1)
    granted(book, "cpu", CPU)  # idle longest, but it holds no GPU
    granted(book, "half", HALF)
    placement = book.place(GPU)
    assert placement is not None
    assert placement.retire == ("half",)


def test_other_files_are_another_key() -> None:
    book = ledger(cpus=1)
    granted(book, "w1", CPU)
    placement = book.place(PoolKey(Resources(1), "changed"))
    assert placement is not None
    assert placement.worker is None
    assert placement.retire == ("w1",)


def test_parts_of_gpus_go_where_they_fit_most_closely_and_never_across_two() -> None:
    book = ledger(cpus=8, gpus=2)
    assert granted(book, "w1", PoolKey(Resources(1, 0.6)), busy=True).gpus == {0: 6000}
    assert granted(book, "w2", PoolKey(Resources(1, 0.3)), busy=True).gpus == {0: 3000}
    assert granted(book, "w3", PoolKey(Resources(1, 0.6)), busy=True).gpus == {1: 6000}
    assert book.place(HALF) is None  # 0.1 and 0.4 are free: half of one GPU is not
    assert book.place(GPU) is None


def test_three_thirds_are_one() -> None:
    book = ledger(cpus=8, gpus=1)
    third = PoolKey(Resources(1, 0.3333))
    for worker in ("w1", "w2", "w3"):
        granted(book, worker, third, busy=True)
    assert book.place(third) is None


def test_work_spreads_over_nodes_and_stays_on_nodes_that_live() -> None:
    book = Ledger({"a": Resources(2), "b": Resources(4)}, 8)
    assert [granted(book, f"w{n}", CPU, busy=True).node for n in range(4)] == ["b", "b", "a", "b"]
    assert book.follow({"a": Resources(2)}) == ["w0", "w1", "w3"]
    assert granted(book, "w4", CPU, busy=True).node == "a"
    assert book.place(CPU) is None


def test_what_fitted_a_node_that_is_gone_waits_for_it() -> None:
    book = Ledger({"a": Resources(2), "b": Resources(4)}, 8)
    book.follow({"a": Resources(2)})
    assert book.never_fits(PoolKey(Resources(4))) is None
    assert book.place(PoolKey(Resources(4))) is None


def test_a_closed_node_gets_nothing_not_even_on_a_warm_worker() -> None:
    book = Ledger({"a": Resources(4), "b": Resources(2)}, 8)
    assert granted(book, "w0", CPU).node == "a"
    book.warmed("w0")
    book.closed = {"a"}
    assert granted(book, "w1", CPU, busy=True).node == "b"
    assert granted(book, "w2", CPU, busy=True).node == "b"
    assert book.place(CPU) is None
    book.closed = ()
    assert book.place(CPU) == Placement(CPU, worker="w0")


@pytest.mark.parametrize(
    ("resources", "words"),
    [
        (Resources(3), "asks for 3 CPUs"),
        (Resources(1, 2), "at most 2 CPUs and 1 GPUs"),
        (Resources(1, 1.5), "1.5 GPUs cannot be granted"),
    ],
)
def test_what_never_fits_is_said(resources: Resources, words: str) -> None:
    assert words in str(ledger(cpus=2, gpus=1).never_fits(PoolKey(resources)))


def test_what_fits_an_empty_cluster_fits() -> None:
    book = ledger(cpus=2, gpus=1)
    granted(book, "w1", CPU, busy=True)
    granted(book, "w2", CPU, busy=True)
    assert book.never_fits(GPU) is None


# --- a run that does not fit waits for room that nobody else may take


FOUR = PoolKey(Resources(4))


def test_what_comes_free_is_kept_for_the_run_that_waits() -> None:
    book = ledger(cpus=4)
    for worker in ("w1", "w2", "w3", "w4"):
        granted(book, worker, CPU, busy=True)
    book.reserve(FOUR)
    for worker in ("w1", "w2", "w3", "w4"):
        assert book.place(FOUR) is None
        book.vacate(worker)
        assert book.place(CPU) is None, "not even on the worker that is warm"
    placement = granted(book, "large", FOUR, busy=True)
    assert set(placement.retire) == {"w1", "w2", "w3", "w4"}
    book.reserve(None)
    book.vacate("large")
    assert book.place(CPU) is not None


def test_room_is_kept_where_the_least_is_missing_and_elsewhere_work_goes_on() -> None:
    book = Ledger({"a": Resources(4), "b": Resources(4)}, 0)
    workers = [granted(book, f"w{n}", CPU, busy=True).node for n in range(8)]
    on_b = [f"w{n}" for n, node in enumerate(workers) if node == "b"]
    book.vacate(on_b[0])
    book.reserve(FOUR)
    assert book.reserved is not None
    assert book.reserved.node == "b"
    for worker in on_b[1:]:
        book.vacate(worker)
    on_a = f"w{workers.index('a')}"
    book.vacate(on_a)
    assert book.place(CPU) == Placement(CPU, worker=on_a)
    book.occupy(on_a)
    assert book.place(CPU) is None
    assert book.place(FOUR) is not None


def test_what_uses_nothing_that_is_wanted_may_start_beside() -> None:
    book = ledger(cpus=8, gpus=1)
    granted(book, "w1", GPU, busy=True)
    book.reserve(PoolKey(Resources(4, 1)))
    for worker in ("w2", "w3", "w4"):
        granted(book, worker, CPU, busy=True)
    assert book.place(CPU) is None, "four CPUs stay free for the run that waits for the GPU"
    assert book.place(HALF) is None


def test_where_all_runs_are_alike_nothing_is_kept() -> None:
    book = ledger(cpus=2)
    for worker in ("w1", "w2"):
        granted(book, worker, CPU, busy=True)
    book.reserve(PoolKey(Resources(1), "other code"))
    assert book.reserved is None


def test_room_is_kept_on_another_node_when_the_first_is_gone() -> None:
    book = Ledger({"a": Resources(4), "b": Resources(4)}, 8)
    granted(book, "w1", CPU, busy=True)
    granted(book, "w2", CPU, busy=True)
    book.reserve(FOUR)
    assert book.reserved is not None
    left = ({"a", "b"} - {book.reserved.node}).pop()
    book.follow({left: Resources(4)})
    book.reserve(FOUR)
    assert book.reserved.node == left
    book.follow({})
    book.reserve(FOUR)
    assert book.reserved is None


def test_a_run_that_is_to_be_alone_is_alone_from_its_start_to_its_end() -> None:
    book = ledger(cpus=4)
    granted(book, "w1", CPU, busy=True)
    assert book.place(CPU, alone=True) is None
    book.reserve(CPU, alone=True)
    assert book.place(CPU) is None
    book.vacate("w1")
    placement = book.place(CPU, alone=True)
    assert placement == Placement(CPU, worker="w1")
    book.occupy("w1", alone=True)
    book.reserve(None)
    assert book.place(CPU) is None
    book.vacate("w1")
    assert book.place(CPU) is not None


def test_one_worker_for_each_cpu_of_all_nodes_unless_a_number_is_given() -> None:
    tenth = PoolKey(Resources(0.1))
    book = Ledger({"a": Resources(2), "b": Resources(1)}, 0)
    for worker in ("w1", "w2", "w3"):
        granted(book, worker, tenth, busy=True)
    assert book.place(tenth) is None
    book.follow({"a": Resources(2), "b": Resources(1), "c": Resources(1)})
    assert book.place(tenth) is not None


class Cluster:
    """A ledger, and what happens to it: runs begin where there is room, and end; nodes come and go."""

    def __init__(self, nodes: list[Resources], workers: int) -> None:
        self.nodes = {f"n{number}": node for number, node in enumerate(nodes)}
        self.book = Ledger(self.nodes, workers)
        self.busy: dict[str, tuple[PoolKey, str, bool]] = {}
        self.workers: dict[str, tuple[PoolKey, str, dict[int, int]]] = {}
        self.most = workers
        self.numbers = itertools.count()

    def start(self, key: PoolKey, *, alone: bool = False) -> bool:
        placement = self.book.place(key, alone=alone)
        if placement is None:
            return False
        for worker in placement.retire:
            self.book.revoke(worker)
            assert worker not in self.busy, "nobody is ended who trains"
            del self.workers[worker]
        worker = placement.worker or f"w{next(self.numbers):03}"
        if placement.worker is None:
            self.book.grant(worker, placement)
            self.workers[worker] = (key, placement.node, dict(placement.gpus))
        self.book.occupy(worker, alone=alone)
        self.busy[worker] = (key, self.workers[worker][1], alone)
        self.check()
        return True

    def end(self, worker: str) -> None:
        del self.busy[worker]
        self.book.vacate(worker)

    def lose(self, node: str) -> None:
        del self.nodes[node]
        for worker in self.book.follow(self.nodes):
            self.workers.pop(worker)
            self.busy.pop(worker, None)

    def check(self) -> None:
        """Never more is granted than there is."""
        assert len(self.workers) <= (self.most or max(1, int(sum(node.cpus for node in self.nodes.values()))))
        for name, node in self.nodes.items():
            held = [(key, gpus) for key, where, gpus in self.workers.values() if where == name]
            assert sum(key.resources.cpus for key, _ in held) <= node.cpus
            assert sum(key.resources.memory_gb for key, _ in held) <= node.memory_gb
            for gpu in {gpu for _, gpus in held for gpu in gpus}:
                assert gpu < node.gpus
                assert sum(gpus.get(gpu, 0) for _, gpus in held) <= 10_000
            busy = [alone for _, where, alone in self.busy.values() if where == name]
            assert not any(busy) or len(busy) == 1, "who is promised to be alone is alone"
        assert all(where in self.nodes for _, where, _ in self.workers.values())


KEYS = [CPU, HALF, GPU, PoolKey(Resources(2)), PoolKey(Resources(3, 2)), FOUR, PoolKey(Resources(1), "own code")]
KEYS += [LARGE, SMALL]
node_sizes = st.builds(
    Resources, st.integers(1, 5).map(float), st.integers(0, 2).map(float), st.sampled_from([0.0, 6.0, 8.0])
)
clusters = st.builds(Cluster, st.lists(node_sizes, min_size=1, max_size=3), st.sampled_from([0, 0, 2, 5]))


@settings(max_examples=150, deadline=None)
@given(clusters, st.data())
def test_never_more_is_granted_than_there_is(cluster: Cluster, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(5, 25))):
        match data.draw(st.sampled_from(["start", "start", "end", "alone", "reserve", "cancel", "lose"])):
            case "start":
                cluster.start(data.draw(st.sampled_from(KEYS)))
            case "alone":
                cluster.start(data.draw(st.sampled_from(KEYS)), alone=True)
            case "end" if cluster.busy:
                cluster.end(data.draw(st.sampled_from(sorted(cluster.busy))))
            case "reserve":
                cluster.book.reserve(data.draw(st.sampled_from(KEYS)), alone=data.draw(st.booleans()))
            case "cancel":
                cluster.book.reserve(None)
            case "lose" if len(cluster.nodes) > 1:
                cluster.lose(data.draw(st.sampled_from(sorted(cluster.nodes))))
        cluster.check()


@settings(max_examples=150, deadline=None)
@given(clusters, st.sampled_from(KEYS), st.booleans(), st.data())
def test_a_large_run_starts_when_the_runs_that_had_begun_have_ended(
    cluster: Cluster, large: PoolKey, alone: bool, data: st.DataObject
) -> None:
    """Whatever else begins and ends meanwhile, and whether or not that ends."""
    if cluster.book.never_fits(large):
        return
    small = [key for key in KEYS if key != large]
    for _ in range(12):
        cluster.start(data.draw(st.sampled_from(small)))
    begun = set(cluster.busy)
    while begun & cluster.busy.keys():
        if cluster.start(large, alone=alone):
            return
        cluster.book.reserve(large, alone=alone)
        cluster.start(data.draw(st.sampled_from(small)))
        later = sorted(cluster.busy.keys() - begun)
        ending = data.draw(st.sampled_from(sorted(begun & cluster.busy.keys()) + later))
        cluster.end(ending)
        begun.discard(ending)
    if cluster.book.reserved is not None:
        assert cluster.start(large, alone=alone)


def test_memory_is_granted_as_cpus_are() -> None:
    book = Ledger({"a": Resources(8, memory_gb=8)}, 8)
    granted(book, "w1", SMALL, busy=True)
    assert book.place(LARGE) is None
    assert book.shortage(LARGE) == "needs 6 GB, 5.5 are free"
    granted(book, "w2", CPU, busy=True)  # one that asks for none takes none
    book.vacate("w1")
    assert granted(book, "w3", LARGE, busy=True).retire == ("w1",)
    assert book.shortage(SMALL) == "needs 2.5 GB, 2 are free"
    assert book.share(LARGE) == 6 / 8
    assert book.share(SMALL) == 2.5 / 8
    message = "a run asks for 1 CPUs and 0 GPUs and 9 GB; the cluster's nodes offer at most 8 CPUs and 0 GPUs and 8 GB"
    assert book.never_fits(PoolKey(Resources(1, memory_gb=9))) == message
    assert book.never_fits(LARGE) is None


def test_memory_that_comes_free_is_kept_for_the_run_that_needs_much_of_it() -> None:
    book = Ledger({"a": Resources(8, memory_gb=8)}, 8)
    for worker in ("w1", "w2", "w3"):
        granted(book, worker, SMALL, busy=True)
    book.reserve(LARGE)
    assert book.reserved is not None
    assert str(book.reserved).startswith("its next run must have 1 CPU and 6 GB: node a is kept for it")
    book.revoke("w1")
    assert book.place(SMALL) is None, "it would be overtaken for ever"
    assert book.place(CPU) is not None, "one that takes no memory delays nobody"
    book.revoke("w2")
    book.revoke("w3")
    assert book.place(LARGE) is not None
