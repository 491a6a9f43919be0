"""The chart of 1,000 runs of 1,000 points: from the click to the picture, under the pointer, and moving."""

from __future__ import annotations

import random

from playwright.sync_api import Browser, CDPSession, Page

from tests.benchmarks.page import table
from tests.benchmarks.page.serving import Service, opened

PICTURE = """() => new Promise(done => {
    const begun = performance.now();
    const look = () => {
        const canvas = document.querySelector(".chart-frame[aria-busy=false] .plot canvas");
        const inked = () => {
            const { width, height } = canvas;
            const pixels = canvas.getContext("2d").getImageData(0.3 * width, 0, 0.4 * width, height).data;
            let n = 0;
            for (let at = 3; at < pixels.length; at += 4) n += pixels[at] > 40;
            return n > pixels.length / 4 / 20;
        };
        if (canvas && inked()) done(performance.now() - begun);
        else requestAnimationFrame(look);
    };
    look();
})"""
"""Milliseconds until the chart is no longer busy and a twentieth of its middle is covered by lines."""
CLICKED = f"""name => {{
    [...document.querySelectorAll("a.study-row strong")].find(title => title.textContent === name).click();
    return ({PICTURE})();
}}"""
MOVING = """async ([axis, seconds, zooming]) => {
    const { prototype } = CanvasRenderingContext2D;
    const [cleared, plot] = [prototype.clearRect, document.querySelector(".plot canvas")];
    let drawn = 0;
    prototype.clearRect = function (...box) { drawn += this.canvas === plot; return cleared.apply(this, box); };
    const [low, width] = axis === "zx" ? [200, 600] : [0.2, 0.6];
    const begun = performance.now();
    for (let n = 0; performance.now() - begun < 1000 * seconds; n++) {
        const moved = width * (Math.abs(n % 40 - 20) - 10) / 100;
        const ends = zooming ? [low - moved, low + width + moved] : [low + moved, low + width + moved];
        const query = new URLSearchParams(location.search);
        query.set(axis, ends.map(end => end.toPrecision(5)).join(".."));
        const before = drawn;
        history.replaceState(null, "", "?" + query);
        while (drawn === before) await new Promise(requestAnimationFrame);
        plot.getContext("2d").getImageData(plot.width >> 1, plot.height >> 1, 1, 1);
    }
    prototype.clearRect = cleared;
    return 1000 * drawn / (performance.now() - begun);
}"""
"""Frames a second while the address, which holds the zoom, moves: each is waited for and read back."""
HANDLED = """() => {
    window.handled = [];
    let begun = 0;
    addEventListener("mousemove", () => { begun = performance.now(); }, true);
    addEventListener("mousemove", () => window.handled.push(performance.now() - begun));
}"""
MOVES = 300
REPEATS = 5


def measure(browser: Browser, service: Service) -> None:
    """Print a line for each."""
    took = [_picture(browser, service) for _ in range(REPEATS)]
    table.row("1,000 runs × 1,000 points, from the click to the picture", table.median(took, "s"), "1.5 s")
    with opened(browser, service.url) as page:
        page.goto("/studies/thousand?group=run")
        page.evaluate(PICTURE)
        _hover(page)
        for axis, name in (("zx", "x"), ("zy", "y")):
            for zooming, verb in ((False, "pan"), (True, "zoom")):
                rate = page.evaluate(MOVING, [axis, 4, zooming])
                table.row(f"{verb} in {name}", f"{rate:.0f} frames/s", "30")


def _picture(browser: Browser, service: Service) -> float:
    with opened(browser, service.url) as page:
        page.goto("/")
        page.get_by_text("thousand", exact=True).wait_for()
        took: float = page.evaluate(CLICKED, "thousand")
        return took / 1000


def _hover(page: Page) -> None:
    """The main thread's work for each move, its style, layout and drawing with it, and that of our handlers alone."""
    page.evaluate(HANDLED)
    box = page.locator(".plot .u-over").bounding_box()
    assert box is not None
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    chance = random.Random(7)
    worked = []
    for _ in range(MOVES + 1):
        x, y = box["x"] + chance.random() * box["width"], box["y"] + chance.random() * box["height"]
        before = _worked(session)
        page.mouse.move(x, y)
        page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
        worked.append(_worked(session) - before)
    handled: list[float] = page.evaluate("handled")
    table.row("the first move of the pointer over a new picture", f"{worked[0]:.0f} ms of work")
    table.row("a move of the pointer: work, half and 95 of 100", table.spread(worked[1:], "ms"), "16 ms")
    table.row("of it in our handlers", table.spread(handled[1:], "ms"))


def _worked(session: CDPSession) -> float:
    """Milliseconds that the page's main thread has worked so far."""
    metrics = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
    return 1000 * float(metrics["TaskDuration"])
