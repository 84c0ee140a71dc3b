"""Pages and API of people over HTTP."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_service.actor import PERMISSIONS, Permission, Role, Scope
from exam_service.people.models import Appointment, Person, Position, RosterImport, Unit
from tests.exam_service.people.test_roster import row
from tests.fixtures.auth import SECRET, SignedIn, SignIn, make_client
from tests.fixtures.people import make_appointment, make_person, make_position, make_unit, workbook

VIEWED = ("/people", "/people/units", "/people/positions", "/people/{person}")
KEPT = (
    "/people/new",
    "/people/{person}/edit",
    "/people/units/new",
    "/people/units/{unit}",
    "/people/positions/new",
    "/people/positions/{position}",
    "/people/imports",
    "/people/imports/new",
    "/people/imports/template",
)


@pytest.fixture
def world(session: Session) -> dict[str, Any]:
    unit, position = make_unit(session, "Vị Thanh"), make_position(session, code="TPHT")
    person = make_person(session, "Nguyễn Thị Ánh", cccd="092190001234", staff_code="CT777")
    make_appointment(session, person, unit=unit, position=position)
    session.commit()
    return {"person": person.id, "unit": unit.id, "position": position.id}


@pytest.mark.parametrize("role", list(Role))
def test_people_are_seen_and_kept_by_those_with_the_permission_only(
    signed_in: SignIn, world: dict[str, Any], role: Role
) -> None:
    client = signed_in(roles={role})
    for paths, permission in ((VIEWED, Permission.PEOPLE_VIEW), (KEPT, Permission.PEOPLE_MANAGE)):
        wanted = 200 if permission in PERMISSIONS[role] else 403
        for path in paths:
            assert client.get(path.format(**world)).status_code == wanted, path


def test_a_viewer_changes_nobody(signed_in: SignIn, world: dict[str, Any], session: Session) -> None:
    client = signed_in(roles={Role.HR})
    data = {"staff_code": "X1", "given_name": "An"}
    for path in (
        "/people/new",
        f"/people/{world['person']}/edit",
        "/people/units/new",
        "/people/positions/new",
    ):
        assert client.post(path, data=data).status_code == 403
    assert session.scalar(select(func.count()).select_from(Person)) == 1


def test_lists_and_profiles_never_show_a_whole_cccd(signed_in: SignIn, world: dict[str, Any]) -> None:
    client = signed_in(roles={Role.HR})
    for path in ("/people", f"/people/{world['person']}"):
        page = client.get(path).text
        assert "092190001234" not in page
        assert "••••••••1234" in page


def test_a_person_is_added_corrected_and_appointed_by_forms(
    signed_in: SignIn, world: dict[str, Any], session: Session
) -> None:
    client = signed_in(roles={Role.OFFICER})
    data = {"staff_code": "X1", "family_names": "Lê Thị", "given_name": "", "birth_date": "", "sex": ""}
    refused = client.post("/people/new", data=data)
    assert refused.status_code == 422
    assert 'id="given_name-error"' in refused.text
    assert 'value="Lê Thị"' in refused.text
    place = client.post("/people/new", data={**data, "given_name": "Bé"}).headers["location"]
    appointment = {"position_id": world["position"], "unit_id": world["unit"], "from_date": "2026-01-01"}
    assert client.post(f"{place}/appointments", data={**appointment, "is_main": "true"}).status_code == 303
    again = client.post(f"{place}/appointments", data=appointment)
    assert again.status_code == 409
    assert "đã giữ vị trí đó" in again.text
    held = session.scalars(select(Appointment).join(Person).where(Person.staff_code == "X1")).one()
    end = f"{place}/appointments/{held.id}/end"
    assert client.post(end, data={"to_date": "2025-12-31"}).status_code == 422
    assert client.post(end, data={"to_date": "2026-06-30"}).status_code == 303
    session.refresh(held)
    assert held.to_date == date(2026, 6, 30)
    foreign = f"/people/{world['person']}/appointments/{held.id}/end"
    assert client.post(foreign, data={"to_date": "2026-06-30"}).status_code == 404


def test_units_and_positions_are_kept_by_forms(
    signed_in: SignIn, world: dict[str, Any], session: Session
) -> None:
    client = signed_in(roles={Role.OFFICER})
    unit = {"code": "x-oc", "type": "commune", "name": "Cờ Đỏ", "parent_id": "", "is_active": "true"}
    assert client.post("/people/units/new", data=unit).status_code == 303
    assert client.post("/people/units/new", data=unit).status_code == 409
    assert "Xã Cờ Đỏ" in client.get("/people/units").text
    assert (
        client.post(f"/people/units/{world['unit']}", data={**unit, "code": "W1", "type": "ward"}).status_code
        == 303
    )
    position = {"code": "vt1", "title": "Chuyên viên", "regime": "job_position", "group": "cadre"}
    assert client.post("/people/positions/new", data=position).status_code == 422
    assert client.post("/people/positions/new", data={**position, "group": "support"}).status_code == 303
    change = {**position, "group": "support", "title": "Nhân viên"}
    made = session.scalars(select(Position).where(Position.code == "VT1")).one()
    assert client.post(f"/people/positions/{made.id}", data=change).status_code == 303
    session.refresh(made)
    assert (made.title, made.is_active) == ("Nhân viên", False)
    assert session.scalars(select(Unit.code).where(Unit.name == "Cờ Đỏ").order_by(Unit.code)).all() == [
        "W1",
        "X-OC",
    ]


def send(client: SignedIn, data: bytes, name: str = "ds.xlsx") -> Any:
    return client.post(
        "/people/imports/new", data={"effective_date": "2026-01-01"}, files={"file": (name, data)}
    )


def test_a_roster_goes_from_upload_over_repairs_to_commit(
    signed_in: SignIn, world: dict[str, Any], session: Session
) -> None:
    client = signed_in(roles={Role.OFFICER})
    place = send(client, workbook(row(**{"Số CCCD": 92190005678, "Họ và tên": "Lê <b>An"}))).headers[
        "location"
    ]
    page = client.get(place).text
    assert "thiếu số 0 ở đầu" in page
    assert "<b>An" not in page
    assert client.post(f"{place}/commit").status_code == 409
    place = send(client, workbook(row(**{"Số CCCD": 92190005678}))).headers["location"]
    assert client.post(f"{place}/commit").status_code == 409
    keys = re.findall(r'name="keys" value="([^"]+)"', client.get(place).text)
    assert keys == ["2:cccd"]
    client.post(f"{place}/repairs", data={"keys": keys, "shown": keys})
    assert client.post(f"{place}/commit").status_code == 303
    assert session.scalars(select(Person.cccd).where(Person.staff_code == "CT001")).all() == ["092190005678"]
    assert "Đã ghi" in client.get(place).text
    assert client.post(f"{place}/commit").status_code == 409
    assert "ds.xlsx" in client.get("/people/imports").text


def test_every_repair_is_accepted_at_once(signed_in: SignIn, world: dict[str, Any], session: Session) -> None:
    client = signed_in(roles={Role.OFFICER})
    rows = [
        row(**{"Mã CBCC": f"CT{n:03d}", "Số CCCD": 92190005000 + n, "Đơn vị": "Vị Thanh"}) for n in range(60)
    ]
    place = send(client, workbook(*rows)).headers["location"]
    client.post(f"{place}/repairs", data={"every": "true"})
    assert client.post(f"{place}/commit").status_code == 303
    assert session.scalar(select(func.count()).select_from(Person)) == 61


def test_a_commit_after_the_people_changed_shows_the_new_check_instead(
    signed_in: SignIn, world: dict[str, Any], session: Session
) -> None:
    client = signed_in(roles={Role.OFFICER})
    place = send(client, workbook(row())).headers["location"].replace("None", "")
    # The number in the file is already that of CT777: an error at once, and a different one after it is freed.
    person = session.get(Person, world["person"])
    assert person is not None
    person.cccd = None
    session.commit()
    answer = client.post(f"{place}/commit")
    assert answer.status_code == 409
    assert "xem lại kết quả kiểm tra mới" in answer.text
    assert client.post(f"{place}/commit").status_code == 303


def test_a_file_that_cannot_be_read_is_refused_on_the_form(signed_in: SignIn) -> None:
    client = signed_in(roles={Role.OFFICER})
    for data, sentence in ((b"", "không có dữ liệu"), (b"PK\x03\x04x", "không phải bảng tính")):
        answer = send(client, data)
        assert answer.status_code == 422
        assert sentence in answer.text
    client.cookies.set("lang", "en")
    assert "not an Excel workbook" in send(client, b"PK\x03\x04x").text


def test_a_discarded_roster_cannot_be_committed(
    signed_in: SignIn, world: dict[str, Any], session: Session
) -> None:
    client = signed_in(roles={Role.OFFICER})
    place = send(client, workbook(row(**{"Số CCCD": ""}))).headers["location"]
    assert client.post(f"{place}/discard").status_code == 303
    assert client.post(f"{place}/commit").status_code == 409
    assert session.scalars(select(RosterImport.state)).all() == ["discarded"]


def bearer(browser: TestClient, session: Session, scope: Scope) -> dict[str, str]:
    client = make_client(session, scopes=[scope])
    session.commit()
    data = {"grant_type": "client_credentials", "client_id": client.client_id, "client_secret": SECRET}
    return {"Authorization": f"Bearer {browser.post('/oauth/token', data=data).json()['access_token']}"}


def batch(**changed: Any) -> dict[str, Any]:
    person = {
        "staff_code": "HR1",
        "full_name": "Lê Văn An",
        "birth_date": "1990-05-01",
        "sex": "male",
        "cccd": "092090005555",
        "unit": "Phường Vị Thanh",
        "title": "TPHT",
        **changed,
    }
    return {"source": "HRM", "effective_date": "2026-01-01", "dry_run": False, "people": [person]}


def test_an_hr_system_sends_people_and_sends_them_again_without_effect(
    browser: TestClient, session: Session, world: dict[str, Any]
) -> None:
    headers = bearer(browser, session, Scope.PEOPLE_WRITE)
    first = browser.post("/api/people/rosters", json=batch(), headers=headers).json()
    assert (first["state"], first["counts"]["new"]) == ("committed", 1)
    again = browser.post("/api/people/rosters", json=batch(), headers=headers).json()
    assert again["counts"] == {"new": 0, "updated": 0, "unchanged": 1, "error": 0}
    assert again["people"][0]["person_id"] == first["people"][0]["person_id"]


def test_a_batch_with_an_error_writes_nothing_and_says_why(
    browser: TestClient, session: Session, world: dict[str, Any]
) -> None:
    headers = bearer(browser, session, Scope.PEOPLE_WRITE)
    answer = browser.post("/api/people/rosters", json=batch(unit="Vị Thanh"), headers=headers)
    body = answer.json()
    assert (answer.status_code, body["state"]) == (200, "previewed")
    assert body["people"][0]["remarks"][0]["code"] == "unit_type_missing"
    assert session.scalar(select(func.count()).select_from(Person)) == 1


def test_people_are_not_written_without_the_scope(
    browser: TestClient, session: Session, signed_in: SignIn
) -> None:
    headers = bearer(browser, session, Scope.RESULTS_READ)
    assert browser.post("/api/people/rosters", json=batch(), headers=headers).status_code == 403
    assert browser.post("/api/people/rosters", json=batch()).status_code == 401
    assert signed_in(roles=set(Role)).post("/api/people/rosters", json=batch()).status_code == 401


def test_a_batch_is_limited(browser: TestClient, session: Session) -> None:
    headers = bearer(browser, session, Scope.PEOPLE_WRITE)
    many = {**batch(), "people": batch()["people"] * 201}
    assert browser.post("/api/people/rosters", json=many, headers=headers).status_code == 422


def test_the_list_keeps_its_filter_in_the_address(
    signed_in: SignIn, world: dict[str, Any], session: Session
) -> None:
    gone = make_person(session, "Lê Gone".replace("Gone", "Gờ"))
    make_appointment(
        session,
        gone,
        unit=session.get_one(Unit, world["unit"]),
        position=session.get_one(Position, world["position"]),
        from_date=date(2020, 1, 1),
        to_date=date.today() - timedelta(days=400),  # noqa: DTZ011 - long ago
    )
    session.commit()
    client = signed_in(roles={Role.HR})
    page = client.get("/people", params={"q": "", "unit_id": str(world["unit"]), "position_id": ""}).text
    assert "Nguyễn Thị Ánh" in page
    assert "Lê Gờ" not in page
