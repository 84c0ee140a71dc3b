"""One person of the room: where the test stands, what was noticed and decided, and what can be decided now."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Permission
from exam_service.attempts.codes import code_hasher_of
from exam_service.auth.access import require
from exam_service.db import Reading, Tx, attempting
from exam_service.errors import Refusal
from exam_service.invigilation import (
    answer_log,
    board,
    clocks,
    messages,
    on_behalf,
    records,
    roll_call,
    seats,
    service,
)
from exam_service.invigilation.forms import Form, Mistyped, Shown, Typed, checked, record, refused
from exam_service.invigilation.models import RoomDecision
from exam_service.invigilation.schemas import (
    ExtraTimeInput,
    IdentityInput,
    MessageInput,
    NoteInput,
    ReasonInput,
    ReopenInput,
    SeatInput,
    ViolationInput,
)
from exam_service.invigilation.signs import Trouble
from exam_service.templates import render

router = APIRouter(prefix="/rooms/{sitting_id}/attempts/{attempt_id}", include_in_schema=False)
Invigilator = Annotated[Actor, require(Permission.INVIGILATE)]
Officer = Annotated[Actor, require(Permission.PERIODS_MANAGE)]
Ids = tuple[UUID, UUID]  # sitting, attempt
Act = Callable[[Session, Actor, Ids, Typed], object]


def _decision(
    decide: Callable[..., RoomDecision], kind: type[ReasonInput] | type[IdentityInput] = ReasonInput
) -> Act:
    def act(session: Session, actor: Actor, ids: Ids, typed: Typed) -> object:
        return decide(session, actor, ids[1], data=checked(kind, typed))

    return act


def _say(session: Session, actor: Actor, ids: Ids, typed: Typed) -> object:
    data = checked(MessageInput, typed)
    return messages.send_message(session, actor, ids[0], attempt_id=ids[1], data=data)


def _violate(session: Session, actor: Actor, ids: Ids, typed: Typed) -> object:
    return records.record_violation(session, actor, ids[1], data=checked(ViolationInput, typed))


def _move(session: Session, actor: Actor, ids: Ids, typed: Typed) -> None:
    seats.move_seat(session, actor, ids[1], sitting_id=ids[0], data=checked(SeatInput, typed))


# The last part of the address → what the form does, and the field at which a refusal stands.
ACTS: dict[str, tuple[Act, str]] = {
    "extra-time": (_decision(clocks.grant_extra_time, ExtraTimeInput), "reason"),
    "admission": (_decision(clocks.admit_late), "reason"),
    "pause": (_decision(clocks.pause_attempt), "reason"),
    "resume": (_decision(clocks.resume_attempt), "reason"),
    "void": (_decision(service.void_attempt), "reason"),
    "identity-refused": (_decision(roll_call.refuse_identity), "reason"),
    "present": (_decision(roll_call.mark_present), "reason"),
    "absent": (_decision(roll_call.mark_absent), "reason"),
    "note": (_decision(roll_call.write_note, NoteInput), "reason"),
    "hand-in": (_decision(on_behalf.hand_in_for), "reason"),
    "reopen": (_decision(on_behalf.reopen, ReopenInput), "reason"),
    "identity": (_decision(service.confirm_identity, IdentityInput), "document"),
    "message": (_say, "body"),
    "violation": (_violate, "description"),
    "seat": (_move, "place"),
}


@router.get("")
def person_page(
    request: Request, session: Reading, actor: Invigilator, sitting_id: UUID, attempt_id: UUID
) -> Response:
    return _person(request, session, actor, (sitting_id, attempt_id), Shown())


@router.post("/code")
def give_new_code(
    request: Request, session: Tx, actor: Invigilator, sitting_id: UUID, attempt_id: UUID, typed: Form
) -> Response:
    """The page with the fresh code on it, once."""
    service.check_seated(session, actor, sitting_id=sitting_id, attempt_id=attempt_id)
    ids = (sitting_id, attempt_id)
    try:
        data = checked(ReasonInput, typed)
        with attempting(session):
            issued = service.give_new_code(
                session, actor, attempt_id, data=data, hasher=code_hasher_of(request)
            )
    except (Mistyped, Refusal) as problem:
        return _person(request, session, actor, ids, refused("code", typed, problem))
    return _person(request, session, actor, ids, Shown(issued=issued))


@router.get("/log")
def log_page(
    request: Request, session: Reading, actor: Officer, sitting_id: UUID, attempt_id: UUID
) -> Response:
    """What happened in the attempt, for officers and after the hand-in: changes and times, never answers."""
    log = answer_log.load_log(session, actor, sitting_id=sitting_id, attempt_id=attempt_id)
    loaded = board.load_board(session, actor, sitting_id)
    row = board.row_of(loaded, attempt_id)
    return render(request, "invigilation/log.html", board=loaded, row=row, log=log)


@router.post("/violations/{violation_id}/withdraw")
def withdraw_violation(
    request: Request,
    session: Tx,
    actor: Officer,
    sitting_id: UUID,
    attempt_id: UUID,
    violation_id: UUID,
    typed: Form,
) -> Response:
    service.check_seated(session, actor, sitting_id=sitting_id, attempt_id=attempt_id)
    try:
        data = checked(ReasonInput, typed)
        return record(
            session,
            actor,
            sitting_id,
            typed,
            act=lambda: records.withdraw_violation(
                session, actor, violation_id, sitting_id=sitting_id, data=data
            ),
            back=_page(sitting_id, attempt_id),
            verb="withdraw",
            violation=violation_id,
        )
    except (Mistyped, Refusal) as problem:
        shown = refused(f"withdraw-{violation_id}", typed, problem)
        return _person(request, session, actor, (sitting_id, attempt_id), shown)


def _endpoint(verb: str, act: Act, main: str) -> Callable[..., Response]:
    def decide(
        request: Request, session: Tx, actor: Invigilator, sitting_id: UUID, attempt_id: UUID, typed: Form
    ) -> Response:
        service.check_seated(session, actor, sitting_id=sitting_id, attempt_id=attempt_id)
        ids = (sitting_id, attempt_id)
        doing, back = partial(act, session, actor, ids, typed), _page(sitting_id, attempt_id)
        try:
            return record(
                session, actor, sitting_id, typed, act=doing, back=back, verb=verb, attempt=attempt_id
            )
        except (Mistyped, Refusal) as problem:
            return _person(request, session, actor, ids, refused(verb, typed, problem, main=main))

    return decide


for _verb, (_act, _main) in ACTS.items():
    router.add_api_route(f"/{_verb}", _endpoint(_verb, _act, _main), methods=["POST"], name=f"person_{_verb}")


def _person(request: Request, session: Session, actor: Actor, ids: Ids, shown: Shown) -> Response:
    sitting_id, attempt_id = ids
    loaded = board.load_board(session, actor, sitting_id)
    return render(
        request,
        "invigilation/person.html",
        status=shown.status,
        board=loaded,
        row=board.row_of(loaded, attempt_id),
        shown=shown,
        Trouble=Trouble,
        decisions=service.decisions_of(session, actor, attempt_id),
        sent=messages.messages_of(session, actor, sitting_id, attempt_id=attempt_id),
        violations=records.violations_of(session, actor, sitting_id=sitting_id, attempt_id=attempt_id),
        **_around(session, actor, loaded, attempt_id),
    )


def _around(session: Session, actor: Actor, loaded: board.Board, attempt_id: UUID) -> dict[str, Any]:
    """Who sits next to the person, what a violation costs, and what this actor may."""
    near = seats.load_seats(session, actor, loaded.sitting.id).neighbours(attempt_id)
    return {
        "neighbours": [row for row in loaded.rows if row.attempt_id in near],
        "exam": loaded.sitting.exam,
        "may_give_time": service.may_give_time(session, actor, loaded.sitting.id),
        "is_officer": actor.can(Permission.PERIODS_MANAGE),
        "is_paused_alone": clocks.is_attempt_paused(session, attempt_id),
    }


def _page(sitting_id: UUID, attempt_id: UUID) -> str:
    return f"/rooms/{sitting_id}/attempts/{attempt_id}"
