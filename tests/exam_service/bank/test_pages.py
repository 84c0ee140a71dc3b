"""The pages of the bank as people use them, over HTTP."""

import lxml.html
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.actor import Role
from exam_service.bank import authoring, reviewing
from exam_service.bank.models import Enemy, Item, ItemVersion
from tests.fixtures.auth import SignIn
from tests.fixtures.bank import (
    actor_of,
    make_actor,
    make_approved,
    make_bank,
    make_competency,
    make_draft,
    make_item,
    make_submitted,
)

EVERY_PAGE = (
    "/bank",
    "/bank/items",
    "/bank/items?q=ho+tich&state=draft&view=mine&sort=-code",
    "/bank/items/new",
    "/bank/imports",
    "/bank/imports/new",
    "/bank/competencies",
    "/bank/review",
    "/bank/banks/new",
)


@pytest.mark.parametrize("path", EVERY_PAGE)
def test_every_page_opens_empty_and_filled(session: Session, signed_in: SignIn, path: str) -> None:
    client = signed_in(roles={Role.AUTHOR, Role.REVIEWER})
    assert client.get(path).status_code == 200
    make_competency(session)
    bank, author = make_bank(session), make_actor(session, Role.AUTHOR)
    make_submitted(session, bank, author)
    make_item(session, bank, author)
    make_approved(session, bank, author, make_actor(session, Role.REVIEWER))
    session.commit()
    page = client.get(path)
    assert page.status_code == 200
    assert "Ngân hàng câu hỏi" in page.text


def test_an_author_writes_a_question_and_sends_it_to_review(session: Session, signed_in: SignIn) -> None:
    make_competency(session)
    bank = make_bank(session, code="TPHT")
    client = signed_in(roles={Role.AUTHOR})
    made = client.post("/bank/items/new", data={"bank": "TPHT", "type": "single_choice", "option_count": 3})
    assert made.status_code == 303
    editor = lxml.html.fromstring(client.get(made.headers["location"]).text)
    ids = editor.xpath("//input[@name='options']/@value")
    assert len(ids) == 3
    texts = ("Cơ quan quản lý cơ sở dữ liệu hộ tịch", "Công an xã", "Toà án")
    form = {
        "revision": editor.xpath("//input[@name='revision']/@value")[0],
        "type": "single_choice",
        "stem": "Ai cấp bản sao trích lục hộ tịch?",
        "options": ids,
        **{f"options.{option}.text": text for option, text in zip(ids, texts, strict=True)},
        "key": ids[0],
        "level": "remember",
        "competency": "TP",
        "citation_number": "Luật Hộ tịch",
        "act": "submit",
    }
    refused = client.post(made.headers["location"], data=form)
    assert refused.status_code == 422
    form |= {f"citation_{name}": "" for name in ("title", "article", "clause", "point", "start", "end")}
    form |= {"citation_number": "60/2014/qh13", "revision": _revision(refused.text)}
    sent = client.post(made.headers["location"], data=form)
    assert sent.status_code == 303, sent.text
    item = session.scalars(select(Item).where(Item.bank_id == bank.id)).one()
    assert (item.code, item.state, item.draft) == ("TPHT-0001", "in_review", None)
    version = session.scalars(select(ItemVersion)).one()
    assert version.body["citations"][0]["document_number"] == "60/2014/QH13"


def _revision(page: str) -> str:
    return str(lxml.html.fromstring(page).xpath("//input[@name='revision']/@value")[0])


def test_an_item_has_its_pages_in_every_state(session: Session, signed_in: SignIn) -> None:
    make_competency(session)
    bank, reviewer = make_bank(session), make_actor(session, Role.REVIEWER)
    client = signed_in(roles={Role.AUTHOR, Role.REVIEWER})
    me = actor_of(client.account)
    draft, used = make_item(session, bank, me), make_approved(session, bank, me, reviewer)
    reviewing.suspend_version(session, reviewer, version_id=used.id, reason="Luật sửa đổi")
    authoring.start_new_version(session, me, item_id=used.item_id)
    session.commit()
    for item_id in (draft.id, used.item_id):
        for path in ("", "/edit", "/compare", "/compare?left=1&right=0", "/compare?left=77"):
            assert client.get(f"/bank/items/{item_id}{path}").status_code == 200, path
    history = client.get(f"/bank/items/{used.item_id}").text
    assert "Luật sửa đổi" in history
    assert "Tạm ngừng dùng" in history


def test_the_matrix_of_a_bank_counts_drawable_items_of_a_competency_and_below(
    session: Session, signed_in: SignIn
) -> None:
    make_competency(session)
    make_competency(session, "TP.01", "Hộ tịch")
    bank, author, reviewer = (
        make_bank(session),
        make_actor(session, Role.AUTHOR),
        make_actor(session, Role.REVIEWER),
    )
    make_approved(session, bank, author, reviewer)
    make_approved(session, bank, author, reviewer, draft=make_draft("Câu dưới?", competency="TP.01"))
    make_submitted(session, bank, author)
    session.commit()
    page = lxml.html.fromstring(signed_in(roles={Role.REVIEWER}).get(f"/bank/banks/{bank.code}").text)
    rows = [" ".join(cell.text_content().strip() for cell in row) for row in page.xpath("//tbody/tr")]
    assert rows == ["TP Tư pháp 2 0 0 0 2", "TP.01 Hộ tịch 1 0 0 0 1"]


def test_banks_and_competencies_are_made_once_and_in_order(session: Session, signed_in: SignIn) -> None:
    client = signed_in(roles={Role.REVIEWER})
    form = {"code": "tpht", "name": "Tư pháp", "position_id": ""}
    assert client.post("/bank/banks/new", data=form).headers["location"] == "/bank/banks/TPHT"
    again = client.post("/bank/banks/new", data=form)
    assert (again.status_code, "đã được dùng" in again.text) == (409, True)
    for wrong in ({"code": "mã sai", "name": "x"}, {"code": "MOI", "name": ""}):
        assert client.post("/bank/banks/new", data=wrong).status_code == 422
    orphan = client.post("/bank/competencies", data={"code": "KTC.01", "name": "Con"})
    assert (orphan.status_code, "chưa có năng lực cha KTC" in orphan.text) == (422, True)
    for code in ("KTC", "KTC.01"):
        assert client.post("/bank/competencies", data={"code": code, "name": code}).status_code == 303
    assert client.post("/bank/competencies/KTC/delete").status_code == 409
    assert client.post("/bank/competencies/KTC.01/delete").status_code == 303


def test_enemies_are_declared_and_released_on_the_page_of_an_item(
    session: Session, signed_in: SignIn
) -> None:
    make_competency(session)
    bank, author = make_bank(session), make_actor(session, Role.AUTHOR)
    one, two = make_item(session, bank, author), make_item(session, bank, author)
    session.commit()
    client = signed_in(roles={Role.REVIEWER})
    address = f"/bank/items/{one.id}/enemies"
    assert (
        client.post(address, data={"other": two.code.lower(), "reason": "Gợi ý cho nhau"}).status_code == 303
    )
    assert "Gợi ý cho nhau" in client.get(f"/bank/items/{two.id}").text
    for wrong in (one.code, "KHONG-CO", ""):
        assert client.post(address, data={"other": wrong}).status_code == 422
    assert client.post(f"{address}/remove", data={"other": two.code}).status_code == 303
    assert session.scalars(select(Enemy)).all() == []
    assert client.post(f"{address}/remove", data={"other": two.code}).status_code == 422
