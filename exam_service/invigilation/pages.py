"""The invigilator's pages: sittings, all rooms at once, the board of one sitting, slips with login codes."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Permission
from exam_service.attempts.codes import code_hasher_of, issue_codes
from exam_service.auth.access import require
from exam_service.db import Reading, Tx
from exam_service.errors import Refusal
from exam_service.http import refusal_sentence
from exam_service.invigilation import alarm, board, halls, naming, service
from exam_service.invigilation.board_states import BoardState, BoardView, read_state
from exam_service.invigilation.forms import Mistyped, Shown
from exam_service.invigilation.signs import Trouble
from exam_service.invigilation.slips import slips_file
from exam_service.invigilation.together import MOST_TOGETHER
from exam_service.official import pdf
from exam_service.templates import render

REFRESH_S, HALLS_REFRESH_S = 5, 10

router = APIRouter(prefix="/rooms", include_in_schema=False)
Invigilator = Annotated[Actor, require(Permission.INVIGILATE)]


@router.get("")
def sittings_page(request: Request, session: Reading, actor: Invigilator, room: str = "") -> Response:
    """Sittings today and soon, each with its counts; `room` keeps those of one room."""
    counts = board.rooms_listed(session, actor)
    lines = board.list_sittings(session, actor, room=room)
    total = counts.get(room, 0) if room else sum(counts.values())
    return render(
        request,
        "invigilation/sittings.html",
        lines=lines,
        left_out=max(0, total - len(lines)),
        rooms=[(name, name) for name in counts],
        room=room,
        refresh_s=REFRESH_S,
    )


@router.get("/all")
def halls_page(request: Request, session: Reading, actor: Invigilator, period: str = "") -> Response:
    """All rooms at work, whichever needs help first; `period` keeps those of one period."""
    chosen = _uuid_or_none(period)
    found = halls.load_halls(session, actor, period_id=chosen)
    return render(
        request,
        "invigilation/halls.html",
        halls=found,
        periods=[(str(period_id), name) for period_id, name in found.periods],
        period=period if chosen in dict(found.periods) else "",
        BoardState=BoardState,
        refresh_s=HALLS_REFRESH_S,
    )


def _uuid_or_none(typed: str) -> UUID | None:
    try:
        return UUID(typed)
    except ValueError:
        return None


@router.get("/{sitting_id}")
def board_page(
    request: Request,
    session: Reading,
    actor: Invigilator,
    sitting_id: UUID,
    state: str = "",
) -> Response:
    """The board; `state` keeps the rows in one state. htmx asks every few seconds for what changes on it only."""
    return show_board(request, session, actor, sitting_id, state=state)


@router.post("/{sitting_id}/board")
def filtered_board(
    request: Request,
    session: Reading,
    actor: Invigilator,
    sitting_id: UUID,
    state: str = "",
    ids: Annotated[str, Form()] = "",
) -> Response:
    """What changes on a filtered board, with the rows of `ids`, which somebody has chosen: attempts with blanks between
    them. They are too many for an address. Nothing is written."""
    return show_board(request, session, actor, sitting_id, state=state, chosen=ids.split())


def show_board(
    request: Request,
    session: Session,
    actor: Actor,
    sitting_id: UUID,
    *,
    state: str = "",
    chosen: Sequence[str] = (),
    refusal: Refusal | None = None,
    mistyped: Mistyped | None = None,
) -> Response:
    """The board, or what changes on it; a refused act of the board says why above it."""
    loaded = board.load_board(session, actor, sitting_id)
    is_refresh = request.headers.get("HX-Target") == "board"
    # Every open board asks every few seconds: what stands around the rows is read for whole pages only.
    around = {} if is_refresh else _around(session, actor, sitting_id)
    problem = refusal_sentence(refusal) if refusal else " ".join(mistyped.errors.values()) if mistyped else ""
    return render(
        request,
        "invigilation/_board.html" if is_refresh else "invigilation/board.html",
        status=refusal.status if refusal else 422 if mistyped else 200,
        board=loaded,
        view=BoardView(loaded, read_state(state), frozenset(chosen)),
        BoardState=BoardState,
        Trouble=Trouble,
        refresh_s=REFRESH_S,
        may_name=actor.can(Permission.PERIODS_MANAGE),
        problem=problem,
        shown=Shown(),
        **around,
    )


def _around(session: Session, actor: Actor, sitting_id: UUID) -> dict[str, Any]:
    return {
        "named": naming.named_for(session, sitting_id),
        "in_room": alarm.sittings_in_room(session, actor, sitting_id),
        "most_together": MOST_TOGETHER,
    }


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
