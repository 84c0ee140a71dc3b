"""Which tools of the player an exam allows.

While the period is prepared the officer decides freely. After the seal a change is still possible, because a wrong tick
may be noticed on the eve and the draw does not depend on it, but only with a reason, which is audited and stands in the
minutes of sealing. From the opening of the period on nothing changes: candidates may be in the waiting room, and all of
an exam work with the same tools.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service import audit, clock
from exam_service.actor import Actor
from exam_service.aids.models import ExamTools, ToolChange
from exam_service.errors import Invalid, NotFound, Refusal
from exam_service.i18n import N_
from exam_service.i18n import gettext as _
from exam_service.periods.ceremony import lock_period
from exam_service.periods.models import Exam, PeriodState
from exam_service.periods.service import check_may_manage
from exam_service.settings import PLAYER_TOOLS

FEWEST_REASON = 3
CHANGEABLE = (PeriodState.DRAFT, PeriodState.SEALED)

TOOL_NAMES = {
    "highlight": N_("Tô sáng đoạn văn"),
    "eliminate": N_("Gạch phương án"),
    "mask": N_("Che phương án"),
    "line_focus": N_("Dòng đọc"),
    "notes": N_("Ghi nháp trên máy"),
    "calculator": N_("Máy tính"),
    "statutes": N_("Văn bản được phép dùng"),
}


class ToolsAreInUse(Refusal):
    """The period is open: candidates may already be in the waiting room with the tools as they are."""

    code = "tools_are_in_use"
    message = (
        "Kỳ sát hạch đã mở nên không đổi công cụ nữa: mọi thí sinh của một nội dung dùng công cụ như nhau."
    )


class ToolsInput(BaseModel):
    """The tools that are allowed from now on; `reason` is needed once the period is sealed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tools: list[str]
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = ""


def tools_of(
    session: Session, exam_ids: Collection[UUID], *, default: Sequence[str]
) -> dict[UUID, list[str]]:
    """Exam → its tools; `default` are those of the installation, for exams about which nobody has decided."""
    rows = session.scalars(select(ExamTools).where(ExamTools.exam_id.in_(exam_ids)))
    decided = {row.exam_id: row.tools for row in rows}
    return {exam_id: in_order(decided.get(exam_id, default)) for exam_id in exam_ids}


def in_order(tools: Iterable[str]) -> list[str]:
    """The tools, each once, as they are always listed."""
    chosen = set(tools)
    return [name for name in PLAYER_TOOLS if name in chosen]


def save_tools(
    session: Session,
    actor: Actor,
    *,
    period_id: UUID,
    exam_id: UUID,
    data: ToolsInput,
    default: Sequence[str],
) -> list[str]:
    """The exam allows these tools from now on; returns them.

    Raises Forbidden, NotFound, ToolsAreInUse, Invalid (an unknown tool; no reason although the period is sealed).
    """
    check_may_manage(actor)
    period = lock_period(session, period_id)
    exam = session.scalar(select(Exam).where(Exam.id == exam_id, Exam.period_id == period_id))
    if exam is None:
        raise NotFound
    if period.state not in CHANGEABLE:
        raise ToolsAreInUse
    if unknown := set(data.tools) - set(PLAYER_TOOLS):
        raise Invalid(field="tools", reason=_("Không có công cụ “%(name)s”.", name=min(unknown)[:40]))
    before = tools_of(session, [exam_id], default=default)[exam_id]
    after = in_order(data.tools)
    if before == after and session.get(ExamTools, exam_id) is not None:
        return after
    if period.state == PeriodState.SEALED and before != after:
        _record_late(session, actor, exam_id, before=before, data=data)
    session.merge(ExamTools(exam_id=exam_id, tools=after))
    reason = {"reason": data.reason} if data.reason else {}
    audit.record(session, actor, "exam.tools", ("exam", exam_id), before=before, after=after, **reason)
    return after


def _record_late(
    session: Session, actor: Actor, exam_id: UUID, *, before: list[str], data: ToolsInput
) -> None:
    if len(data.reason) < FEWEST_REASON:
        sentence = _("Kỳ đã niêm phong: ghi lý do đổi công cụ, ít nhất %(count)s ký tự.", count=FEWEST_REASON)
        raise Invalid(field="reason", reason=sentence)
    session.add(
        ToolChange(
            exam_id=exam_id,
            before=before,
            after=in_order(data.tools),
            reason=data.reason,
            changed_by=actor.id,
            changed_by_name=actor.display_name,
            changed_at=clock.now(),
        )
    )


def changes_after_seal(session: Session, exam_ids: Collection[UUID]) -> Sequence[ToolChange]:
    """The changes that were made after the seal, in the order of their time."""
    statement = select(ToolChange).where(ToolChange.exam_id.in_(exam_ids))
    return session.scalars(statement.order_by(ToolChange.changed_at)).all()


def settle_tools(session: Session, period_id: UUID, *, default: Sequence[str]) -> None:
    """Every exam of the period has its tools written down: a changed installation changes no sealed exam."""
    exam_ids = session.scalars(select(Exam.id).where(Exam.period_id == period_id)).all()
    decided = set(session.scalars(select(ExamTools.exam_id).where(ExamTools.exam_id.in_(exam_ids))))
    session.add_all(
        ExamTools(exam_id=exam_id, tools=in_order(default)) for exam_id in exam_ids if exam_id not in decided
    )
