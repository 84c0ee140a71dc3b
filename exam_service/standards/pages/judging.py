"""The judge's pages: own panels, and the ratings of the open round; no candidate, no result, nobody else's rating."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Permission
from exam_service.auth.access import require
from exam_service.bank.models import ItemVersion
from exam_service.bank.presentation import with_key
from exam_service.db import Reading, Tx, attempting
from exam_service.errors import Refusal
from exam_service.http import flash_redirect
from exam_service.i18n import N_
from exam_service.i18n import gettext as _
from exam_service.periods.pages.forms import Form, errors_of, status_of
from exam_service.standards import panels, rating
from exam_service.standards.access import get_own_panel, own_panels
from exam_service.standards.models import CutPanel
from exam_service.standards.outcomes import expected_marks
from exam_service.standards.pages.panels import METHODS
from exam_service.templates import render
from question_bank.items import ItemDraft
from question_bank.standard_setting.hofstee import CUT_HIGH, CUT_LOW, FAIL_HIGH, FAIL_LOW

router = APIRouter(prefix="/panels")
Judge = Annotated[Actor, require(Permission.CUTS_RATE)]

BOUND_NAMES = {
    CUT_LOW: N_("Ngưỡng thấp nhất chấp nhận được (%)"),
    CUT_HIGH: N_("Ngưỡng cao nhất chấp nhận được (%)"),
    FAIL_LOW: N_("Tỷ lệ không đạt thấp nhất chấp nhận được (%)"),
    FAIL_HIGH: N_("Tỷ lệ không đạt cao nhất chấp nhận được (%)"),
}


@router.get("")
def list_panels(request: Request, session: Reading, actor: Judge) -> Response:
    return render(request, "standards/own_panels.html", panels=own_panels(session, actor), methods=METHODS)


@router.get("/{panel_id}")
def rate_page(request: Request, session: Reading, actor: Judge, panel_id: UUID) -> Response:
    return _page(request, session, actor, get_own_panel(session, actor, panel_id))


@router.post("/{panel_id}/rounds/{number}")
def save(request: Request, session: Tx, actor: Judge, panel_id: UUID, number: int, typed: Form) -> Response:
    panel = get_own_panel(session, actor, panel_id)
    marks = {mark: typed.text(f"mark-{mark}") for mark in expected_marks(panel)}
    try:
        with attempting(session):
            count = rating.save_ratings(session, actor, panel_id=panel_id, number=number, typed=marks)
    except Refusal as problem:
        return _page(request, session, actor, panel, typed=marks, problem=problem)
    said = _("Đã lưu %(count)s/%(total)s ý kiến.", count=count, total=len(marks))
    return flash_redirect(f"/panels/{panel_id}", said)


def _page(
    request: Request,
    session: Session,
    actor: Actor,
    panel: CutPanel,
    *,
    typed: dict[str, str] | None = None,
    problem: Refusal | None = None,
) -> Response:
    newest = panels.current_round(panel)
    own = rating.own_values(session, actor, panel, newest.number)
    before = rating.own_values(session, actor, panel, newest.number - 1)
    values = typed or {mark: f"{value.normalize():f}".replace(".", ",") for mark, value in own.items()}
    closed = [one for one in panel.rounds if one.outcome is not None]
    return render(
        request,
        "standards/rate.html",
        status=status_of(problem),
        panel=panel,
        round=newest,
        items=_items(session, panel),
        values=values,
        before=before,
        last=closed[-1] if closed else None,
        errors=errors_of(problem),
        bounds=[(name, _(label)) for name, label in BOUND_NAMES.items()],
        methods=METHODS,
        rated=len(own),
        total=len(expected_marks(panel)),
    )


def _items(session: Session, panel: CutPanel) -> list[dict[str, Any]]:
    """The items with their keys, in the order of the panel's form or booklet."""
    ids = [item.version_id for item in panel.items]
    bodies: dict[UUID, Any] = dict(
        session.execute(select(ItemVersion.id, ItemVersion.body).where(ItemVersion.id.in_(ids))).all()
    )
    return [
        {
            "place": item.place,
            "points": item.points,
            "shown": with_key(
                ItemDraft.model_validate(bodies[item.version_id], context={"trusted": True}).content
            ),
        }
        for item in panel.items
    ]
