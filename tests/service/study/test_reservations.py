"""Why a run waits for which a node is kept, in words."""

from __future__ import annotations

import pytest

from service.study.jobs import PoolKey, Reservation, Resources

NODE = "868fa9f2068c961bd5a96d980750afc8900c5f54ca70dcd412281f3a"


@pytest.mark.parametrize(
    ("resources", "alone", "words"),
    [
        (Resources(1), False, "have 1 CPU"),
        (Resources(4, 1), False, "have 4 CPUs and 1 GPU"),
        (Resources(0.5, 2), False, "have 0.5 CPUs and 2 GPUs"),
        (Resources(1), True, "be alone on a node"),
    ],
)
def test_what_is_needed_is_counted_and_the_node_named_by_the_beginning_of_its_id(
    resources: Resources, alone: bool, words: str
) -> None:
    told = f"its next run must {words}: node 868fa9f2 is kept for it until enough of what runs there has ended"
    assert str(Reservation(PoolKey(resources), alone, NODE)) == told
