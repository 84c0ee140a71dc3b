"""Answers that arrive together with the chain of their journal: after the deadline, or as a file.

What the chain proves to have been entered before the deadline, and what differs from the stored answers, is recorded;
the bytes that arrived are kept. While the attempt is still open, a file's answers are stored at once. After the hand-in
nothing counts before an officer of the council has decided, answer by answer or for all, with a reason.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints, TypeAdapter, ValidationError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_service import audit
from exam_service.actor import Actor, ActorKind
from exam_service.attempts.answer_shape import LARGEST_SEQUENCE, MalformedSave, check_shape
from exam_service.attempts.chain import (
    MOST_ENTRIES,
    Entry,
    SignedEntry,
    VerifiedChain,
    digest_of_text,
    verify_chain,
)
from exam_service.attempts.entry_times import EntryTimes
from exam_service.attempts.evidence_limits import count_late
from exam_service.attempts.evidence_models import AnswerDelivery, DeliveredResponse, DeliverySource, Verdict
from exam_service.attempts.keys import AttemptKeys
from exam_service.attempts.models import Attempt, AttemptState, CollectedBy, Response
from exam_service.attempts.refusals import AlreadySubmitted, AttemptVoid
from exam_service.attempts.signals import ReadableSignals
from exam_service.attempts.tokens import Claims
from exam_service.attempts.window import TRANSIT_GRACE, Span
from exam_service.errors import NotFound, Refusal
from exam_service.periods.models import Candidate, Period

LARGEST_DELIVERY = 240 * 1024
LONGEST_TEXT = 128 * 1024
RESPONSE = TypeAdapter(dict[str, JsonValue] | None)


class MalformedDelivery(Refusal):
    code = "invalid"
    status = 422
    message = "Dữ liệu bài làm gửi lên không đúng dạng."


class NothingProven(Refusal):
    """No answer in the delivery is shown by its chain to have been entered before the deadline."""

    code = "nothing_proven"
    message = "Nhật ký không chứng minh được câu trả lời nào đã làm trước giờ thu bài."


class NotOverYet(Refusal):
    code = "not_over"
    message = "Chưa hết giờ làm bài: câu trả lời được lưu theo cách thông thường."


class GraceIsOver(Refusal):
    """Too long after the deadline; `limit_min` is what is allowed."""

    code = "grace_over"
    message = (
        "Đã quá %(limit_min)s phút sau giờ thu bài nên hệ thống không tự nhận nữa. "
        "Hãy tải tệp bài làm và đưa cho giám thị."
    )


class CarriedAnswer(BaseModel):
    """An answer as the player holds it: `text` is the JSON of the response, whose digest stands in the chain."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    slot: int = Field(ge=1, le=9999)
    sequence: int = Field(ge=1, le=LARGEST_SEQUENCE)
    text: Annotated[str, StringConstraints(max_length=LONGEST_TEXT)]
    flagged: bool


class Carried(BaseModel):
    """A chain and the newest answers that it speaks of; a file also brings the signals that had not been sent."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    chain: list[SignedEntry] = Field(min_length=1, max_length=MOST_ENTRIES)
    answers: list[CarriedAnswer] = Field(min_length=1, max_length=1000)
    signals: ReadableSignals = None


@dataclass(frozen=True)
class Difference:
    """A proven answer that is not what is stored. It was entered between `earliest_at` and `latest_at` for certain."""

    slot: int
    sequence: int
    response: dict[str, Any] | None
    is_flagged: bool
    made_at: datetime
    is_steady: bool
    earliest_at: datetime
    latest_at: datetime
    standing: dict[str, Any] | None
    standing_sequence: int


@dataclass(frozen=True)
class Examined:
    """What a delivery brings: `differences` would change something, `late_slots` were entered after the deadline."""

    differences: Sequence[Difference]
    late_slots: Sequence[int]
    same_count: int
    chain: VerifiedChain


def read_carried(content: bytes) -> Carried:
    """Raises MalformedDelivery."""
    try:
        return Carried.model_validate_json(content)
    except ValidationError as error:
        raise MalformedDelivery from error


def examine(
    session: Session, attempt: Attempt, carried: Carried, *, keys: AttemptKeys, now: datetime
) -> Examined:
    """What the delivery proves and adds. Writes nothing.

    Raises MalformedDelivery, BrokenChain, ImplausibleTimes, NothingProven.
    """
    chain = verify_chain(
        carried.chain,
        key=keys.chain(attempt.id),
        attempt_id=attempt.id,
        starts_at=attempt.starts_at,
        received_at=now,
    )
    stored = {
        row.slot: row for row in session.scalars(select(Response).where(Response.attempt_id == attempt.id))
    }
    made_at = accepted_moments(session, stored.values())
    ends_at = entry_times(attempt).ends_at
    differences, late_slots, same = [], [], 0
    if len({answer.slot for answer in carried.answers}) != len(carried.answers):
        raise MalformedDelivery
    for answer in carried.answers:
        entry = _entry_of(answer, chain, slot_count=attempt.slot_count)
        if chain.is_after(entry, ends_at):
            late_slots.append(answer.slot)
            continue
        standing, accepted = stored.get(answer.slot), made_at.get(answer.slot)
        follows = standing is not None and chain.follows(entry, sequence=standing.sequence)
        moment = None if follows else _moment_of(standing, accepted)
        difference = _difference(answer, entry, standing, not_before=moment, bounds=chain.bounds_of(entry))
        if difference is None:
            same += 1
        else:
            differences.append(difference)
    if not differences and not same:
        raise NothingProven
    return Examined(differences, late_slots, same, chain)


def _entry_of(answer: CarriedAnswer, chain: VerifiedChain, *, slot_count: int) -> Entry:
    """The entry that proves the answer. Raises MalformedDelivery."""
    entry = chain.last_of(answer.slot)
    is_proven = (
        entry is not None
        and answer.slot <= slot_count
        and entry.digest == digest_of_text(answer.text)
        and entry.flagged == answer.flagged
    )
    if not is_proven:
        raise MalformedDelivery
    assert entry is not None
    return entry


def entry_times(attempt: Attempt, *, stopped: Sequence[Span] = ()) -> EntryTimes:
    """`stopped`: when the clock of the attempt stood still, where that is asked for."""
    return EntryTimes(attempt.deadline_at, attempt.submitted_at, stopped)


def accepted_moments(session: Session, stored: Iterable[Response]) -> dict[int, datetime]:
    """Slot → when the answer was entered, for those of one attempt's `stored` answers that were accepted from a
    delivery: they were stored long after they were entered."""
    saved = {(row.slot, row.saved_at): row.attempt_id for row in stored}
    rows = session.execute(
        select(DeliveredResponse.slot, DeliveredResponse.decided_at, DeliveredResponse.made_at)
        .join(AnswerDelivery, AnswerDelivery.id == DeliveredResponse.delivery_id)
        .where(
            AnswerDelivery.attempt_id.in_(set(saved.values())),
            DeliveredResponse.verdict == Verdict.ACCEPTED.value,
        )
    )
    return {slot: made_at for slot, decided_at, made_at in rows if (slot, decided_at) in saved}


def _moment_of(standing: Response | None, accepted: datetime | None) -> datetime | None:
    """When what stands was entered, as far as times tell. `accepted`: as of `accepted_moments`."""
    return None if standing is None else accepted or standing.saved_at - TRANSIT_GRACE


def _difference(
    answer: CarriedAnswer,
    entry: Entry,
    standing: Response | None,
    *,
    not_before: datetime | None,
    bounds: tuple[datetime, datetime],
) -> Difference | None:
    """What the answer would change; nothing where the stored one is newer, entered `not_before` (if asked)."""
    response = _response_of(answer.text)
    before = None if standing is None else standing.response
    sequence_before = 0 if standing is None else standing.sequence
    if response == before:
        return None
    if not_before is not None and not_before > entry.made_at:
        return None
    return Difference(
        slot=answer.slot,
        sequence=max(answer.sequence, sequence_before + 1),
        response=response,
        is_flagged=answer.flagged,
        made_at=entry.made_at,
        is_steady=entry.steady,
        earliest_at=bounds[0],
        latest_at=bounds[1],
        standing=before,
        standing_sequence=sequence_before,
    )


def _response_of(text: str) -> dict[str, Any] | None:
    try:
        response = RESPONSE.validate_json(text)
    except ValidationError as error:
        raise MalformedDelivery from error
    if response is not None:
        try:
            check_shape(response)
        except MalformedSave as error:
            raise MalformedDelivery from error
    return response


def deliver_late(
    session: Session, claims: Claims, content: bytes, *, keys: AttemptKeys, grace: timedelta
) -> tuple[AnswerDelivery, Sequence[int]]:
    """The answers of the candidate's own player, recorded for decision, and the slots that were left out because they
    were entered after the end. Sending them again changes nothing.

    Raises NotFound, AttemptVoid, AlreadySubmitted, NotOverYet, GraceIsOver, DeliveriesAreFull (the caller must
    commit all the same) and what `examine` raises.
    """
    attempt = lock_attempt(session, claims.attempt_id)
    if attempt.candidate_id != claims.candidate_id:
        raise NotFound
    now = session.execute(select(func.clock_timestamp())).scalar_one()
    if attempt.state == AttemptState.VOID:
        raise AttemptVoid
    if attempt.collected_by == CollectedBy.CANDIDATE:
        raise AlreadySubmitted
    if attempt.submitted_at is None and (attempt.paused_at is not None or now < entry_times(attempt).ends_at):
        raise NotOverYet
    # Whoever was paused, and handed in by the room, ended later than the deadline says.
    if now > max(attempt.deadline_at, attempt.submitted_at or attempt.deadline_at) + grace:
        raise GraceIsOver(limit_min=grace // timedelta(minutes=1))
    known = find_delivery(session, attempt.id, content)
    if known is None:
        count_late(session, attempt.id, size=len(content))
    examined = examine(session, attempt, read_carried(content), keys=keys, now=now)
    if known is not None:
        return known, examined.late_slots
    delivery = record_delivery(
        session, attempt, content, identity=content, source=DeliverySource.NETWORK, examined=examined, now=now
    )
    audit.record(
        session,
        Actor(kind=ActorKind.CANDIDATE, id=claims.candidate_id, display_name=attempt.candidate.number),
        "attempt.deliver_late",
        ("attempt", attempt.id),
        delivery=delivery.id,
        slots=[each.slot for each in examined.differences],
    )
    return delivery, examined.late_slots


def hold_period(session: Session, attempt_id: UUID) -> str:
    """The state of the attempt's period, which stays so until the transaction ends: marking and release either see what
    is decided or are seen. Before the lock of the attempt, as marking locks them in this order. Raises NotFound."""
    state = session.scalar(
        select(Period.state)
        .join(Candidate, Candidate.period_id == Period.id)
        .join(Attempt, Attempt.candidate_id == Candidate.id)
        .where(Attempt.id == attempt_id)
        .with_for_update(of=Period, read=True)
    )
    if state is None:
        raise NotFound
    return state


def lock_attempt(session: Session, attempt_id: UUID) -> Attempt:
    """The attempt under its lock, against saves and the collector. Raises NotFound."""
    attempt = session.scalar(
        select(Attempt)
        .where(Attempt.id == attempt_id)
        .with_for_update(of=Attempt)
        .execution_options(populate_existing=True)
    )
    if attempt is None:
        raise NotFound
    return attempt


def find_delivery(session: Session, attempt_id: UUID, identity: bytes) -> AnswerDelivery | None:
    """The delivery of this identity, if there was one."""
    return session.scalar(
        select(AnswerDelivery).where(
            AnswerDelivery.attempt_id == attempt_id,
            AnswerDelivery.digest == hashlib.sha256(identity).hexdigest(),
        )
    )


def record_delivery(
    session: Session,
    attempt: Attempt,
    content: bytes,
    *,
    identity: bytes,
    source: DeliverySource,
    examined: Examined,
    now: datetime,
    actor: Actor | None = None,
) -> AnswerDelivery:
    """The evidence and one undecided row per difference."""
    delivery = AnswerDelivery(
        attempt_id=attempt.id,
        source=source.value,
        digest=hashlib.sha256(identity).hexdigest(),
        content=content,
        entry_count=len(examined.chain.entries),
        clock_changes=examined.chain.clock_changes,
        received_at=now,
        received_by=None if actor is None else actor.id,
        received_by_name="" if actor is None else actor.display_name,
        responses=[
            DeliveredResponse(
                slot=each.slot,
                sequence=each.sequence,
                response=each.response,
                is_flagged=each.is_flagged,
                made_at=each.made_at,
                is_steady=each.is_steady,
                earliest_at=each.earliest_at,
                latest_at=each.latest_at,
                standing=each.standing,
                standing_sequence=each.standing_sequence,
            )
            for each in examined.differences
        ],
    )
    session.add(delivery)
    session.flush()
    return delivery


def answer_text(response: dict[str, Any] | None) -> str:
    """An answer in one line for people who decide about it."""
    return "" if response is None else json.dumps(response, ensure_ascii=False)
