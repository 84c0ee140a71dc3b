import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from exam_service import audit, clock
from exam_service.actor import SYSTEM, Role
from exam_service.audit import AuditRow
from exam_service.auth import throttle
from exam_service.auth.jobs import sweep_sessions
from exam_service.auth.models import LoginSession, SignInFailure
from tests.fixtures.auth import SignIn


@pytest.fixture
def acts(session: Session) -> None:
    # 23:30 on 1 March in Cần Thơ is still 1 March there, though 16:30 in UTC.
    for day, action in ((1, "period.seal"), (2, "period.open"), (3, "item.approve")):
        with clock.fixed_at(datetime(2026, 3, day, 16, 30, tzinfo=UTC)):
            audit.record(session, SYSTEM, action, (action.split(".")[0], f"id-{day}"), note="<b>đậm</b>")
            session.commit()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["id-3", "id-2", "id-1"]),
        ({"action": "period.open"}, ["id-2"]),
        ({"subject": "period"}, ["id-2", "id-1"]),
        ({"subject": "id-3"}, ["id-3"]),
        ({"who": "hệ thống", "to_day": "2026-03-01"}, ["id-1"]),
        ({"from_day": "2026-03-02", "to_day": "2026-03-02"}, ["id-2"]),
        ({"who": "nobody"}, []),
        ({"from_day": "", "to_day": ""}, ["id-3", "id-2", "id-1"]),
    ],
)
def test_the_trail_is_filtered_by_act_person_subject_and_day(
    signed_in: SignIn, acts: None, query: dict[str, str], found: list[str]
) -> None:
    page = signed_in(roles={Role.AUDITOR}).get("/admin/audit", params=query).text
    assert re.findall(r">(id-\d)</a>", page) == found
    assert "<b>đậm</b>" not in page


def test_the_chain_is_verified_on_demand(signed_in: SignIn, acts: None, session: Session) -> None:
    auditor = signed_in(roles={Role.AUDITOR})
    page = auditor.get("/admin/audit/verification").text
    head = session.scalar(select(AuditRow.hash).order_by(AuditRow.sequence.desc()).limit(1))
    assert "nguyên vẹn" in page
    assert head is not None
    assert head in page


def test_a_forged_act_is_reported_with_its_number(signed_in: SignIn, acts: None, session: Session) -> None:
    forged = session.scalars(select(AuditRow.sequence).where(AuditRow.subject_id == "id-2")).one()
    session.execute(text("ALTER TABLE audit_row DISABLE TRIGGER USER"))
    session.execute(update(AuditRow).where(AuditRow.sequence == forged).values(actor_name="Ai đó"))
    session.execute(text("ALTER TABLE audit_row ENABLE TRIGGER USER"))
    session.commit()
    page = signed_in(roles={Role.AUDITOR}).get("/admin/audit/verification").text
    assert f"dòng số {forged}" in page


def test_old_sessions_and_failures_are_swept_and_fresh_ones_stay(signed_in: SignIn, session: Session) -> None:
    with clock.fixed_at(clock.now() - timedelta(days=31)):
        signed_in()
        throttle.count_failure(session, name="account:a", address="x")
    signed_in()
    throttle.count_failure(session, name="account:b", address="x")
    session.flush()
    assert (sweep_sessions(session), throttle.sweep_failures(session)) == (1, 1)
    assert len(session.scalars(select(LoginSession)).all()) == 1
    assert session.scalars(select(SignInFailure.name)).all() == ["account:b"]
