"""What the pages read: current results by period and unit, and a person's whole history."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from performance_rating.names import search_text
from performance_rating.tables import Kind, PersonResult, ReceivedEvent, ResultVersion

PAGE_SIZE = 50


@dataclass(frozen=True)
class Period:
    code: str
    name: str
    reference_date: date
    results: int


@dataclass(frozen=True)
class Band:
    """A band with the number of results in it. Bands are ordered from the best to the weakest."""

    code: str
    label: str
    results: int


@dataclass(frozen=True)
class UnitSummary:
    """A unit's current results. `bands` counts as `Overview.bands` is ordered, without annulled ones."""

    code: str
    name: str
    results: int
    passed: int
    annulled: int
    bands: tuple[int, ...]


@dataclass(frozen=True)
class Overview:
    bands: tuple[Band, ...]
    annulled: int
    provisional: int
    units: tuple[UnitSummary, ...]

    @property
    def rated(self) -> int:
        """Results that count, the annulled ones left out."""
        return sum(band.results for band in self.bands)


class Standing(StrEnum):
    """The filter values about what a result is worth."""

    PASS = "pass"  # noqa: S105 - an outcome, not a password
    FAIL = "fail"
    ANNULLED = "annulled"
    PROVISIONAL = "provisional"


@dataclass(frozen=True)
class ResultFilter:
    period_code: str
    unit_code: str = ""
    band_code: str = ""
    standing: Standing | None = None
    words: str = ""


@dataclass(frozen=True)
class ResultPage:
    rows: tuple[PersonResult, ...]
    total: int
    number: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE_SIZE))


@dataclass(frozen=True)
class VersionReceived:
    """One version of a result with the event that brought it. `is_current` is the view's verdict."""

    row: ResultVersion
    webhook_id: str
    received_at: datetime
    disposition: str
    is_current: bool


@dataclass(frozen=True)
class ResultHistory:
    """A person's result in one exam of one period: the versions, newest first."""

    versions: tuple[VersionReceived, ...]

    @property
    def shown(self) -> VersionReceived:
        """The version that counts, or the newest one where a result of another exam took its place."""
        return next((version for version in self.versions if version.is_current), self.versions[0])


def list_periods(session: Session) -> list[Period]:
    """All periods with results, the latest reference date first."""
    newest_name = func.max(PersonResult.period_name)
    reference_date = func.max(PersonResult.reference_date)
    found = session.execute(
        select(PersonResult.period_code, newest_name, reference_date, func.count())
        .group_by(PersonResult.period_code)
        .order_by(reference_date.desc(), PersonResult.period_code.desc())
    )
    return [Period(code, name, day, results) for code, name, day, results in found]


def list_bands(session: Session, *, period_code: str) -> tuple[Band, ...]:
    """The bands of a period, the band with the highest marks first."""
    found = session.execute(
        select(PersonResult.band_code, func.max(PersonResult.band_label), func.count())
        .where(PersonResult.period_code == period_code, PersonResult.kind != Kind.ANNULLED)
        .group_by(PersonResult.band_code)
        .order_by(func.avg(PersonResult.percent).desc(), PersonResult.band_code)
    )
    return tuple(Band(code, label, results) for code, label, results in found)


def list_units(session: Session, *, period_code: str) -> list[tuple[str, str]]:
    """(code, name) of every unit with results in a period, by name."""
    name = func.max(PersonResult.unit_name)
    found = session.execute(
        select(PersonResult.unit_code, name)
        .where(PersonResult.period_code == period_code)
        .group_by(PersonResult.unit_code)
        .order_by(func.max(PersonResult.unit_order), PersonResult.unit_code)
    )
    return [(code, unit_name) for code, unit_name in found]


def summarise_period(session: Session, *, period_code: str) -> Overview:
    """Counts of a period by band and unit. Two queries, whatever the number of people."""
    bands = list_bands(session, period_code=period_code)
    is_rated = PersonResult.kind != Kind.ANNULLED
    name = func.max(PersonResult.unit_name)
    found = session.execute(
        select(
            PersonResult.unit_code,
            name,
            func.count(),
            func.count().filter(and_(is_rated, PersonResult.outcome == Standing.PASS)),
            func.count().filter(~is_rated),
            func.count().filter(and_(is_rated, PersonResult.finality == Standing.PROVISIONAL)),
            *(func.count().filter(and_(is_rated, PersonResult.band_code == band.code)) for band in bands),
        )
        .where(PersonResult.period_code == period_code)
        .group_by(PersonResult.unit_code)
        .order_by(func.max(PersonResult.unit_order), PersonResult.unit_code)
    ).all()
    return Overview(
        bands=bands,
        annulled=sum(row[4] for row in found),
        provisional=sum(row[5] for row in found),
        units=tuple(UnitSummary(row[0], row[1], row[2], row[3], row[4], tuple(row[6:])) for row in found),
    )


def list_results(session: Session, wanted: ResultFilter, *, page: int) -> ResultPage:
    """One page of `PAGE_SIZE` current results by unit and then name. A page past the end is the last one."""
    matching = _matching(wanted)
    total = session.scalar(select(func.count()).select_from(matching.subquery())) or 0
    number = max(1, min(page, max(1, -(-total // PAGE_SIZE))))
    rows = session.scalars(
        matching.order_by(
            PersonResult.unit_order,
            PersonResult.unit_code,
            PersonResult.name_order,
            PersonResult.staff_code,
            PersonResult.exam_code,
        )
        .limit(PAGE_SIZE)
        .offset((number - 1) * PAGE_SIZE)
    )
    return ResultPage(tuple(rows), total, number)


def _matching(wanted: ResultFilter) -> Select[PersonResult]:
    matching = select(PersonResult).where(PersonResult.period_code == wanted.period_code)
    if wanted.unit_code:
        matching = matching.where(PersonResult.unit_code == wanted.unit_code)
    if wanted.band_code:
        matching = matching.where(
            PersonResult.band_code == wanted.band_code, PersonResult.kind != Kind.ANNULLED
        )
    for word in search_text(wanted.words).split():
        matching = matching.where(PersonResult.search_text.contains(word, autoescape=True))
    match wanted.standing:
        case Standing.PASS | Standing.FAIL:
            return matching.where(PersonResult.outcome == wanted.standing, PersonResult.kind != Kind.ANNULLED)
        case Standing.ANNULLED:
            return matching.where(PersonResult.kind == Kind.ANNULLED)
        case Standing.PROVISIONAL:
            return matching.where(
                PersonResult.finality == wanted.standing, PersonResult.kind != Kind.ANNULLED
            )
        case None:
            return matching


def list_histories(session: Session, *, staff_code: str) -> list[ResultHistory]:
    """Everything received about a person, the latest period first; empty for somebody never heard of."""
    found = session.execute(
        select(
            ResultVersion,
            ReceivedEvent.webhook_id,
            ReceivedEvent.received_at,
            ReceivedEvent.disposition,
            PersonResult.event_id.is_not(None),
        )
        .join(ReceivedEvent, ReceivedEvent.id == ResultVersion.event_id)
        .outerjoin(
            PersonResult,
            and_(PersonResult.event_id == ResultVersion.event_id, PersonResult.staff_code == staff_code),
        )
        .where(ResultVersion.staff_code == staff_code)
        .order_by(
            ResultVersion.reference_date.desc(),
            ResultVersion.period_code.desc(),
            ResultVersion.exam_code,
            ResultVersion.version.desc(),
        )
    )
    grouped: dict[tuple[str, str], list[VersionReceived]] = {}
    for row, webhook_id, received_at, disposition, is_current in found:
        version = VersionReceived(row, webhook_id, received_at, disposition, is_current)
        grouped.setdefault((row.period_code, row.exam_code), []).append(version)
    return [ResultHistory(tuple(versions)) for versions in grouped.values()]


def share(part: Decimal | int | str, whole: Decimal | int | str) -> Decimal:
    """`part` of `whole` in percent, exact to the context's precision; 0 of an empty whole."""
    divisor = Decimal(whole)
    return Decimal(part) * 100 / divisor if divisor else Decimal(0)
