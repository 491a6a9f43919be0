"""The composition root of the API: every part is made and joined here."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache, partial

import httpx
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from service import left_out
from service.access import Access
from service.api.analyses import Analyses
from service.api.curves.bodies import Bodies
from service.api.http import problems
from service.api.http.middleware import Guard
from service.api.http.unread import REFUSE_UNREAD
from service.api.openapi import Api
from service.api.routes import (
    actions,
    analyses,
    asking,
    catalog,
    confirmations,
    curves,
    dashboard,
    docs,
    events,
    health,
    library,
    mlflow,
    runs,
    session,
    studies,
    summaries,
    trial_actions,
    trials,
    views,
    workers,
)
from service.api.schemas.refusals import problems as refusals
from service.api.waiting import Closing
from service.plugins import Plugins
from service.settings import Settings
from service.storage.blobs.artifact_store import ArtifactStore
from service.storage.db.database import open_database
from service.storage.db.watcher import Watcher
from service.storage.store import Store

SUMMARY = "Hyperparameter search and experiment tracking: studies, their trials, runs and learning curves."
ROUTERS = (
    *(studies, confirmations, actions, analyses, trials, trial_actions, asking),
    *(events, runs, curves, summaries, views, catalog, library, workers),
)


def create_app(settings: Settings) -> FastAPI:
    """The API on the database and the artifact store that the settings name.

    Raises:
        Invalid: other machines could reach it and it is not protected.
    """
    app = Api(
        title="Studyhall",
        summary=SUMMARY,
        version="1",
        generate_unique_id_function=_name,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        lifespan=_lifespan,
    )
    app.state.settings = settings
    app.state.access = Access.from_settings(settings)
    app.state.closing = Closing()
    app.state.mlflow_ui, app.state.mlflow_upstream = _mlflow(settings)
    app.add_middleware(
        Guard,
        access=app.state.access,
        max_body_bytes=settings.max_body_bytes,
        max_upload_bytes=settings.max_upload_bytes,
    )
    problems.install(app)
    app.router.routes.extend(_routes())
    dashboard.install(app)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    engine = open_database(settings.database)
    app.state.store = Store(engine)
    app.state.artifacts = ArtifactStore(settings.artifacts)
    app.state.watcher = Watcher(engine)
    app.state.analyses = Analyses(app.state.store, settings.database)
    app.state.bodies = Bodies()
    app.state.plugins = Plugins(settings, partial(left_out.publish, settings.directory))
    app.state.following = asyncio.Lock()
    completing = asyncio.create_task(asyncio.to_thread(_complete_catalog, app.state.plugins))
    async with _loopback_client() as app.state.http:
        yield
    app.state.closing.close()
    await app.state.analyses.close()
    await completing
    engine.dispose()


def _complete_catalog(plugins: Plugins) -> None:
    """Take in users' own components, and make the entries of all, so that no answer waits for them."""
    plugins.follow()
    catalog.get_catalog()


def _loopback_client() -> httpx.AsyncClient:
    """Speaks plain HTTP to MLflow on this machine: past any proxy, and without loading certificates, which is slow."""
    trusting_nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return httpx.AsyncClient(trust_env=False, verify=trusting_nobody)


@cache
def _routes() -> tuple[BaseRoute, ...]:
    """Those that say nothing of an app, made once in a process: FastAPI takes a tenth of a second for each set."""
    api = APIRouter(responses=refusals(401, 403, 421, 422), dependencies=[REFUSE_UNREAD])
    for module in ROUTERS:
        api.include_router(module.router)
    api.include_router(session.router)
    together = APIRouter(generate_unique_id_function=_name)
    together.include_router(api, prefix="/api/v1")  # a prefix of its own would make FastAPI build every route twice
    for router in (health.router, docs.router, mlflow.router):
        together.include_router(router)
    return tuple(together.routes)


def _name(route: APIRoute) -> str:
    return route.name


def _mlflow(settings: Settings) -> tuple[str | None, str | None]:
    """Where users find MLflow's pages, and the local server that our proxy asks."""
    if not settings.mlflow_enabled:
        return None, None
    if settings.mlflow_tracking_uri.startswith(("http://", "https://")):
        return (settings.mlflow_public_url or settings.mlflow_tracking_uri).rstrip("/"), None
    upstream = f"http://127.0.0.1:{settings.mlflow_port}" if settings.mlflow_port else None
    return "/mlflow", upstream
