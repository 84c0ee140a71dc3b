"""Puts the rating module together."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from anyio import to_thread
from fastapi import FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi
from fastapi.staticfiles import StaticFiles

from performance_rating import api, pages
from performance_rating.database import make_engine
from performance_rating.event import ResultEvent
from performance_rating.problems import register_problem_handlers
from performance_rating.schema import migrate
from performance_rating.settings import Settings
from performance_rating.sign_in import Account

_STATIC = Path(__file__).parent / "static"
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


def _utc_now() -> datetime:
    return datetime.now(UTC)


def create_app(settings: Settings, *, now: Callable[[], datetime] = _utc_now) -> FastAPI:
    """The application; it connects to nothing until it is started, and then migrates its schema first."""
    engine = make_engine(settings)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        try:
            await to_thread.run_sync(migrate, engine)
            yield
        finally:
            await to_thread.run_sync(engine.dispose)

    app = FastAPI(
        title="Xếp loại chất lượng: kết quả sát hạch",
        summary="Receives signed examination results as evidence for performance rating.",
        version="1",
        lifespan=lifespan,
        # The bundled documentation pages load scripts from a public network, which an office network must
        # not need.
        docs_url=None,
        redoc_url=None,
    )
    app.state.settings = settings
    app.state.engine = engine
    app.state.account = Account(settings)
    app.state.now = now
    app.include_router(api.router)
    app.include_router(pages.router)
    app.mount("/static", StaticFiles(directory=_STATIC), name="static")
    app.middleware("http")(_protect)
    register_problem_handlers(app)
    app.openapi = lambda: _describe(app)  # type: ignore[method-assign] # FastAPI's documented way
    return app


async def _protect(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Pages show personal data: nothing keeps a copy, frames it or runs a script in it."""
    response = await call_next(request)
    response.headers.update(_HEADERS)
    if not request.url.path.startswith("/static/"):
        response.headers["Cache-Control"] = "no-store"
    return response


def _describe(app: FastAPI) -> dict[str, Any]:
    """OpenAPI 3.1 with the event, which the endpoint reads raw and FastAPI therefore cannot see."""
    if app.openapi_schema is None:
        description = get_openapi(
            title=app.title, version=app.version, summary=app.summary, routes=app.routes
        )
        event = ResultEvent.model_json_schema(
            ref_template="#/components/schemas/{model}", mode="serialization"
        )
        schemas = description.setdefault("components", {}).setdefault("schemas", {})
        schemas.update(event.pop("$defs"))
        schemas["ResultEvent"] = event
        app.openapi_schema = description
    return app.openapi_schema
