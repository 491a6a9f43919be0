"""The hash by which data are known: of what their rows hold, and of nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils.data import default_collate

from experiments.training.loading.data_hash import DataHash

FEATURES = torch.arange(24, dtype=torch.float32).reshape(12, 2)
ROWS = [
    {"features": FEATURES[n], "mask": FEATURES[n] > 5, "name": f"row {n}", "pair": (n, np.float32(n / 7))}
    for n in range(12)
]


def hash_of(*batches: Any, loader: int = 0) -> str:
    taken = DataHash()
    for batch in batches:
        taken.add(batch, loader)
    return taken.hexdigest()


def in_batches(rows: list[dict[str, Any]], size: int) -> list[Any]:
    return [default_collate(rows[start : start + size]) for start in range(0, len(rows), size)]


KNOWN = hash_of(*in_batches(ROWS, 4))


def test_the_size_of_batches_and_the_order_of_rows_do_not_count() -> None:
    assert len(KNOWN) == 64
    assert [hash_of(*in_batches(ROWS, size)) for size in (1, 5, 12)] == [KNOWN] * 3
    assert hash_of(*in_batches(ROWS[::-1], 5)) == KNOWN


def changed(key: str, value: Any) -> list[dict[str, Any]]:
    return [*ROWS[:-1], {**ROWS[-1], key: value}]


@pytest.mark.parametrize(
    "rows",
    [
        changed("features", torch.tensor([22.0, 23.5])),
        changed("mask", torch.tensor([True, False])),
        changed("name", "row 12"),
        changed("pair", (11, np.float32(11 / 8))),
        ROWS[:-1],
        [*ROWS, ROWS[-1]],
        [{**row, "features": row["features"].double()} for row in ROWS],
        [{**row, "features": row["features"].reshape(2, 1)} for row in ROWS],
        [{**row, "more": 0} for row in ROWS],
        [{("label" if key == "name" else key): value for key, value in row.items()} for row in ROWS],
    ],
)
def test_every_value_every_row_and_every_form_counts(rows: list[dict[str, Any]]) -> None:
    assert hash_of(*in_batches(rows, 4)) != KNOWN


def test_values_belong_to_their_row_and_rows_to_their_loader() -> None:
    names = [row["name"] for row in ROWS]
    swapped = [{**row, "name": name} for row, name in zip(ROWS, names[::-1], strict=True)]
    assert hash_of(*in_batches(swapped, 4)) != KNOWN
    assert hash_of(*in_batches(ROWS, 4), loader=1) != KNOWN


@dataclass
class Graph:
    """Nodes and edges, of which there are not equally many."""

    nodes: torch.Tensor
    edges: np.ndarray[Any, Any]
    n_graphs: int = 1


def test_a_batch_that_is_not_of_rows_counts_as_a_whole() -> None:
    one, other = Graph(FEATURES, np.arange(8)), Graph(FEATURES[:3], np.arange(4))
    assert hash_of(one, other) == hash_of(other, one) != hash_of(one, Graph(FEATURES[:3], np.arange(1, 5)))
    assert hash_of(one) != hash_of(Graph(FEATURES, np.arange(8), n_graphs=2))
    assert hash_of(torch.tensor(3.0)) != hash_of(torch.tensor(4.0))
    assert hash_of([np.float32(0.1), np.float32(0.2)]) != hash_of([np.float32(0.1), np.float32(0.3)])


@pytest.mark.parametrize("unreadable", [object, lambda: np.array([object()]), FEATURES.to_sparse])
def test_nothing_is_known_of_what_cannot_be_read(unreadable: Callable[[], Any]) -> None:
    assert hash_of(FEATURES, [FEATURES, unreadable()]) == ""


def test_nothing_is_known_of_nothing_and_of_what_is_forgotten() -> None:
    taken = DataHash()
    assert taken.hexdigest() == ""
    taken.add(FEATURES[:0])
    assert taken.hexdigest() == ""
    taken.add(FEATURES)
    assert taken.hexdigest()
    taken.forget()
    assert taken.hexdigest() == ""
