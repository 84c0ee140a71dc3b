"""One act on many items: all of them or none, with the rights and the history of each."""

from base64 import b64decode
from urllib.parse import urlencode

import lxml.html
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Role
from exam_service.audit import AuditRow
from exam_service.bank import reviewing
from exam_service.bank.head import trusted_draft
from exam_service.bank.manage import selecting
from exam_service.bank.manage.bulk import NothingToChange, SomeItemsRefused, act_on_items
from exam_service.bank.manage.moving import SubmittedItemMoves
from exam_service.bank.manage.schemas import BulkInput
from exam_service.bank.manage.selecting import Selection, SelectionChanged
from exam_service.bank.models import Bank, Enemy, Item
from exam_service.bank.search import ItemFilter
from exam_service.bank.similar.families import family_of
from exam_service.errors import Forbidden, Invalid, NotFound
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


@pytest.fixture
def author(session: Session) -> Actor:
    make_competency(session)
    make_competency(session, "TP.01", "Hộ tịch")
    return make_actor(session, Role.AUTHOR)


@pytest.fixture
def reviewer(session: Session) -> Actor:
    return make_actor(session, Role.REVIEWER)


@pytest.fixture
def bank(session: Session) -> Bank:
    return make_bank(session, code="TPHT")


def chosen(*items: Item) -> Selection:
    return Selection(ids=tuple(item.id for item in items))


def act(session: Session, actor: Actor, *items: Item, action: str, **fields: object) -> list[Item]:
    data = BulkInput.model_validate({"action": action, **fields})
    return act_on_items(session, actor, selection=chosen(*items), expected=len(items), data=data)


def test_a_field_left_blank_stays_as_it_is_in_every_item(session: Session, author: Actor, bank: Bank) -> None:
    one = make_item(session, bank, author, draft=make_draft("Một?", tags=("cũ", "giữ")))
    two = make_item(session, bank, author, draft=make_draft("Hai?", expected_time_s=90))
    act(session, author, one, two, action="edit", competency="TP.01", add_tags="mới; quý 4", remove_tags="cũ")
    first, second = trusted_draft(one.draft or {}), trusted_draft(two.draft or {})
    assert (first.competency, second.competency) == ("TP.01", "TP.01")
    assert (first.tags, second.tags) == (("giữ", "mới", "quý 4"), ("mới", "quý 4"))
    assert (first.expected_time_s, second.expected_time_s) == (45, 90)
    assert one.competency == "TP.01"


def test_when_one_item_refuses_nothing_changes_and_every_refusal_is_named(
    session: Session, author: Actor, bank: Bank
) -> None:
    mine = make_item(session, bank, author)
    foreign = make_item(session, bank, make_actor(session, Role.AUTHOR))
    sent = make_submitted(session, bank, author).item
    before = session.scalar(select(func.count()).select_from(AuditRow)), mine.revision
    with pytest.raises(SomeItemsRefused) as refused:
        act(session, author, mine, foreign, sent, action="edit", level="apply")
    assert {(entry.item.code, entry.refusal.code) for entry in refused.value.refused} == {
        (foreign.code, "not_your_draft"),
        (sent.code, "no_draft"),
    }
    assert [item.code for item in refused.value.others] == [mine.code]
    session.refresh(mine)
    assert (mine.level, mine.revision) == ("remember", before[1])


def test_an_approved_item_changes_only_as_the_draft_of_a_new_version(
    session: Session, author: Actor, reviewer: Actor, bank: Bank
) -> None:
    version = make_approved(session, bank, author, reviewer)
    act(
        session,
        author,
        version.item,
        action="edit",
        level="apply",
        difficulty_rating="hard",
        opens_versions=True,
    )
    assert (version.level, version.state) == ("remember", "approved")
    draft = trusted_draft(version.item.draft or {})
    assert (draft.level, draft.difficulty_rating) == ("apply", "hard")


def test_an_approved_item_that_says_so_already_gets_no_new_version(
    session: Session, author: Actor, reviewer: Actor, bank: Bank
) -> None:
    version = make_approved(session, bank, author, reviewer)
    act(session, author, version.item, action="edit", level="remember", opens_versions=True)
    assert version.item.draft is None


def test_complete_drafts_are_submitted_together(session: Session, author: Actor, bank: Bank) -> None:
    items = [make_item(session, bank, author) for _number in range(3)]
    act(session, author, *items, action="submit")
    assert {item.state for item in items} == {"in_review"}


def test_the_number_that_was_confirmed_is_the_number_acted_on(
    session: Session, author: Actor, bank: Bank
) -> None:
    make_item(session, bank, author)
    seen = Selection(wanted=ItemFilter(bank="TPHT"))
    make_item(session, bank, author)
    with pytest.raises(SelectionChanged):
        act_on_items(session, author, selection=seen, expected=1, data=BulkInput(action="submit"))
    assert set(session.scalars(select(Item.state))) == {"draft"}
    act_on_items(session, author, selection=seen, expected=2, data=BulkInput(action="submit"))
    assert set(session.scalars(select(Item.state))) == {"in_review"}


def test_items_of_a_foreign_bank_cannot_be_chosen(session: Session, author: Actor, bank: Bank) -> None:
    item = make_item(session, bank, author)
    stranger = make_actor(session, Role.AUTHOR, Role.REVIEWER, banks=[make_bank(session)])
    for action in ("edit", "submit", "enemies", "family", "suspend", "retire"):
        with pytest.raises(SelectionChanged):
            act(session, stranger, item, action=action, level="apply", reason="Thử")
    with pytest.raises(NotFound):
        act(session, stranger, item, action="move", bank="TPHT")


@pytest.mark.parametrize("action", ["suspend", "retire", "reopen"])
def test_an_author_cannot_decide_on_versions(
    session: Session, author: Actor, reviewer: Actor, bank: Bank, action: str
) -> None:
    item = make_approved(session, bank, author, reviewer).item
    with pytest.raises(Forbidden):
        act(session, author, item, action=action, reason="Thử")


@pytest.mark.parametrize("action", ["edit", "submit"])
def test_a_reviewer_cannot_write(
    session: Session, author: Actor, reviewer: Actor, bank: Bank, action: str
) -> None:
    with pytest.raises(Forbidden):
        act(session, reviewer, make_item(session, bank, author), action=action, level="apply")


def test_versions_are_suspended_looked_at_again_and_retired_with_the_reason(
    session: Session, author: Actor, reviewer: Actor, bank: Bank
) -> None:
    versions = [make_approved(session, bank, author, reviewer) for _number in range(2)]
    items = [version.item for version in versions]
    with pytest.raises(Invalid):
        act(session, reviewer, *items, action="suspend")
    act(session, reviewer, *items, action="suspend", reason="Luật sửa đổi")
    act(session, reviewer, items[0], action="reopen")
    assert [version.state for version in versions] == ["in_review", "suspended"]
    act(session, reviewer, items[1], action="retire", reason="Hết hiệu lực")
    assert versions[1].state == "retired"


def test_chosen_items_become_enemies_of_each_other_or_one_family(
    session: Session, author: Actor, bank: Bank
) -> None:
    items = [make_item(session, bank, author) for _number in range(3)]
    act(session, author, *items, action="enemies", reason="Gợi ý cho nhau")
    assert session.scalar(select(func.count()).select_from(Enemy)) == 3
    act(session, author, *items, action="family")
    others, hidden = family_of(session, author, item_id=items[0].id)
    assert ({item.id for item in others}, hidden) == ({items[1].id, items[2].id}, 0)


def test_a_moved_item_keeps_its_code_and_a_submitted_one_is_moved_by_a_reviewer(
    session: Session, author: Actor, reviewer: Actor, bank: Bank
) -> None:
    other = make_bank(session, code="VPTK")
    draft, used = make_item(session, bank, author), make_approved(session, bank, author, reviewer).item
    code = draft.code
    act(session, author, draft, action="move", bank="VPTK")
    assert (draft.bank_id, draft.code) == (other.id, code)
    with pytest.raises(SomeItemsRefused) as refused:
        act(session, author, used, action="move", bank="VPTK")
    assert isinstance(refused.value.refused[0].refusal, SubmittedItemMoves)
    act(session, reviewer, used, action="move", bank="VPTK")
    assert used.bank_id == other.id


def test_an_item_does_not_move_beside_another_of_its_source(
    session: Session, author: Actor, bank: Bank
) -> None:
    other = make_bank(session, code="VPTK")
    make_item(session, other, author, draft=make_draft("Một?", source_id="S1"))
    item = make_item(session, bank, author, draft=make_draft("Hai?", source_id="S1"))
    with pytest.raises(SomeItemsRefused) as refused:
        act(session, author, item, action="move", bank="VPTK")
    assert refused.value.refused[0].refusal.code == "source_taken"


def test_an_edit_of_nothing_and_an_unknown_competency_are_refused(
    session: Session, author: Actor, bank: Bank
) -> None:
    item = make_item(session, bank, author)
    with pytest.raises(NothingToChange):
        act(session, author, item, action="edit")
    with pytest.raises(Invalid):
        act(session, author, item, action="edit", competency="KHONG.CO")


def test_each_item_and_the_whole_act_are_in_the_audit_trail(
    session: Session, author: Actor, bank: Bank
) -> None:
    items = [make_item(session, bank, author) for _number in range(2)]
    act(session, author, *items, action="submit")
    session.commit()
    actions = session.scalars(select(AuditRow.action).where(AuditRow.action != "item.create")).all()
    assert sorted(actions) == ["bank.bulk", "item.submit", "item.submit"]


def test_the_page_names_the_refusals_and_goes_on_with_the_others(
    session: Session, author: Actor, bank: Bank, signed_in: SignIn
) -> None:
    client = signed_in(roles={Role.AUTHOR})
    me = actor_of(client.account)
    mine, foreign = make_item(session, bank, me), make_item(session, bank, author)
    session.commit()
    ids = {"ids": [str(mine.id), str(foreign.id)]}
    page = client.post("/bank/items/bulk", data=ids)
    assert (page.status_code, "Thao tác với 2 câu hỏi" in page.text) == (200, True)
    refused = client.post(
        "/bank/items/bulk/apply", data={**ids, "action": "edit", "level": "apply", "expected": 2}
    )
    assert refused.status_code == 409
    assert "Bản nháp này do người khác soạn" in refused.text
    form = lxml.html.fromstring(refused.text).get_element_by_id("bulk-act")
    again = {name: form.fields[name] for name in form.fields if name != "action"} | {"action": "edit"} | ids
    (address,) = lxml.html.fromstring(refused.text).xpath("//a[@download]/@href")
    table = b64decode(address.partition("base64,")[2]).decode("utf-8-sig")
    assert table.splitlines()[1].startswith(f"{foreign.code},")
    # Nobody but those that were named may be left out.
    assert client.post("/bank/items/bulk/apply", data=again | {"leaving": "0" * 64}).status_code == 409
    assert client.post("/bank/items/bulk/apply", data=again).status_code == 303
    session.refresh(mine)
    session.refresh(foreign)
    assert (mine.level, foreign.level) == ("apply", "remember")


def test_the_whole_filter_is_acted_on_after_its_number_is_confirmed(
    session: Session, bank: Bank, author: Actor, signed_in: SignIn
) -> None:
    client = signed_in(roles={Role.AUTHOR})
    me = actor_of(client.account)
    for _number in range(3):
        make_item(session, bank, me)
    make_item(session, make_bank(session, code="KHAC"), me)
    session.commit()
    page = client.get("/bank/items/bulk?bank=TPHT")
    form = lxml.html.fromstring(page.text).get_element_by_id("bulk-act")
    assert (form.fields["expected"], form.fields["filter"]) == ("3", urlencode({"bank": "TPHT"}))
    done = client.post(
        "/bank/items/bulk/apply", data={"filter": "bank=TPHT", "expected": 3, "action": "submit"}
    )
    assert (done.status_code, done.headers["location"]) == (303, "/bank/items?bank=TPHT")
    assert sorted(session.scalars(select(Item.state))) == ["draft", *["in_review"] * 3]


def test_who_neither_writes_nor_reviews_has_no_bulk_page(session: Session, signed_in: SignIn) -> None:
    client = signed_in(roles={Role.OFFICER})
    assert client.get("/bank/items/bulk").status_code == 403
    assert client.post("/bank/items/bulk/apply", data={"action": "retire", "expected": 1}).status_code == 403


def test_a_retired_item_is_named_when_it_is_to_be_retired_again(
    session: Session, author: Actor, reviewer: Actor, bank: Bank
) -> None:
    version = make_approved(session, bank, author, reviewer)
    reviewing.retire_version(session, reviewer, version_id=version.id, reason="Cũ")
    with pytest.raises(SomeItemsRefused) as refused:
        act(session, reviewer, version.item, action="retire", reason="Cũ")
    assert refused.value.refused[0].refusal.code == "transition_not_allowed"


def test_more_items_than_a_form_has_fields_are_acted_on_in_batches(
    session: Session, author: Actor, bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selecting, "BATCH", 3)
    monkeypatch.setattr(selecting, "SHOWN", 4)
    items = [make_item(session, bank, author) for _number in range(7)]
    selection = Selection(wanted=ItemFilter(bank="TPHT"))
    preview = selecting.preview_selected(session, author, selection)
    assert ([item.code for item in preview.items], preview.total) == ([item.code for item in items[:4]], 7)
    data = BulkInput.model_validate({"action": "edit", "add_tags": "đợt 1"})
    done = act_on_items(session, author, selection=selection, expected=7, data=data)
    assert [item.code for item in done] == [item.code for item in items]
    assert {trusted_draft(item.draft or {}).tags for item in items} == {("đợt 1",)}
    monkeypatch.setattr(selecting, "MOST_ITEMS", 6)
    with pytest.raises(selecting.TooManySelected):
        selecting.preview_selected(session, author, selection)
    with pytest.raises(selecting.TooManySelected):
        act_on_items(session, author, selection=selection, expected=7, data=data)
