"""Pages about several candidates chosen on the board, and the alarm of a room."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from exam_service.actor import Actor
from exam_service.db import Tx, attempting
from exam_service.errors import NotFound, Refusal
from exam_service.http import flash_redirect, refusal_sentence
from exam_service.i18n import gettext as _
from exam_service.invigilation import alarm, board, clocks, messages, roll_call, service, together
from exam_service.invigilation.forms import Form, Mistyped, Shown, Typed, checked, refused
from exam_service.invigilation.pages import Invigilator, show_board
from exam_service.invigilation.schemas import ExtraTimeInput, IdentityInput, MessageInput, ReasonInput
from exam_service.invigilation.together import MOST_TOGETHER, Act, NobodyChosen, Outcome
from exam_service.templates import render

router = APIRouter(prefix="/rooms/{sitting_id}", include_in_schema=False)
Prepare = Callable[[Session, Actor, UUID, Typed], Act]


def _decision(
    decide: Callable[..., object], kind: type[ReasonInput] | type[IdentityInput] = ReasonInput
) -> Prepare:
    def prepare(session: Session, actor: Actor, _sitting_id: UUID, typed: Typed) -> Act:
        data = checked(kind, typed)
        return lambda attempt_id, common: decide(session, actor, attempt_id, data=data, together=common)

    return prepare


def _say(session: Session, actor: Actor, sitting_id: UUID, typed: Typed) -> Act:
    data = checked(MessageInput, typed)
    return lambda attempt_id, _common: messages.send_message(
        session, actor, sitting_id, attempt_id=attempt_id, data=data
    )


# The last part of the address → what is done for each, and the field at which a refusal of the whole stands.
ACTS: dict[str, tuple[Prepare, str]] = {
    "message": (_say, "body"),
    "pause": (_decision(clocks.pause_attempt), "reason"),
    "resume": (_decision(clocks.resume_attempt), "reason"),
    "extra-time": (_decision(clocks.grant_extra_time, ExtraTimeInput), "reason"),
    "identity": (_decision(service.confirm_identity, IdentityInput), "document"),
    "present": (_decision(roll_call.mark_present), "reason"),
    "absent": (_decision(roll_call.mark_absent), "reason"),
}


@router.post("/chosen")
def chosen_page(request: Request, session: Tx, actor: Invigilator, sitting_id: UUID, typed: Form) -> Response:
    """Who was chosen on the board, and what can be done for all of them. Nothing is written."""
    return _show(request, session, actor, sitting_id, typed=typed, shown=Shown())


@router.post("/chosen/{verb}")
def act_for_chosen(
    request: Request, session: Tx, actor: Invigilator, sitting_id: UUID, verb: str, typed: Form
) -> Response:
    """Back to the board; where somebody was left out, a page that says who and why."""
    if verb not in ACTS:
        raise NotFound
    prepare, main = ACTS[verb]
    service.get_sitting(session, actor, sitting_id)
    try:
        act = prepare(session, actor, sitting_id, typed)
        with attempting(session):
            outcome = together.act_together(session, actor, sitting_id, attempt_ids=_ids(typed), act=act)
    except NobodyChosen as nobody:
        return show_board(request, session, actor, sitting_id, refusal=nobody)
    except (Mistyped, Refusal) as problem:
        shown = refused(verb, typed, problem, main=main)
        return _show(request, session, actor, sitting_id, typed=typed, shown=shown)
    if outcome.left_out:
        return _left_out(request, session, actor, sitting_id, outcome=outcome)
    sentence = _("Đã ghi nhận cho %(count)s thí sinh.", count=len(outcome.done))
    return flash_redirect(f"/rooms/{sitting_id}", sentence)


def _ids(typed: Typed) -> Sequence[UUID]:
    texts = typed.lists.get("ids", [])
    if len(texts) > MOST_TOGETHER:
        raise NotFound
    try:
        return [UUID(text) for text in texts]
    except ValueError as error:
        raise NotFound from error


def _show(
    request: Request, session: Session, actor: Actor, sitting_id: UUID, *, typed: Typed, shown: Shown
) -> Response:
    service.get_sitting(session, actor, sitting_id)
    try:
        people = together.chosen_of(session, sitting_id, _ids(typed))
    except NobodyChosen as nobody:
        return show_board(request, session, actor, sitting_id, refusal=nobody)
    return _page(
        request,
        session,
        actor,
        sitting_id,
        "invigilation/chosen.html",
        status=shown.status,
        people=people,
        shown=shown,
        may_give_time=service.may_give_time(session, actor, sitting_id),
    )


def _left_out(
    request: Request, session: Session, actor: Actor, sitting_id: UUID, *, outcome: Outcome
) -> Response:
    return _page(
        request,
        session,
        actor,
        sitting_id,
        "invigilation/left_out.html",
        status=200 if outcome.done else 409,
        done=outcome.done,
        left_out=[(one.chosen, refusal_sentence(one.refusal)) for one in outcome.left_out],
    )


def _page(
    request: Request,
    session: Session,
    actor: Actor,
    sitting_id: UUID,
    template: str,
    *,
    status: int,
    **context: Any,
) -> Response:
    loaded = board.load_board(session, actor, sitting_id)
    return render(request, template, status=status, board=loaded, **context)


def _alarm(
    request: Request,
    session: Session,
    actor: Actor,
    sitting_id: UUID,
    *,
    typed: Typed,
    act: Callable[..., alarm.Alarm],
) -> Response | alarm.Alarm:
    service.get_sitting(session, actor, sitting_id)
    try:
        data = checked(ReasonInput, typed)
        with attempting(session):
            return act(session, actor, sitting_id, data=data)
    except Mistyped as mistyped:
        return show_board(request, session, actor, sitting_id, mistyped=mistyped)
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        return show_board(request, session, actor, sitting_id, refusal=refusal)


@router.post("/alarm")
def raise_alarm(request: Request, session: Tx, actor: Invigilator, sitting_id: UUID, typed: Form) -> Response:
    """Every clock in the room stands still."""
    done = _alarm(request, session, actor, sitting_id, typed=typed, act=alarm.raise_alarm)
    if isinstance(done, Response):
        return done
    sentence = _(
        "Đã dừng đồng hồ của %(count)s thí sinh. Máy thí sinh báo trong vài giây.", count=done.people
    )
    return flash_redirect(f"/rooms/{sitting_id}", sentence)


@router.post("/alarm/end")
def end_alarm(request: Request, session: Tx, actor: Invigilator, sitting_id: UUID, typed: Form) -> Response:
    """Every clock in the room goes on, with the lost time given back."""
    done = _alarm(request, session, actor, sitting_id, typed=typed, act=alarm.end_alarm)
    if isinstance(done, Response):
        return done
    sentence = _(
        "Đồng hồ của %(count)s thí sinh chạy tiếp; thời gian đã dừng được trả lại đủ.", count=done.people
    )
    return flash_redirect(f"/rooms/{sitting_id}", sentence)
