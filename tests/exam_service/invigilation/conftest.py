"""Who works in the room of a test: its invigilator, signed in."""

import pytest
from sqlalchemy.orm import Session

from exam_service.actor import Role
from tests.fixtures.attempts import Room, name_invigilator
from tests.fixtures.auth import SignedIn, SignIn


@pytest.fixture
def staff(signed_in: SignIn, room: Room, session: Session) -> SignedIn:
    """The invigilator of `room`, which each module makes as it needs it."""
    staff = signed_in(roles={Role.INVIGILATOR})
    name_invigilator(session, room, staff.account.id)
    return staff
