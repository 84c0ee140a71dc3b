"""What every page of one period shows above its content: life cycle, what is missing, the next step, the tabs."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import Request, Response
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Permission
from exam_service.i18n import N_
from exam_service.i18n import gettext as _
from exam_service.periods import overview
from exam_service.periods.models import Period, PeriodState
from exam_service.periods.readiness import missing_for_sealing
from exam_service.periods.service import get_period
from exam_service.templates import render

STEP_NAMES = {
    PeriodState.DRAFT: N_("Chuẩn bị"),
    PeriodState.SEALED: N_("Niêm phong"),
    PeriodState.OPEN: N_("Mở kỳ thi"),
    PeriodState.CLOSED: N_("Kết thúc thi"),
    PeriodState.MARKED: N_("Chấm điểm"),
    PeriodState.RELEASED: N_("Công bố"),
}
TABS = (
    ("exams", "", N_("Nội dung sát hạch")),
    ("sittings", "/sittings", N_("Ca thi")),
    ("candidates", "/candidates", N_("Thí sinh")),
    ("cuts", "/cuts", N_("Ngưỡng đạt")),
    ("evidence", "/evidence", N_("Niêm phong")),
    ("fairness", "/fairness", N_("Công bằng")),
    ("aids", "/aids", N_("Công cụ, văn bản")),
    ("access", "/access", N_("Vào phòng thi")),
    ("documents", "/documents", N_("Hồ sơ – biên bản")),
    ("log", "/log", N_("Nhật ký")),
)


@dataclass(frozen=True)
class Missing:
    """One line of what the next step still needs, as the macro `missing_list` takes it."""

    text: str
    href: str
    met: bool = False


def period_url(period_id: UUID, rest: str = "") -> str:
    return f"/periods/{period_id}{rest}"


def show(
    request: Request,
    session: Session,
    actor: Actor,
    period_id: UUID,
    name: str,
    /,
    *,
    tab: str,
    status: int = 200,
    **context: Any,
) -> Response:
    """The template with the period's head: `period`, `steps`, `missing`, `tabs`, `counts`, `running`, `may_manage`,
    `is_draft`. Raises NotFound."""
    period = get_period(session, actor, period_id)
    counts = overview.count_periods(session, [period.id])[period.id]
    numbers = {"exams": counts.exams, "sittings": counts.sittings, "candidates": counts.candidates}
    is_draft = period.state == PeriodState.DRAFT
    return render(
        request,
        name,
        status=status,
        period=period,
        counts=counts,
        steps=_steps(period),
        missing=_missing(session, period) if is_draft else [],
        running=overview.running_sittings(session, period) if period.state == PeriodState.OPEN else 0,
        may_manage=actor.can(Permission.PERIODS_MANAGE),
        is_draft=is_draft,
        here=period_url(period.id),
        tabs=[
            {
                "label": _(label),
                "href": period_url(period.id, path),
                "active": key == tab,
                "count": numbers.get(key),
            }
            for key, path, label in TABS
        ],
        **context,
    )


def _steps(period: Period) -> list[dict[str, Any]]:
    return [
        {
            "label": _(STEP_NAMES[step.state]),
            "state": step.progress.value,
            "date": None if step.state is PeriodState.DRAFT else step.reached_at,
        }
        for step in overview.steps_of(period)
    ]


def _missing(session: Session, period: Period) -> list[Missing]:
    places = {key: path for key, path, _label in TABS}
    return [
        Missing(gap.sentence, period_url(period.id, places[gap.place]))
        for gap in missing_for_sealing(session, period)
    ]
