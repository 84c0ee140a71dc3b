"""Pages of cut scores: the officer's way through a panel, the judge's own ratings, the minutes, strangers outside."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import docx
import lxml.html
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.actor import Role
from exam_service.documents.models import IssuedDocument
from exam_service.periods.cuts.models import CutDecision
from exam_service.standards.models import CutPanel, PanelRating
from tests.fixtures.periods import World, make_world
from tests.fixtures.standards import BORDERLINE, make_judges, make_panel, rate

SignIn = Callable[..., Any]


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session, people=2)


def words(html: str) -> str:
    return " ".join(lxml.html.fromstring(html).text_content().split())


def test_from_the_opening_to_the_confirmed_cut_by_clicking(session: Session, world: World, signed_in: SignIn):
    judges = make_judges(session, 2)
    officer, second = signed_in(roles={Role.OFFICER}), signed_in(roles={Role.OFFICER})
    cuts = f"/periods/{world.period.id}/cuts"
    form = {
        "method": "angoff",
        "position_ids": [str(world.position.id)],
        "member_ids": [str(judge.id) for judge in judges],
        "borderline": BORDERLINE,
        "place": "Cần Thơ",
        "held_on": "2026-02-05",
    }
    assert "Chuyên gia 1" in officer.get(f"{cuts}/new?exam={world.exam.id}").text
    refused = officer.post(f"{cuts}/new?exam={world.exam.id}", data=form | {"borderline": "ngắn"})
    assert refused.status_code == 422
    assert "Ghi ít nhất 10 ký tự" in refused.text
    opened = officer.post(f"{cuts}/new?exam={world.exam.id}", data=form)
    assert opened.status_code == 303
    panel = session.scalars(select(CutPanel)).one()
    at = f"{cuts}/{panel.id}"
    assert opened.headers["location"] == at

    for judge, value in zip(judges, ("58", "62,5"), strict=True):
        rater = signed_in(account=judge)
        assert str(panel.id) in rater.get("/panels").text
        data = {f"mark-{place}": value for place in range(1, 7)}
        assert rater.post(f"/panels/{panel.id}/rounds/1", data=data).status_code == 303
    assert "Chuyên gia 16/6" in words(officer.get(at).text)
    officer.post(f"{at}/rounds/1", data={"act": "close"})
    page = words(officer.get(at).text)
    assert "60,2%" in page or "60,3%" in page
    assert "Chỉ có 2 thành viên đánh giá" in page

    decision = {"position_ids": [str(world.position.id)], "cut_percent": "60", "basis": "12/BB-HĐ"}
    again = officer.post(f"{at}/decide", data=decision | {"reason": ""})
    assert again.status_code == 422
    assert "hãy ghi lý do của hội đồng" in again.text
    assert (
        officer.post(f"{at}/decide", data=decision | {"reason": "Làm tròn theo các kỳ trước."}).status_code
        == 303
    )
    settle = f"{cuts}/decisions/{session.scalars(select(CutDecision.id)).one()}"
    own = officer.post(settle, data={"verdict": "confirm"})
    assert "phải khác người đề xuất" in own.text
    assert second.post(settle, data={"verdict": "confirm"}).status_code == 303
    assert "60% quyết định của hội đồng" in words(second.get(cuts).text)


def test_a_judge_sees_the_items_but_no_other_rating_no_candidate_and_no_result(
    session: Session, world: World, signed_in: SignIn
):
    judges = make_judges(session, 2)
    panel = make_panel(session, world, judges)
    rate(session, panel, judges[1], "87,5")
    client = signed_in(account=judges[0])
    page = client.get(f"/panels/{panel.id}").text
    assert "phương án hai" in page
    assert "87,5" not in page
    for person in world.people:
        assert person.given_name not in page
    for path in (
        f"/periods/{world.period.id}/cuts",
        f"/periods/{world.period.id}/cuts/{panel.id}",
        "/results",
    ):
        assert client.get(path).status_code == 403


def test_while_a_round_is_open_the_officer_sees_counts_only(
    session: Session, world: World, signed_in: SignIn
):
    (judge,) = make_judges(session, 1)
    panel = make_panel(session, world, [judge])
    rate(session, panel, judge, {"1": "87,5"})
    page = signed_in(roles={Role.OFFICER}).get(f"/periods/{world.period.id}/cuts/{panel.id}").text
    assert "1/6" in page
    assert "87" not in words(page)
    assert "phương án hai" not in page  # the officer sees no question


def test_a_wrong_number_is_shown_again_at_its_field_and_nothing_is_saved(
    session: Session, world: World, signed_in: SignIn
):
    (judge,) = make_judges(session, 1)
    panel = make_panel(session, world, [judge])
    data = {"mark-1": "50", "mark-2": "120"}
    answer = signed_in(account=judge).post(f"/panels/{panel.id}/rounds/1", data=data)
    assert answer.status_code == 422
    assert "Nhập một số từ 0 đến 100." in answer.text
    assert 'value="120"' in answer.text
    assert session.scalars(select(PanelRating)).all() == []


def test_strangers_are_kept_out_of_every_page_of_panels(session: Session, world: World, signed_in: SignIn):
    judge, other = make_judges(session, 2)
    panel = make_panel(session, world, [judge])
    cuts = f"/periods/{world.period.id}/cuts"
    stranger = signed_in(account=other)
    assert stranger.get(f"/panels/{panel.id}").status_code == 404
    assert stranger.post(f"/panels/{panel.id}/rounds/1", data={"mark-1": "50"}).status_code == 404
    for role in (Role.MARKER, Role.INVIGILATOR, Role.HR):
        client = signed_in(roles={role})
        for path in (cuts, f"{cuts}/{panel.id}"):
            assert client.get(path).status_code == 403, (role, path)
        assert client.get(f"/documents/cut_panel/{panel.id}").status_code in (403, 404), role
        assert client.get(f"/panels/{panel.id}").status_code == 403
    auditor = signed_in(roles={Role.AUDITOR})
    assert auditor.get(f"{cuts}/{panel.id}").status_code == 200
    for path in (
        f"{cuts}/new?exam={world.exam.id}",
        f"{cuts}/legal?exam={world.exam.id}",
        f"{cuts}/{panel.id}/rounds/1",
        f"{cuts}/{panel.id}/decide",
        f"{cuts}/decisions/{panel.id}",
    ):
        assert auditor.post(path, data={}).status_code == 403, path


def test_a_cut_by_law_needs_its_text(session: Session, world: World, signed_in: SignIn):
    officer = signed_in(roles={Role.OFFICER})
    path = f"/periods/{world.period.id}/cuts/legal?exam={world.exam.id}"
    data = {"position_ids": [str(world.position.id)], "cut_percent": "50"}
    assert "Hãy ghi văn bản quy định" in officer.post(path, data=data | {"basis": ""}).text
    assert officer.post(path, data=data | {"basis": "170/2025/NĐ-CP"}).status_code == 303
    assert session.scalars(select(CutDecision.basis)).one() == "170/2025/NĐ-CP"


def test_the_minutes_are_a_numbered_document_with_the_figures_of_the_rounds(
    session: Session, world: World, signed_in: SignIn
):
    judges = make_judges(session, 2)
    panel = make_panel(session, world, judges)
    for judge in judges:
        rate(session, panel, judge, "60")
    officer = signed_in(roles={Role.OFFICER})
    at = f"/periods/{world.period.id}/cuts/{panel.id}"
    officer.post(f"{at}/rounds/1", data={"act": "close"})
    assert f"/documents/cut_panel/{panel.id}" in officer.get(at).text
    assert officer.post(f"/documents/cut_panel/{panel.id}").status_code == 303
    issued = session.scalars(select(IssuedDocument)).one()
    printed = officer.post(f"/documents/issued/{issued.id}/print", data={"format": "docx"})
    document = docx.Document(BytesIO(printed.content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    file = "\n".join([*cells, *(paragraph.text for paragraph in document.paragraphs)])
    judged = next(table for table in document.tables if table.cell(0, 0).text == "Thành viên")
    assert [[cell.text for cell in row.cells][:2] for row in judged.rows[1:]] == [
        ["Chuyên gia 1", "60"],
        ["Chuyên gia 2", "60"],
    ]
    for text in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "Số: 01/BB-HĐXĐNĐ",
        "ngày 05 tháng 02 năm 2026",
        "HỘI ĐỒNG XÁC ĐỊNH NGƯỠNG ĐẠT",
        "BIÊN BẢN",
        "Chuyên gia 1; Chuyên gia 2",
        "Ngưỡng theo ý kiến hội đồng: 60 % số điểm.",
        "Ngưỡng (%)",
        "Nơi nhận:",
        "(Ký, ghi rõ họ tên)",
    ):
        assert text in file, text


def test_every_page_of_panels_speaks_english_too(session: Session, world: World, signed_in: SignIn):
    (judge,) = make_judges(session, 1)
    panel = make_panel(session, world, [judge])
    officer, rater = signed_in(roles={Role.OFFICER}), signed_in(account=judge)
    for client, path, sentence in (
        (officer, f"/periods/{world.period.id}/cuts", "Open a panel"),
        (officer, f"/periods/{world.period.id}/cuts/{panel.id}", "Round 1 is open"),
        (rater, f"/panels/{panel.id}", "of 100 borderline candidates"),
    ):
        client.cookies.set("lang", "en")
        assert sentence in client.get(path).text, path
