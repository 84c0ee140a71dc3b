"""The pages of the bank as people use them, over HTTP."""

import lxml.html
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.actor import Role
from exam_service.bank.models import Item, ItemVersion
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
    ids = editor.xpath("//input[@name='option_id']/@value")
    assert len(ids) == 3
    form = {
        "revision": editor.xpath("//input[@name='revision']/@value")[0],
        "type": "single_choice",
        "stem": "Ai cấp bản sao trích lục hộ tịch?",
        "option_id": ids,
        "option_text": ["Cơ quan quản lý cơ sở dữ liệu hộ tịch", "Công an xã", "Toà án"],
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


def test_x(session: Session, signed_in: SignIn) -> None:
    make_competency(session)
    bank = make_bank(session)
    client = signed_in(roles={Role.AUTHOR, Role.REVIEWER})
    me = actor_of(client.account)
    item = make_item(session, bank, me, draft=make_draft("<b>x</b>"))
    session.commit()
    for path in ("", "/edit", "/compare"):
        page = client.get(f"/bank/items/{item.id}{path}")
        assert page.status_code == 200, path
    assert client.get(f"/bank/banks/{bank.code}").status_code == 200
