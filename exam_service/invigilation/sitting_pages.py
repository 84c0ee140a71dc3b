"""Pages about a whole sitting: everybody's clock, messages, incidents, seats, and who watches it."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Permission
from exam_service.auth.access import require
from exam_service.db import Reading, Tx
from exam_service.errors import NotFound, Refusal
from exam_service.http import flash_redirect
from exam_service.i18n import HOME
from exam_service.i18n import gettext as _
from exam_service.invigilation import board, clocks, messages, naming, records, seats, service
from exam_service.invigilation.forms import Form, Mistyped, Shown, Typed, checked, record, refused
from exam_service.invigilation.schemas import (
    ExtraTimeInput,
    IncidentInput,
    MessageInput,
    ReasonInput,
    SeatPlanInput,
    ShiftInput,
)
from exam_service.invigilation.signs import Trouble
from exam_service.templates import render

router = APIRouter(prefix="/rooms/{sitting_id}", include_in_schema=False)
Invigilator = Annotated[Actor, require(Permission.INVIGILATE)]
Officer = Annotated[Actor, require(Permission.PERIODS_MANAGE)]
Act = Callable[[Session, Actor, UUID, Typed], object]
Page = Callable[[Request, Session, Actor, UUID, Shown], Response]


def _for_all(decide: Callable[..., int], kind: type[ReasonInput] = ReasonInput) -> Act:
    def act(session: Session, actor: Actor, sitting_id: UUID, typed: Typed) -> object:
        return decide(session, actor, sitting_id, data=checked(kind, typed))

    return act


def _say(session: Session, actor: Actor, sitting_id: UUID, typed: Typed) -> object:
    return messages.send_message(session, actor, sitting_id, data=checked(MessageInput, typed))


def _note(session: Session, actor: Actor, sitting_id: UUID, typed: Typed) -> object:
    data = checked(IncidentInput, typed)
    if data.happened_at is not None and data.happened_at.tzinfo is None:
        data = data.model_copy(update={"happened_at": data.happened_at.replace(tzinfo=HOME)})
    return records.record_incident(session, actor, sitting_id, data=data)


def _arrange(session: Session, actor: Actor, sitting_id: UUID, typed: Typed) -> object:
    return seats.arrange_seats(session, actor, sitting_id, data=checked(SeatPlanInput, typed))


def _show_all(request: Request, session: Session, actor: Actor, sitting_id: UUID, shown: Shown) -> Response:
    return _show(
        request,
        session,
        actor,
        sitting_id,
        "invigilation/everybody.html",
        shown=shown,
        sent=messages.messages_of(session, actor, sitting_id),
    )


def _show_incidents(
    request: Request, session: Session, actor: Actor, sitting_id: UUID, shown: Shown
) -> Response:
    return _show(
        request,
        session,
        actor,
        sitting_id,
        "invigilation/incidents.html",
        shown=shown,
        incidents=records.incidents_of(session, actor, sitting_id),
        violations=records.violations_of(session, actor, sitting_id=sitting_id),
    )


def _show_seats(request: Request, session: Session, actor: Actor, sitting_id: UUID, shown: Shown) -> Response:
    return _show(request, session, actor, sitting_id, "invigilation/seats.html", shown=shown)


def _show(
    request: Request,
    session: Session,
    actor: Actor,
    sitting_id: UUID,
    template: str,
    *,
    shown: Shown,
    **context: Any,
) -> Response:
    loaded = board.load_board(session, actor, sitting_id)
    has_begun = any(row.is_started for row in loaded.rows)
    return render(
        request,
        template,
        status=shown.status,
        board=loaded,
        shown=shown,
        Trouble=Trouble,
        has_begun=has_begun,
        may_give_time=service.may_give_time(session, actor, sitting_id),
        **context,
    )


# The last part of the address → what its form does, the page it stands on, the field at which a refusal stands.
ACTS: dict[str, tuple[Act, Page, str]] = {
    "all/pause": (_for_all(clocks.pause_sitting), _show_all, "reason"),
    "all/resume": (_for_all(clocks.resume_sitting), _show_all, "reason"),
    "all/extra-time": (_for_all(clocks.extend_sitting, ExtraTimeInput), _show_all, "reason"),
    "all/shift": (_for_all(clocks.shift_sitting, ShiftInput), _show_all, "reason"),
    "all/message": (_say, _show_all, "body"),
    "incidents": (_note, _show_incidents, "description"),
    "seats": (_arrange, _show_seats, "rows"),
}
PAGES: dict[str, Page] = {"all": _show_all, "incidents": _show_incidents, "seats": _show_seats}


def _page(show: Page) -> Callable[..., Response]:
    def page(request: Request, session: Reading, actor: Invigilator, sitting_id: UUID) -> Response:
        return show(request, session, actor, sitting_id, Shown())

    return page


def _endpoint(verb: str, act: Act, *, show: Page, main: str) -> Callable[..., Response]:
    def decide(request: Request, session: Tx, actor: Invigilator, sitting_id: UUID, typed: Form) -> Response:
        service.get_sitting(session, actor, sitting_id)
        back = f"/rooms/{sitting_id}/{verb.partition('/')[0]}"
        doing = partial(act, session, actor, sitting_id, typed)
        try:
            return record(session, actor, sitting_id, typed, act=doing, back=back, verb=verb)
        except (Mistyped, Refusal) as problem:
            return show(request, session, actor, sitting_id, refused(verb, typed, problem, main=main))

    return decide


for _name, _look in PAGES.items():
    router.add_api_route(f"/{_name}", _page(_look), methods=["GET"], name=f"room_{_name}")
for _verb, (_act, _look, _main) in ACTS.items():
    router.add_api_route(
        f"/{_verb}",
        _endpoint(_verb, _act, show=_look, main=_main),
        methods=["POST"],
        name=f"room_act_{_verb}",
    )


@router.get("/people")
def people_page(request: Request, session: Reading, actor: Officer, sitting_id: UUID) -> Response:
    """Who watches the sitting."""
    named = naming.named_for(session, sitting_id)
    return _show(
        request,
        session,
        actor,
        sitting_id,
        "invigilation/people.html",
        shown=Shown(),
        accounts=naming.invigilators(session),
        named={str(account_id) for account_id, _name in named},
        heads={str(account_id) for account_id in naming.heads_of(session, sitting_id)},
    )


@router.post("/people")
def name_people(session: Tx, actor: Officer, sitting_id: UUID, typed: Form) -> Response:
    try:
        chosen, heads = (
            [UUID(text) for text in typed.lists.get(name, [])] for name in ("account_ids", "head_ids")
        )
    except ValueError as error:
        raise NotFound from error
    naming.name_invigilators(session, actor, sitting_id, account_ids=chosen, head_ids=heads)
    return flash_redirect(f"/rooms/{sitting_id}", _("Đã phân công giám thị của ca thi."))
