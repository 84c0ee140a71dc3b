"""The invigilator's pages: sittings, the board of one sitting, decisions about a person, slips with login codes."""

from dataclasses import dataclass, field
from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import ValidationError
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Permission
from exam_service.attempts.codes import IssuedCode, code_hasher_of, issue_codes
from exam_service.auth.access import require
from exam_service.db import Reading, Tx, attempting
from exam_service.errors import Refusal
from exam_service.http import refusal_sentence
from exam_service.i18n import gettext as _
from exam_service.invigilation import board, service
from exam_service.invigilation.models import DecisionKind
from exam_service.invigilation.schemas import DecisionForm, ExtraTimeInput, ReasonInput
from exam_service.invigilation.slips import slips_file
from exam_service.official import pdf
from exam_service.templates import render

REFRESH_S = 5
Input = TypeVar("Input", bound=ReasonInput)

router = APIRouter(prefix="/rooms", include_in_schema=False)
Invigilator = Annotated[Actor, require(Permission.INVIGILATE)]
Typed = Annotated[DecisionForm, Form()]


@dataclass(frozen=True)
class Shown:
    """What a person's page shows beside the person: the form that was refused, or the code just made."""

    kind: DecisionKind | None = None
    typed: DecisionForm = field(default_factory=DecisionForm)
    errors: dict[str, str] = field(default_factory=dict)
    issued: IssuedCode | None = None
    status: int = 200


class Mistyped(Exception):
    """A form with mistakes: field → sentence."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(", ".join(errors))
        self.errors = errors


@router.get("")
def sittings_page(request: Request, session: Reading, actor: Invigilator) -> Response:
    """Sittings today and soon, each with its counts."""
    return render(request, "invigilation/sittings.html", lines=board.list_sittings(session, actor))


@router.get("/{sitting_id}")
def board_page(request: Request, session: Reading, actor: Invigilator, sitting_id: UUID) -> Response:
    """The board; htmx asks every few seconds for its rows only."""
    loaded = board.load_board(session, actor, sitting_id)
    is_refresh = request.headers.get("HX-Target") == "board"
    name = "invigilation/_board.html" if is_refresh else "invigilation/board.html"
    return render(request, name, board=loaded, Trouble=board.Trouble, refresh_s=REFRESH_S)


@router.get("/{sitting_id}/codes")
def codes_page(request: Request, session: Reading, actor: Invigilator, sitting_id: UUID) -> Response:
    """Says what issuing does, and offers it; codes already printed cannot be shown again."""
    loaded = board.load_board(session, actor, sitting_id)
    return render(request, "invigilation/codes.html", board=loaded)


@router.post("/{sitting_id}/codes")
def issue_sitting_codes(
    request: Request, session: Tx, actor: Invigilator, sitting_id: UUID, file: Annotated[str, Form()] = ""
) -> Response:
    """Fresh codes for the whole sitting, as slips to print (`file` "pdf": as a PDF): the only time they can be read."""
    sitting = service.get_sitting(session, actor, sitting_id)
    issued = issue_codes(session, actor, sitting_id, hasher=code_hasher_of(request))
    if file == "pdf":
        organisation = str(request.app.state.settings.organisation)
        headers = {
            "Content-Disposition": 'attachment; filename="phieu-ma-du-thi.pdf"',
            "Cache-Control": "no-store",
        }
        data = slips_file(sitting, issued, organisation=organisation)
        return Response(data, media_type=pdf.MEDIA_TYPE, headers=headers)
    return render(request, "invigilation/slips.html", sitting=sitting, issued=issued)


@router.get("/{sitting_id}/attempts/{attempt_id}")
def person_page(
    request: Request, session: Reading, actor: Invigilator, sitting_id: UUID, attempt_id: UUID
) -> Response:
    """One person of the room: where the test stands, what was decided, and what can be decided now."""
    return _person(request, session, actor, (sitting_id, attempt_id), Shown())


@router.post("/{sitting_id}/attempts/{attempt_id}/extra-time")
def grant_extra_time(
    request: Request, session: Tx, actor: Invigilator, sitting_id: UUID, attempt_id: UUID, typed: Typed
) -> Response:
    service.check_seated(session, actor, sitting_id=sitting_id, attempt_id=attempt_id)
    try:
        data = _checked(ExtraTimeInput, typed)
        with attempting(session):
            service.grant_extra_time(session, actor, attempt_id, data=data)
    except (Mistyped, Refusal) as problem:
        shown = _refused(DecisionKind.EXTRA_TIME, typed, problem)
        return _person(request, session, actor, (sitting_id, attempt_id), shown)
    return _back(sitting_id, attempt_id)


@router.post("/{sitting_id}/attempts/{attempt_id}/admission")
def admit_late(
    request: Request, session: Tx, actor: Invigilator, sitting_id: UUID, attempt_id: UUID, typed: Typed
) -> Response:
    service.check_seated(session, actor, sitting_id=sitting_id, attempt_id=attempt_id)
    try:
        data = _checked(ReasonInput, typed)
        with attempting(session):
            service.admit_late(session, actor, attempt_id, data=data)
    except (Mistyped, Refusal) as problem:
        shown = _refused(DecisionKind.LATE_ADMISSION, typed, problem)
        return _person(request, session, actor, (sitting_id, attempt_id), shown)
    return _back(sitting_id, attempt_id)


@router.post("/{sitting_id}/attempts/{attempt_id}/code")
def give_new_code(
    request: Request, session: Tx, actor: Invigilator, sitting_id: UUID, attempt_id: UUID, typed: Typed
) -> Response:
    """The page with the fresh code on it, once."""
    service.check_seated(session, actor, sitting_id=sitting_id, attempt_id=attempt_id)
    try:
        data = _checked(ReasonInput, typed)
        with attempting(session):
            issued = service.give_new_code(
                session, actor, attempt_id, data=data, hasher=code_hasher_of(request)
            )
    except (Mistyped, Refusal) as problem:
        shown = _refused(DecisionKind.NEW_CODE, typed, problem)
        return _person(request, session, actor, (sitting_id, attempt_id), shown)
    return _person(request, session, actor, (sitting_id, attempt_id), Shown(issued=issued))


@router.post("/{sitting_id}/attempts/{attempt_id}/void")
def void_attempt(
    request: Request, session: Tx, actor: Invigilator, sitting_id: UUID, attempt_id: UUID, typed: Typed
) -> Response:
    service.check_seated(session, actor, sitting_id=sitting_id, attempt_id=attempt_id)
    try:
        data = _checked(ReasonInput, typed)
        with attempting(session):
            service.void_attempt(session, actor, attempt_id, data=data)
    except (Mistyped, Refusal) as problem:
        shown = _refused(DecisionKind.VOID, typed, problem)
        return _person(request, session, actor, (sitting_id, attempt_id), shown)
    return _back(sitting_id, attempt_id)


def _checked(kind: type[Input], typed: DecisionForm) -> Input:
    """The form as the service takes it. Raises Mistyped."""
    sentences = {
        "reason": _("Ghi lý do, ít nhất 3 và nhiều nhất 500 ký tự."),
        "minutes": _("Nhập số phút từ 1 đến 180."),
    }
    try:
        return kind.model_validate(typed.model_dump(include=set(kind.model_fields)))
    except ValidationError as error:
        names = [str(entry["loc"][0]) for entry in error.errors()]
        raise Mistyped({name: sentences[name] for name in names}) from error


def _refused(kind: DecisionKind, typed: DecisionForm, problem: Mistyped | Refusal) -> Shown:
    """The form to show again, with what was typed and what is wrong."""
    if isinstance(problem, Mistyped):
        return Shown(kind, typed, problem.errors, status=422)
    return Shown(kind, typed, {"reason": refusal_sentence(problem)}, status=problem.status)


def _person(
    request: Request, session: Session, actor: Actor, ids: tuple[UUID, UUID], shown: Shown
) -> Response:
    sitting_id, attempt_id = ids
    loaded = board.load_board(session, actor, sitting_id)
    row = board.row_of(loaded, attempt_id)
    return render(
        request,
        "invigilation/person.html",
        status=shown.status,
        board=loaded,
        row=row,
        shown=shown,
        Trouble=board.Trouble,
        decisions=service.decisions_of(session, actor, attempt_id),
    )


def _back(sitting_id: UUID, attempt_id: UUID) -> Response:
    return RedirectResponse(f"/rooms/{sitting_id}/attempts/{attempt_id}", status_code=303)
