"""The pages and the API of the register as people and programs use them."""

import csv
import io
import json
from datetime import timedelta

import lxml.html
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import Role
from exam_service.bank.legal.models import LegalDocument, LegalRelation
from exam_service.bank.legal.touching import today
from exam_service.bank.models import ItemVersion
from question_bank.citations import Citation
from question_bank.formats.workbook import read_workbook
from tests.fixtures.auth import SignedIn, SignIn
from tests.fixtures.bank import (
    actor_of,
    make_actor,
    make_approved,
    make_bank,
    make_competency,
    make_draft,
    make_item,
)
from tests.fixtures.legal import make_change, make_document

LAW = "60/2014/QH13"


@pytest.fixture
def client(session: Session, signed_in: SignIn) -> SignedIn:
    make_competency(session)
    return signed_in(roles={Role.AUTHOR, Role.REVIEWER})


def approved(session: Session, client: SignedIn, **values: object) -> ItemVersion:
    reviewer = make_actor(session, Role.REVIEWER)
    draft = make_draft("Câu hỏi hộ tịch?", **values)
    return make_approved(session, make_bank(session), actor_of(client.account), reviewer, draft=draft)


EVERY_PAGE = (
    "/bank/legal",
    "/bank/legal?q=ho+tich&kind=Lu%E1%BA%ADt&state=in_force",
    "/bank/legal/new",
    "/bank/legal/import",
    "/bank/legal/report",
    "/bank/legal/report?state=expired&day=01%2F01%2F2030",
    "/bank/legal/tasks",
)


@pytest.mark.parametrize("path", EVERY_PAGE)
def test_every_page_opens_empty_and_filled(session: Session, client: SignedIn, path: str) -> None:
    assert client.get(path).status_code == 200
    law = make_document(session, LAW, title="Luật Hộ tịch")
    approved(session, client)
    make_change(session, make_actor(session, Role.REVIEWER), law, effective_on=today())
    session.commit()
    page = client.get(path)
    assert page.status_code == 200
    assert client.get(f"/bank/legal/{law.id}").status_code == 200


@pytest.mark.parametrize("role", [Role.OFFICER, Role.ADMIN, Role.AUDITOR, Role.MARKER])
def test_strangers_see_no_page_of_the_register(session: Session, signed_in: SignIn, role: Role) -> None:
    law = make_document(session, LAW)
    session.commit()
    stranger = signed_in(roles={role})
    for path in (*EVERY_PAGE, f"/bank/legal/{law.id}", "/bank/legal/pick?q=1", "/api/bank/legal/documents"):
        assert stranger.get(path).status_code == 403, path


def test_an_author_reads_the_register_but_does_not_keep_it(session: Session, signed_in: SignIn) -> None:
    law = make_document(session, LAW)
    session.commit()
    author = signed_in(roles={Role.AUTHOR})
    assert author.get(f"/bank/legal/{law.id}").status_code == 200
    for path in ("/new", "/import", f"/{law.id}/edit", f"/{law.id}/changes/new"):
        assert author.get(f"/bank/legal{path}").status_code == 403, path
    for path in ("/new", "/import/starter", f"/{law.id}/changes", f"/{law.id}/changes/preview"):
        assert author.post(f"/bank/legal{path}", data={"kind": "expires"}).status_code == 403, path
    assert author.post("/api/bank/legal/documents", json={"number": LAW, "title": "x"}).status_code == 403


def test_a_keeper_repeals_a_law_after_seeing_what_it_touches(session: Session, client: SignedIn) -> None:
    version = approved(session, client)
    law = make_document(session, LAW, title="Luật Hộ tịch")
    session.commit()
    form = {"kind": "expires", "effective_on": today().strftime("%d/%m/%Y"), "by": "", "places": ""}
    preview = client.post(f"/bank/legal/{law.id}/changes/preview", data=form)
    assert preview.status_code == 200
    assert version.item.code in preview.text
    page = lxml.html.fromstring(preview.text)
    (act,) = page.xpath(f"//form[@action='/bank/legal/{law.id}/changes']")
    fields = {field.name: field.value or "" for field in act.xpath(".//input[@name]")}
    assert client.post(f"/bank/legal/{law.id}/changes", data={**fields, "seen": "0"}).status_code == 409
    assert session.scalars(select(LegalRelation)).all() == []
    assert client.post(f"/bank/legal/{law.id}/changes", data=fields).status_code == 303
    session.expire_all()
    assert version.state == "suspended"
    tasks = client.get("/bank/legal/tasks").text
    assert version.item.code in tasks
    assert "không thể giữ nguyên" in tasks


def test_a_change_that_cannot_be_is_shown_again_at_its_field(session: Session, client: SignedIn) -> None:
    law = make_document(session, LAW)
    session.commit()
    answer = client.post(
        f"/bank/legal/{law.id}/changes/preview", data={"kind": "amends", "by": "9/2099/QH15"}
    )
    assert answer.status_code == 422
    assert lxml.html.fromstring(answer.text).xpath("//input[@id='by'][@aria-invalid='true']")


def test_an_author_confirms_on_the_work_list(session: Session, client: SignedIn) -> None:
    version = approved(session, client)
    law = make_document(session, LAW)
    make_document(session, "1/2026/QH15")
    keeper = make_actor(session, Role.REVIEWER)
    make_change(session, keeper, law, kind="amends", by="1/2026/QH15", effective_on=today())
    session.commit()
    path = f"/bank/legal/tasks/{version.id}/confirm"
    assert client.post(path, data={"reason": " "}).status_code == 422
    assert client.post(path, data={"reason": "Điều 15 không đổi"}).status_code == 303
    session.expire_all()
    assert version.state == "in_review"


def test_a_change_is_taken_back_on_the_page_of_its_document(session: Session, client: SignedIn) -> None:
    law = make_document(session, LAW)
    relation = make_change(session, make_actor(session, Role.REVIEWER), law, effective_on=today())
    session.commit()
    path = f"/bank/legal/changes/{relation.id}/undo"
    assert client.post(path, data={"reason": ""}).status_code == 422
    assert client.post(path, data={"reason": "Ghi nhầm"}).status_code == 303
    assert "Đã bị rút lại" in client.get(f"/bank/legal/{law.id}").text


def test_a_document_is_added_and_mended_with_forms(session: Session, client: SignedIn) -> None:
    form = {"number": "luật", "title": "Luật Cán bộ, công chức", "in_force_from": "01/07/2025"}
    refused = client.post("/bank/legal/new", data=form)
    assert (refused.status_code, "01/07/2025" in refused.text) == (422, True)
    made = client.post("/bank/legal/new", data=form | {"number": "80/2025/qh15"})
    assert made.status_code == 303
    page = client.get(made.headers["location"])
    assert "80/2025/QH15" in page.text
    edit = made.headers["location"] + "/edit"
    data = {"number": "80/2025/QH15", "title": "Luật CBCC", "revision": "1", "in_force_from": "2025-07-01"}
    assert client.post(edit, data=data).status_code == 303
    assert client.post(edit, data=data).status_code == 409
    assert session.scalars(select(LegalDocument.title)).one() == "Luật CBCC"


def test_two_laws_of_one_name_point_at_each_other(session: Session, client: SignedIn) -> None:
    title = "Luật Tổ chức chính quyền địa phương"
    one = make_document(session, "65/2025/QH15", title=title)
    make_document(session, "72/2025/QH15", title=title)
    session.commit()
    page = client.get(f"/bank/legal/{one.id}").text
    assert "Có văn bản khác cùng tên" in page
    assert "72/2025/QH15" in page


def test_a_file_is_tried_then_taken_and_a_second_time_changes_nothing(
    session: Session, client: SignedIn
) -> None:
    version = approved(session, client)
    make_document(session, LAW, title="Luật Hộ tịch", issuer="Quốc hội")
    session.commit()
    text = (
        "Số, ký hiệu;Tên văn bản;Cơ quan ban hành;Hiệu lực từ;Thay thế\n"
        f"1/2026/QH15;Luật Hộ tịch;Quốc hội;01/03/2026;{LAW}\nabc;Sai;;;\n"
    )
    files = {"file": ("vb.csv", text.encode(), "text/csv")}
    tried = client.post("/bank/legal/import", files=files)
    assert tried.status_code == 200
    assert len(session.scalars(select(LegalDocument)).all()) == 1
    page = lxml.html.fromstring(tried.text)
    assert "Không nhận" in tried.text
    fields = {
        field.name: field.value for field in page.xpath("//form[contains(@action, 'commit')]//input[@name]")
    }
    done = client.post("/bank/legal/import/commit", data=fields)
    assert done.status_code == 303
    session.expire_all()
    assert version.state == "suspended"
    again = client.post("/bank/legal/import", files=files)
    figures = lxml.html.fromstring(again.text).xpath("//button[contains(., 'Nhập vào danh mục')]/@disabled")
    assert figures


def test_a_file_that_is_no_register_is_refused_with_a_sentence(client: SignedIn) -> None:
    answer = client.post("/bank/legal/import", files={"file": ("a.csv", b"x;y\n1;2\n", "text/csv")})
    assert (answer.status_code, "Hãy dùng tệp mẫu" in answer.text) == (422, True)
    assert client.post("/bank/legal/import/commit", data={"data": "%%%"}).status_code == 422


def test_the_starter_register_fills_an_empty_one_and_is_idempotent(
    session: Session, client: SignedIn
) -> None:
    for _time in range(2):
        assert client.post("/bank/legal/import/starter").status_code == 303
    assert len(session.scalars(select(LegalDocument)).all()) == 58
    relations = session.scalars(select(LegalRelation)).all()
    assert len(relations) == len({(row.kind, row.target_id, row.by_id) for row in relations})
    found = lxml.html.fromstring(client.get("/bank/legal?q=001/2025/TT-BNV").text)
    assert [cell.text_content() for cell in found.xpath("//tbody/tr/th")] == ["001/2025/TT-BNV"]


def test_the_report_says_of_every_citation_how_it_stands(session: Session, client: SignedIn) -> None:
    cited = (
        Citation(document_number=LAW, article="15"),
        Citation(title="Luật Tổ chức chính quyền địa phương", article="5"),
        Citation(document_number="9/1999/QH10"),
    )
    version = approved(session, client, citations=cited)
    make_item(
        session,
        version.item.bank,
        actor_of(client.account),
        draft=make_draft("Không căn cứ?", citations=()),
    )
    law = make_document(session, LAW)
    for number in ("65/2025/QH15", "72/2025/QH15"):
        make_document(session, number, title="Luật Tổ chức chính quyền địa phương")
    day = today() + timedelta(days=30)
    make_change(session, make_actor(session, Role.REVIEWER), law, effective_on=day)
    session.commit()
    code = version.item.bank.code
    url = f"/api/bank/legal/report/{code}"
    now, then = client.get(url).json(), client.get(url, params={"on": day.isoformat()}).json()
    assert [row["state"] for row in now] == ["in_force", "ambiguous", "unknown_document"]
    assert [row["state"] for row in then] == ["expired", "ambiguous", "unknown_document"]
    query = f"?day={day:%d/%m/%Y}&state=expired"
    lines = client.get(f"/bank/legal/report/{code}.csv{query}").content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(lines)))
    assert [len(rows), rows[1][0], rows[1][5]] == [2, version.item.code, day.strftime("%d/%m/%Y")]
    (sheet,) = read_workbook(client.get(f"/bank/legal/report/{code}.xlsx").content).sheets
    assert len(sheet.rows) == 3 + 4
    page = client.get(f"/bank/legal/report?bank={code}").text
    assert "Chưa có căn cứ" in page
    assert "65/2025/QH15" in page


def test_a_report_of_a_foreign_bank_is_not_found(session: Session, signed_in: SignIn) -> None:
    mine, other = make_bank(session), make_bank(session)
    session.commit()
    limited = signed_in(roles={Role.AUTHOR}, bank_position_ids=[mine.position_id])
    for path in (f"/bank/legal/report?bank={other.code}", f"/bank/legal/report/{other.code}.csv"):
        assert limited.get(path).status_code == 404
    assert limited.get(f"/bank/legal/report/{mine.code}.csv").status_code == 200


def test_the_picker_finds_by_number_or_name_without_diacritics(session: Session, client: SignedIn) -> None:
    make_document(session, LAW, title="Luật Hộ tịch")
    make_document(session, "150/2025/NĐ-CP", title="Nghị định về cơ quan chuyên môn")
    session.commit()
    for words, number in (("luat ho tich", LAW), ("150/2025/nd-cp", "150/2025/NĐ-CP"), ("2014/qh13", LAW)):
        found = lxml.html.fromstring(client.get("/bank/legal/pick", params={"q": words, "at": 2}).text)
        buttons = found.xpath("//button")
        assert [button.get("data-number") for button in buttons] == [number]
        assert [button.get("data-pick") for button in buttons] == ["2"]
    assert "Không có văn bản nào khớp" in client.get("/bank/legal/pick?q=zzz").text
    assert client.get("/bank/legal/pick?q=").text.strip() == ""


def test_programs_page_through_the_register_and_add_to_it(session: Session, client: SignedIn) -> None:
    for number in ("1/2026/QH15", "2/2026/QH15", "3/2026/QH15"):
        body = {"number": number, "title": f"Luật {number}", "in_force_from": "2026-01-01"}
        assert client.post("/api/bank/legal/documents", json=body).status_code == 201
    assert client.post("/api/bank/legal/documents", json=body).json()["code"] == "document_exists"
    numbers, cursor = [], ""
    for _page in range(3):
        answer = client.get("/api/bank/legal/documents", params={"limit": 1, "cursor": cursor}).json()
        numbers += [document["number"] for document in answer["documents"]]
        cursor = answer["next_cursor"] or ""
    assert (numbers, cursor) == (["1/2026/QH15", "2/2026/QH15", "3/2026/QH15"], "")
    one = client.get(f"/api/bank/legal/documents/{answer['documents'][0]['id']}").json()
    assert one["state"] == "in_force"
    assert client.get("/api/bank/legal/documents", params={"cursor": "!"}).status_code == 400
    assert json.dumps(one)


def test_the_editor_and_the_review_flag_words_for_what_no_longer_exists(
    session: Session, client: SignedIn
) -> None:
    item = make_item(
        session, make_bank(session), actor_of(client.account), draft=make_draft("UBND huyện cấp giấy gì?")
    )
    session.commit()
    assert clock.now().year >= 2025
    page = client.get(f"/bank/items/{item.id}").text
    assert "72/2025/QH15" in page
    assert "không còn từ 01/07/2025" in page
