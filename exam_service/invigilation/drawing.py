"""Large draws in the background: papers and attempts of thousands of candidates, all or none."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, update

from exam_service import clock
from exam_service.actor import SYSTEM
from exam_service.db import Database
from exam_service.errors import Refusal
from exam_service.invigilation.sealing import draw_period
from exam_service.periods.ceremony import NotConfirmed
from exam_service.periods.models import DrawCeremony, DrawProgress
from exam_service.periods.vault import Vault
from exam_service.settings import PLAYER_TOOLS


def draw_waiting(database: Database, vault: Vault, *, tools: Sequence[str] = PLAYER_TOOLS) -> int:
    """Every confirmed ceremony without papers is drawn, unless its last try was refused; returns how many were drawn.

    Each in one transaction of its own. A refusal is kept for the page of progress. `tools` as for `draw_period`.
    """
    waiting = (
        select(DrawCeremony.id)
        .join(DrawProgress, DrawProgress.ceremony_id == DrawCeremony.id)
        .where(
            DrawCeremony.confirmed_at.is_not(None),
            DrawCeremony.drawn_at.is_(None),
            DrawCeremony.withdrawn_at.is_(None),
            DrawProgress.refusal == "",
        )
    )
    with database.reading() as session:
        found = session.scalars(waiting).all()
    return sum(_draw_one(database, vault, ceremony_id, tools=tools) for ceremony_id in found)


def _draw_one(database: Database, vault: Vault, ceremony_id: UUID, *, tools: Sequence[str]) -> bool:
    def report(done: int) -> None:
        _note(database, ceremony_id, done=done)

    try:
        with database.transaction() as session:
            ceremony = session.get_one(DrawCeremony, ceremony_id)
            draw_period(session, SYSTEM, ceremony=ceremony, vault=vault, report=report, tools=tools)
    except NotConfirmed:  # another worker was faster, or the commitment has just been withdrawn
        return False
    except Refusal as refusal:
        _note(database, ceremony_id, done=0, refusal=str(refusal))
        return False
    return True


def _note(database: Database, ceremony_id: UUID, *, done: int, refusal: str = "") -> None:
    with database.transaction() as session:
        session.execute(
            update(DrawProgress)
            .where(DrawProgress.ceremony_id == ceremony_id)
            .values(done=done, refusal=refusal, updated_at=clock.now())
        )
