"""What most tests of the bank begin with."""

import pytest
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Role
from exam_service.bank.models import Bank
from tests.fixtures.bank import make_actor, make_bank, make_competency


@pytest.fixture
def bank(session: Session) -> Bank:
    """The bank `TPHT`, whose items may name the competency `TP`."""
    make_competency(session)
    return make_bank(session, code="TPHT")


@pytest.fixture
def author(session: Session) -> Actor:
    """Somebody who writes items for every bank."""
    return make_actor(session, Role.AUTHOR)
