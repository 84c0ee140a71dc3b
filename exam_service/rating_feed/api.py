"""HR's API: released results, and the contract of the events that are pushed."""

from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from exam_service import http
from exam_service.actor import Actor, Scope
from exam_service.auth.access import require_scope
from exam_service.db import Reading
from exam_service.rating_feed.events import ResultEvent, event_schema
from exam_service.rating_feed.pull import PullQuery, ResultItem, get_result_item, pull_results

router = APIRouter(prefix="/api/v1", tags=["results"])
webhooks = APIRouter(tags=["events"])
Reader = Annotated[Actor, require_scope(Scope.RESULTS_READ)]


PROBLEMS: dict[int, str] = {
    400: "`bad_cursor`: not a cursor of this list. `cursor_mismatch`: a cursor of other filters.",
    401: "`invalid_token`: the access token is missing, wrong or has ended.",
    403: "`insufficient_scope`: the token lacks `results:read`.",
    404: "`not_found`",
    422: "`invalid`: a parameter is malformed or unknown. `unknown_code`: a filter names nothing that exists.",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problem documents of an operation, for its OpenAPI description."""
    return http.problems(*((status, PROBLEMS[status]) for status in statuses))


class ResultPage(BaseModel):
    """Results in the order of `sequence`."""

    results: list[ResultItem]
    next_cursor: str | None = Field(
        description="For the next page, with the same filters. Null: this is the last page for now."
    )
    resume_cursor: str = Field(
        description="Never null: keep the last one and call with it later to get only what has come since."
    )


@router.get(
    "/results",
    summary="List released results",
    response_model=ResultPage,
    responses={
        200: {
            "description": "One page, possibly empty.",
            "headers": {
                "Link": {
                    "description": 'RFC 8288, `rel="next"`; absent on the last page.',
                    "schema": {"type": "string"},
                }
            },
        },
        **problems(400, 401, 403, 422),
    },
)
def list_results(
    session: Reading,
    actor: Reader,
    query: Annotated[PullQuery, Query()],
    *,
    request: Request,
    response: Response,
) -> ResultPage:
    """Released results by rising `sequence`; by default the version of each that counts now.

    To stay in step, page until `next_cursor` is null, keep `resume_cursor`, and call with it again later: whatever was
    released, corrected or annulled since then follows, exactly once and in order.
    """
    pulled = pull_results(session, actor, query=query)
    response.headers["Cache-Control"] = "no-store"
    if pulled.next_cursor is not None:
        parameters = [pair for pair in request.query_params.multi_items() if pair[0] != "cursor"]
        address = f"{request.url.path}?{urlencode([*parameters, ('cursor', pulled.next_cursor)])}"
        response.headers["Link"] = f'<{address}>; rel="next"'
    return ResultPage(
        results=pulled.items, next_cursor=pulled.next_cursor, resume_cursor=pulled.resume_cursor
    )


@router.get(
    "/results/{id}",
    summary="Get one version of a result",
    response_model=ResultItem,
    responses=problems(401, 403, 404, 422),
)
def get_result(
    session: Reading,
    actor: Reader,
    id: UUID,
    *,
    response: Response,
) -> ResultItem:
    """The version with this `result_id`, also when a later one supersedes it (`is_current` is then false)."""
    response.headers["Cache-Control"] = "no-store"
    return get_result_item(session, actor, id)


@router.get(
    "/events/result.schema.json",
    summary="JSON Schema of the result events",
    response_class=JSONResponse,
    tags=["events"],
)
def get_event_schema() -> JSONResponse:
    """The contract of the webhooks as JSON Schema (draft 2020-12). Needs no token."""
    return JSONResponse(event_schema(), media_type="application/schema+json")


def _header(name: str, description: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": True,
        "description": description,
        "schema": {"type": "string"},
    }


WEBHOOK: dict[str, Any] = {
    "responses": {
        200: {"description": "Any 2xx: received. Answer only when it is stored; the same id may come again."},
        410: {"description": "Never send again: the subscription is switched off."},
    },
    "openapi_extra": {
        "parameters": [
            _header("webhook-id", "Identity of the event, the same on every try."),
            _header("webhook-timestamp", "Unix seconds of this try."),
            _header("webhook-signature", "`v1,<base64 HMAC-SHA-256>` over `id.timestamp.body`."),
        ]
    },
}


@webhooks.post("result.released", summary="A result was released", **WEBHOOK)
def on_released(event: ResultEvent) -> None:
    """Sent once per result when a period is released, as a Standard Webhook (https://www.standardwebhooks.com)."""


@webhooks.post("result.corrected", summary="A result was corrected", **WEBHOOK)
def on_corrected(event: ResultEvent) -> None:
    """`data.version` is greater than before and `data.supersedes` names the version that it replaces."""


@webhooks.post("result.annulled", summary="A result was annulled", **WEBHOOK)
def on_annulled(event: ResultEvent) -> None:
    """The result does not count; `data.reason` says why."""
