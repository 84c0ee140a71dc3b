"""The player's interface. All but `current` are called with the attempt token that `current` gives."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from exam_service.attempts import handing_in, hot, starting
from exam_service.attempts.access import SignedInCandidate
from exam_service.attempts.pool import pool_of
from exam_service.attempts.schemas import (
    ClockOut,
    CurrentAttemptOut,
    ReceiptOut,
    SavedOut,
    StartedOut,
    SubmitInput,
)
from exam_service.attempts.tokens import Claims, claims_of, tokens_of
from exam_service.db import Reading, Tx
from exam_service.errors import NotFound
from exam_service.http import PROBLEM

JSON = "application/json"


def _problems(*statuses: tuple[int, str]) -> dict[int | str, dict[str, Any]]:
    return {
        status: {"description": codes, "content": {PROBLEM: {"schema": {"type": "object"}}}}
        for status, codes in statuses
    }


router = APIRouter(prefix="/api/attempts", tags=["player"])


async def claims_for(request: Request, attempt_id: UUID) -> Claims:
    """The claims of the token, which must be of this attempt. Raises BadAttemptToken, NotFound."""
    claims = claims_of(request)
    if claims.attempt_id != attempt_id:
        raise NotFound
    return claims


Own = Annotated[Claims, Depends(claims_for)]


@router.get("/current", responses=_problems((401, "sign_in_needed"), (404, "not_found")))
def current(request: Request, session: Reading, candidate: SignedInCandidate) -> CurrentAttemptOut:
    """The attempt of the candidate whose session cookie is sent, with a token for the other calls."""
    return starting.current_attempt(session, candidate.candidate_id, tokens=tokens_of(request))


@router.post(
    "/{attempt_id}/start",
    response_model=StartedOut,
    responses=_problems(
        (401, "invalid_token"),
        (404, "not_found"),
        (409, "too_early (with starts_in_ms), late_entry, paused, time_over, already_submitted, void"),
    ),
)
def start(request: Request, session: Tx, claims: Own) -> Response:
    """Start the attempt, or resume it after a reload: the paper, the stored answers and the time left."""
    started = starting.start_attempt(session, claims)
    token = tokens_of(request).issue(claims.attempt_id, claims.candidate_id)
    return Response(
        starting.started_json(started, token), media_type=JSON, headers={"Cache-Control": "no-store"}
    )


SAVE_DOCUMENT: dict[str, Any] = {
    "parameters": [
        {
            "name": "attempt_id",
            "in": "path",
            "required": True,
            "schema": {"type": "string", "format": "uuid"},
        },
        {"name": "slot", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1}},
    ],
    "requestBody": {
        "required": True,
        "content": {
            JSON: {
                "schema": hot.SaveInput.model_json_schema(),
                "example": {"sequence": 3, "response": {"choice": "b"}, "flagged": False},
            }
        },
    },
}


# Without parameters for FastAPI to resolve: on this path its conveniences would cost as much as the database.
@router.put(
    "/{attempt_id}/responses/{slot}",
    response_model=SavedOut,
    responses=_problems(
        (401, "invalid_token"),
        (404, "not_found"),
        (409, "not_started, paused, time_over, already_submitted, void"),
        (413, "answer_too_large"),
        (422, "invalid"),
        (503, "saving_unavailable, overloaded"),
    ),
    openapi_extra=SAVE_DOCUMENT,
)
async def save_response(request: Request) -> Response:
    """Save one answer; 200 means that it is durable. Sending it again, or an older sequence, is harmless."""
    save = await hot.read_save(request)
    saved = await hot.saver_of(request).save(save)
    return Response(hot.saved_json(save.slot, saved), media_type=JSON)


@router.get(
    "/{attempt_id}/clock",
    responses=_problems((401, "invalid_token"), (404, "not_found"), (503, "saving_unavailable")),
)
async def clock(request: Request, claims: Own) -> ClockOut:
    """The time left and the state; asked every 20 s, which also shows the room that the player is there."""
    return await starting.read_clock(pool_of(request), claims)


@router.post(
    "/{attempt_id}/submit",
    responses=_problems(
        (401, "invalid_token"),
        (404, "not_found"),
        (409, "unsaved (with slots), not_started, too_early, paused, time_over, void"),
    ),
)
def submit(session: Tx, claims: Own, given: SubmitInput) -> ReceiptOut:
    """Hand in what is stored. Calling it again gives the same receipt."""
    receipt = handing_in.submit_attempt(session, claims, sequences=given.slots)
    return ReceiptOut.model_validate(receipt)
