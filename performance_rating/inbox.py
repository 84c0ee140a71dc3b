"""Takes signed deliveries in: each event once, in whatever order and however often they arrive."""

import hashlib
from dataclasses import dataclass
from enum import IntEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from performance_rating.event import (
    CompetencyScore,
    MalformedEvent,
    ResultEvent,
    UnknownEvent,
    parse_event,
)
from performance_rating.names import search_text, sort_key, title_key
from performance_rating.tables import (
    CompetencyRow,
    Delivery,
    Disposition,
    Kind,
    ReceivedEvent,
    ResultVersion,
    Verdict,
)


@dataclass(frozen=True)
class Receipt:
    """What became of a delivery. `disposition` is None exactly when nothing but the refusal was recorded."""

    verdict: Verdict
    disposition: Disposition | None
    reasons: tuple[str, ...] = ()


class _Turn(IntEnum):
    """What an advisory lock is about; always taken in this order, so that deliveries cannot deadlock."""

    WEBHOOK_ID = 335_001
    PERSON_IN_PERIOD = 335_002


def receive_event(session: Session, *, webhook_id: str, body: bytes) -> Receipt:
    """The delivery is recorded and its event, if new, counts. `body` carries a verified signature.

    1. Deliveries of one webhook-id take turns; the second finds what the first has committed.
    2. A body outside the contract is recorded with its reasons and refused.
    3. A known webhook-id has no second effect; with other content it is refused.
    4. Events of one person and period take turns; the version decides what the event means (`Disposition`).
    """
    _take_turn(session, _Turn.WEBHOOK_ID, subject=webhook_id)
    try:
        event = parse_event(body)
    except MalformedEvent as error:
        return _refuse(session, Verdict.MALFORMED, webhook_id=webhook_id, body=body, reasons=error.reasons)
    known = session.scalars(select(ReceivedEvent).where(ReceivedEvent.webhook_id == webhook_id)).one_or_none()
    if known is not None:
        return _repeat(session, known, body=body)
    if isinstance(event, UnknownEvent):
        return _accept(session, event, webhook_id=webhook_id, body=body, disposition=Disposition.IGNORED)
    return _receive_result(session, event, webhook_id=webhook_id, body=body)


def _take_turn(session: Session, turn: _Turn, *, subject: str) -> None:
    session.execute(select(func.pg_advisory_xact_lock(int(turn), func.hashtext(subject))))


def _receive_result(session: Session, event: ResultEvent, *, webhook_id: str, body: bytes) -> Receipt:
    data = event.data
    _take_turn(session, _Turn.PERSON_IN_PERIOD, subject=f"{data.person.staff_code}\n{data.period.code}")
    row = _result_version(event)
    twin = session.scalars(
        select(ResultVersion).where(
            ResultVersion.staff_code == row.staff_code,
            ResultVersion.period_code == row.period_code,
            ResultVersion.exam_code == row.exam_code,
            ResultVersion.version == row.version,
        )
    ).one_or_none()
    if twin is None:
        disposition = Disposition.LATE if _is_late(session, row) else Disposition.APPLIED
        return _accept(session, event, webhook_id=webhook_id, body=body, disposition=disposition, row=row)
    if _content(twin) == _content(row):
        return _accept(session, event, webhook_id=webhook_id, body=body, disposition=Disposition.RESTATED)
    reason = f"data.version: version {row.version} of this result was already received with other content"
    return _refuse(session, Verdict.CONFLICTING, webhook_id=webhook_id, body=body, reasons=[reason])


def _is_late(session: Session, row: ResultVersion) -> bool:
    """Whether a version that takes the place of `row` is here already: the rule of view `person_result`."""
    later = aliased(ResultVersion)
    found = select(later.event_id).where(
        later.staff_code == row.staff_code,
        later.period_code == row.period_code,
        later.version > row.version,
        (later.exam_code == row.exam_code) | (later.supersedes == row.result_id),
    )
    return session.scalar(select(found.exists())) is True


def _accept(
    session: Session,
    event: ResultEvent | UnknownEvent,
    *,
    webhook_id: str,
    body: bytes,
    disposition: Disposition,
    row: ResultVersion | None = None,
) -> Receipt:
    received = ReceivedEvent(
        webhook_id=webhook_id,
        type=event.type,
        occurred_at=event.timestamp,
        disposition=disposition,
        body=body,
    )
    session.add(received)
    session.flush()  # gives the id that the other rows refer to
    if row is not None:
        row.event_id = received.id
        session.add(row)
    session.add(Delivery(webhook_id=webhook_id, verdict=Verdict.ACCEPTED, event_id=received.id))
    return Receipt(Verdict.ACCEPTED, disposition)


def _repeat(session: Session, known: ReceivedEvent, *, body: bytes) -> Receipt:
    if hashlib.sha256(body).digest() != known.body_sha256:
        reason = "webhook-id: this id was already received with another body"
        return _refuse(session, Verdict.CONFLICTING, webhook_id=known.webhook_id, body=body, reasons=[reason])
    session.add(Delivery(webhook_id=known.webhook_id, verdict=Verdict.REPEATED, event_id=known.id))
    return Receipt(Verdict.REPEATED, Disposition(known.disposition))


def _refuse(
    session: Session, verdict: Verdict, *, webhook_id: str, body: bytes, reasons: list[str]
) -> Receipt:
    session.add(Delivery(webhook_id=webhook_id, verdict=verdict, reason="\n".join(reasons), body=body))
    return Receipt(verdict, None, tuple(reasons))


def _result_version(event: ResultEvent) -> ResultVersion:
    data = event.data
    return ResultVersion(
        kind=Kind(event.type.removeprefix("result.")),
        result_id=data.result_id,
        supersedes=data.supersedes,
        version=data.version,
        staff_code=data.person.staff_code,
        full_name=data.person.full_name,
        name_order=sort_key(data.person.full_name),
        search_text=search_text(f"{data.person.full_name} {data.person.staff_code}"),
        unit_code=data.unit.code,
        unit_name=data.unit.name,
        unit_order=title_key(data.unit.name),
        unit_type=data.unit.type,
        position_code=data.position.code,
        position_title=data.position.title,
        period_code=data.period.code,
        period_name=data.period.name,
        reference_date=data.period.reference_date,
        exam_code=data.exam.code,
        exam_title=data.exam.title,
        outcome=data.outcome,
        band_code=data.band.code,
        band_label=data.band.label,
        points=data.points,
        max_points=data.max_points,
        percent=data.percent,
        competencies=[_competency_row(score) for score in data.competencies],
        finality=data.finality,
        released_at=data.released_at,
        reason=data.reason,
    )


def _competency_row(score: CompetencyScore) -> CompetencyRow:
    return {
        "code": score.code,
        "name": score.name,
        "points": format(score.points, "f"),
        "max_points": format(score.max_points, "f"),
    }


def _content(row: ResultVersion) -> dict[str, object]:
    columns = ResultVersion.__table__.columns.keys()
    return {name: getattr(row, name) for name in columns if name != "event_id"}
