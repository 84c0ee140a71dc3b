"""Opening a panel and its rounds."""

import hashlib
from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from exam_service import clock
from exam_service.actor import Actor
from exam_service.audit import record
from exam_service.bank.supply import competency_names
from exam_service.errors import Forbidden, Invalid, NotFound, Refusal
from exam_service.i18n import gettext as _
from exam_service.i18n import language
from exam_service.periods.drawing import supply_of
from exam_service.periods.models import Exam, ExamPosition
from exam_service.periods.service import get_draft
from exam_service.standards.access import possible_judges, refuse_candidates
from exam_service.standards.difficulties import rasch_difficulties
from exam_service.standards.models import CutPanel, PanelItem, PanelMember, PanelMethod, PanelRound
from exam_service.standards.outcomes import outcome_of_round
from exam_service.standards.schemas import PanelInput
from question_bank.assembly import Infeasible, assemble
from question_bank.blueprint import Blueprint
from question_bank.pool import Taker
from question_bank.standard_setting.bookmark import ordered_booklet
from question_bank.standard_setting.ratings import Unusable

MOST_ROUNDS = 5


class NoSample(Refusal):
    code = "no_sample"
    message = "Chưa lập được đề mẫu cho hội đồng: %(reasons)s"


class WrongRound(Refusal):
    code = "wrong_round"
    message = "Vòng đánh giá đã được đóng hoặc mở bởi người khác. Hãy tải lại trang."


class RoundRefused(Refusal):
    code = "round_refused"
    message = "Chưa đóng được vòng đánh giá: %(reasons)s"


def open_panel(
    session: Session,
    actor: Actor,
    *,
    period_id: UUID,
    exam_id: UUID,
    data: PanelInput,
    difficulties: Mapping[str, float] | None = None,
) -> CutPanel:
    """The panel is open with its first round; its judges see a form drawn by the exam's own blueprint.

    `difficulties` are Rasch difficulties by version id, which the bookmark method needs of every item of that form and
    by which judges are compared with data; unless given, those of the newest calibrations.
    Raises Forbidden, NotFound, PeriodIsSealed, Invalid, JudgeIsCandidate, NoSample.
    """
    period = get_draft(session, actor, period_id)
    exam = session.scalar(select(Exam).where(Exam.id == exam_id, Exam.period_id == period.id))
    if exam is None:
        raise NotFound
    if actor.id is None:
        raise Forbidden  # the minutes name who called the panel
    of_exam = set(session.scalars(select(ExamPosition.position_id).where(ExamPosition.exam_id == exam.id)))
    if not set(data.position_ids) <= of_exam:
        raise Invalid(field="position_ids", reason=_("Có vị trí không thuộc nội dung sát hạch này."))
    panel = CutPanel(
        id=uuid7(),
        exam_id=exam.id,
        position_ids=[str(position_id) for position_id in data.position_ids],
        method=data.method.value,
        borderline=data.borderline,
        place=data.place,
        held_on=data.held_on,
        opened_by=actor.id,
        opened_at=clock.now(),
    )
    panel.members = _members(session, period_id, data)
    if data.method is not PanelMethod.HOFSTEE:
        panel.items = _sample(session, exam, panel, difficulties)
    panel.rounds = [PanelRound(number=1, opened_at=clock.now())]
    session.add(panel)
    session.flush()  # the audit row names its id
    record(
        session,
        actor,
        "cut.panel_open",
        ("period", period_id),
        panel=panel.id,
        method=panel.method,
        judges=len(panel.members),
    )
    return panel


def _members(session: Session, period_id: UUID, data: PanelInput) -> list[PanelMember]:
    known = {account.id: account for account in possible_judges(session)}
    if not set(data.member_ids) <= known.keys():
        raise Invalid(field="member_ids", reason=_("Có thành viên không được phép xem ngân hàng câu hỏi."))
    refuse_candidates(session, period_id, data.member_ids)
    return [
        PanelMember(account_id=account_id, place=place, name=known[account_id].display_name)
        for place, account_id in enumerate(dict.fromkeys(data.member_ids), 1)
    ]


def _sample(
    session: Session, exam: Exam, panel: CutPanel, given: Mapping[str, float] | None
) -> list[PanelItem]:
    """One paper as any candidate might get it, drawn by the blueprint with the panel's id as its seed; for the bookmark
    method from the items with a difficulty alone.
    """
    pool = supply_of(session, exam).pool
    difficulties = rasch_difficulties(session, [item.version_id for item in pool]) if given is None else given
    if panel.method == PanelMethod.BOOKMARK and difficulties:
        pool = tuple(item for item in pool if item.version_id in difficulties)
    drawn = assemble(
        Blueprint.model_validate(exam.blueprint.body),
        pool,
        takers=[Taker("panel")],
        seed=hashlib.sha256(f"cut-panel {panel.id}".encode()).digest(),
        names=competency_names(session),
    )
    if isinstance(drawn, Infeasible):
        raise NoSample(reasons=" ".join(reason.sentence(language().value) for reason in drawn.reasons))
    slots = next(iter(drawn.forms)).slots
    order = {slot.version_id: slot.position for slot in slots}
    if panel.method == PanelMethod.BOOKMARK:
        try:
            booklet = ordered_booklet(
                {slot.version_id: difficulties.get(slot.version_id) for slot in slots},
                {slot.version_id: float(slot.points) for slot in slots},
            )
        except Unusable as refused:
            reasons = " ".join(reason.sentence(language().value) for reason in refused.reasons)
            raise NoSample(reasons=reasons, field="method") from refused
        order = {page.item: page.number for page in booklet}
    return [
        PanelItem(
            place=order[slot.version_id],
            version_id=UUID(slot.version_id),
            points=Decimal(slot.points),
            difficulty=difficulties.get(slot.version_id),
        )
        for slot in sorted(slots, key=lambda slot: order[slot.version_id])
    ]


def current_round(panel: CutPanel) -> PanelRound:
    return panel.rounds[-1]


def locked_round(session: Session, panel: CutPanel, number: int) -> PanelRound:
    """The newest round, locked, if it is `number`. Raises WrongRound."""
    found = session.scalar(
        select(PanelRound)
        .where(PanelRound.panel_id == panel.id, PanelRound.number == number)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None or found.number != current_round(panel).number:
        raise WrongRound
    return found


def close_round(session: Session, actor: Actor, *, panel: CutPanel, number: int) -> PanelRound:
    """The round takes no more ratings, and what it comes to is fixed and shown to officers and judges.

    Judges who gave nothing are left out by name; one who left gaps keeps the round open. Raises Forbidden,
    PeriodIsSealed, WrongRound, RoundRefused.
    """
    get_draft(session, actor, panel.exam.period_id)
    found = locked_round(session, panel, number)
    if found.closed_at is not None:
        raise WrongRound
    try:
        outcome = outcome_of_round(session, panel, number)
    except Unusable as refused:
        reasons = " ".join(reason.sentence(language().value) for reason in refused.reasons)
        raise RoundRefused(reasons=reasons) from refused
    found.outcome, found.closed_at, found.closed_by = outcome, clock.now(), actor.id
    session.flush()  # later ratings meet the closed row
    record(
        session,
        actor,
        "cut.round_close",
        ("period", panel.exam.period_id),
        panel=panel.id,
        round=number,
        percent=outcome["percent"],
    )
    return found


def open_round(session: Session, actor: Actor, *, panel: CutPanel, number: int) -> PanelRound:
    """After round `number` was closed and talked over, the next one is open. Raises as `close_round`."""
    get_draft(session, actor, panel.exam.period_id)
    before = locked_round(session, panel, number)
    if before.closed_at is None or number >= MOST_ROUNDS:
        raise WrongRound
    following = PanelRound(panel_id=panel.id, number=number + 1, opened_at=clock.now())
    panel.rounds.append(following)
    session.flush()  # ratings refer to it
    record(
        session, actor, "cut.round_open", ("period", panel.exam.period_id), panel=panel.id, round=number + 1
    )
    return following
