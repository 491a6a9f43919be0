"""The dashboard's bundle at ``/``; its own routes all begin with the same page."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

DIST = Path(__file__).parents[2] / "dashboard" / "dist"
NOT_BUILT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Studyhall</title>
<body style="font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 4rem auto; padding: 0 1rem">
<h1>Studyhall</h1><p>The service runs. Its dashboard is not built yet: <code>make install</code> builds it.</p>
<p><a href="/api/docs">API reference</a> · <a href="/mlflow/">MLflow</a></p></body></html>"""


def install(app: FastAPI, dist: Path = DIST) -> None:
    """Serve the bundle, or while it is not built a page that says how to build it."""
    if (dist / "index.html").is_file():
        app.frontend("/", directory=dist, fallback="index.html")
    else:
        app.add_api_route("/", _not_built, response_class=HTMLResponse, include_in_schema=False)


async def _not_built() -> str:
    return NOT_BUILT
