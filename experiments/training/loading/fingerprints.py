"""What data are known by, so that two set-ups of a user's own data module can be told apart.

A part of the data is known by its length, by the indices that choose it from a larger data set, and by its first
samples. Two readings of each sample tell which of its values are the same every time; augmentation makes no other split
of a data set, so the rest does not count. What cannot be read is left out: nothing here raises.
"""

from __future__ import annotations

import copy
import hashlib
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence, Sized
from functools import partial
from itertools import chain
from typing import Any, TypeVar

import numpy as np
import pytorch_lightning as pl
import torch
from torch import Tensor

from experiments import seeding
from experiments.training.loading.loaders import loaders_in

PARTS = {"training": "train_dataloader", "validation": "val_dataloader", "test": "test_dataloader"}
"""The parts of a data module, by the hook that gives its loaders."""
_SAMPLES = 100
_READING_SECONDS = 0.3
"""How long the samples of a part are read at most; of two fingerprints, what both have read is compared."""
_DEEPEST = 10
"""Data sets within each other that are looked into."""
_DIGEST_BYTES = 8
_GENERATORS = (torch.Generator, np.random.Generator, np.random.RandomState, random.Random)
T = TypeVar("T")


def fingerprint(data: pl.LightningDataModule) -> dict[str, Any]:
    """A mapping from the parts that are set up to what they are known by, of types that JSON can hold.

    Nothing is taken from the run: neither random numbers nor samples of a stream, which can be read once.
    """
    with seeding.preserved():
        known = {part: _attempt(partial(_known_of_part, getattr(data, hook))) for part, hook in PARTS.items()}
    return {part: loaders for part, loaders in known.items() if loaders}


def differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    """In which parts two fingerprints differ, and by what, e.g. ``test: other rows``; empty if in none."""
    found = []
    for part in PARTS:
        if part in one and part in other:
            reasons = [_difference(*both) for both in zip(one[part], other[part], strict=False)]
            found += [f"{part}: {reason}" for reason in reasons if reason][:1]
    return ", ".join(found)


def varies(loader: Any) -> bool:
    """Whether the first samples behind a loader are others when they are read with other random numbers.

    Nothing is taken from the run. Of a stream, which can be read once, nobody can tell.
    """
    dataset = getattr(loader, "dataset", loader)
    with seeding.preserved():
        return bool(_attempt(partial(_reads_otherwise, dataset)))


def _difference(one: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    if one["length"] != other["length"]:
        return f"{one['length']} rows and {other['length']}"
    if one["indices"] != other["indices"]:
        return "other rows"
    return "other samples" if any(map(_differ, one["samples"], other["samples"])) else ""


def _differ(one: Sequence[str | None], other: Sequence[str | None]) -> bool:
    """Whether the values at one place of the samples differ, of which None was not the same twice."""
    both = list(zip(one, other, strict=False))
    return all(None not in pair for pair in both) and any(first != second for first, second in both)


def _known_of_part(hook: Callable[[], Any]) -> list[dict[str, Any]]:
    return [_known(loader) for loader in loaders_in(hook())]


def _known(loader: Any) -> dict[str, Any]:
    dataset = getattr(loader, "dataset", loader)
    return {
        "length": _attempt(partial(len, dataset)),
        "indices": _attempt(partial(_indices, loader, dataset)),
        "samples": _attempt(partial(_samples, dataset)) or [],
    }


def _attempt(read: Callable[[], T]) -> T | None:
    """What ``read`` gives; None where a user's own data do not have it."""
    try:
        return read()
    except Exception:  # a user's code may raise anything
        return None


def _indices(loader: Any, dataset: Any) -> str | None:
    """A digest of the rows that subsets and samplers choose."""
    batches = getattr(loader, "batch_sampler", None)
    choosing = [getattr(loader, "sampler", None), batches, getattr(batches, "sampler", None)]
    for _ in range(_DEEPEST):
        choosing.append(dataset)
        dataset = getattr(dataset, "dataset", None)
    chosen = [indices for indices in (getattr(one, "indices", None) for one in choosing) if indices is not None]
    return _digest([_bytes(np.asarray(indices)) for indices in chosen]) if chosen else None


def _reads_otherwise(dataset: Any) -> bool:
    first, second = _read_twice(dataset, seeds=(0, 1))
    return first != second


def _samples(dataset: Any) -> list[list[str | None]]:
    """For each place within a sample the digests of its values in the first samples; None for one that changes."""
    first, second = _read_twice(dataset, seeds=(0, 0))
    rows = [
        [value if value == again else None for value, again in zip(*both, strict=False)]
        for both in zip(first, second, strict=True)
    ]
    return [list(place) for place in zip(*rows, strict=False)]


def _read_twice(dataset: Any, seeds: tuple[int, int]) -> tuple[list[list[str]], list[list[str]]]:
    """The first samples, and the same ones again; nothing where they cannot be asked for by number."""
    if not isinstance(dataset, Sized) or not hasattr(dataset, "__getitem__"):
        return [], []
    dataset = _detached(dataset)
    until = time.monotonic() + _READING_SECONDS
    first = list(_read(dataset, min(_SAMPLES, len(dataset)), seeds[0], until))
    return first, list(_read(dataset, len(first), seeds[1]))


def _detached(dataset: Any, depth: int = 0) -> Any:
    """A shallow copy, down to the innermost data set, which keeps what is opened at the first reading.

    The loader's workers must open their files themselves: a handle that they inherited would be that of all.
    Generators of the data set's own, or of a transform's, are copied, so that the run draws what it would have drawn.
    """
    detached = copy.copy(dataset)
    for name, value in _attributes(dataset).items():
        if isinstance(value, _GENERATORS):
            setattr(detached, name, copy.deepcopy(value))
        elif any(isinstance(each, _GENERATORS) for each in _attributes(value).values()) and depth < _DEEPEST:
            setattr(detached, name, _detached(value, depth + 1))
    inner = getattr(dataset, "dataset", None)
    if inner is not None and depth < _DEEPEST:
        detached.dataset = _detached(inner, depth + 1)
    if isinstance(getattr(dataset, "datasets", None), list):
        detached.datasets = [_detached(each, depth + 1) for each in dataset.datasets]
    return detached


def _attributes(thing: Any) -> Mapping[str, Any]:
    return getattr(thing, "__dict__", {})


def _read(dataset: Any, n: int, seed: int, until: float = float("inf")) -> Iterator[list[str]]:
    """The digests of the values of each sample, with random numbers of that seed."""
    seeding.seed(seed)
    for index in range(n):
        if time.monotonic() > until:
            return
        yield [_digest([value]) for value in map(_bytes, _values(dataset[index]))]


def _values(sample: Any) -> Iterator[Any]:
    """What a sample holds, wherever in it."""
    if isinstance(sample, Mapping):
        sample = [sample[key] for key in sorted(sample, key=str)]
    if isinstance(sample, list | tuple):
        yield from chain.from_iterable(map(_values, sample))
    else:
        yield sample


def _bytes(value: Any) -> bytes:
    """A value as bytes; of a kind that we do not know, only what it is called."""
    if isinstance(value, Tensor):
        value = value.detach().cpu().contiguous().flatten().view(torch.uint8).numpy()
    if isinstance(value, str | bytes | int | float | complex | None):
        return repr(value).encode()
    array = np.asarray(value) if hasattr(value, "__array__") or hasattr(value, "__array_interface__") else None
    if array is None or array.dtype.hasobject:
        return type(value).__qualname__.encode()
    return array.tobytes()


def _digest(parts: Sequence[bytes]) -> str:
    digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    for part in parts:
        digest.update(part)
    return digest.hexdigest()
