"""The sealed paper in the waiting room: fetched early, at leisure, opened by a key that comes with the start."""

from datetime import timedelta

from sqlalchemy import Text, cast, func, select
from sqlalchemy.orm import Session

from exam_service.attempts.keys import AttemptKeys, seal_paper
from exam_service.attempts.models import Attempt, AttemptState
from exam_service.attempts.refusals import AlreadySubmitted, TooEarly
from exam_service.attempts.tokens import Claims
from exam_service.attempts.window import milliseconds
from exam_service.errors import NotFound
from exam_service.periods.models import SealedForm

HANDED_OUT_BEFORE = timedelta(minutes=60)


def sealed_paper(session: Session, claims: Claims, *, keys: AttemptKeys) -> bytes:
    """Nonce and ciphertext of the attempt's paper, from an hour before the start until it is handed in.

    Raises NotFound, TooEarly (with `starts_in_ms`, the wait for the paper), AlreadySubmitted.
    """
    found = session.execute(
        select(Attempt.form_id, Attempt.state, Attempt.starts_at, func.clock_timestamp()).where(
            Attempt.id == claims.attempt_id, Attempt.candidate_id == claims.candidate_id
        )
    ).one_or_none()
    if found is None:
        raise NotFound
    form_id, state, starts_at, now = found
    if state not in (AttemptState.ASSIGNED, AttemptState.STARTED):
        raise AlreadySubmitted
    if now < starts_at - HANDED_OUT_BEFORE:
        raise TooEarly(starts_in_ms=milliseconds(starts_at - HANDED_OUT_BEFORE - now))
    paper = session.scalar(select(cast(SealedForm.paper, Text)).where(SealedForm.id == form_id))
    assert paper is not None
    return seal_paper(paper, key=keys.paper(form_id), attempt_id=claims.attempt_id)
