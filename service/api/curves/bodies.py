"""Encoded answers, kept by what they answer and the versions of the studies that they are of."""

from __future__ import annotations

import hashlib
import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from service.api.curves.selection import Selection
from service.dispatch.build import build_hash

KEPT_BYTES = 64 << 20
SHORT = 1 << 10
"""Bytes below which compressing gains nothing."""


class Bodies:
    """The newest bodies, up to ``KEPT_BYTES``; safe from any thread. What many ask for at once is made once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bodies: OrderedDict[str, bytes] = OrderedDict()
        self._size = 0
        self._making: dict[str, tuple[threading.Lock, int]] = {}

    def get(self, tag: str, make: Callable[[], bytes]) -> bytes:
        """The body of this tag, made if it is not kept."""
        with self._alone(tag):
            with self._lock:
                body = self._bodies.get(tag)
                if body is not None:
                    self._bodies.move_to_end(tag)
                    return body
            body = make()
            self._keep(tag, body)
            return body

    @contextmanager
    def _alone(self, tag: str) -> Iterator[None]:
        """While no other thread is at the same tag."""
        with self._lock:
            lock, waiting = self._making.get(tag, (threading.Lock(), 0))
            self._making[tag] = lock, waiting + 1
        try:
            with lock:
                yield
        finally:
            with self._lock:
                lock, waiting = self._making.pop(tag)
                if waiting > 1:
                    self._making[tag] = lock, waiting - 1

    def _keep(self, tag: str, body: bytes) -> None:
        with self._lock:
            self._bodies[tag] = body
            self._size += len(body)
            while self._size > KEPT_BYTES:
                _, oldest = self._bodies.popitem(last=False)
                self._size -= len(oldest)


def tag_of(selection: Selection, form: str) -> str:
    """An ETag that changes with every event of the studies: no run is read to answer that nothing has changed.

    Our code is of it: a browser keeps answers beyond an upgrade, which may write them otherwise.
    """
    parts = (selection.cursor, selection.request.model_dump_json(), form, build_hash())
    return f'"{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}"'


def gzipped(body: bytes, *, numbers: bool) -> bytes:
    """The body for who accepts gzip. Packed numbers hardly repeat, so only bytes in a row are looked for in them."""
    strategy = zlib.Z_RLE if numbers else zlib.Z_DEFAULT_STRATEGY
    packer = zlib.compressobj(1, zlib.DEFLATED, 31, 9, strategy)
    return packer.compress(body) + packer.flush()
