"""Banks leave in every format, and come back with their life as a record that approves nothing."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Role
from exam_service.bank import imports
from exam_service.bank.enemies import add_enemy, enemies_of
from exam_service.bank.exports import export_bank, plan_export
from exam_service.bank.formats import FORMATS, format_of
from exam_service.bank.imports import ImportChoice, rows_in
from exam_service.bank.media.storing import store_image
from exam_service.bank.models import Bank, Item, ItemImport, ItemOrigin, ItemVersion, ReviewStep
from exam_service.errors import Invalid
from question_bank.formats import native_json
from question_bank.formats.native_json import origin_of
from question_bank.items import ItemDraft
from question_bank.review import ReviewState
from tests.fixtures.auth import SignIn, make_account
from tests.fixtures.bank import actor_of, make_approved, make_bank, make_competency, make_draft, make_item
from tests.question_bank.formats.samples import EVERY_TYPE
from tests.question_bank.formats.test_moodle_types import picture


@pytest.fixture
def bank(session: Session) -> Bank:
    make_competency(session)
    return make_bank(session)


@pytest.fixture
def author(session: Session) -> Actor:
    return actor_of(make_account(session, roles={Role.AUTHOR}))


def take_all(session: Session, actor: Actor, bank: Bank, *, data: bytes, name: str) -> ItemImport:
    found = imports.preview_import(session, actor, bank_id=bank.id, file_name=name, data=data)
    rows = rows_in(found)
    choice = ImportChoice(
        rows=frozenset(row.index for row in rows),
        decisions={row.index: "take" for row in rows if row.needs_decision},
    )
    return imports.commit_import(session, actor, import_id=found.id, choice=choice)


def count(session: Session, table: type[Item | ItemOrigin | ItemVersion | ReviewStep], bank: Bank) -> int:
    statement = select(func.count()).select_from(table)
    if table is ItemOrigin:
        statement = statement.join(Item, Item.id == ItemOrigin.item_id)
    if table is ItemVersion:
        statement = statement.join(Item, Item.id == ItemVersion.item_id)
    return session.scalar(statement.where(Item.bank_id == bank.id)) or 0


@pytest.mark.parametrize("name", FORMATS)
def test_what_a_format_can_hold_comes_back_unchanged(
    session: Session, bank: Bank, author: Actor, name: str
) -> None:
    for content in EVERY_TYPE.values():
        make_item(session, bank, author, draft=ItemDraft(content=content))
    plan = plan_export(session, author, bank_id=bank.id, format_name=name)
    assert len(plan.drafts) + len(plan.left_out) == len(EVERY_TYPE)
    assert all(reason for _code, reason in plan.left_out)
    data = export_bank(session, author, bank_id=bank.id, format_name=name)
    file_name = f"xuat{FORMATS[name].extensions[0]}"
    assert FORMATS[name].extensions[0] in format_of(file_name).extensions
    back = imports.preview_import(session, author, bank_id=bank.id, file_name=file_name, data=data)
    assert [row.match.kind if row.match else None for row in rows_in(back)] == ["same"] * len(plan.drafts)


def test_a_package_carries_versions_reviews_people_enemies_and_images(
    session: Session, bank: Bank, author: Actor
) -> None:
    image = store_image(session, author, bank_id=bank.id, data=picture())
    stem = f'Hình <img src="media:{image.name}" alt="sơ đồ"> là gì?'
    reviewer = actor_of(make_account(session, roles={Role.REVIEWER}))
    first = make_approved(session, bank, author, reviewer, draft=make_draft(stem)).item
    second = make_item(session, bank, author)
    add_enemy(session, author, item_id=first.id, other_code=second.code, reason="cùng ý")
    data = export_bank(session, author, bank_id=bank.id, format_name="native")
    other = make_bank(session)
    done = take_all(session, author, other, data=data, name="goi.zip")
    assert done.outcome["created"] == 2
    copies = {item.source_id: item for item in session.scalars(select(Item).where(Item.bank_id == other.id))}
    assert {item.state for item in copies.values()} == {"draft"}
    assert [enemy.code for enemy, _reason in enemies_of(session, copies[first.code])] == [
        copies[second.code].code
    ]
    kept = session.scalars(select(ItemOrigin).where(ItemOrigin.item_id == copies[first.code].id)).one()
    record = origin_of(kept.record)
    assert (record.bank, record.item.id, record.item.state) == (bank.name, first.id, ReviewState.APPROVED)
    (version,) = record.item.versions
    assert [step.to_state for step in version.steps][-1] is ReviewState.APPROVED
    assert all(step.by for step in version.steps)
    assert count(session, ItemVersion, other) == 0
    again = native_json.read(export_bank(session, author, bank_id=other.id, format_name="native"))
    assert image.name in again.media
    assert again.rows[0].origin is not None
    onward = origin_of(again.rows[0].origin).item.origin
    assert onward is not None
    assert onward.item.code == first.code


@pytest.mark.parametrize("is_zip", [True, False])
def test_importing_a_package_again_changes_nothing(
    session: Session, bank: Bank, author: Actor, is_zip: bool
) -> None:
    make_item(session, bank, author)
    data = export_bank(session, author, bank_id=bank.id, format_name="native", is_zip=is_zip)
    other = make_bank(session)
    name = "goi.zip" if is_zip else "goi.json"
    take_all(session, author, other, data=data, name=name)
    second = take_all(session, author, other, data=data, name=name)
    assert (second.outcome["unchanged"], second.outcome["created"]) == (1, 0)
    assert (count(session, Item, other), count(session, ItemOrigin, other)) == (1, 1)


def test_an_item_is_found_by_its_identity_though_its_code_was_taken_by_another(
    session: Session, bank: Bank, author: Actor
) -> None:
    make_item(session, bank, author)
    data = export_bank(session, author, bank_id=bank.id, format_name="native")
    other = make_bank(session)
    take_all(session, author, other, data=data, name="goi.zip")
    copy = session.scalars(select(Item).where(Item.bank_id == other.id)).one()
    copy.source_id = None
    stranger = make_item(session, other, author, draft=make_draft("Câu khác hẳn?"))
    stranger.source_id = session.scalars(select(Item.code).where(Item.bank_id == bank.id)).one()
    session.flush()
    found = imports.preview_import(session, author, bank_id=other.id, file_name="goi.zip", data=data)
    assert [row.match.item_id for row in rows_in(found) if row.match] == [copy.id]


def test_a_format_that_is_none_is_refused(session: Session, bank: Bank, author: Actor) -> None:
    with pytest.raises(Invalid):
        export_bank(session, author, bank_id=bank.id, format_name="pdf")


def test_the_page_says_before_the_export_what_a_format_leaves_out(
    session: Session, bank: Bank, author: Actor, signed_in: SignIn
) -> None:
    item = make_item(session, bank, author, draft=ItemDraft(content=EVERY_TYPE["ranking"]))
    reviewer = signed_in(roles={Role.REVIEWER})
    page = reviewer.get(f"/bank/banks/{bank.code}/export", params={"format": "gift"})
    assert page.status_code == 200
    assert item.code in page.text
    assert "ranking" in page.text


@pytest.mark.parametrize(
    ("name", "media_type", "extension"),
    [
        ("native", "application/zip", ".zip"),
        ("moodle_xml", "application/xml", ".xml"),
        ("gift", "text/plain; charset=utf-8", ".gift"),
    ],
)
def test_a_download_is_named_and_typed_by_its_format(
    session: Session, bank: Bank, author: Actor, signed_in: SignIn, name: str, media_type: str, extension: str
) -> None:
    make_item(session, bank, author)
    answer = signed_in(roles={Role.REVIEWER}).post(f"/bank/banks/{bank.id}/export", data={"format": name})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == media_type
    assert extension in answer.headers["content-disposition"]
