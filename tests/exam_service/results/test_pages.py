"""The pages from scoring to the candidate's own result: who may see them, what they say, what they refuse."""

import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

import lxml.html
import pytest
from fastapi.testclient import TestClient
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_service.actor import Role
from exam_service.audit import AuditRow
from exam_service.auth.sessions import CANDIDATE_COOKIE
from exam_service.marking.models import ScoringRun
from exam_service.marking.service import newest_run_id, score_period
from exam_service.people.models import Person
from exam_service.periods.models import Candidate, Period
from exam_service.results.models import Result
from tests.fixtures.results import (
    ABSENT,
    attempts_of,
    candidate_cookie,
    make_marked_period,
    make_released_period,
    make_sat_period,
)

SignIn = Callable[..., Any]


def words(html: str) -> str:
    return " ".join(lxml.html.fromstring(html).text_content().split())


def test_the_list_names_closed_periods_and_no_draft(session: Session, signed_in: SignIn):
    world = make_sat_period(session)
    page = words(signed_in(roles={Role.MARKER}).get("/marking").text)
    assert world.period.code in page
    assert "Đã thi xong" in page


def test_an_officer_scores_by_the_button_and_sees_the_run(session: Session, signed_in: SignIn):
    world = make_sat_period(session)
    officer = signed_in(roles={Role.OFFICER})
    path = f"/marking/{world.period.id}"
    assert f'action="{path}/score"' in officer.get(path).text
    answer = officer.post(f"{path}/score", data={})
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    page = words(officer.get(path).text)
    assert "Đã chấm 4 bài." in page
    assert "đang dùng" in page
    session.expire_all()
    assert session.get_one(Period, world.period.id).state == "marked"


def test_scoring_again_without_a_reason_shows_the_page_again(session: Session, signed_in: SignIn):
    world = make_marked_period(session)
    officer = signed_in(roles={Role.OFFICER})
    answer = officer.post(f"/marking/{world.period.id}/score", data={"reason": " "})
    assert answer.status_code == 422
    assert "Hãy ghi lý do chấm lại." in answer.text
    assert session.scalar(select(func.count()).select_from(ScoringRun)) == 1


def test_a_marker_sees_marking_but_starts_nothing(session: Session, signed_in: SignIn):
    world = make_sat_period(session)
    marker = signed_in(roles={Role.MARKER})
    assert "/score" not in marker.get(f"/marking/{world.period.id}").text
    assert marker.post(f"/marking/{world.period.id}/score", data={}).status_code == 403
    assert session.scalar(select(func.count()).select_from(ScoringRun)) == 0


def test_the_summary_before_the_release_shows_figures_and_no_names(session: Session, signed_in: SignIn):
    world = make_marked_period(session, right=(6, 5, 3, 2, ABSENT))
    page = signed_in(roles={Role.MARKER}).get(f"/marking/{world.period.id}/summary").text
    text = words(page)
    assert "Xuất sắc 1 (25%)" in text
    assert "(75%)" in text
    assert "/release" not in page
    for person in session.scalars(select(Candidate.full_name)):
        assert person not in text


def test_a_release_needs_the_tick_and_happens_once(session: Session, signed_in: SignIn):
    world = make_marked_period(session)
    officer = signed_in(roles={Role.OFFICER})
    path = f"/marking/{world.period.id}/release"
    page = officer.get(path)
    assert "4 kết quả sẽ được công bố" in words(page.text)
    assert "không rút lại được" in page.text
    (run_id,) = re.findall(r'name="run_id" value="([^"]+)"', page.text)
    unticked = officer.post(path, data={"run_id": run_id})
    assert unticked.status_code == 422
    assert "Hãy đánh dấu xác nhận" in unticked.text
    assert session.scalar(select(func.count()).select_from(Result)) == 0
    done = officer.post(path, data={"run_id": run_id, "is_confirmed": "true"})
    assert (done.status_code, done.headers["location"]) == (303, f"/results/{world.period.id}")
    assert session.scalar(select(func.count()).select_from(Result)) == 4
    assert officer.post(path, data={"run_id": run_id, "is_confirmed": "true"}).status_code == 409
    assert officer.get(path).status_code == 409
    assert session.scalar(select(func.count()).select_from(Result)) == 4


def test_a_release_page_that_is_out_of_date_is_refused_and_shown_anew(session: Session, signed_in: SignIn):
    world = make_marked_period(session)
    seen = newest_run_id(session, world.period.id)
    score_period(session, world.officer, period_id=world.period.id, reason="Đính chính đáp án")
    session.commit()
    answer = signed_in(roles={Role.OFFICER}).post(
        f"/marking/{world.period.id}/release", data={"run_id": str(seen), "is_confirmed": "true"}
    )
    assert answer.status_code == 409
    assert str(newest_run_id(session, world.period.id)) in answer.text
    assert session.scalar(select(func.count()).select_from(Result)) == 0


def test_a_form_without_its_token_does_nothing(session: Session, signed_in: SignIn):
    world = make_sat_period(session)
    officer = signed_in(roles={Role.OFFICER})
    del officer.headers["X-CSRF-Token"]
    assert officer.post(f"/marking/{world.period.id}/score", data={}).status_code == 403


PATHS = {
    "/marking": {Role.OFFICER, Role.MARKER},
    "/marking/{period}": {Role.OFFICER, Role.MARKER},
    "/marking/{period}/summary": {Role.OFFICER, Role.MARKER},
    "/results": {Role.OFFICER, Role.HR, Role.AUDITOR},
    "/results/{period}": {Role.OFFICER, Role.HR, Role.AUDITOR},
    "/results/{period}/distribution": {Role.OFFICER, Role.HR, Role.AUDITOR},
    "/results/{period}/export.xlsx": {Role.OFFICER, Role.HR, Role.AUDITOR},
    "/results/{period}/candidates/{candidate}": {Role.OFFICER, Role.HR, Role.AUDITOR},
}


@pytest.mark.parametrize("path", PATHS)
def test_each_page_is_open_to_its_roles_and_to_no_stranger(
    session: Session, signed_in: SignIn, browser: TestClient, path: str
):
    world = make_released_period(session, right=(6,))
    candidate_id = attempts_of(session, world)[0].candidate_id
    address = path.format(period=world.period.id, candidate=candidate_id)
    for role in Role:
        expected = 200 if role in PATHS[path] else 403
        assert signed_in(roles={role}).get(address).status_code == expected, role
    assert browser.get(address).headers["location"].startswith("/sign-in")


def test_unreleased_results_are_not_found_by_those_who_may_see_released_ones(
    session: Session, signed_in: SignIn
):
    world = make_marked_period(session)
    hr = signed_in(roles={Role.HR})
    candidate_id = attempts_of(session, world)[0].candidate_id
    for path in ("", "/distribution", "/export.xlsx", f"/candidates/{candidate_id}"):
        assert hr.get(f"/results/{world.period.id}{path}").status_code == 404


def test_a_candidate_of_another_period_is_not_found_under_this_one(session: Session, signed_in: SignIn):
    one, other = make_released_period(session, right=(6,)), make_released_period(session, right=(6,))
    foreign = attempts_of(session, other)[0].candidate_id
    assert signed_in(roles={Role.HR}).get(f"/results/{one.period.id}/candidates/{foreign}").status_code == 404


def listed(page: str) -> list[str]:
    return [cell.text_content() for cell in lxml.html.fromstring(page).xpath("//td[@class='mono']")]


def test_filters_stand_in_the_address_and_narrow_the_table(session: Session, signed_in: SignIn):
    world = make_released_period(session, right=(6, 5, 3, 2))
    officer = signed_in(roles={Role.OFFICER})

    def rows(**query: str) -> list[str]:
        return listed(officer.get(f"/results/{world.period.id}", params=query).text)

    assert rows() == ["0001", "0002", "0003", "0004"]
    assert rows(band="good") == ["0002"]
    assert rows(outcome="fail") == ["0004"]
    assert rows(exam=str(world.exam.id), unit=str(world.unit.id), position="") == rows()
    assert rows(q="0003") == ["0003"]
    name = session.scalars(select(Person.given_name).order_by(Person.sort_key).limit(1)).one()
    assert rows(q=name.replace("Á", "a").lower()) == ["0001"]
    assert rows(q="100%_\\") == []
    assert rows(sort="-points") == ["0001", "0002", "0003", "0004"]
    assert rows(sort="points") == ["0004", "0003", "0002", "0001"]
    assert rows(sort="nothing") == rows()


def test_a_filter_that_is_no_id_is_a_clear_error(session: Session, signed_in: SignIn):
    world = make_released_period(session, right=(6,))
    assert signed_in(roles={Role.HR}).get(f"/results/{world.period.id}?unit=x").status_code == 422


def test_the_excel_file_has_the_filtered_rows_as_text_and_numbers(session: Session, signed_in: SignIn):
    world = make_sat_period(session, right=(6, 3, ABSENT))
    first = session.scalars(select(Person).order_by(Person.sort_key)).first()
    assert first is not None
    first.family_names, first.given_name = '=HYPERLINK("http://evil")', "+1"
    session.commit()
    officer = signed_in(roles={Role.OFFICER})
    officer.post(f"/marking/{world.period.id}/score", data={})
    run_id = newest_run_id(session, world.period.id)
    officer.post(
        f"/marking/{world.period.id}/release", data={"run_id": str(run_id), "is_confirmed": "true"}
    )
    answer = officer.get(f"/results/{world.period.id}/export.xlsx")
    assert answer.headers["content-disposition"].endswith('.xlsx"')
    sheet = CalamineWorkbook.from_filelike(BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    heads = sheet[2]
    assert heads[:5] == ["STT", "SBD", "Họ đệm", "Tên", "Đơn vị"]
    assert heads[-1] == "Ghi chú"
    rows = [dict(zip(heads, row, strict=True)) for row in sheet[3:]]
    assert [(row["SBD"], row["Điểm"], row["Xếp mức"]) for row in rows] == [
        ("0001", 6, "Xuất sắc"),
        ("0002", 3, "Đạt yêu cầu"),
        ("0003", 0, "Không đạt"),
    ]
    assert (rows[0]["Họ đệm"], rows[0]["Tên"]) == ('=HYPERLINK("http://evil")', "+1")
    assert rows[2]["Ghi chú"] == "Vắng thi"
    assert b"<f>" not in answer.content
    passed = officer.get(f"/results/{world.period.id}/export.xlsx?outcome=pass")
    assert len(CalamineWorkbook.from_filelike(BytesIO(passed.content)).get_sheet_by_index(0).to_python()) == 5
    acts = session.scalars(select(AuditRow.detail).where(AuditRow.action == "results.export")).all()
    assert [act["rows"] for act in acts] == [3, 2]


def test_one_persons_page_shows_band_competencies_and_history(session: Session, signed_in: SignIn):
    world = make_released_period(session, right=(5,))
    candidate_id = attempts_of(session, world)[0].candidate_id
    text = words(signed_in(roles={Role.HR}).get(f"/results/{world.period.id}/candidates/{candidate_id}").text)
    for part in ("5 / 6", "83,33%", "Tốt", "Tư pháp: 5/6 điểm", "Lịch sử kết quả", "có giá trị"):
        assert part in text, part


def own_page(browser: TestClient, session: Session, world: Any, place: int = 0) -> Any:
    candidate_id = attempts_of(session, world)[place].candidate_id
    browser.cookies.set(CANDIDATE_COOKIE, candidate_cookie(session, candidate_id))
    return browser.get("/exam/result")


def test_before_the_release_a_candidate_is_calmly_told_to_wait(browser: TestClient, session: Session):
    page = own_page(browser, session, make_marked_period(session, right=(6, 3)))
    assert page.status_code == 200
    assert "Kết quả chưa công bố" in page.text
    assert "Xuất sắc" not in page.text


def test_a_candidate_sees_outcome_band_and_competencies_and_no_item(browser: TestClient, session: Session):
    world = make_released_period(session, right=(5, 1))
    page = own_page(browser, session, world)
    text = words(page.text)
    for part in ("Đạt", "Tốt", "83,33%", "Tư pháp: 5/6 điểm", "Mọi năng lực đều từ ngưỡng đạt trở lên."):
        assert part in text, part
    for hidden in ("phương án", "BÍ MẬT", "Câu remember"):
        assert hidden not in page.text
    others = session.scalars(select(Candidate.full_name).where(Candidate.number != "0001")).all()
    assert not [name for name in others if name in text]


def test_who_failed_is_told_what_to_work_on(browser: TestClient, session: Session):
    text = words(own_page(browser, session, make_released_period(session, right=(1,))).text)
    assert "Không đạt" in text
    assert "Nên ôn tập, bồi dưỡng thêm: Tư pháp." in text


def test_who_was_absent_sees_that_and_no_figures(browser: TestClient, session: Session):
    text = words(own_page(browser, session, make_released_period(session, right=(ABSENT,))).text)
    assert "Vắng thi" in text
    assert "Theo từng năng lực" not in text


def test_nobody_is_signed_in_nobody_sees_a_result(browser: TestClient, signed_in: SignIn):
    assert browser.get("/exam/result").headers["location"] == "/exam/sign-in"
    assert signed_in(roles={Role.OFFICER}).get("/exam/result").headers["location"] == "/exam/sign-in"
