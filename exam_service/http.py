"""How answers leave the service: refusals as problem documents or pages, headers, cookies' rules, upload limits."""

import logging
from collections.abc import Collection
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request, Response, UploadFile
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from psycopg.errors import UniqueViolation
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.exc import DataError, IntegrityError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from exam_service import i18n
from exam_service.errors import Refusal, Stale
from exam_service.i18n import gettext as _

logger = logging.getLogger(__name__)

PROBLEM = "application/problem+json"
LARGEST_BODY = 32 * 1024 * 1024
LARGEST_API_BODY = 256 * 1024
RETRY_AFTER_S = "2"

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}

# Answers to programs are no documents: on a thin line what only matters to documents would outweigh the answer.
API_SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}


class BodyTooLarge(Refusal):
    code = "body_too_large"
    status = 413
    message = "Nội dung gửi lên lớn hơn mức cho phép (%(limit_mb)s MB). Hãy chia nhỏ tệp rồi gửi lại."


class SignInNeeded(Refusal):
    """Nobody is signed in, or the session has ended; pages answer with a redirect to the sign-in page."""

    code = "sign_in_needed"
    status = 401
    message = "Phiên đăng nhập đã hết. Hãy đăng nhập lại để tiếp tục."


def problem(
    status: int, code: str, detail: str, *, request: Request | None = None, **extra: Any
) -> JSONResponse:
    """An RFC 9457 problem document. Source: RFC 9457, section 3."""
    body: dict[str, Any] = {
        "type": f"/problems/{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
    }
    if request is not None:
        body["instance"] = request.url.path
    return JSONResponse({**body, **extra}, status_code=status, media_type=PROBLEM)


class Problem(BaseModel):
    """RFC 9457, with a stable `code`; some codes carry fields of their own."""

    model_config = ConfigDict(json_schema_extra={"additionalProperties": True})

    type: str = Field(examples=["/problems/stale"])
    title: str = Field(examples=["Conflict"])
    status: int = Field(examples=[409])
    code: str = Field(description="Stable, for programs.", examples=["stale"])
    detail: str = Field(description="For people, in the language of the caller.")
    instance: str | None = None


def problems(*described: tuple[int, str], codes: Collection[str] = ()) -> dict[int | str, dict[str, Any]]:
    """The problem documents that an operation may answer, for OpenAPI: (status, which and why); `codes` become examples
    of a conflict."""
    found: dict[int | str, dict[str, Any]] = {}
    for status, description in described:
        content: dict[str, Any] = {"schema": Problem.model_json_schema()}
        if codes and status == HTTPStatus.CONFLICT:
            head = {"title": HTTPStatus.CONFLICT.phrase, "status": HTTPStatus.CONFLICT.value}
            content["examples"] = {
                code: {"value": {"type": f"/problems/{code}", **head, "code": code}} for code in codes
            }
        found[status] = {"description": description, "content": {PROBLEM: content}}
    return found


def wants_json(request: Request) -> bool:
    path = request.url.path
    return path.startswith(("/api/", "/oauth/", "/healthz")) or path == "/openapi.json"


def refusal_sentence(refusal: Refusal) -> str:
    """The refusal in the language of the request."""
    return _(refusal.message, **refusal.params)


def answer_refusal(request: Request, refusal: Refusal) -> Response:
    if wants_json(request):
        extra = {
            key: value for key, value in refusal.params.items() if isinstance(value, (str, int, float, list))
        }
        answer: Response = problem(
            refusal.status, refusal.code, refusal_sentence(refusal), request=request, **extra
        )
        if refusal.status == HTTPStatus.UNAUTHORIZED:
            answer.headers["WWW-Authenticate"] = "Bearer"
        if refusal.status == HTTPStatus.SERVICE_UNAVAILABLE:
            answer.headers["Retry-After"] = RETRY_AFTER_S
        return answer
    if refusal.page is not None:
        return _redirect(request, refusal.page)
    if isinstance(refusal, SignInNeeded):
        return _to_sign_in(request)
    return error_page(request, status=refusal.status, code=refusal.code, detail=refusal_sentence(refusal))


def _to_sign_in(request: Request) -> Response:
    if request.method != "GET":
        return _redirect(request, "/sign-in")
    back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return _redirect(request, f"/sign-in?next={quote(back)}")


def _redirect(request: Request, target: str) -> Response:
    if request.headers.get("HX-Request"):
        return Response(status_code=204, headers={"HX-Redirect": target})
    return RedirectResponse(target, status_code=303)


def flash_redirect(url: str, sentence: str) -> RedirectResponse:
    """After a success: on to `url`, whose page shows `sentence` (already translated, no secrets) once."""
    answer = RedirectResponse(url, status_code=303)
    answer.set_cookie("flash", quote(sentence), max_age=60, httponly=True, samesite="lax")
    return answer


def local_path(target: str | None, *, otherwise: str = "/") -> str:
    """`target` when it is a path of this service, else `otherwise`: a link must not send the user to another site."""
    if target and target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable():
        return target
    return otherwise


class ForeignForm(Refusal):
    """A form that another site, or nobody's browser, has sent."""

    code = "foreign_form"
    status = 403
    message = "Yêu cầu không đến từ trang của hệ thống này. Hãy mở lại trang rồi làm lại."


def refuse_foreign_form(request: Request) -> None:
    """For forms that need no session: return when a page of this service sent the request.

    Source: OWASP Cross-Site Request Forgery Prevention Cheat Sheet (Fetch Metadata, verifying origin). Every browser
    since 2020 sends `Sec-Fetch-Site` or `Origin` with a POST. Raises ForeignForm.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        if site != "same-origin":
            raise ForeignForm
        return
    # Only the host is compared: behind a proxy that ends TLS the service itself is called by plain HTTP.
    _scheme, _separator, host = request.headers.get("Origin", "").partition("://")
    if not host or host != request.headers.get("Host"):
        raise ForeignForm


def error_page(request: Request, *, status: int, code: str, detail: str) -> Response:
    """A whole page, or for htmx a message in place, that says what happened and what to do."""
    templates = request.app.state.templates
    name = "errors/_fragment.html" if request.headers.get("HX-Request") else "errors/problem.html"
    titles = {403: _("Không được phép"), 404: _("Không tìm thấy"), 500: _("Hệ thống gặp lỗi")}
    title = titles.get(status, _("Chưa thực hiện được"))
    context = {"problem": {"status": status, "code": code, "title": title, "detail": detail}}
    answer: Response = templates.render(request, name, context, status=status)
    return answer


def answer_invalid(request: Request, error: RequestValidationError) -> Response:
    """422 with one entry per wrong field; the values themselves are not echoed."""
    detail = _("Dữ liệu gửi lên chưa đúng. Hãy sửa các mục được nêu rồi gửi lại.")
    errors = [
        {"pointer": "/" + "/".join(str(part) for part in entry["loc"]), "detail": entry["msg"]}
        for entry in error.errors()
    ]
    if wants_json(request):
        return problem(422, "invalid", detail, request=request, errors=errors)
    names = ", ".join(str(entry["loc"][-1]) for entry in error.errors() if entry["loc"])
    return error_page(request, status=422, code="invalid", detail=f"{detail} ({names})")


def answer_unstorable(request: Request, error: DataError) -> Response:
    """422 for what no column can hold: a NUL in a text, a number out of range. The transaction is rolled back."""
    # The kind of the error only: statement and parameters may name people and answers.
    logger.warning("unstorable data: %s", type(error.orig).__name__)
    detail = _("Dữ liệu gửi lên có ký tự hoặc số mà hệ thống không lưu được. Hãy nhập lại rồi gửi.")
    if wants_json(request):
        return problem(422, "invalid", detail, request=request)
    return error_page(request, status=422, code="invalid", detail=detail)


def answer_double(request: Request, error: IntegrityError) -> Response:
    """409 for what two people, or one who clicked twice, did in the same moment: the first one's stands."""
    if not isinstance(error.orig, UniqueViolation):
        raise error
    logger.warning("done twice at once: %s", error.orig.diag.constraint_name)
    return answer_refusal(request, Stale())


def answer_http_error(request: Request, error: HTTPException) -> Response:
    if isinstance(error.__cause__, Refusal):
        # FastAPI makes 400 of whatever interrupts the reading of a body, as the limit of its size does.
        return answer_refusal(request, error.__cause__)
    sentences = {
        400: _("Không đọc được nội dung gửi lên. Hãy tải lại trang rồi làm lại."),
        404: _("Không tìm thấy nội dung này. Có thể địa chỉ đã thay đổi hoặc Ông/Bà không có quyền xem."),
        405: _("Địa chỉ này không nhận cách gọi vừa dùng."),
    }
    detail = sentences.get(error.status_code, str(error.detail))
    code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "http_error")
    if wants_json(request):
        return problem(error.status_code, code, detail, request=request)
    return error_page(request, status=error.status_code, code=code, detail=detail)


def answer_crash(request: Request, _error: Exception) -> Response:
    detail = _(
        "Hệ thống gặp lỗi ngoài dự kiến. Dữ liệu chưa bị thay đổi. Hãy thử lại; nếu lặp lại, báo quản trị viên."
    )
    if wants_json(request):
        return problem(500, "internal_error", detail, request=request)
    return error_page(request, status=500, code="internal_error", detail=detail)


def answer_nobody(_request: Request, _error: Exception) -> Response:
    """Whoever sent half a request and went away hears nothing; it is no crash."""
    return Response(status_code=400)


def install_handlers(app: FastAPI) -> None:
    """Every refusal, wrong input and crash of `app` is answered in the caller's form and language."""
    answers: dict[type[Exception], Any] = {  # Starlette types every handler by Exception
        Refusal: answer_refusal,
        RequestValidationError: answer_invalid,
        DataError: answer_unstorable,
        IntegrityError: answer_double,
        HTTPException: answer_http_error,
        ClientDisconnect: answer_nobody,
        Exception: answer_crash,
    }
    for kind, answer in answers.items():
        app.add_exception_handler(kind, answer)


async def read_upload(upload: UploadFile, *, limit_mb: int = 20) -> bytes:
    """The bytes of an uploaded file. Raises BodyTooLarge before more than the limit is held in memory."""
    data = await upload.read(limit_mb * 1024 * 1024 + 1)
    if len(data) > limit_mb * 1024 * 1024:
        raise BodyTooLarge(limit_mb=limit_mb)
    return data


def _raw_headers(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


class GuardMiddleware:
    """Security headers on every answer, and a cap on every body before it is read into memory."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.headers = _raw_headers(SECURITY_HEADERS)
        self.api_headers = _raw_headers(API_SECURITY_HEADERS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        is_api = scope["path"].startswith(("/api/", "/oauth/"))
        limit = LARGEST_API_BODY if is_api else LARGEST_BODY
        headers = self.api_headers if is_api else self.headers
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise BodyTooLarge(limit_mb=limit / 1024 / 1024)
            return message

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name for name, _value in message["headers"]}
                extra = [header for header in headers if header[0] not in present]
                message["headers"] = [*message["headers"], *extra]
            await send(message)

        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > limit:
            request = Request(scope, receive)
            with i18n.speaking(i18n.language()):
                answer = answer_refusal(request, BodyTooLarge(limit_mb=limit / 1024 / 1024))
            await answer(scope, receive, guarded)
            return
        await self.app(scope, counted, guarded)


def client_address(request: Request) -> str:
    """The address of the caller as the server sees it (trusted proxies are resolved: `Settings.trusted_proxies`)."""
    return request.client.host if request.client else ""
