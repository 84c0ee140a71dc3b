"""The commitment of a large period is made in the background: the page says so, and names what stands in the way."""

from copy import deepcopy
from uuid import UUID

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Role
from exam_service.audit import AuditRow
from exam_service.auth.models import Account
from exam_service.db import Database
from exam_service.errors import Forbidden
from exam_service.periods import ceremony, committing
from exam_service.periods.models import CommitRequest, DrawCeremony, Period
from exam_service.periods.vault import Vault
from tests.fixtures.auth import SignIn
from tests.fixtures.periods import actor_with, make_world

VAULT = Vault("a signing secret of the tests, long enough")


def test_a_large_commitment_is_made_in_the_background_and_the_page_says_so(
    session: Session, database: Database, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ceremony, "LARGEST_AT_ONCE", 2)
    world = make_world(session, people=3, items_per_cell=2)  # one item short in each cell
    officer, here = signed_in(roles={Role.OFFICER}), f"/periods/{world.period.id}"
    assert officer.post(f"{here}/draw/commit", data={}).status_code == 303
    waiting = officer.get(f"{here}/evidence").text
    assert "Đang lập cam kết" in waiting
    assert "hx-trigger" in waiting
    assert officer.post(f"{here}/draw/commit", data={}).status_code == 409, "one at a time"
    assert committing.commit_waiting(database, VAULT) == 0
    refused = officer.get(f"{here}/evidence").text
    assert "Chưa lập được cam kết" in refused
    assert "thiếu 1 câu" in refused
    assert "hx-trigger" not in refused

    body = deepcopy(world.blueprint.body)
    for cell in body["sections"][0]["cells"]:
        cell["count"] = 1
    world.blueprint.body = body
    session.commit()
    assert officer.post(f"{here}/draw/commit", data={}).status_code == 303, "tried again"
    assert committing.commit_waiting(database, VAULT) == 1
    assert committing.commit_waiting(database, VAULT) == 0, "made once"
    session.expire_all()
    made = session.scalars(select(DrawCeremony)).one()
    assert made.committed_by == officer.account.display_name
    done = officer.get(f"{here}/evidence").text
    assert made.commitment in done
    assert "Chưa lập được cam kết" not in done
    assert session.scalar(select(func.count()).where(AuditRow.action == "draw.commit_request")) == 2


def test_a_stranger_asks_for_nothing_and_a_closed_account_commits_nothing(
    session: Session, database: Database
) -> None:
    world = make_world(session)
    for role in (Role.AUTHOR, Role.INVIGILATOR, Role.AUDITOR, Role.HR, Role.ADMIN):
        with pytest.raises(Forbidden):
            committing.request_commitment(session, actor_with(session, role), period_id=world.period.id)
    committing.request_commitment(session, world.officer, period_id=world.period.id)
    account = session.get_one(Account, world.officer.id)
    account.is_active = False
    session.commit()
    assert committing.commit_waiting(database, VAULT) == 0
    session.expire_all()
    assert session.scalars(select(CommitRequest.refusal)).one() == str(Forbidden())
    assert session.scalar(select(func.count(DrawCeremony.id))) == 0
    assert session.get_one(Period, world.period.id).state == "draft"


def test_a_commitment_that_fails_each_time_ends_with_the_reason_and_holds_no_other_up(
    session: Session,
    database: Database,
    signed_in: SignIn,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    broken, sound = make_world(session), make_world(session)
    monkeypatch.setattr(ceremony, "LARGEST_AT_ONCE", 2)
    officer = signed_in(roles={Role.OFFICER})
    for world in (broken, sound):
        assert officer.post(f"/periods/{world.period.id}/draw/commit", data={}).status_code == 303
    commit_draw = ceremony.commit_draw

    def fails_for_one(
        session: Session, actor: Actor, *, period_id: UUID, vault: Vault, reason: str
    ) -> object:
        if period_id == broken.period.id:
            session.execute(text("SELECT 1 / 0"))
        return commit_draw(session, actor, period_id=period_id, vault=vault, reason=reason)

    monkeypatch.setattr(ceremony, "commit_draw", fails_for_one)
    assert committing.commit_waiting(database, VAULT) == 1, "the other one is made at once"
    for _try in range(committing.MOST_TRIES):
        assert committing.commit_waiting(database, VAULT) == 0
    session.expire_all()
    assert session.scalars(select(DrawCeremony.period_id)).all() == [sound.period.id]
    request = committing.latest_request(session, broken.period.id)
    assert request is not None
    assert (request.tries, request.ended_at is not None) == (committing.MOST_TRIES, True)
    assert sum("division by zero" in (record.exc_text or "") for record in caplog.records) == 5
    page = officer.get(f"/periods/{broken.period.id}/evidence").text
    assert f"mã yêu cầu {request.id}" in page
    assert "hx-trigger" not in page, "nothing is waited for"


def test_a_commitment_that_ended_its_process_each_time_is_given_up(
    session: Session, database: Database
) -> None:
    world = make_world(session)
    request = committing.request_commitment(session, world.officer, period_id=world.period.id)
    request.tries = committing.MOST_TRIES
    session.commit()
    assert committing.commit_waiting(database, VAULT) == 0
    session.expire_all()
    assert "sau 5 lần thử" in request.refusal
