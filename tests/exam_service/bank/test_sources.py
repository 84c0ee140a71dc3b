"""Where items came in stays readable: file, row, person, earlier place, and the markup of what could not be held."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Role
from exam_service.auth.models import Account
from exam_service.bank import authoring
from exam_service.bank.exports import export_bank
from exam_service.bank.formats import kind_label, kind_of
from exam_service.bank.models import Bank, Item, ItemSource
from exam_service.bank.similar.families import family_of, join_family
from exam_service.bank.sources import arrivals_of, kept_source_of
from question_bank.formats.qti import writing as qti_writing
from question_bank.items import ItemDraft
from question_bank.types.unsupported import Unsupported
from tests.exam_service.bank.test_exports import take_all
from tests.fixtures.auth import SignIn
from tests.fixtures.bank import (
    make_bank,
    make_competency,
    make_draft,
    make_item,
    question_file,
)

STACK = """<?xml version="1.0"?><quiz><question type="stack"><name><text>Đạo hàm</text></name>
<questiontext format="html"><text>Tính <b>đạo hàm</b>.</text></questiontext>
<questionvariables><text>f:x^2;</text></questionvariables></question></quiz>"""


@pytest.fixture
def bank(session: Session) -> Bank:
    make_competency(session)
    return make_bank(session, name="Hộ tịch")


def items_of(session: Session, bank: Bank) -> list[Item]:
    return list(session.scalars(select(Item).where(Item.bank_id == bank.id).order_by(Item.code)))


def test_an_imported_item_names_file_row_and_person(
    session: Session, bank: Bank, author: Actor, signed_in: SignIn
) -> None:
    data = question_file(
        ("Ai ký?", "Một", "Hai", "Ba", "Bốn", "A"), ("Ở đâu?", "Một", "Hai", "Ba", "Bốn", "B")
    )
    done = take_all(session, author, bank, data=data, name="Hộ tịch.xlsx")
    second = items_of(session, bank)[1]
    (arrival,) = arrivals_of(session, second)
    told = (arrival.file_name, arrival.sheet, arrival.row, arrival.by, arrival.is_new)
    assert told == ("Hộ tịch.xlsx", "Câu hỏi", 3, author.display_name, True)
    take_all(session, author, bank, data=data, name="lại.xlsx")  # says the same: nothing came in
    assert len(arrivals_of(session, second)) == 1
    session.commit()
    page = signed_in(roles={Role.AUTHOR}).get(f"/bank/items/{second.id}").text
    assert f'<a href="/bank/imports/{done.id}">Hộ tịch.xlsx</a>' in page
    assert "dòng 3" in page
    page = signed_in(roles={Role.REVIEWER}).get(f"/bank/items/{second.id}").text
    assert f"/bank/imports/{done.id}" not in page  # imports are for authors
    assert "Hộ tịch.xlsx" in page


def test_what_could_not_be_held_is_read_beside_the_editor_and_stays_when_it_is_written_anew(
    session: Session, bank: Bank, author: Actor, signed_in: SignIn
) -> None:
    take_all(session, author, bank, data=STACK.encode(), name="đề.xml")
    (item,) = items_of(session, bank)
    assert item.type == "unsupported"
    session.commit()
    client = signed_in(account=session.get(Account, author.id))
    page = client.get(f"/bank/items/{item.id}/edit").text
    assert '<details class="disclosure kept-source" open>' in page
    assert "&lt;questionvariables&gt;" in page
    assert "<questionvariables>" not in page
    authoring.save_draft(
        session, author, item_id=item.id, revision=item.revision, draft=make_draft("Đạo hàm của x² là?")
    )
    authoring.submit_item(session, author, item_id=item.id, revision=item.revision)
    kept = kept_source_of(session, item)
    assert kept is not None
    assert (kept.format, "f:x^2;" in kept.text) == ("moodle_xml", True)
    assert len(session.scalars(select(ItemSource)).all()) == 1
    session.commit()
    page = client.get(f"/bank/items/{item.id}").text
    assert "&lt;questionvariables&gt;" in page


def test_markup_that_no_import_brought_is_kept_when_it_is_written_anew(
    session: Session, bank: Bank, author: Actor
) -> None:
    content = Unsupported(stem="Kéo thả", reason="ddimageortext", source_format="moodle_xml", source="<q/>")
    item = make_item(session, bank, author, draft=ItemDraft(content=content))
    authoring.save_draft(session, author, item_id=item.id, revision=item.revision, draft=make_draft("Mới?"))
    kept = kept_source_of(session, item)
    assert kept is not None
    assert (kept.text, kept.reason) == ("<q/>", "ddimageortext")
    assert arrivals_of(session, item) == []


def test_a_native_package_brings_clone_families_and_says_where_items_were(
    session: Session, bank: Bank, author: Actor, signed_in: SignIn
) -> None:
    one, two, three, alone = (make_item(session, bank, author) for _number in range(4))
    elsewhere = make_item(session, make_bank(session), author)
    join_family(session, author, item_id=one.id, other_id=two.id)
    join_family(session, author, item_id=two.id, other_id=three.id)
    join_family(session, author, item_id=alone.id, other_id=elsewhere.id)
    data = export_bank(session, author, bank_id=bank.id, format_name="native")
    target = make_bank(session)
    for _time in range(2):  # a second time changes nothing
        take_all(session, author, target, data=data, name="ngân hàng.zip")
        came = items_of(session, target)
        families = [
            sorted(other.code for other in family_of(session, author, item_id=item.id)[0]) for item in came
        ]
        codes = [item.code for item in came]
        assert families == [[codes[1], codes[2]], [codes[0], codes[2]], [codes[0], codes[1]], []]
    session.commit()
    page = signed_in(roles={Role.AUTHOR}).get(f"/bank/items/{came[0].id}").text
    assert f"Trước đây là câu {one.code} của “Hộ tịch”" in page


def test_a_zip_is_called_what_it_holds(
    session: Session, bank: Bank, author: Actor, signed_in: SignIn
) -> None:
    draft = make_draft("Ai ký khai sinh?")
    package = qti_writing.write([draft], version="3.0", media={})
    make_item(session, bank, author, draft=draft)
    native = export_bank(session, author, bank_id=bank.id, format_name="native")
    assert (kind_of("a.zip", package), kind_of("a.zip", native)) == ("qti", "native")
    assert kind_label("qti") == "Gói QTI"
    assert kind_of("a.xml", STACK.encode()) == "moodle_xml"
    assert kind_label("") == ""
    take_all(session, author, make_bank(session), data=package, name="đề.zip")
    session.commit()
    assert "Gói QTI" in signed_in(roles={Role.AUTHOR}).get("/bank/imports").text
