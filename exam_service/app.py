"""The application: one FastAPI app with pages for people and an API for programs."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Annotated, Any, Literal

from fastapi import APIRouter, FastAPI, Form, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from psycopg_pool import AsyncConnectionPool
from pydantic import BaseModel
from sqlalchemy import text
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware
from starlette.staticfiles import StaticFiles
from starlette.types import Scope
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from exam_service import routes, schema
from exam_service.db import Database
from exam_service.http import (
    GuardMiddleware,
    install_handlers,
    local_path,
    problem,
    refuse_foreign_form,
)
from exam_service.i18n import LanguageMiddleware
from exam_service.postgres import start_embedded
from exam_service.settings import Settings
from exam_service.templates import STATIC, Templates
from exam_service.worker import running_worker

DESCRIPTION = """
Kỳ sát hạch định kỳ năng lực: results for HR systems and the interface of the examination client.

Errors are RFC 9457 problem documents (`application/problem+json`) with a stable `code`. Lists are paged by opaque
cursors. Times are ISO 8601 in UTC. Points and percentages are decimal texts, never floats.
"""

system = APIRouter(include_in_schema=False)


@system.get("/healthz")
def healthz(request: Request) -> Response:
    """200 when the database answers and its schema is the one this code knows; 503 otherwise."""
    database: Database | None = getattr(request.app.state, "database", None)
    try:
        assert database is not None
        with database.reading() as session:
            session.execute(text("SELECT 1"))
    except Exception as error:
        return problem(503, "database_unreachable", f"The database does not answer: {type(error).__name__}.")
    return JSONResponse({"status": "ok"})


class Preferences(BaseModel):
    """What the switches of the page head send; None leaves a preference as it is."""

    locale: Literal["vi", "en"] | None = None
    theme: Literal["auto", "light", "dark"] | None = None
    next: str = "/"


@system.post("/preferences")
def set_preferences(request: Request, wanted: Annotated[Preferences, Form()]) -> Response:
    """Remember language and theme in cookies and go back to the page."""
    refuse_foreign_form(request)
    answer = RedirectResponse(local_path(wanted.next), status_code=303)
    year_s = 365 * 86400
    if wanted.locale is not None:
        answer.set_cookie("lang", wanted.locale, max_age=year_s, samesite="lax")
    if wanted.theme is not None:
        answer.set_cookie("theme", wanted.theme, max_age=year_s, samesite="lax")
    return answer


class ImmutableFiles(StaticFiles):
    """Static files; an address with the digest of its content may be kept for a year."""

    def file_response(
        self, full_path: Any, stat_result: Any, scope: Scope, status_code: int = 200
    ) -> Response:
        answer = super().file_response(full_path, stat_result, scope, status_code)
        versioned = scope.get("query_string", b"").startswith(b"v=")
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable" if versioned else "no-cache"
        return answer


def create_app(
    settings: Settings | None = None, *, database: Database | None = None, with_worker: bool = False
) -> FastAPI:
    """The application. Nothing connects until it starts; `database` replaces the one of the settings (tests).

    `with_worker` runs the background work in the same process, as `make run` does.
    """
    settings = settings or Settings()
    app = FastAPI(
        title="Sát Hạch",
        version="1",
        summary="Periodic competency examinations of officials",
        description=DESCRIPTION,
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan(with_worker),
        webhooks=routes.WEBHOOKS,
        separate_input_output_schemas=False,
    )
    app.state.settings = settings
    app.state.database = database
    app.state.templates = Templates(
        organisation=settings.organisation, is_development=not settings.is_production
    )
    install_handlers(app)
    routes.FIRST(app)
    app.include_router(system)
    for router in routes.ROUTERS:
        app.include_router(router)
    app.mount("/static", ImmutableFiles(directory=STATIC), name="static")
    # Sealed papers: encrypted bytes do not get any smaller.
    packed = (*DEFAULT_EXCLUDED_CONTENT_TYPES, "application/octet-stream")
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5, exclude_content_types=packed)
    app.add_middleware(GuardMiddleware)
    app.add_middleware(LanguageMiddleware, zone=settings.zone)
    # Outermost: who calls is settled before anybody asks. Headers of callers that are no trusted proxy are ignored.
    app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=settings.proxies)
    return app


def _lifespan(with_worker: bool) -> Any:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        settings: Settings = app.state.settings
        async with AsyncExitStack() as stack:
            if app.state.database is None:
                url = settings.database_url or start_embedded(settings.data_dir)
                # A worker that is born while the database recovers must not give up: uvicorn would end the service.
                schema.wait_for_database(url)
                schema.ensure_current(url, may_migrate=settings.is_embedded)
                app.state.database = Database(url, pool_size=settings.pool_size)
                stack.callback(app.state.database.dispose)
            pool: AsyncConnectionPool[Any] = AsyncConnectionPool(
                app.state.database.url,
                min_size=1,
                max_size=settings.save_pool_size,
                open=False,
                kwargs={"autocommit": True},
            )
            app.state.save_pool = await stack.enter_async_context(pool)
            if with_worker:
                await stack.enter_async_context(running_worker(app.state.database, settings))
            yield

    return lifespan
