"""Deciding the cut score of positions: proposed by one officer, confirmed by another, before the period is sealed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from exam_service import clock
from exam_service.actor import Actor
from exam_service.audit import record
from exam_service.errors import Forbidden, Invalid, NotFound, Refusal
from exam_service.i18n import format_number
from exam_service.i18n import gettext as _
from exam_service.people.models import Position
from exam_service.periods.cuts.models import CutDecision, CutMethod, DecisionState
from exam_service.periods.models import Exam, ExamPosition, Period
from exam_service.periods.schemas import Input, Percent
from exam_service.periods.service import get_draft

SHORTEST_REASON = 10
Bands = Sequence[Mapping[str, Any]]


class SameOfficer(Refusal):
    code = "same_officer"
    status = 403
    message = "Người xác nhận ngưỡng đạt phải khác người đề xuất."


class OpenProposal(Refusal):
    code = "open_proposal"
    message = "Vị trí “%(position)s” đang có đề xuất ngưỡng chờ xác nhận. Hãy xác nhận hoặc trả lại trước."


class AlreadySettled(Refusal):
    code = "already_settled"
    message = "Đề xuất này đã được xác nhận hoặc trả lại."


class BandsInTheWay(Refusal):
    code = "bands_in_the_way"
    message = (
        "Ngưỡng %(cut)s %% không hợp với các mức của %(exam)s: phải trên %(low)s %% và dưới %(high)s %%. "
        "Hãy sửa các mức trước."
    )


class CutInput(Input):
    """What the council decides. `basis` names the legal text or the minutes."""

    position_ids: Annotated[list[UUID], Field(min_length=1, max_length=200)]
    cut_percent: Percent
    basis: Annotated[str, Field(max_length=200)] = ""
    reason: Annotated[str, Field(max_length=2000)] = ""


@dataclass(frozen=True)
class Recommendation:
    """What a panel came to, or that a text fixes the cut (`percent` None)."""

    method: CutMethod
    percent: Decimal | None = None
    panel_id: UUID | None = None
    findings: tuple[dict[str, str], ...] = ()


def bands_at_cut(bands: Bands, *, exam_cut: Decimal, cut: Decimal) -> list[dict[str, Any]] | None:
    """The bands with the one that starts at the exam's cut moved to `cut`; None where it would cross a neighbour."""
    at = next(index for index, band in enumerate(bands) if Decimal(str(band["from_percent"])) == exam_cut)
    above = Decimal(str(bands[at - 1]["from_percent"])) if at else Decimal("100.001")
    below = Decimal(str(bands[at + 1]["from_percent"]))
    if not below < cut < above:
        return None
    moved = [dict(band) for band in bands]
    moved[at]["from_percent"] = str(cut)
    return moved


def propose_cut(
    session: Session,
    actor: Actor,
    *,
    period_id: UUID,
    exam_id: UUID,
    data: CutInput,
    source: Recommendation,
) -> list[CutDecision]:
    """Each position has a proposed decision that another officer must confirm.

    A reason is needed where the council departs from the recommendation or there are findings against it, a basis
    where a text fixes the cut. Raises Forbidden, NotFound, PeriodIsSealed, Invalid, BandsInTheWay, OpenProposal.
    """
    period = get_draft(session, actor, period_id)
    exam = session.scalar(select(Exam).where(Exam.id == exam_id, Exam.period_id == period.id))
    if exam is None:
        raise NotFound
    if actor.id is None:
        raise Forbidden  # a decision has a person's name under it
    _check(exam, data, source)
    positions = _positions(session, exam, data.position_ids)
    decisions = [
        _proposal(session, actor, exam=exam, position_id=position_id, data=data, source=source)
        for position_id in positions
    ]
    session.add_all(decisions)
    session.flush()  # readers of the same page, and the audit rows, need them
    for decision in decisions:
        record(
            session,
            actor,
            "cut.propose",
            ("period", period.id),
            decision=decision.id,
            position=decision.position_id,
            method=decision.method,
            cut_percent=str(decision.cut_percent),
            reason=decision.reason,
        )
    return decisions


def _proposal(
    session: Session, actor: Actor, *, exam: Exam, position_id: UUID, data: CutInput, source: Recommendation
) -> CutDecision:
    assert actor.id is not None
    return CutDecision(
        id=uuid7(),
        period_id=exam.period_id,
        exam_id=exam.id,
        position_id=position_id,
        version=_next_version(session, exam.period_id, position_id),
        method=source.method.value,
        panel_id=source.panel_id,
        recommended_percent=source.percent,
        findings=list(source.findings),
        cut_percent=data.cut_percent,
        basis=data.basis.strip(),
        reason=data.reason.strip(),
        state=DecisionState.PROPOSED.value,
        decided_by=actor.id,
        decided_at=clock.now(),
    )


def _check(exam: Exam, data: CutInput, source: Recommendation) -> None:
    if source.method is CutMethod.LEGAL and not data.basis.strip():
        raise Invalid(field="basis", reason=_("Hãy ghi văn bản quy định ngưỡng này."))
    departs = source.method is not CutMethod.LEGAL and data.cut_percent != source.percent
    if (departs or source.findings) and len(data.reason.strip()) < SHORTEST_REASON:
        raise Invalid(
            field="reason",
            reason=_("Ngưỡng khác khuyến nghị hoặc có điều cần lưu ý: hãy ghi lý do của hội đồng.")
            if source.percent is not None
            else _("Vòng này không có khuyến nghị: hãy ghi lý do của hội đồng."),
        )
    if data.cut_percent <= 0:
        raise Invalid(field="cut_percent", reason=_("Ngưỡng đạt phải lớn hơn 0."))
    if bands_at_cut(exam.bands, exam_cut=exam.cut_percent, cut=data.cut_percent) is None:
        raise _in_the_way(exam, data.cut_percent)


def _in_the_way(exam: Exam, cut: Decimal) -> BandsInTheWay:
    limits = [Decimal(str(band["from_percent"])) for band in exam.bands]
    at = limits.index(exam.cut_percent)
    return BandsInTheWay(
        field="cut_percent",
        cut=format_number(cut),
        exam=exam.code,
        low=format_number(limits[at + 1]),
        high=format_number(limits[at - 1] if at else Decimal(100)),
    )


def _positions(session: Session, exam: Exam, wanted: list[UUID]) -> list[UUID]:
    """The wanted positions, each of the exam and without an open proposal, locked against a second one."""
    of_exam = set(session.scalars(select(ExamPosition.position_id).where(ExamPosition.exam_id == exam.id)))
    if not set(wanted) <= of_exam:
        raise Invalid(field="position_ids", reason=_("Có vị trí không thuộc nội dung sát hạch này."))
    busy = session.scalar(
        select(Position.title)
        .join(CutDecision, CutDecision.position_id == Position.id)
        .where(
            CutDecision.period_id == exam.period_id,
            CutDecision.position_id.in_(wanted),
            CutDecision.state == DecisionState.PROPOSED.value,
        )
        .limit(1)
    )
    if busy is not None:
        raise OpenProposal(position=busy, field="position_ids")
    return list(dict.fromkeys(wanted))


def _next_version(session: Session, period_id: UUID, position_id: UUID) -> int:
    newest = session.scalar(
        select(func.max(CutDecision.version)).where(
            CutDecision.period_id == period_id, CutDecision.position_id == position_id
        )
    )
    return (newest or 0) + 1


def settle_cut(
    session: Session,
    actor: Actor,
    *,
    period_id: UUID,
    decision_id: UUID,
    is_confirmed: bool,
    reason: str = "",
) -> CutDecision:
    """The proposal is confirmed, by somebody else than its author, or sent back with a reason (also by its author).

    Raises Forbidden, NotFound, PeriodIsSealed, AlreadySettled, SameOfficer, Invalid.
    """
    get_draft(session, actor, period_id)
    decision = session.scalar(
        select(CutDecision).where(CutDecision.id == decision_id, CutDecision.period_id == period_id)
    )
    if decision is None:
        raise NotFound
    if decision.state != DecisionState.PROPOSED:
        raise AlreadySettled
    if is_confirmed and actor.id in (None, decision.decided_by):
        raise SameOfficer
    if not is_confirmed and len(reason.strip()) < SHORTEST_REASON:
        raise Invalid(field="reason", reason=_("Hãy ghi lý do trả lại (ít nhất 10 ký tự)."))
    decision.state = (DecisionState.CONFIRMED if is_confirmed else DecisionState.REJECTED).value
    decision.settled_by, decision.settled_at, decision.settled_reason = actor.id, clock.now(), reason.strip()
    session.flush()  # the constraint of four eyes speaks here, not at the commit
    record(
        session,
        actor,
        "cut.confirm" if is_confirmed else "cut.reject",
        ("period", period_id),
        decision=decision.id,
        position=decision.position_id,
        cut_percent=str(decision.cut_percent),
        reason=decision.settled_reason,
    )
    return decision


def decisions_of(session: Session, period_id: UUID) -> Sequence[CutDecision]:
    """Every decision of the period for positions that still belong to their exam, newest version first."""
    return session.scalars(
        select(CutDecision)
        .join(
            ExamPosition,
            (ExamPosition.exam_id == CutDecision.exam_id)
            & (ExamPosition.position_id == CutDecision.position_id),
        )
        .where(CutDecision.period_id == period_id)
        .order_by(CutDecision.position_id, CutDecision.version.desc())
    ).all()


def cuts_in_force(session: Session, period_id: UUID) -> dict[tuple[UUID, UUID], Decimal]:
    """(Exam, position) → the cut of the newest confirmed decision; positions without one keep the exam's cut."""
    rows = session.execute(
        select(CutDecision.exam_id, CutDecision.position_id, CutDecision.cut_percent)
        .where(CutDecision.period_id == period_id, CutDecision.state == DecisionState.CONFIRMED.value)
        .order_by(CutDecision.exam_id, CutDecision.position_id, CutDecision.version.desc())
        .ext(distinct_on(CutDecision.exam_id, CutDecision.position_id))
    )
    return {(exam_id, position_id): cut for exam_id, position_id, cut in rows}


def missing_for_cuts(session: Session, period: Period) -> list[tuple[str, str]]:
    """(code, sentence) of what keeps the period from its seal: proposals nobody confirmed, cuts the bands forbid."""
    waiting = session.execute(
        select(Exam.code, Position.title)
        .join(CutDecision, CutDecision.exam_id == Exam.id)
        .join(Position, Position.id == CutDecision.position_id)
        .where(CutDecision.period_id == period.id, CutDecision.state == DecisionState.PROPOSED.value)
        .order_by(Exam.code, Position.code)
    )
    found = [
        (
            "cut_unconfirmed",
            _(
                "%(exam)s: ngưỡng đạt của “%(position)s” chờ người thứ hai xác nhận.",
                exam=code,
                position=title,
            ),
        )
        for code, title in waiting
    ]
    exams = {exam.id: exam for exam in period.exams}
    wrong = {
        (exam_id, cut)
        for (exam_id, _position), cut in cuts_in_force(session, period.id).items()
        if bands_at_cut(exams[exam_id].bands, exam_cut=exams[exam_id].cut_percent, cut=cut) is None
    }
    found += [
        ("cut_bands", _(BandsInTheWay.message, **_in_the_way(exams[exam_id], cut).params))
        for exam_id, cut in sorted(wrong, key=str)
    ]
    return found
