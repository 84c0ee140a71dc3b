"""What was noticed of candidates' attention is kept for the time that they were told, and no longer."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.attempts.room_models import AttemptSignal, SignalKind
from exam_service.attempts.signal_retention import delete_old_signals
from exam_service.audit import AuditRow
from exam_service.jobs import BLUEPRINTS
from exam_service.settings import Settings
from tests.fixtures.attempts import make_room, sign_in


def test_old_signals_are_deleted_with_a_trace_and_everything_else_stays(
    session: Session, settings: Settings
) -> None:
    room = make_room(session, settings, people=1)
    now = clock.now()
    ages = {1: 31, 2: 29, 3: 31, 4: 31}
    kinds = {3: SignalKind.COPIED, 4: SignalKind.TAKEN_OVER}
    for number, days in ages.items():
        session.add(
            AttemptSignal(
                attempt_id=room.seats[0].attempt_id,
                page="p",
                number=number,
                kind=kinds.get(number, SignalKind.FOCUS_LOST).value,
                at=now - timedelta(days=days),
            )
        )
    session.flush()
    assert delete_old_signals(session, keep_days=30) == 2
    session.commit()
    assert sorted(session.scalars(select(AttemptSignal.number))) == [2, 4]
    (act,) = session.scalars(select(AuditRow).where(AuditRow.action == "period.forget_signals"))
    assert (act.subject_id, act.detail, act.actor_kind) == (
        str(room.period_id),
        {"count": 2, "keep_days": 30},
        "system",
    )
    assert delete_old_signals(session, keep_days=30) == 0, "a second run has nothing to tell"


@pytest.mark.parametrize("is_watched", [True, False])
def test_the_candidate_is_told_how_long_it_is_kept(
    session: Session, settings: Settings, browser: TestClient, is_watched: bool
) -> None:
    room = make_room(session, settings, people=1, exam_rules={"watches_focus": is_watched})
    sign_in(browser, room.seats[0])
    rules = browser.get("/api/attempts/current").json()["rules"]["vi"]
    sentence = f"Các ghi nhận này được xóa sau {settings.signals_keep_days} ngày."
    assert any(sentence in rule for rule in rules) is is_watched


def test_the_time_is_a_setting_within_limits_and_the_job_runs_every_night() -> None:
    assert Settings(signals_keep_days=7).signals_keep_days == 7
    for days in (0, 3651):
        with pytest.raises(ValidationError):
            Settings(signals_keep_days=days)
    nightly = BLUEPRINTS["attempts"].periodic_registry.periodic_tasks.values()
    assert [one.cron for one in nightly if one.task.name == "forget"] == ["41 3 * * *"]
