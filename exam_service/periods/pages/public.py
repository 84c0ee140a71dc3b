"""What everybody may see of the draws, without signing in: commitments before the tests, proofs after them."""

from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy import select

from exam_service.db import Reading
from exam_service.errors import NotFound
from exam_service.periods import revealing
from exam_service.periods.models import DrawCeremony, Exam, ExamDraw, Period
from exam_service.templates import render

router = APIRouter(prefix="/draws")
MOST_PERIODS = 50


@dataclass(frozen=True)
class SeedCheck:
    """What a drawn exam shows of its seed before the secret is revealed."""

    exam_code: str
    seed_check: str


@router.get("")
def list_page(request: Request, session: Reading) -> Response:
    """The periods whose draw has been committed to, the newest first."""
    committed = select(DrawCeremony.period_id)
    periods = session.scalars(
        select(Period).where(Period.id.in_(committed)).order_by(Period.created_at.desc()).limit(MOST_PERIODS)
    ).all()
    return render(request, "periods/public_draws.html", periods=periods)


@router.get("/{period_id}")
def draw_page(request: Request, session: Reading, period_id: UUID) -> Response:
    """Every commitment of the period, withdrawn ones with their reason, and what was drawn from them."""
    ceremonies = revealing.ceremonies_of(session, period_id)
    if not ceremonies:
        raise NotFound
    rows = session.execute(
        select(Exam.code, ExamDraw.seed_check)
        .join(ExamDraw, ExamDraw.exam_id == Exam.id)
        .where(Exam.period_id == period_id)
        .order_by(Exam.code)
    )
    period = session.get_one(Period, period_id)
    return render(
        request,
        "periods/public_draw.html",
        period=period,
        ceremonies=ceremonies,
        checks=[SeedCheck(code, check) for code, check in rows],
        late=revealing.late_draws_of(session, period_id),
        is_revealed=period.state in revealing.REVEALED,
    )
