"""What programs call: the webhook and the health check."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, assert_never

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy import text

from performance_rating.database import Transaction
from performance_rating.inbox import Receipt, receive_event
from performance_rating.problems import Refusal, problem
from performance_rating.settings import Settings
from performance_rating.signature import require_signature
from performance_rating.tables import Disposition, Verdict

MAX_BODY_BYTES = 64 * 1024

router = APIRouter()


class TooLarge(Refusal):
    status = 413
    code = "too-large"
    title = "The body is too large"


async def read_body(request: Request) -> bytes:
    """The raw body; no more than `MAX_BODY_BYTES` is ever held in memory.

    Raises: TooLarge.
    """
    kept = bytearray()
    chunks: AsyncIterator[bytes] = request.stream().__aiter__()
    async for chunk in chunks:
        kept += chunk
        if len(kept) > MAX_BODY_BYTES:
            raise TooLarge(
                f"A delivery may have at most {MAX_BODY_BYTES} bytes.", headers={"Connection": "close"}
            )
    return bytes(kept)


def _header(name: str, description: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": True,
        "description": description,
        "schema": {"type": "string"},
    }


def _answer(description: str) -> dict[str, Any]:
    return {"description": description, "content": {"application/problem+json": {}}}


@router.post(
    "/webhooks/results",
    summary="Take in a result event",
    response_class=Response,
    openapi_extra={
        "parameters": [
            _header("webhook-id", "Identity of the event, the same at every attempt."),
            _header("webhook-timestamp", "Unix seconds of this attempt; at most five minutes off."),
            _header(
                "webhook-signature", "Space-separated `v1,<base64 HMAC-SHA-256>` over `id.timestamp.body`."
            ),
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ResultEvent"}}},
        },
    },
    responses={
        200: {"description": "Stored durably, or already stored by an earlier delivery."},
        202: {"description": "Stored durably; this module has no use for the event type."},
        401: _answer("The signature could not be verified."),
        409: _answer("The webhook-id or the version was already received with other content."),
        413: _answer("The body exceeds 64 KiB."),
        422: _answer("The body is not an event of the contract."),
        503: _answer("The database is not available; send again."),
    },
)
def receive_delivery(
    request: Request, session: Transaction, *, body: Annotated[bytes, Depends(read_body)]
) -> Response:
    """A Standard Webhooks delivery, committed before it is acknowledged.

    A repeated `webhook-id` has no second effect. Of several versions of a result the greatest one counts, in
    whatever order they arrive.
    """
    settings: Settings = request.app.state.settings
    webhook_id = require_signature(body, headers=request.headers, secrets=settings.webhook_secret_texts)
    return _present(receive_event(session, webhook_id=webhook_id, body=body), webhook_id=webhook_id)


def _present(receipt: Receipt, *, webhook_id: str) -> Response:
    match receipt.verdict:
        case Verdict.ACCEPTED | Verdict.REPEATED:
            status = 202 if receipt.disposition is Disposition.IGNORED else 200
            content = {
                "webhook_id": webhook_id,
                "verdict": receipt.verdict,
                "disposition": receipt.disposition,
            }
            return JSONResponse(content, status_code=status)
        case Verdict.CONFLICTING:
            status, code, title = 409, "conflicting-content", "Already received with other content"
        case Verdict.MALFORMED:
            status, code, title = 422, "malformed-event", "The body is not an event of the contract"
        case _:
            assert_never(receipt.verdict)
    return problem(status, code=code, title=title, detail=receipt.reasons[0], errors=list(receipt.reasons))


@router.get("/healthz", summary="Whether the module and its database work", response_class=JSONResponse)
def check_health(session: Transaction) -> dict[str, str | int]:
    version = session.scalar(text("SELECT max(version) FROM rating.schema_version"))
    return {"status": "ok", "database": "ok", "schema_version": int(version or 0)}
