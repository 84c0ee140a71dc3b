"""The log of what arrived: deliveries, their events, and how often something came twice, late or wrong."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from performance_rating.tables import Delivery, Disposition, ReceivedEvent, ResultVersion, Verdict

PAGE_SIZE = 50


@dataclass(frozen=True)
class DeliveryCounts:
    """Since the first delivery. `events` are distinct webhook-ids; `late` arrived after their successor."""

    events: int
    repeated: int
    late: int
    refused: int
    last_received_at: datetime | None


@dataclass(frozen=True)
class DeliveryRow:
    delivery: Delivery
    event: ReceivedEvent | None
    version: ResultVersion | None


@dataclass(frozen=True)
class DeliveryPage:
    rows: tuple[DeliveryRow, ...]
    total: int
    number: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE_SIZE))


@dataclass(frozen=True)
class EventRecord:
    """A stored event, what it says about a result, and every delivery that brought it."""

    event: ReceivedEvent
    version: ResultVersion | None
    deliveries: tuple[Delivery, ...]


def count_deliveries(session: Session) -> DeliveryCounts:
    verdicts = session.execute(
        select(
            func.count().filter(Delivery.verdict == Verdict.REPEATED),
            func.count().filter(Delivery.verdict.in_([Verdict.CONFLICTING, Verdict.MALFORMED])),
            func.max(Delivery.received_at),
        )
    ).one()
    events = session.execute(
        select(func.count(), func.count().filter(ReceivedEvent.disposition == Disposition.LATE)).select_from(
            ReceivedEvent
        )
    ).one()
    return DeliveryCounts(
        events=events[0],
        repeated=verdicts[0],
        late=events[1],
        refused=verdicts[1],
        last_received_at=verdicts[2],
    )


def list_deliveries(session: Session, *, kind: Verdict | Disposition | None, page: int) -> DeliveryPage:
    """One page of signed deliveries, the latest first, of one verdict or one disposition of the event."""
    matching = (
        select(Delivery, ReceivedEvent, ResultVersion)
        .outerjoin(ReceivedEvent, ReceivedEvent.id == Delivery.event_id)
        .outerjoin(ResultVersion, ResultVersion.event_id == Delivery.event_id)
    )
    match kind:
        case Verdict():
            matching = matching.where(Delivery.verdict == kind)
        case Disposition():
            matching = matching.where(ReceivedEvent.disposition == kind)
        case None:
            pass
    total = (
        session.scalar(select(func.count()).select_from(matching.with_only_columns(Delivery.id).subquery()))
        or 0
    )
    number = max(1, min(page, max(1, -(-total // PAGE_SIZE))))
    found = session.execute(
        matching.order_by(Delivery.id.desc()).limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)
    )
    return DeliveryPage(tuple(DeliveryRow(*row) for row in found), total, number)


def find_event(session: Session, *, event_id: int) -> EventRecord | None:
    event = session.get(ReceivedEvent, event_id)
    if event is None:
        return None
    deliveries = session.scalars(select(Delivery).where(Delivery.event_id == event_id).order_by(Delivery.id))
    return EventRecord(event, session.get(ResultVersion, event_id), tuple(deliveries))


def find_refused(session: Session, *, delivery_id: int) -> Delivery | None:
    """A delivery that was refused and kept with its body and reasons."""
    return session.scalars(
        select(Delivery).where(Delivery.id == delivery_id, Delivery.body.is_not(None))
    ).one_or_none()
