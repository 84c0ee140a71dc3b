"""Numbers of documents under true commits: transactions that race take turns, one that fails leaves no gap."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from exam_service.documents import service
from exam_service.documents.models import IssuedDocument
from exam_service.documents.subjects import Letterhead
from exam_service.invigilation.clocks import grant_extra_time
from exam_service.invigilation.schemas import ExtraTimeInput
from exam_service.settings import Settings
from tests.conftest import cloned_database
from tests.fixtures.attempts import LiveRoom, running_room

PAPER = Letterhead("Ủy ban nhân dân thành phố Cần Thơ", "Cần Thơ")
RACERS = 6


@pytest.fixture(scope="module")
def live(server_url: str, settings: Settings) -> Iterator[LiveRoom]:
    """One room for both tests: they make documents of different series."""
    with cloned_database(server_url) as url, running_room(url, settings, people=1) as live:
        yield live


class Broken(Exception):
    pass


def test_racing_transactions_get_numbers_without_gaps_or_doubles(live: LiveRoom) -> None:
    officer = live.room.world.officer
    with live.database.transaction() as session:
        data = ExtraTimeInput(minutes=1, reason="Mất điện")
        attempt_id = live.room.seats[0].attempt_id
        ids = [grant_extra_time(session, officer, attempt_id, data=data) for _racer in range(RACERS)]
        session.flush()
        subjects = [row.id for row in ids]

    def issue(place: int) -> None:
        with live.database.transaction() as session:
            service.issue_document(
                session, officer, code="incident", subject_id=subjects[place], letterhead=PAPER, typed={}
            )
            if place % 3 == 0:
                raise Broken

    with ThreadPoolExecutor(RACERS) as pool:
        futures = [pool.submit(issue, place) for place in range(RACERS)]
    assert sum(isinstance(future.exception(), Broken) for future in futures) == 2
    with live.database.reading() as session:
        of_kind = select(IssuedDocument.number).where(IssuedDocument.kind == "incident")
        assert sorted(session.scalars(of_kind)) == [1, 2, 3, 4]


def test_two_who_issue_the_same_document_together_make_one(live: LiveRoom) -> None:
    officer, sitting_id = live.room.world.officer, live.room.sitting_id

    def issue(_place: int) -> str:
        try:
            with live.database.transaction() as session:
                service.issue_document(
                    session, officer, code="candidate_list", subject_id=sitting_id, letterhead=PAPER, typed={}
                )
        except service.NothingChanged as refusal:
            return refusal.code
        return "issued"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(issue, range(2))) == ["document_unchanged", "issued"]
    with live.database.reading() as session:
        of_kind = select(IssuedDocument.number).where(IssuedDocument.kind == "candidate_list")
        assert session.scalars(of_kind).all() == [1]
