"""The officer's pages: cuts of a period, opening a panel, its rounds, deciding and confirming."""

from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import Actor, Permission
from exam_service.auth.access import require
from exam_service.auth.models import Account
from exam_service.db import Reading, Tx, attempting
from exam_service.errors import NotFound, Refusal
from exam_service.http import flash_redirect, refusal_sentence
from exam_service.i18n import HOME, N_
from exam_service.i18n import gettext as _
from exam_service.people.models import Position
from exam_service.periods.cuts import decisions
from exam_service.periods.cuts.models import CutDecision, CutMethod
from exam_service.periods.models import Exam
from exam_service.periods.pages.forms import Form, Mistyped, checked, errors_of, status_of
from exam_service.periods.pages.shell import period_url, show
from exam_service.periods.service import get_period
from exam_service.standards import panels, rating
from exam_service.standards.access import get_panel, panels_visible_to, possible_judges
from exam_service.standards.models import CutPanel, PanelMethod
from exam_service.standards.schemas import PanelInput
from question_bank.standard_setting.legal import LEGAL_CUTS

router = APIRouter(prefix="/periods/{period_id}/cuts")
Viewer = Annotated[Actor, require(Permission.PERIODS_VIEW)]
Officer = Annotated[Actor, require(Permission.PERIODS_MANAGE)]
Problem = Mistyped | Refusal | None

METHODS = {
    "angoff": N_("Angoff: ước lượng từng câu"),
    "bookmark": N_("Đánh dấu trên tập câu xếp theo độ khó"),
    "hofstee": N_("Hofstee: dung hòa với kết quả kỳ trước"),
    "legal": N_("Theo văn bản quy định"),
}


def cuts_url(period_id: UUID, rest: object = "") -> str:
    return period_url(period_id, f"/cuts{f'/{rest}' if rest else ''}")


def position_titles(session: Session, ids: list[UUID]) -> dict[UUID, str]:
    rows = session.execute(
        select(Position.id, Position.title).where(Position.id.in_(ids)).order_by(Position.title)
    )
    return dict(rows.all())


def account_names(session: Session, found: list[CutDecision]) -> dict[UUID, str]:
    ids = {decision.decided_by for decision in found} | {d.settled_by for d in found if d.settled_by}
    return dict(session.execute(select(Account.id, Account.display_name).where(Account.id.in_(ids))).all())


@router.get("")
def cuts_page(request: Request, session: Reading, actor: Viewer, period_id: UUID) -> Response:
    return _cuts(request, session, actor, period_id)


def _cuts(
    request: Request, session: Session, actor: Actor, period_id: UUID, *, problem: Problem = None
) -> Response:
    """Position by position: the cut in force, what is proposed and what was; and the panels."""
    period = get_period(session, actor, period_id)
    by_position: dict[UUID, list[CutDecision]] = {}
    every = list(decisions.decisions_of(session, period_id))
    for decision in every:
        by_position.setdefault(decision.position_id, []).append(decision)
    ids = [row.position_id for exam in period.exams for row in exam.positions]
    return show(
        request,
        session,
        actor,
        period_id,
        "standards/cuts.html",
        tab="cuts",
        status=status_of(problem),
        errors=errors_of(problem),
        titles=position_titles(session, ids),
        by_position=by_position,
        in_force=decisions.cuts_in_force(session, period_id),
        names=account_names(session, every),
        panels=session.scalars(panels_visible_to(actor).where(Exam.period_id == period_id)).all(),
        methods=METHODS,
        legal_cuts=LEGAL_CUTS,
    )


@router.get("/new")
def new_panel(request: Request, session: Reading, actor: Officer, period_id: UUID, exam: UUID) -> Response:
    values = {
        "method": PanelMethod.ANGOFF.value,
        "held_on": clock.now().astimezone(HOME).date().isoformat(),
        "borderline": "",
        "place": "",
        "member_ids": [],
        "position_ids": [],
    }
    return _panel_form(request, session, actor, period_id, exam_id=exam, values=values)


def _panel_form(
    request: Request,
    session: Session,
    actor: Actor,
    period_id: UUID,
    *,
    exam_id: UUID,
    values: dict[str, Any],
    problem: Problem = None,
) -> Response:
    exam = _exam(session, actor, period_id, exam_id)
    titles = position_titles(session, [row.position_id for row in exam.positions])
    return show(
        request,
        session,
        actor,
        period_id,
        "standards/panel_form.html",
        tab="cuts",
        status=status_of(problem),
        exam=exam,
        values=values | {"position_ids": values["position_ids"] or [str(key) for key in titles]},
        errors=errors_of(problem),
        positions=[(str(key), title) for key, title in titles.items()],
        judges=[(str(one.id), f"{one.display_name} ({one.username})") for one in possible_judges(session)],
        methods=[(method.value, _(METHODS[method.value])) for method in PanelMethod],
    )


def _exam(session: Session, actor: Actor, period_id: UUID, exam_id: UUID) -> Exam:
    found = next((exam for exam in get_period(session, actor, period_id).exams if exam.id == exam_id), None)
    if found is None:
        raise NotFound
    return found


@router.post("/new")
def create_panel(
    request: Request, session: Tx, actor: Officer, period_id: UUID, exam: UUID, typed: Form
) -> Response:
    values: dict[str, Any] = {
        **typed.texts("method", "borderline", "place", "held_on"),
        "position_ids": typed.all("position_ids"),
        "member_ids": typed.all("member_ids"),
    }
    try:
        data = checked(PanelInput, values)
        with attempting(session):
            panel = panels.open_panel(session, actor, period_id=period_id, exam_id=exam, data=data)
    except (Mistyped, Refusal) as problem:
        return _panel_form(request, session, actor, period_id, exam_id=exam, values=values, problem=problem)
    return flash_redirect(cuts_url(period_id, panel.id), _("Đã mở hội đồng. Các thành viên có thể đánh giá."))


@router.post("/legal")
def propose_legal(
    request: Request, session: Tx, actor: Officer, period_id: UUID, exam: UUID, typed: Form
) -> Response:
    """A cut that a text fixes: no panel, but the text is named and a second person confirms."""
    source = decisions.Recommendation(CutMethod.LEGAL)
    try:
        with attempting(session):
            _propose(session, actor, period_id, exam, typed=typed, source=source)
    except (Mistyped, Refusal) as problem:
        return _cuts(request, session, actor, period_id, problem=problem)
    return flash_redirect(cuts_url(period_id), _("Đã đề xuất ngưỡng đạt. Cần một người khác xác nhận."))


def _propose(
    session: Session,
    actor: Actor,
    period_id: UUID,
    exam_id: UUID,
    *,
    typed: Any,
    source: decisions.Recommendation,
) -> None:
    values = {**typed.texts("cut_percent", "basis", "reason"), "position_ids": typed.all("position_ids")}
    data = checked(decisions.CutInput, values)
    decisions.propose_cut(session, actor, period_id=period_id, exam_id=exam_id, data=data, source=source)


@router.post("/decisions/{decision_id}")
def settle(
    request: Request, session: Tx, actor: Officer, period_id: UUID, decision_id: UUID, typed: Form
) -> Response:
    is_confirmed = typed.text("verdict") == "confirm"
    try:
        with attempting(session):
            decisions.settle_cut(
                session,
                actor,
                period_id=period_id,
                decision_id=decision_id,
                is_confirmed=is_confirmed,
                reason=typed.text("reason"),
            )
    except decisions.SameOfficer as problem:
        # Shown on the page: who may manage the period is not forbidden to look at it.
        return _cuts(
            request, session, actor, period_id, problem=Mistyped({"form": refusal_sentence(problem)})
        )
    except Refusal as problem:
        return _cuts(request, session, actor, period_id, problem=problem)
    said = _("Đã xác nhận ngưỡng đạt.") if is_confirmed else _("Đã trả lại đề xuất ngưỡng đạt.")
    return flash_redirect(cuts_url(period_id), said)


@router.get("/{panel_id}")
def panel_page(
    request: Request, session: Reading, actor: Viewer, period_id: UUID, panel_id: UUID
) -> Response:
    return _panel(request, session, actor, period_id, panel_id=panel_id)


def _panel(
    request: Request,
    session: Session,
    actor: Actor,
    period_id: UUID,
    *,
    panel_id: UUID,
    problem: Problem = None,
    typed: dict[str, str] | None = None,
) -> Response:
    """The panel's rounds: how far each judge is while one is open, and what the closed ones came to."""
    panel = get_panel(session, actor, period_id=period_id, panel_id=panel_id)
    closed = [one for one in panel.rounds if one.outcome is not None]
    return show(
        request,
        session,
        actor,
        period_id,
        "standards/panel.html",
        tab="cuts",
        status=status_of(problem),
        panel=panel,
        errors=errors_of(problem),
        typed=typed or {},
        round=panels.current_round(panel),
        may_go_on=panels.current_round(panel).number < panels.MOST_ROUNDS,
        progress=rating.progress_of(session, panel),
        closed=closed,
        newest=closed[-1] if closed else None,
        titles=position_titles(session, [UUID(key) for key in panel.position_ids]),
        methods=METHODS,
        settled=[d for d in decisions.decisions_of(session, period_id) if d.panel_id == panel.id],
    )


@router.post("/{panel_id}/rounds/{number}")
def turn_round(
    request: Request,
    session: Tx,
    actor: Officer,
    period_id: UUID,
    panel_id: UUID,
    number: int,
    typed: Form,
) -> Response:
    """Closes round `number`, or opens the one after it."""
    is_closing = typed.text("act") == "close"
    turn = panels.close_round if is_closing else panels.open_round
    try:
        with attempting(session):
            turn(session, actor, panel=_own(session, actor, period_id, panel_id), number=number)
    except Refusal as problem:
        return _panel(request, session, actor, period_id, panel_id=panel_id, problem=problem)
    said = _("Đã đóng vòng %(number)s.", number=number) if is_closing else _("Đã mở vòng tiếp theo.")
    return flash_redirect(cuts_url(period_id, panel_id), said)


def _own(session: Session, actor: Actor, period_id: UUID, panel_id: UUID) -> CutPanel:
    return get_panel(session, actor, period_id=period_id, panel_id=panel_id)


@router.post("/{panel_id}/decide")
def decide(
    request: Request, session: Tx, actor: Officer, period_id: UUID, panel_id: UUID, typed: Form
) -> Response:
    """The council's decision on what the newest closed round came to."""
    panel = _own(session, actor, period_id, panel_id)
    newest = next((one.outcome for one in reversed(panel.rounds) if one.outcome is not None), None)
    if newest is None:
        raise panels.WrongRound
    source = decisions.Recommendation(
        CutMethod(panel.method), Decimal(newest["percent"]), panel.id, tuple(newest["findings"])
    )
    try:
        with attempting(session):
            _propose(session, actor, period_id, panel.exam_id, typed=typed, source=source)
    except (Mistyped, Refusal) as problem:
        fields = typed.texts("cut_percent", "basis", "reason")
        return _panel(request, session, actor, period_id, panel_id=panel_id, problem=problem, typed=fields)
    return flash_redirect(cuts_url(period_id), _("Đã đề xuất ngưỡng đạt. Cần một người khác xác nhận."))
