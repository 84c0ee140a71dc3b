"""The tab "Vào phòng thi" of a period: Safe Exam Browser and access codes per exam, networks per room."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Permission
from exam_service.auth.access import require
from exam_service.db import Reading, Tx, attempting
from exam_service.entry import proving, safe_exam_browser, service
from exam_service.entry.service import RuleInput
from exam_service.entry.settings_password import seb_file
from exam_service.errors import NotFound, Refusal
from exam_service.http import flash_redirect, refusal_sentence
from exam_service.i18n import gettext as _
from exam_service.periods import service as periods
from exam_service.periods.models import Exam
from exam_service.periods.pages.shell import period_url, show
from exam_service.settings import Settings

router = APIRouter(prefix="/periods/{period_id}/access", include_in_schema=False)
Viewer = Annotated[Actor, require(Permission.PERIODS_VIEW)]
Officer = Annotated[Actor, require(Permission.PERIODS_MANAGE)]
Line = Annotated[str, Form(max_length=200)]
Password = Annotated[str, Form(max_length=100)]
NOTHING_TYPED: Mapping[UUID, str] = {}
XML_TYPE, SEB_TYPE = "application/xml", "application/seb"


@router.get("")
def access_page(request: Request, session: Reading, actor: Viewer, period_id: UUID) -> Response:
    return _page(request, session, actor, period_id)


@router.post("/exams/{exam_id}")
def save_rule(
    request: Request,
    session: Tx,
    actor: Officer,
    period_id: UUID,
    exam_id: UUID,
    needs_browser: Line = "",
    needs_code: Line = "",
    quit_password: Password = "",
    drops_password: Line = "",
    settings_password: Password = "",
    drops_settings_password: Line = "",
    browser_exam_keys: Annotated[str, Form(max_length=4000)] = "",
) -> Response:
    """What the exam asks; an empty password field leaves the password there is."""
    data = RuleInput(
        needs_browser=bool(needs_browser),
        needs_code=bool(needs_code),
        quit_password="" if drops_password else (quit_password.strip() or None),
        settings_password="" if drops_settings_password else (settings_password.strip() or None),
        browser_exam_keys=browser_exam_keys,
    )
    try:
        with attempting(session):
            service.save_rule(session, actor, period_id=period_id, exam_id=exam_id, data=data)
    except NotFound:
        raise
    except Refusal as refusal:
        typed_keys = {exam_id: browser_exam_keys} if refusal.field == "browser_exam_keys" else {}
        return _page(request, session, actor, period_id, refusal=refusal, typed_keys=typed_keys)
    return flash_redirect(period_url(period_id, "/access"), _("Đã lưu điều kiện vào phòng thi."))


@router.post("/rooms")
def save_networks(
    request: Request,
    session: Tx,
    actor: Officer,
    period_id: UUID,
    room: Line = "",
    networks: Annotated[str, Form(max_length=4000)] = "",
) -> Response:
    """The networks of a room; an empty text frees it."""
    try:
        with attempting(session):
            service.save_networks(session, actor, period_id=period_id, room=room, typed=networks)
    except NotFound:
        raise
    except Refusal as refusal:
        return _page(request, session, actor, period_id, refusal=refusal, typed=(room, networks))
    return flash_redirect(period_url(period_id, "/access"), _("Đã lưu mạng của phòng %(room)s.", room=room))


@router.get("/exams/{exam_id}/sat-hach.seb")
def browser_file(
    request: Request, session: Reading, actor: Viewer, period_id: UUID, exam_id: UUID
) -> Response:
    """The configuration for the machines of the rooms, as Safe Exam Browser opens it: with the settings password where
    the exam has one."""
    wanted, code = _configuration(request, session, actor, period_id, exam_id)
    data = seb_file(wanted, settings_key=service.get_rule(session, exam_id).settings_key)
    return _file(data, f"sat-hach-{code}.seb", SEB_TYPE)


@router.get("/exams/{exam_id}/sat-hach.plist")
def browser_xml(
    request: Request, session: Reading, actor: Officer, period_id: UUID, exam_id: UUID
) -> Response:
    """The same configuration as XML, readable, to be changed with the configuration tool."""
    wanted, code = _configuration(request, session, actor, period_id, exam_id)
    return _file(safe_exam_browser.as_xml(wanted), f"sat-hach-{code}.plist", XML_TYPE)


def _configuration(
    request: Request, session: Session, actor: Actor, period_id: UUID, exam_id: UUID
) -> tuple[dict[str, object], str]:
    period = periods.get_period(session, actor, period_id)
    exam = next((one for one in period.exams if one.id == exam_id), None)
    if exam is None:
        raise NotFound
    settings: Settings = request.app.state.settings
    rule = service.get_rule(session, exam_id)
    return proving.settings_of_rule(settings, rule), exam.code.lower()


def _file(data: bytes, name: str, media_type: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(data, media_type=media_type, headers=headers)


def _page(
    request: Request,
    session: Session,
    actor: Actor,
    period_id: UUID,
    *,
    refusal: Refusal | None = None,
    typed: tuple[str, str] = ("", ""),
    typed_keys: Mapping[UUID, str] = NOTHING_TYPED,
) -> Response:
    period = periods.get_period(session, actor, period_id)
    settings: Settings = request.app.state.settings
    rules = [(exam, service.get_rule(session, exam.id)) for exam in period.exams]
    networks = service.networks_of(session, period_id)
    return show(
        request,
        session,
        actor,
        period_id,
        "entry/period.html",
        tab="access",
        status=refusal.status if refusal else 200,
        refusal=refusal_sentence(refusal) if refusal and not typed[0] and not typed_keys else "",
        typed_keys=typed_keys,
        keys_error=refusal_sentence(refusal) if refusal and typed_keys else "",
        rules=[(exam, rule, _key(settings, exam, rule.quit_password_hash)) for exam, rule in rules],
        rooms=[(room, "\n".join(networks.get(room, []))) for room in service.rooms_of(session, period_id)],
        may_change=actor.can(Permission.PERIODS_MANAGE) and period.state in service.CHANGEABLE,
        public_url=settings.public_url,
        typed_room=typed[0],
        typed_networks=typed[1],
        network_error=refusal_sentence(refusal) if refusal and typed[0] else "",
    )


def _key(settings: Settings, exam: Exam, quit_password_hash: str) -> str:
    wanted = proving.browser_settings(settings, exam_id=exam.id, quit_password_hash=quit_password_hash)
    return safe_exam_browser.config_key(wanted)
