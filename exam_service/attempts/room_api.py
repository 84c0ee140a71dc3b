"""The player's line to the room: the clock with what was decided and said, receipts of messages, signals."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from exam_service.attempts import room_clock, signals
from exam_service.attempts.api import Own
from exam_service.attempts.leases import holder_of
from exam_service.attempts.pool import pool_of
from exam_service.attempts.room_clock import LARGEST_UNSENT
from exam_service.attempts.room_watch import room_watch_of
from exam_service.attempts.schemas import ClockOut
from exam_service.attempts.signals import SignalsInput
from exam_service.http import problems
from exam_service.settings import Settings

router = APIRouter(prefix="/api/attempts", tags=["player"])
REFUSALS = problems((401, "invalid_token"), (404, "not_found"), (503, "saving_unavailable"))


@router.get("/{attempt_id}/clock", responses=REFUSALS)
async def clock(
    request: Request,
    claims: Own,
    seen: Annotated[int | None, Query(ge=0, description="The `version` that the page knows.")] = None,
    unsent: Annotated[int, Query(ge=0, le=LARGEST_UNSENT, description="Answers not saved yet.")] = 0,
) -> ClockOut:
    """The time left, the state, and what the room says; it also shows the room that the player is there.

    With `seen` the answer waits up to 15 s for something newer to tell, so that a decision arrives within seconds."""
    pool, holder = pool_of(request), holder_of(request)
    looked = await room_clock.read_clock(pool, claims, holder=holder, unsent_count=unsent)
    if seen != looked.clock.version:
        return looked.clock
    if not await room_watch_of(request).wait(request, looked.sitting_id, seen=seen):
        return looked.now()
    news = await room_clock.read_clock(pool, claims, holder=holder, unsent_count=unsent)
    return news.clock.model_copy(update={"waited_ms": looked.waited_ms})


@router.post("/{attempt_id}/messages/{message_id}/read", status_code=204, responses=REFUSALS)
async def read_message(request: Request, claims: Own, message_id: UUID) -> Response:
    """The candidate has confirmed the message. Calling it again changes nothing."""
    await signals.note_read(pool_of(request), claims, message_id)
    return Response(status_code=204)


@router.post("/{attempt_id}/signals", status_code=204, responses=REFUSALS)
async def note_signals(request: Request, claims: Own, given: SignalsInput) -> Response:
    """The page was left, or text was copied: recorded where the exam says so. Trouble of the computer, and answers
    entered without network in a pause: recorded in any. Once however often it is sent.
    What was noted without network may come within the grace after the end."""
    settings: Settings = request.app.state.settings
    grace = timedelta(minutes=settings.late_grace_min)
    await signals.note_signals(pool_of(request), claims, page=holder_of(request), given=given, grace=grace)
    return Response(status_code=204)
