"""The ledger grants what there is, retires only who stands in the way, and never grants twice."""

import pytest

from service.dispatch.ledger import Ledger, Placement
from service.study.jobs import PoolKey, Resources

CPU = PoolKey(Resources(1))
GPU = PoolKey(Resources(1, 1))
HALF = PoolKey(Resources(1, 0.5))


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
