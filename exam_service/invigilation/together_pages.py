"""Pages about several candidates chosen on the board, and the alarm of a room."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from exam_service.actor import Actor
from exam_service.db import Reading, Tx, attempting
from exam_service.errors import NotFound, Refusal
from exam_service.http import flash_redirect
from exam_service.i18n import gettext as _
from exam_service.invigilation import alarm, board, clocks, messages, roll_call, service, together
from exam_service.invigilation.forms import (
    Form,
    Mistyped,
    Shown,
    Typed,
    as_uuid,
    checked,
    record,
    refused,
)
from exam_service.invigilation.pages import Invigilator, show_board
from exam_service.invigilation.schemas import ExtraTimeInput, IdentityInput, MessageInput, ReasonInput
from exam_service.invigilation.together import Act, NobodyChosen, Outcome, TooManyChosen
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
    """Back to the board; where somebody was left out, to a page that says who and why. Sent again it does nothing."""
    if verb not in ACTS:
        raise NotFound
    prepare, main = ACTS[verb]
    service.get_sitting(session, actor, sitting_id)
    act_id = typed.act_id or uuid7()
    try:
        act, chosen = prepare(session, actor, sitting_id, typed), _ids(typed)
        with attempting(session):
            outcome = together.act_together(
                session, actor, sitting_id, act_id=act_id, attempt_ids=chosen, act=act
            )
    except (NobodyChosen, TooManyChosen) as wrong:
        return show_board(request, session, actor, sitting_id, refusal=wrong)
    except (Mistyped, Refusal) as problem:
        shown = refused(verb, typed, problem, main=main)
        return _show(request, session, actor, sitting_id, typed=typed, shown=shown)
    return _told(sitting_id, act_id, outcome)


def _told(sitting_id: UUID, act_id: UUID, outcome: Outcome) -> Response:
    board_of = f"/rooms/{sitting_id}"
    page = f"{board_of}/chosen/acts/{act_id}" if outcome.left_out else board_of
    if outcome.is_repeated:
        return flash_redirect(
            page, _("Việc này đã ghi nhận trước đó nên không làm lại. Muốn làm thêm, hãy chọn lại trên bảng.")
        )
    if outcome.left_out:
        return RedirectResponse(page, status_code=303)
    return flash_redirect(page, _("Đã ghi nhận cho %(count)s thí sinh.", count=len(outcome.done)))


@router.get("/chosen/acts/{act_id}")
def outcome_page(
    request: Request, session: Reading, actor: Invigilator, sitting_id: UUID, act_id: UUID
) -> Response:
    """For whom an act was done, who was left out and why."""
    service.get_sitting(session, actor, sitting_id)
    outcome = together.find_outcome(session, sitting_id, act_id)
    if outcome is None:
        raise NotFound
    return _page(
        request,
        session,
        actor,
        sitting_id,
        "invigilation/left_out.html",
        status=200,
        done=outcome.done,
        left_out=[(one.chosen, _(one.message, **one.params)) for one in outcome.left_out],
    )


def _ids(typed: Typed) -> Sequence[UUID]:
    found = [as_uuid(text) for text in typed.lists.get("ids", [])]
    if None in found:
        raise NotFound
    return [one for one in found if one is not None]


def _show(
    request: Request, session: Session, actor: Actor, sitting_id: UUID, *, typed: Typed, shown: Shown
) -> Response:
    service.get_sitting(session, actor, sitting_id)
    try:
        people = together.chosen_of(session, sitting_id, _ids(typed))
    except (NobodyChosen, TooManyChosen) as wrong:
        return show_board(request, session, actor, sitting_id, refusal=wrong)
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
    told: Callable[[alarm.Alarm], str],
) -> Response:
    service.get_sitting(session, actor, sitting_id)
    try:
        doing = partial(act, session, actor, sitting_id, data=checked(ReasonInput, typed))
        back = f"/rooms/{sitting_id}"
        return record(session, actor, sitting_id, typed, act=doing, back=back, told=told, verb=act.__name__)
    except Mistyped as mistyped:
        return show_board(request, session, actor, sitting_id, mistyped=mistyped)
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        return show_board(request, session, actor, sitting_id, refusal=refusal)


@router.post("/alarm")
def raise_alarm(request: Request, session: Tx, actor: Invigilator, sitting_id: UUID, typed: Form) -> Response:
    """Every clock in the room stands still."""

    def told(done: alarm.Alarm) -> str:
        return _(
            "Đã dừng đồng hồ của %(count)s thí sinh. Máy thí sinh báo trong vài giây.", count=done.people
        )

    return _alarm(request, session, actor, sitting_id, typed=typed, act=alarm.raise_alarm, told=told)


@router.post("/alarm/end")
def end_alarm(request: Request, session: Tx, actor: Invigilator, sitting_id: UUID, typed: Form) -> Response:
    """Every clock in the room goes on, with the lost time given back."""

    def told(done: alarm.Alarm) -> str:
        return _(
            "Đồng hồ của %(count)s thí sinh chạy tiếp; thời gian đã dừng được trả lại đủ.", count=done.people
        )

    return _alarm(request, session, actor, sitting_id, typed=typed, act=alarm.end_alarm, told=told)
