"""The tools of an exam: who decides, until when, and what the player is told."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from exam_service.actor import Role
from exam_service.aids.models import ExamTools
from exam_service.aids.tools import ToolsAreInUse, ToolsInput, changes_after_seal, save_tools
from exam_service.audit import AuditRow
from exam_service.errors import Forbidden, Invalid
from exam_service.invigilation.sealing import seal_period
from exam_service.periods.lifecycle import open_period
from exam_service.settings import PLAYER_TOOLS, Settings
from tests.fixtures.attempts import make_room, sign_in
from tests.fixtures.auth import SignIn
from tests.fixtures.periods import World, actor_with, make_world


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


def save(session: Session, world: World, *tools: str, reason: str = "") -> list[str]:
    return save_tools(
        session,
        world.officer,
        period_id=world.period.id,
        exam_id=world.exam.id,
        data=ToolsInput(tools=list(tools), reason=reason),
        default=PLAYER_TOOLS,
    )


def test_the_officer_chooses_freely_before_the_seal_and_the_audit_tells(
    session: Session, world: World
) -> None:
    assert save(session, world, "notes", "highlight", "notes") == ["highlight", "notes"]
    assert save(session, world) == []
    session.commit()
    acts = session.scalars(
        select(AuditRow).where(AuditRow.action == "exam.tools").order_by(AuditRow.sequence)
    ).all()
    assert [act.detail["after"] for act in acts] == [["highlight", "notes"], []]
    assert acts[1].detail["before"] == ["highlight", "notes"]


def test_after_the_seal_a_change_needs_a_reason_and_after_the_opening_it_is_refused(
    session: Session, world: World
) -> None:
    save(session, world, "notes")
    seal_period(session, world.officer, period_id=world.period.id)
    with pytest.raises(Invalid) as refused:
        save(session, world, "notes", "calculator")
    assert refused.value.field == "reason"
    save(session, world, "notes", "calculator", reason="Đề có phép tính, hội đồng thống nhất.")
    [change] = changes_after_seal(session, [world.exam.id])
    assert (change.before, change.after) == (["notes"], ["notes", "calculator"])
    open_period(session, world.officer, period_id=world.period.id)
    with pytest.raises(ToolsAreInUse):
        save(session, world, "notes", reason="Đổi lại.")
    with pytest.raises(IntegrityError, match="never changed"), session.begin_nested():
        session.execute(text("UPDATE exam_tools SET tools = '[]'"))


def test_the_seal_writes_down_the_installations_tools_and_no_later_setting_changes_them(
    session: Session, world: World
) -> None:
    seal_period(session, world.officer, period_id=world.period.id, tools=["notes"])
    session.commit()
    assert session.get_one(ExamTools, world.exam.id).tools == ["notes"]
    act = session.scalars(select(AuditRow).where(AuditRow.action == "period.seal_aids")).one()
    assert act.detail["exams"] == {world.exam.code: {"tools": ["notes"], "statutes": []}}


@pytest.mark.parametrize("role", [Role.AUTHOR, Role.REVIEWER, Role.MARKER, Role.INVIGILATOR])
def test_nobody_but_an_officer_of_periods_changes_tools(session: Session, world: World, role: Role) -> None:
    with pytest.raises(Forbidden):
        save_tools(
            session,
            actor_with(session, role),
            period_id=world.period.id,
            exam_id=world.exam.id,
            data=ToolsInput(tools=[]),
            default=PLAYER_TOOLS,
        )


def test_an_unknown_tool_is_refused(session: Session, world: World) -> None:
    with pytest.raises(Invalid, match="telescope"):
        save(session, world, "telescope")


def test_the_player_is_told_the_tools_of_its_exam(
    session: Session, settings: Settings, browser: TestClient
) -> None:
    room = make_room(session, settings, people=1, before_seal=lambda world: save(session, world, "mask"))
    sign_in(browser, room.seats[0])
    policy = browser.get("/api/attempts/current").json()["policy"]
    assert policy["tools"] == ["mask"]
    assert policy["statutes"] == []


def test_the_api_says_and_changes_the_tools(session: Session, world: World, signed_in: SignIn) -> None:
    session.commit()
    officer = signed_in(roles={Role.OFFICER})
    url = f"/api/periods/{world.period.id}"
    [exam] = officer.get(f"{url}/aids").json()
    assert exam["tools"] == list(PLAYER_TOOLS)
    changed = officer.put(f"{url}/exams/{world.exam.id}/tools", json={"tools": ["notes", "mask"]})
    assert changed.json() == {"tools": ["mask", "notes"]}
    assert officer.get(f"{url}/aids").json()[0]["tools"] == ["mask", "notes"]
    refused = officer.put(f"{url}/exams/{world.exam.id}/tools", json={"tools": ["x"]})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")


def test_a_stranger_neither_reads_nor_changes_by_the_api(
    session: Session, world: World, signed_in: SignIn, browser: TestClient
) -> None:
    session.commit()
    url = f"/api/periods/{world.period.id}"
    tools = f"{url}/exams/{world.exam.id}/tools"
    assert browser.get(f"{url}/aids").status_code == 401
    assert browser.put(tools, json={"tools": []}).status_code == 401
    author = signed_in(roles={Role.AUTHOR})
    assert author.get(f"{url}/aids").status_code == 403
    assert author.put(tools, json={"tools": []}).status_code == 403
    assert session.get(ExamTools, world.exam.id) is None
