"""Large commitments in the background: trying out that papers exist takes longer than a request may last."""

import logging
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from exam_service import clock
from exam_service.actor import Actor
from exam_service.audit import record
from exam_service.auth.access import account_actor
from exam_service.auth.models import Account
from exam_service.db import Database
from exam_service.errors import Forbidden, Refusal
from exam_service.periods import ceremony
from exam_service.periods.models import Candidate, CandidateStatus, CommitRequest
from exam_service.periods.service import get_draft
from exam_service.periods.vault import Vault

log = logging.getLogger(__name__)

MOST_TRIES = 5
"""How often a commitment is tried that ends in an error of the system; a refusal ends it at once."""


class CommitmentIsMade(Refusal):
    code = "commitment_is_made"
    message = "Cam kết đang được lập. Trang này tự cập nhật khi xong."


class CommitmentFailed(Refusal):
    """The error of the system came back in every one of the `tries`; `request` finds it in the log."""

    code = "commitment_failed"
    message = (
        "Không lập được cam kết sau %(tries)s lần thử do lỗi hệ thống. Hãy lập lại; nếu vẫn lỗi, hãy báo quản trị "
        "viên mã yêu cầu %(request)s để tìm trong nhật ký."
    )


def is_large(session: Session, period_id: UUID) -> bool:
    """Whether the period has so many candidates that its commitment is made in the background."""
    entered = select(func.count(Candidate.id)).where(
        Candidate.period_id == period_id, Candidate.status == CandidateStatus.ENTERED.value
    )
    return (session.scalar(entered) or 0) > ceremony.LARGEST_AT_ONCE


def latest_request(session: Session, period_id: UUID) -> CommitRequest | None:
    """The last commitment that was asked for in the background; it waits while `ended_at` is None."""
    return session.scalar(
        select(CommitRequest)
        .where(CommitRequest.period_id == period_id)
        .order_by(CommitRequest.requested_at.desc(), CommitRequest.id.desc())
        .limit(1)
    )


def request_commitment(session: Session, actor: Actor, *, period_id: UUID, reason: str = "") -> CommitRequest:
    """The commitment is made in the background, on behalf of the actor. Asked again after a refusal it is tried again.

    Raises CommitmentIsMade, Forbidden, NotFound, PeriodIsSealed; whatever else stands in the way is said on the page.
    """
    get_draft(session, actor, period_id)  # locks the period: two who ask at once make one request
    before = latest_request(session, period_id)
    if before is not None and before.ended_at is None:
        raise CommitmentIsMade
    request = CommitRequest(
        period_id=period_id,
        reason=" ".join(reason.split()),
        requested_by=actor.id,
        requested_by_name=actor.display_name,
        requested_at=clock.now(),
    )
    session.add(request)
    record(session, actor, "draw.commit_request", ("period", period_id), reason=request.reason)
    session.flush()
    return request


def commit_waiting(database: Database, vault: Vault) -> int:
    """Every commitment that was asked for is made, or the reason why not is kept for the page; returns how many were
    made. Each in one transaction of its own: one that fails is tried again after the others, MOST_TRIES times."""
    with database.reading() as session:
        waiting = session.scalars(
            select(CommitRequest.id)
            .where(CommitRequest.ended_at.is_(None))
            .order_by(CommitRequest.tries, CommitRequest.requested_at)
        ).all()
    return sum(_commit_one(database, vault, request_id) for request_id in waiting)


def _commit_one(database: Database, vault: Vault, request_id: UUID) -> bool:
    # The try is counted before it is made: one that ends the process counts as well.
    with database.transaction() as session:
        request = session.get_one(CommitRequest, request_id, with_for_update=True)
        if request.ended_at is not None:  # another worker was faster
            return False
        if request.tries >= MOST_TRIES:
            _refuse(request, CommitmentFailed(tries=request.tries, request=request.id))
            return False
        request.tries += 1
        is_last = request.tries == MOST_TRIES
    refusal: Refusal
    try:
        return _commit(database, vault, request_id)
    except Refusal as refused:
        refusal = refused
    except Exception:  # whatever it is, the requests that follow must not wait for it
        log.exception("the commitment of request %s failed", request_id)
        if not is_last:
            return False
        refusal = CommitmentFailed(tries=MOST_TRIES, request=request_id)
    with database.transaction() as session:
        _refuse(session.get_one(CommitRequest, request_id, with_for_update=True), refusal)
    return False


def _commit(database: Database, vault: Vault, request_id: UUID) -> bool:
    """False when another worker was faster. Raises what `ceremony.commit_draw` raises, Forbidden."""
    with database.transaction() as session:
        request = session.get_one(CommitRequest, request_id, with_for_update=True)
        if request.ended_at is not None:
            return False
        actor = _actor_of(session, request)
        period_id, reason = request.period_id, request.reason
        ceremony.commit_draw(session, actor, period_id=period_id, vault=vault, reason=reason)
        request.ended_at = clock.now()
    return True


def _refuse(request: CommitRequest, refusal: Refusal) -> None:
    if request.ended_at is None:
        request.refusal, request.ended_at = str(refusal), clock.now()


def _actor_of(session: Session, request: CommitRequest) -> Actor:
    """Who asked, with the rights that the account has now. Raises Forbidden when it is closed."""
    account = session.scalar(
        select(Account)
        .options(selectinload(Account.grants))
        .where(Account.id == request.requested_by, Account.is_active)
    )
    if account is None:
        raise Forbidden
    return account_actor(account)
