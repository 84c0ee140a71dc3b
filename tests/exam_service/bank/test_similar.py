"""Questions that are alike: found on save and import, shown to those who may see them, decided once."""

import re
from pathlib import Path
from runpy import run_path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from exam_service import schema
from exam_service.actor import Actor, Role
from exam_service.bank import authoring, imports
from exam_service.bank.import_rows import ImportRow, loaded
from exam_service.bank.imports import ImportChoice
from exam_service.bank.models import Bank, Enemy, Item, ItemImport, ItemVersion
from exam_service.bank.similar.deciding import CannotBeUndone, PairIsDecided, decide_pair, reopen_pair
from exam_service.bank.similar.families import family_of, join_family, leave_family
from exam_service.bank.similar.importing import near_notes
from exam_service.bank.similar.jobs import pair_recent, sign_unsigned
from exam_service.bank.similar.listing import likes_of, pairs_of_bank
from exam_service.bank.similar.models import ItemFamily, ItemSignature, PairDecision, SimilarPair
from exam_service.bank.similar.sketch import least_common_bits, sketch
from exam_service.bank.supply import load_supply
from exam_service.errors import Forbidden, NotFound
from question_bank.items import Option
from question_bank.types.single_choice import SingleChoice
from tests.fixtures.auth import SignIn
from tests.fixtures.bank import (
    make_actor,
    make_approved,
    make_bank,
    make_draft,
    make_item,
    question_file,
)

STEM = "Theo khoản 1 Điều 15 Luật Hộ tịch, thời hạn đăng ký khai sinh cho con là bao nhiêu ngày?"
NEAR = STEM.replace("Điều 15", "Điều 16")
OTHER = "Ai chủ trì buổi hòa giải tranh chấp đất đai ở xã?"
DAYS = ("15 ngày", "60 ngày", "30 ngày", "90 ngày")


def keyed(stem: str, key: int = 1) -> SingleChoice:
    options = tuple(Option.create(text) for text in DAYS)
    return SingleChoice(stem=stem, options=options, key=options[key].id)


def item_of(session: Session, bank: Bank, author: Actor, stem: str, key: int = 1) -> Item:
    return make_item(session, bank, author, draft=make_draft(content=keyed(stem, key)))


def pairs(session: Session) -> list[tuple[str, bool, str | None]]:
    rows = session.scalars(select(SimilarPair).order_by(SimilarPair.score_permille.desc())).all()
    return [(row.kind, row.has_conflict, row.decision) for row in rows]


def preview(session: Session, actor: Actor, bank: Bank, *rows: tuple[object, ...]) -> ItemImport:
    data = question_file(*rows)
    return imports.preview_import(session, actor, bank_id=bank.id, file_name="de.xlsx", data=data)


def test_saving_a_question_pairs_it_with_its_likes(session: Session, bank: Bank, author: Actor) -> None:
    item_of(session, bank, author, STEM)
    item_of(session, bank, author, OTHER)
    item_of(session, bank, author, NEAR)
    assert pairs(session) == [("near", False, None)]


def test_the_same_question_with_another_key_is_a_conflict(
    session: Session, bank: Bank, author: Actor
) -> None:
    item_of(session, bank, author, STEM)
    item_of(session, bank, author, STEM, key=2)
    assert pairs(session) == [("same", True, None)]


def test_an_undecided_pair_goes_when_the_words_grow_apart_and_a_decided_one_stays(
    session: Session, bank: Bank, author: Actor
) -> None:
    one, other, third = (item_of(session, bank, author, stem) for stem in (STEM, NEAR, f"{STEM} Vì sao?"))
    decide_pair(session, author, item_id=one.id, other_id=other.id, decision=PairDecision.DIFFERENT)
    draft = make_draft(content=keyed(OTHER))
    authoring.save_draft(session, author, item_id=other.id, revision=other.revision, draft=draft)
    left = {(pair.item_id, pair.other_id): pair.decision for pair in session.scalars(select(SimilarPair))}
    assert left == {(one.id, other.id): "different", (one.id, third.id): None}


def test_a_family_is_drawn_as_one_and_dissolves_when_one_leaves(
    session: Session, bank: Bank, author: Actor
) -> None:
    reviewer = make_actor(session, Role.REVIEWER)
    made = [
        make_approved(session, bank, author, reviewer, draft=make_draft(content=keyed(stem)))
        for stem in (STEM, NEAR, OTHER)
    ]
    one, other, third = (version.item_id for version in made)
    join_family(session, author, item_id=one, other_id=other)
    join_family(session, author, item_id=other, other_id=third)
    families = {entry.family for entry in load_supply(session, [bank.id]).pool}
    assert len(families) == 1
    assert families != {None}
    assert [item.id for item in family_of(session, author, item_id=one)[0]] == [other, third]
    leave_family(session, author, item_id=one)
    leave_family(session, author, item_id=other)
    assert session.scalar(select(func.count()).select_from(ItemFamily)) == 0
    assert {entry.family for entry in load_supply(session, [bank.id]).pool} == {None}


def test_a_decision_takes_effect_once_and_can_be_taken_back(
    session: Session, bank: Bank, author: Actor
) -> None:
    one, other = item_of(session, bank, author, STEM), item_of(session, bank, author, NEAR)
    decide_pair(session, author, item_id=one.id, other_id=other.id, decision=PairDecision.ENEMIES)
    assert session.get(Enemy, (one.id, other.id)) is not None
    with pytest.raises(PairIsDecided):
        decide_pair(session, author, item_id=other.id, other_id=one.id, decision=PairDecision.FAMILY)
    reopen_pair(session, author, item_id=other.id, other_id=one.id)
    assert session.get(Enemy, (one.id, other.id), populate_existing=True) is None
    assert pairs(session) == [("near", False, None)]


def test_retiring_one_ends_its_version_and_keeps_the_other(
    session: Session, bank: Bank, author: Actor
) -> None:
    reviewer = make_actor(session, Role.REVIEWER)
    one, other = (
        make_approved(session, bank, author, reviewer, draft=make_draft(content=keyed(stem)))
        for stem in (STEM, NEAR)
    )
    pair = {"item_id": one.item_id, "other_id": other.item_id}
    decide_pair(session, reviewer, decision=PairDecision.ONE_RETIRED, **pair)
    states = dict(session.execute(select(ItemVersion.item_id, ItemVersion.state)).all())
    assert states == {one.item_id: "approved", other.item_id: "retired"}
    with pytest.raises(CannotBeUndone):
        reopen_pair(session, reviewer, **pair)


def test_retiring_a_draft_that_was_never_submitted_deletes_it(
    session: Session, bank: Bank, author: Actor
) -> None:
    one, other = item_of(session, bank, author, STEM), item_of(session, bank, author, NEAR)
    decide_pair(session, author, item_id=one.id, other_id=other.id, decision=PairDecision.ONE_RETIRED)
    session.flush()
    assert session.scalars(select(Item.id)).all() == [one.id]
    assert pairs(session) == []


def test_a_stranger_neither_sees_nor_decides_what_stands_in_another_bank(
    session: Session, bank: Bank, author: Actor
) -> None:
    foreign = make_bank(session)
    one, other = item_of(session, bank, author, STEM), item_of(session, foreign, author, NEAR)
    stranger = make_actor(session, Role.AUTHOR, banks=[bank])
    likes = likes_of(session, stranger, one)
    assert (list(likes.pairs), likes.hidden) == ([], 1)
    page, hidden = pairs_of_bank(session, stranger, bank, state="open")
    assert (list(page.rows), page.total, hidden) == ([], 0, 1)
    with pytest.raises(NotFound):
        decide_pair(session, stranger, item_id=one.id, other_id=other.id, decision=PairDecision.FAMILY)
    with pytest.raises(NotFound):
        join_family(session, stranger, item_id=one.id, other_id=other.id)
    assert [pair.other.code for pair in likes_of(session, author, one).pairs] == [other.code]


def test_only_authors_and_reviewers_decide(session: Session, bank: Bank, author: Actor) -> None:
    one, other = item_of(session, bank, author, STEM), item_of(session, bank, author, NEAR)
    for act in (decide_pair, reopen_pair):
        values = {"decision": PairDecision.FAMILY} if act is decide_pair else {}
        with pytest.raises(Forbidden):
            act(session, make_actor(session, Role.AUDITOR), item_id=one.id, other_id=other.id, **values)


def test_the_dry_run_names_near_rows_and_stored_questions_by_what_the_reader_may_see(
    session: Session, bank: Bank, author: Actor
) -> None:
    item_of(session, make_bank(session, code="KHAC"), author, STEM)
    third = STEM.replace("khai sinh", "khai tử")
    rows = loaded(preview(session, author, bank, (NEAR, *DAYS, "B"), (third, *DAYS, "B")).verdicts)
    said = near_notes(session, author, rows)
    assert [sentence for _severity, sentence in said[0].sentences] == ["Gần giống (97 %) với câu KHAC-0001."]
    assert [near.index for near in rows[1].near] == [None, 0]
    stranger = make_actor(session, Role.AUTHOR, banks=[bank])
    hidden = near_notes(session, stranger, rows)[0].sentences
    assert [sentence for _severity, sentence in hidden] == [
        "Có 1 câu giống hoặc gần giống ở ngân hàng mà Ông/Bà không phụ trách."
    ]


def test_a_row_with_another_key_than_a_question_of_another_bank_waits_for_a_person(
    session: Session, bank: Bank, author: Actor
) -> None:
    item_of(session, make_bank(session), author, STEM)
    found = preview(session, author, bank, (STEM, *DAYS, "C"), (OTHER, *DAYS, "A"))
    rows: list[ImportRow] = loaded(found.verdicts)
    assert [(row.needs_decision, row.standing.value) for row in rows] == [(True, "hold"), (False, "ok")]
    with pytest.raises(imports.RowsUndecided):
        imports.commit_import(session, author, import_id=found.id, choice=ImportChoice(frozenset({1})))
    choice = ImportChoice(frozenset({1}), decisions={0: "take"})
    imports.commit_import(session, author, import_id=found.id, choice=choice)
    assert pairs(session) == [("same", True, None)]


def test_committed_rows_are_signed_and_paired(session: Session, bank: Bank, author: Actor) -> None:
    item_of(session, bank, author, STEM)
    found = preview(session, author, bank, (NEAR, *DAYS, "B"), (OTHER, *DAYS, "A"))
    choice = ImportChoice(frozenset({0, 1}))
    imports.commit_import(session, author, import_id=found.id, choice=choice)
    assert session.scalar(select(func.count()).select_from(ItemSignature)) == 3
    assert pairs(session) == [("near", False, None)]


def test_the_job_signs_what_has_no_signature_and_pairs_what_was_saved_at_once(
    session: Session, bank: Bank, author: Actor
) -> None:
    item_of(session, bank, author, STEM)
    item_of(session, bank, author, NEAR)
    session.execute(update(ItemSignature).values(recipe=0, stem="cũ"))
    assert sign_unsigned(session) == 2
    assert sign_unsigned(session) == 0
    session.execute(SimilarPair.__table__.delete())
    assert pair_recent(session) == 2
    assert pairs(session) == [("near", False, None)]


def test_the_pages_show_the_difference_and_take_the_decision(
    session: Session, bank: Bank, signed_in: SignIn
) -> None:
    client = signed_in(roles={Role.AUTHOR})
    author = make_actor(session, Role.AUTHOR)
    one, other = item_of(session, bank, author, STEM), item_of(session, bank, author, NEAR)
    found = preview(session, author, bank, (NEAR.replace("khai sinh", "khai tử"), *DAYS, "B"))
    session.commit()
    page = client.get(f"/bank/banks/{bank.id}/similar").text
    assert "<mark>15</mark>" in page
    assert "<mark>16</mark>" in page
    row = client.get(f"/bank/imports/{found.id}/rows/0/likes").text
    assert "<mark>tử</mark>" in row
    assert client.get(f"/bank/imports/{found.id}/rows/7/likes").status_code == 404
    form = {"other": str(other.id), "decision": "family", "back": "bank", "bank": str(bank.id)}
    answer = client.post(f"/bank/items/{one.id}/similar", data=form)
    assert answer.headers["location"] == f"/bank/banks/{bank.id}/similar"
    again = client.post(f"/bank/items/{one.id}/similar", data=form)
    assert again.status_code == 409
    assert "Cặp câu này đã được quyết định" in again.text
    decided = client.get(f"/bank/banks/{bank.id}/similar", params={"state": "decided"}).text
    assert re.search(r"Cùng họ", decided)
    assert "Mỗi đề có nhiều nhất một câu" in client.get(f"/bank/items/{one.id}").text
    back = {"other": str(other.id), "back": "item"}
    assert client.post(f"/bank/items/{one.id}/similar/reopen", data=back).status_code == 303
    assert other.code in client.get(f"/bank/items/{one.id}").text


grams = st.frozensets(st.integers(-(2**31), 2**31 - 1), max_size=60)


@given(grams, grams, grams)
def test_a_sketch_never_hides_a_set_with_enough_common_grams(
    common: frozenset[int], own: frozenset[int], other: frozenset[int]
) -> None:
    one, two = common | own, common | other
    shared = sum(a == b == "1" for a, b in zip(sketch(one), sketch(two), strict=True))
    assert shared >= least_common_bits(one, len(one & two)) or not one & two


def test_the_migration_sketches_as_the_service_does(session: Session, bank: Bank, author: Actor) -> None:
    make_item(session, bank, author)
    (path,) = Path(schema.MIGRATIONS, "versions").glob("*_1080_gram_sketch.py")
    before = session.scalars(select(ItemSignature.sketch)).all()
    session.execute(text(run_path(str(path))["EXISTING"]))
    session.expire_all()
    assert session.scalars(select(ItemSignature.sketch)).all() == before
    assert "1" in before[0]
