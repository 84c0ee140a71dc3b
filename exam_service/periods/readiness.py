"""What a period still lacks for its next step, as sentences with a place to go."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.i18n import format_number, language
from exam_service.i18n import gettext as _
from exam_service.periods.blueprints import check_supply
from exam_service.periods.candidates import plan_entry
from exam_service.periods.cuts.decisions import missing_for_cuts
from exam_service.periods.drawing import supply_of
from exam_service.periods.models import Candidate, CandidateStatus, Exam, Period
from question_bank.assembly.prepare import short_for_rest
from question_bank.text import fold

SEAL_BEFORE = timedelta(minutes=1)


@dataclass(frozen=True)
class Gap:
    """One thing that is missing. `place` is the part of the period's page where it is mended."""

    code: str
    sentence: str
    place: str


def missing_for_sealing(session: Session, period: Period) -> list[Gap]:
    """Everything that stands between this draft and its seal; empty when it may be sealed."""
    if not period.exams:
        return [Gap("no_exam", _("Kỳ chưa có nội dung sát hạch nào."), "exams")]
    gaps: list[Gap] = []
    for exam in period.exams:
        gaps += _exam_gaps(session, exam)
    if session.scalar(select(Candidate.id).where(Candidate.period_id == period.id).limit(1)):
        gaps += _outdated(session, period)
    gaps += [Gap(code, sentence, "cuts") for code, sentence in missing_for_cuts(session, period)]
    return gaps


def _outdated(session: Session, period: Period) -> list[Gap]:
    """Appointments, positions or the reference date have changed since the candidates were entered."""
    count = plan_entry(session, period).outdated
    if not count:
        return []
    sentence = _(
        "Danh sách thí sinh khác với bổ nhiệm ở %(count)s người; hãy cập nhật.", count=format_number(count)
    )
    return [Gap("candidates_outdated", sentence, "candidates")]


def _supply_gaps(session: Session, exam: Exam) -> list[Gap]:
    gaps = [
        Gap("cell_short", f"{exam.code}: {reason.sentence(language().value)}", "exams")
        for reason in check_supply(session, exam).reasons
    ]
    gaps = gaps or _rest_gaps(session, exam)
    by_hand = supply_of(session, exam).by_hand if gaps else 0
    if by_hand:
        sentence = _(
            "%(exam)s: %(count)s câu hỏi có phần tự luận không được đưa vào đề vì hệ thống chưa có chấm tay.",
            exam=exam.code,
            count=format_number(by_hand),
        )
        gaps.append(Gap("by_hand", sentence, "exams"))
    return gaps + _critical_gaps(session, exam)


def _critical_gaps(session: Session, exam: Exam) -> list[Gap]:
    """A rule about critical items that no item of the exam's banks falls under would never apply."""
    if not exam.critical_tag or any(
        fold(tag) == fold(exam.critical_tag)
        for draft in supply_of(session, exam).drafts.values()
        for tag in draft.tags
    ):
        return []
    sentence = _(
        "%(exam)s: chưa câu nào trong ngân hàng có nhãn “%(tag)s” của câu điểm liệt.",
        exam=exam.code,
        tag=exam.critical_tag,
    )
    return [Gap("no_critical_item", sentence, "exams")]


def _rest_gaps(session: Session, exam: Exam) -> list[Gap]:
    """Cells too small for nobody to meet an item again within the exam's periods of rest."""
    return [
        Gap(
            "rest_short",
            _(
                "%(exam)s: %(cell)s: thiếu %(short)s câu để không ai gặp lại câu của %(periods)s kỳ trước "
                "(cần %(needed)s, có %(have)s). Bổ sung câu hỏi hoặc giảm số kỳ.",
                exam=exam.code,
                cell=short.label.vi if language().value == "vi" else short.label.en,
                short=short.needed - short.have,
                periods=exam.unseen_periods,
                needed=short.needed,
                have=short.have,
            ),
            "exams",
        )
        for short in short_for_rest(check_supply(session, exam), periods=exam.unseen_periods)
    ]


def _exam_gaps(session: Session, exam: Exam) -> list[Gap]:
    gaps = _supply_gaps(session, exam)
    if not exam.sittings:
        gaps.append(Gap("no_sitting", _("%(exam)s: chưa có ca thi.", exam=exam.code), "sittings"))
    soon = clock.now() + SEAL_BEFORE
    gaps += [
        Gap(
            "sitting_past",
            _("%(exam)s: ca “%(name)s” có giờ bắt đầu đã qua.", exam=exam.code, name=late.name),
            "sittings",
        )
        for late in exam.sittings
        if late.starts_at <= soon
    ]
    entered, unseated = session.execute(
        select(func.count(), func.count().filter(Candidate.sitting_id.is_(None))).where(
            Candidate.exam_id == exam.id, Candidate.status == CandidateStatus.ENTERED.value
        )
    ).one()
    if not entered:
        gaps.append(Gap("no_candidate", _("%(exam)s: chưa có thí sinh.", exam=exam.code), "candidates"))
    if unseated:
        count = format_number(unseated)
        sentence = _("%(exam)s: %(count)s thí sinh chưa được xếp ca thi.", exam=exam.code, count=count)
        gaps.append(Gap("unseated", sentence, "candidates"))
    return gaps
