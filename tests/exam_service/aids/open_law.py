"""An exam that permits two documents, with candidates in its room, beside a period that is being prepared."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from exam_service.actor import ActorKind, Role
from exam_service.auth import sessions
from exam_service.auth.models import RoleGrant
from exam_service.settings import Settings
from tests.fixtures.aids import permit, regulation
from tests.fixtures.attempts import Seat, make_room
from tests.fixtures.periods import World, make_world

LONG_NAME = (
    "Quy chế mẫu về tổ chức sát hạch định kỳ công chức cấp xã trên địa bàn thành phố và các đơn vị trực thuộc"
)
MARKUP = '<img src="x" onerror="document.title=1">'
LONG = f"{regulation(120)}\n2. Điều khoản {MARKUP} là chữ.\nĐiều 121a. Điều chen giữa\n1. Câu cuối."


@dataclass
class OpenLawExam:
    seats: list[Seat]
    hashes: list[str]
    staff: str  # the token of an officer
    pages: list[str]  # of the officer, in the period that is being prepared


def make_open_law_exam(session: Session, settings: Settings) -> OpenLawExam:
    """Two candidates may sit the exam with the documents `hashes` at once."""
    hashes: list[str] = []

    def before(world: World) -> None:
        for title, text in (("Quy chế dài", LONG), ("Nội quy phòng thi", regulation(3))):
            hashes.append(permit(session, world, title=title, text=text).sha256)

    room = make_room(session, settings, people=2, before_seal=before)
    draft = make_world(session)
    read = permit(session, draft, title=LONG_NAME, text=f"{regulation(40)}\nĐiều 45. Sau", is_confirmed=False)
    pages = [
        f"/periods/{draft.period.id}/aids",
        f"/periods/{draft.period.id}/aids/exams/{draft.exam.id}/documents/new",
        f"/periods/{draft.period.id}/aids/documents/{read.id}",
    ]
    return OpenLawExam(room.seats, hashes, _sign_officer_in(session, draft), pages)


def _sign_officer_in(session: Session, world: World) -> str:
    assert world.officer.id is not None
    session.add(RoleGrant(account_id=world.officer.id, role=Role.OFFICER.value))
    opened = sessions.open_session(
        session, kind=ActorKind.ACCOUNT, subject_id=world.officer.id, address="t", user_agent="t"
    )
    return opened.token
