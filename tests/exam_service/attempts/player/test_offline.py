"""The player in a real Chromium when the network, the browser or the machine is gone: no answer is lost."""

from collections.abc import Iterator

import pytest

from exam_service.settings import Settings
from tests.exam_service.attempts.player.test_sitting import (
    Hall,
    closing_database,
    served,
)
from tests.fixtures.attempts import make_room

pytestmark = pytest.mark.browser


@pytest.fixture
def hall(own_database_url: str, settings: Settings) -> Iterator[Hall]:
    with closing_database(own_database_url) as database:
        with database.sessions() as session:
            room = make_room(session, settings, items_per_cell=20)
            session.commit()
        with served(settings, database) as address:
            yield Hall(address, database, room)
