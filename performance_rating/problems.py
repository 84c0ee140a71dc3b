"""Refusals, and how they are told: RFC 9457 problem documents to programs, a page to people."""

import logging
from collections.abc import Mapping
from typing import Any, ClassVar

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException

from performance_rating.templates import render

log = logging.getLogger(__name__)

_PROGRAM_PATHS = ("/webhooks/", "/healthz", "/openapi.json")


class Refusal(Exception):
    """Why a request is not done. Subclasses stand in the module that raises them."""

    status: ClassVar[int]
    code: ClassVar[str]
    title: ClassVar[str]

    def __init__(self, detail: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.headers = headers


class SeeOther(Exception):
    """The answer to this request is at another address of this application."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.location = location


def problem(
    status: int,
    *,
    code: str,
    title: str,
    detail: str,
    headers: Mapping[str, str] | None = None,
    **members: Any,
) -> JSONResponse:
    """An `application/problem+json` answer. Source: RFC 9457; `code` and `members` are extension members."""
    body = {
        "type": f"urn:sat-hach:rating:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
    }
    return JSONResponse(
        {**body, **members}, status_code=status, headers=headers, media_type="application/problem+json"
    )


def register_problem_handlers(app: FastAPI) -> None:
    """Every error of `app` answers as a problem document or, where a person is reading, as a page."""
    app.add_exception_handler(SeeOther, _on_see_other)
    app.add_exception_handler(Refusal, _on_refusal)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(OperationalError, _on_database_unavailable)
    app.add_exception_handler(PoolTimeoutError, _on_database_unavailable)
    app.add_exception_handler(Exception, _on_unexpected)


def _answer(
    request: Request,
    status: int,
    *,
    code: str,
    title: str,
    detail: str,
    headers: Mapping[str, str] | None = None,
) -> Response:
    if request.url.path.startswith(_PROGRAM_PATHS) or "text/html" not in request.headers.get("accept", ""):
        return problem(status, code=code, title=title, detail=detail, headers=headers)
    return render(request, "error.html", status=status, headers=headers, error_status=status)


def _on_see_other(_request: Request, error: Exception) -> Response:
    assert isinstance(error, SeeOther)
    return RedirectResponse(error.location, status_code=303)


def _on_refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return _answer(
        request, error.status, code=error.code, title=error.title, detail=error.detail, headers=error.headers
    )


def _on_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _answer(
        request,
        error.status_code,
        code=f"http-{error.status_code}",
        title=str(error.detail),
        detail=f"{request.method} {request.url.path}: {error.detail}",
        headers=error.headers,
    )


def _on_invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    places = "; ".join(f"{'.'.join(map(str, found['loc']))}: {found['msg']}" for found in error.errors())
    return _answer(request, 422, code="invalid-request", title="The request is not valid", detail=places)


def _on_database_unavailable(request: Request, error: Exception) -> Response:
    """Nothing was stored; 503 makes a webhook sender try again."""
    log.error("The database did not answer", exc_info=error)
    return _answer(
        request,
        503,
        code="database-unavailable",
        title="The database is not available",
        detail="Nothing was stored. Try again later.",
        headers={"Retry-After": "30"},
    )


def _on_unexpected(request: Request, _error: Exception) -> Response:
    # Starlette logs the traceback after this answer is sent.
    return _answer(
        request,
        500,
        code="internal-error",
        title="Internal error",
        detail="Nothing was stored. The operator finds the reason in the log.",
    )
