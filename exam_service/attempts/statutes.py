"""The permitted documents on their way to the candidates of the exam, and to nobody else."""

import gzip
from collections import OrderedDict
from typing import Annotated

from fastapi import APIRouter, FastAPI, Path, Request
from fastapi.responses import Response
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_service.aids.documents import packed_content
from exam_service.aids.models import PermittedDocument
from exam_service.aids.policy import STATUTES, aids_of
from exam_service.attempts.api import JSON, NOT_ADMITTED, Admitted
from exam_service.attempts.models import Attempt, AttemptState
from exam_service.attempts.papers import HANDED_OUT_BEFORE
from exam_service.attempts.refusals import AlreadySubmitted, TooEarly
from exam_service.attempts.tokens import Claims
from exam_service.attempts.window import milliseconds
from exam_service.db import Reading
from exam_service.errors import NotFound
from exam_service.http import problems
from exam_service.periods.models import Candidate, Exam, Period

router = APIRouter(prefix="/api/attempts", tags=["player"])
KEPT_CONTENTS = 40  # at most 8 MB for an exam, packed far less

Sha256 = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]


class StatuteFiles:
    """Contents as they are sent, kept by each process: at the start of a sitting everybody asks for the same few."""

    def __init__(self) -> None:
        self._packed: OrderedDict[str, bytes] = OrderedDict()

    def packed(self, session: Session, sha256: str) -> bytes:
        """The content, packed with gzip. Raises NotFound."""
        found = self._packed.get(sha256)
        if found is None:
            found = self._packed[sha256] = packed_content(session, sha256)
            while len(self._packed) > KEPT_CONTENTS:
                self._packed.popitem(last=False)
        return found


def statute_files_of(app: FastAPI) -> StatuteFiles:
    """The one of this process."""
    found: StatuteFiles | None = getattr(app.state, "statute_files", None)
    if found is None:
        found = app.state.statute_files = StatuteFiles()
    return found


@router.get(
    "/{attempt_id}/statutes/{sha256}",
    response_class=Response,
    responses={
        200: {"content": {JSON: {"schema": {"type": "object"}}}},
        **problems(
            (401, "invalid_token"),
            NOT_ADMITTED,
            (404, "not_found"),
            (409, "too_early (with starts_in_ms), already_submitted"),
        ),
    },
)
def statute(request: Request, session: Reading, claims: Admitted, sha256: Sha256) -> Response:
    """A permitted document by the SHA-256 of its content, which is in the policy of `current`. From an hour before the
    start until the hand-in: `{format, number, title, issued_on, sections: [{level, number, heading, lines}]}`."""
    _check_permitted(request, session, claims, sha256)
    packed = statute_files_of(request.app).packed(session, sha256)
    headers = {"Cache-Control": "no-store", "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        return Response(packed, media_type=JSON, headers={**headers, "Content-Encoding": "gzip"})
    return Response(gzip.decompress(packed), media_type=JSON, headers=headers)


def _check_permitted(request: Request, session: Session, claims: Claims, sha256: str) -> None:
    """Raises NotFound, TooEarly (with `starts_in_ms`), AlreadySubmitted."""
    found = session.execute(
        select(Exam.id, Period.state, Attempt.state, Attempt.starts_at, func.clock_timestamp())
        .join(Candidate, Candidate.id == Attempt.candidate_id)
        .join(Exam, Exam.id == Candidate.exam_id)
        .join(Period, Period.id == Exam.period_id)
        .join(PermittedDocument, PermittedDocument.exam_id == Exam.id)
        .where(
            Attempt.id == claims.attempt_id,
            Attempt.candidate_id == claims.candidate_id,
            PermittedDocument.sha256 == sha256,
            PermittedDocument.confirmed_at.is_not(None),
        )
    ).one_or_none()
    if found is None:
        raise NotFound
    exam_id, period_state, state, starts_at, now = found
    if STATUTES not in aids_of(request.app).policy(session, exam_id, state=period_state)["tools"]:
        raise NotFound
    if state not in (AttemptState.ASSIGNED, AttemptState.STARTED):
        raise AlreadySubmitted
    if now < starts_at - HANDED_OUT_BEFORE:
        raise TooEarly(starts_in_ms=milliseconds(starts_at - HANDED_OUT_BEFORE - now))
