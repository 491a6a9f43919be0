"""A page whose way to the service is cut: it says so, and goes on by itself where it was."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect

from service.study.states import RunState
from tests.browser.conftest import Service

pytestmark = pytest.mark.slow


class Wire:
    """A way to a service that can be cut and mended."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._is_cut = False
        self._near: set[socket.socket] = set()
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    @property
    def url(self) -> str:
        """Where the service is found."""
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def cut(self) -> None:
        """Close what is open, and everything that is opened from now on."""
        self._is_cut = True
        for near in [*self._near]:
            _end(near)

    def mend(self) -> None:
        """Let through again."""
        self._is_cut = False

    def close(self) -> None:
        """For good."""
        _end(self._listening)
        self._threads[0].join()
        self._listening.close()
        self.cut()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            if self._is_cut:
                near.close()
                continue
            self._near.add(near)
            self._threads.append(threading.Thread(target=self._carry, args=(near,)))
            self._threads[-1].start()

    def _carry(self, near: socket.socket) -> None:
        with near, socket.create_connection(("127.0.0.1", self._port)) as far:
            back = threading.Thread(target=_pump, args=(far, near))
            back.start()
            _pump(near, far)
            back.join()
            self._near.discard(near)


def _pump(one: socket.socket, other: socket.socket) -> None:
    """What comes goes on to the other, to the end of either."""
    with contextlib.suppress(OSError):
        while data := one.recv(1 << 16):
            other.sendall(data)
    _end(one)
    _end(other)


def _end(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def wire(service: Service) -> Iterator[Wire]:
    """A way to the service."""
    port = urlsplit(service.url).port
    assert port is not None
    made = Wire(port)
    yield made
    made.close()


def test_a_lost_connection_is_shown_and_heals(browser: Browser, service: Service, wire: Wire) -> None:
    filler = service.filler
    study = filler.submit(name="cut-off")
    filler.trials(study, {0: RunState.RUNNING})
    with browser.new_context(base_url=wire.url, viewport={"width": 1440, "height": 900}) as own:
        page = own.new_page()
        page.set_default_timeout(10_000)
        page.goto("/studies/cut-off/curves?group=run&train=none")
        expect(page.get_by_text("Live", exact=True)).to_be_visible()
        page.get_by_text("Data", exact=True).click()
        curve = page.get_by_role("row", name=re.compile("^trial 0 validation")).first
        expect(curve).to_contain_text("trial 0validation8")
        wire.cut()
        lost = page.get_by_role("status").filter(has_text="Connection lost, trying again")
        expect(lost).to_be_visible(timeout=30_000)
        filler.report(study, 0, 9)
        filler.trials(study, {1: RunState.COMPLETED})
        wire.mend()
        expect(page.get_by_text("Live", exact=True)).to_be_visible(timeout=60_000)
        expect(curve).to_contain_text("trial 0validation9")
        expect(page.locator(".progress")).to_contain_text("1 completed")
        expect(page.get_by_role("alert")).to_have_count(0)
