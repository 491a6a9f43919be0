"""The chart of a page, looked at through its pixels and the pointer."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
from playwright.sync_api import FloatRect, Page, Route

Series = dict[str, Any]

INK = """canvas => {
    const [context, colors] = [canvas.getContext("2d"), new Map()];
    const pixels = context.getImageData(0, 0, canvas.width, canvas.height).data;
    for (let i = 0; i < pixels.length; i += 4) {
        if (pixels[i + 3] < 250) continue;
        const color = [pixels[i], pixels[i + 1], pixels[i + 2]].join();
        colors.set(color, (colors.get(color) ?? 0) + 1);
    }
    return Object.fromEntries(colors);
}"""
"""How many opaque pixels of a canvas have each color."""
EDGES = """canvas => {
    const context = canvas.getContext("2d");
    const drawn = (value, i) => i % 4 === 3 && value > 0;
    const column = x => [...context.getImageData(x, 0, 1, canvas.height).data].some(drawn);
    return [column(0), column(canvas.width - 1)];
}"""
"""Whether something is drawn in the first and in the last column of a canvas."""
BEST = "232,119,12"
"""The best curve's color on a light page."""


def ink(page: Page) -> dict[str, int]:
    """The colors of the chart."""
    found: dict[str, int] = page.locator(".plot canvas").first.evaluate(INK)
    return found


def wait_for_ink(page: Page, color: str = BEST) -> None:
    """Until the chart has drawn the color, and everything else that it has to draw."""
    page.locator(".chart-frame[aria-busy=false] .plot canvas").first.wait_for()
    page.wait_for_function(f"() => ({INK})(document.querySelector('.plot canvas'))['{color}'] > 100")


def point_at_last_epoch(page: Page) -> None:
    """Move to the upper right of the plot, where the highest accuracy ends, and where new points appear."""
    plot = page.locator(".plot .u-over").bounding_box()
    assert plot is not None
    page.mouse.move(plot["x"] + plot["width"] - 3, plot["y"] + 12)


def wait_for_same_ink(page: Page, colors: dict[str, int]) -> None:
    """Until the chart is as it was when it had these colors."""
    script = f"colors => JSON.stringify(({INK})(document.querySelector('.plot canvas'))) === colors"
    page.wait_for_function(script, arg=json.dumps(colors, separators=(",", ":")))


def wait_for_other_ink(page: Page, colors: dict[str, int]) -> None:
    """Until the chart is no longer as it was."""
    script = f"colors => JSON.stringify(({INK})(document.querySelector('.plot canvas'))) !== colors"
    page.wait_for_function(script, arg=json.dumps(colors, separators=(",", ":")))


def plot_box(page: Page) -> FloatRect:
    """Where the plot is, without its axes."""
    box = page.locator(".plot .u-over").bounding_box()
    assert box is not None
    return box


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag from one place of the plot to another, both as shares of its width and height."""
    box = plot_box(page)
    (x0, y0), (x1, y1) = ((box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, end))
    page.mouse.move(x0, y0)
    page.mouse.down()
    page.mouse.move((x0 + x1) / 2, (y0 + y1) / 2)
    page.mouse.move(x1, y1)
    page.mouse.up()


def packed(curves: dict[str, Any]) -> bytes:
    """The answer as the page reads it, with columns for each series of its own; see ``service.api.curves.encoding``."""
    whole, other, y = [], [], []
    for series in curves["series"]:
        own = np.array(series.pop("y"), "<f4")
        series["n"] = len(own)
        y.append(own)
        for axis, column in series["x"].items():
            columns, kind = (whole, "<f8") if axis in {"step", "epoch"} else (other, "<f4")
            series["x"][axis] = len(columns)
            columns.append(np.array(column, kind))
    curves["lengths"] = {"whole": [len(each) for each in whole], "other": [len(each) for each in other]}
    header = json.dumps(curves).encode()
    header += b" " * (-(len(header) + 8) % 8)
    return b"".join(
        [b"SHS2", struct.pack("<I", len(header)), header, *(each.tobytes() for each in (*whole, *other, *y))]
    )


def change_curves(page: Page, change: Callable[[Series], None]) -> None:
    """Let every series that the page fetches be changed on the way."""

    def answer(route: Route) -> None:
        curves = route.fetch(headers={**route.request.headers, "accept": "application/json"}).json()
        for series in curves["series"]:
            change(series)
        route.fulfill(body=packed(curves), content_type="application/octet-stream")

    page.route("**/api/v1/curves?**", answer)
