"""Setting the conditions of a period, and waiving one for a candidate."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service import audit, clock
from exam_service.actor import Actor
from exam_service.entry.models import Condition, EntryRule, EntryWaiver, RoomNetwork
from exam_service.entry.networks import MOST_NETWORKS, NotANetwork, read_networks
from exam_service.entry.refusals import AlreadyWaived, ExamIsOver
from exam_service.entry.safe_exam_browser import NotAnExamKey, hash_quit_password, read_exam_keys
from exam_service.entry.settings_password import SettingsKey
from exam_service.errors import Invalid, NotFound
from exam_service.i18n import gettext as _
from exam_service.periods.models import Candidate, Exam, Period, PeriodState, Sitting
from exam_service.periods.service import check_may_manage

CHANGEABLE = (PeriodState.DRAFT, PeriodState.SEALED, PeriodState.OPEN)


class RuleInput(BaseModel):
    """What an exam asks. A password that is None leaves the one there is; an empty one removes it."""

    model_config = ConfigDict(frozen=True)

    needs_browser: bool = False
    needs_code: bool = False
    quit_password: Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)] | None = None
    settings_password: Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)] | None = None
    browser_exam_keys: Annotated[str, StringConstraints(max_length=4000)] = ""  # as typed


class WaiverInput(BaseModel):
    """Which condition is waived for whom, and why."""

    model_config = ConfigDict(frozen=True)

    attempt_id: UUID
    condition: Condition
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=500)]


@dataclass(frozen=True)
class WaiverLine:
    """A waiver with whom it is for."""

    waiver: EntryWaiver
    number: str
    full_name: str


def get_rule(session: Session, exam_id: UUID) -> EntryRule:
    """What the exam asks; one that asks nothing where nothing was set (not stored)."""
    found = session.get(EntryRule, exam_id)
    return found or EntryRule(
        exam_id=exam_id,
        needs_browser=False,
        needs_code=False,
        quit_password_hash="",
        settings_key="",
        browser_exam_keys=[],
    )


def save_rule(
    session: Session, actor: Actor, *, period_id: UUID, exam_id: UUID, data: RuleInput
) -> EntryRule:
    """The exam asks this from now on; whoever is at work already goes on.

    Raises Forbidden, NotFound, ExamIsOver, Invalid (a word that is no Browser Exam Key).
    """
    _changeable(session, actor, period_id)
    exam = session.scalar(select(Exam).where(Exam.id == exam_id, Exam.period_id == period_id))
    if exam is None:
        raise NotFound
    try:
        exam_keys = read_exam_keys(data.browser_exam_keys)
    except NotAnExamKey as error:
        sentence = _(
            "“%(word)s” không phải Browser Exam Key. Khóa gồm 64 chữ số hệ mười sáu.", word=error.word[:80]
        )
        raise Invalid(field="browser_exam_keys", reason=sentence) from error
    rule = session.merge(get_rule(session, exam_id))
    rule.browser_exam_keys = exam_keys
    rule.needs_browser, rule.needs_code = data.needs_browser, data.needs_code
    if data.quit_password is not None:
        rule.quit_password_hash = hash_quit_password(data.quit_password)
    if data.settings_password is not None:
        password = data.settings_password
        rule.settings_key = SettingsKey.of(password).hex() if password else ""
    audit.record(
        session,
        actor,
        "exam.entry_rule",
        ("exam", exam_id),
        needs_browser=data.needs_browser,
        needs_code=data.needs_code,
        quit_password_changed=data.quit_password is not None,
        settings_password_changed=data.settings_password is not None,
        browser_exam_keys=exam_keys,
    )
    return rule


def save_networks(session: Session, actor: Actor, *, period_id: UUID, room: str, typed: str) -> list[str]:
    """The room of the period has these networks; none: any will do.

    Raises Forbidden, NotFound (no sitting in that room), ExamIsOver, Invalid.
    """
    _changeable(session, actor, period_id)
    if room not in rooms_of(session, period_id):
        raise NotFound
    try:
        networks = read_networks(typed)
    except NotANetwork as error:
        sentence = _("“%(line)s” không phải địa chỉ hay dải mạng. Ghi như 10.1.2.0/24.", line=error.line[:60])
        raise Invalid(field="networks", reason=sentence) from error
    if len(networks) > MOST_NETWORKS:
        raise Invalid(field="networks", reason=_("Ghi nhiều nhất %(count)s dải mạng.", count=MOST_NETWORKS))
    session.merge(RoomNetwork(period_id=period_id, room=room, networks=networks))
    audit.record(session, actor, "room.networks", ("period", period_id), room=room, networks=networks)
    return networks


def _changeable(session: Session, actor: Actor, period_id: UUID) -> Period:
    check_may_manage(actor)
    period = session.get(Period, period_id)
    if period is None:
        raise NotFound
    if period.state not in CHANGEABLE:
        raise ExamIsOver
    return period


def rooms_of(session: Session, period_id: UUID) -> list[str]:
    """The rooms in which the period has sittings."""
    statement = select(Sitting.room).join(Exam).where(Exam.period_id == period_id).distinct()
    return sorted(session.scalars(statement))


def networks_of(session: Session, period_id: UUID) -> dict[str, list[str]]:
    """Room → its networks, for the rooms that are bound."""
    rows = session.scalars(select(RoomNetwork).where(RoomNetwork.period_id == period_id))
    return {row.room: row.networks for row in rows if row.networks}


def asked_in(session: Session, sitting: Sitting) -> list[Condition]:
    """What the candidates of a sitting must meet."""
    rule = get_rule(session, sitting.exam_id)
    networks = session.get(RoomNetwork, (sitting.exam.period_id, sitting.room))
    asked = {
        Condition.NETWORK: bool(networks and networks.networks),
        Condition.BROWSER: rule.needs_browser,
        Condition.CODE: rule.needs_code,
    }
    return [condition for condition, is_asked in asked.items() if is_asked]


def waive(
    session: Session, actor: Actor, candidate_id: UUID, *, condition: Condition, reason: str
) -> EntryWaiver:
    """The candidate may enter without the condition. The caller has checked that `actor` may. Raises AlreadyWaived."""
    if session.get(EntryWaiver, (candidate_id, condition.value)) is not None:
        raise AlreadyWaived
    waiver = EntryWaiver(
        candidate_id=candidate_id,
        condition=condition.value,
        reason=reason,
        waived_by=actor.id,
        waived_by_name=actor.display_name,
        waived_at=clock.now(),
    )
    session.add(waiver)
    audit.record(
        session,
        actor,
        "candidate.waive_entry",
        ("candidate", candidate_id),
        condition=condition.value,
        reason=reason,
    )
    return waiver


def waivers_of(session: Session, sitting_id: UUID) -> Sequence[WaiverLine]:
    """The waivers of a sitting in the order of their time."""
    rows = session.execute(
        select(EntryWaiver, Candidate.number, Candidate.full_name)
        .join(Candidate, Candidate.id == EntryWaiver.candidate_id)
        .where(Candidate.sitting_id == sitting_id)
        .order_by(EntryWaiver.waived_at)
    )
    return [WaiverLine(waiver, number, full_name) for waiver, number, full_name in rows]
