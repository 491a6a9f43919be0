"""The table of 10,000 trials: while it scrolls, and when a filter is asked for."""

from __future__ import annotations

import numpy as np
from playwright.sync_api import Browser, Page

from tests.benchmarks.page import table
from tests.benchmarks.page.serving import Service, opened

FRAMES = """() => {
    window.frames_ = [];
    let last = performance.now();
    const frame = now => { window.frames_.push(now - last); last = now; requestAnimationFrame(frame); };
    requestAnimationFrame(frame);
}"""
"""Keep how long each frame took."""
ANSWERED = """text => new Promise(done => {
    const input = document.querySelector(".filter input");
    const words = () => document.querySelector(".trials .panel-head .muted").textContent;
    const before = words();
    const begun = performance.now();
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(input, text);
    input.dispatchEvent(new Event("input", { bubbles: true }));
    const look = () => (words() === before ? requestAnimationFrame(look) : done(performance.now() - begun));
    look();
})"""
"""Milliseconds from a change of the filter until the table says how many trials it chooses."""
BOUNDS = (-0.8, -0.4, 0.0, 0.4, 0.8)
FILTERS = [f"value {sign} {bound}" for bound in BOUNDS for sign in "<>"]
LATE_MS = 20
TURNS, PIXELS = 150, 120
"""Turns of the wheel, and how far each goes."""


def measure(browser: Browser, service: Service) -> None:
    """Print a line for each."""
    with opened(browser, "about:blank") as page:
        table.row("frames over 20 ms of an empty page", _late(page))
    with opened(browser, service.url) as page:
        page.goto(f"/studies/{service.wide}/trials")
        page.locator("tr.trial").first.wait_for()
        box = page.locator(".trial-table").bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        table.row("frames over 20 ms while the table of 10,000 trials scrolls", _late(page), "5 %")
        took = [page.evaluate(ANSWERED, text) for text in FILTERS]
        table.row("a filter of 10,000 trials is answered", table.spread(took, "ms"), "100 ms")


def _late(page: Page) -> str:
    page.evaluate(FRAMES)
    for _ in range(TURNS):
        page.mouse.wheel(0, PIXELS)
        page.evaluate("() => new Promise(requestAnimationFrame)")
    frames = np.array(page.evaluate("frames_"))
    return f"{(frames > LATE_MS).mean():.1%} of {len(frames)}"
