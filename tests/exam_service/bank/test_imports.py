"""Importing files: every row named, nothing written before the decision, the same again changes nothing."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Role
from exam_service.bank import authoring, imports, reviewing
from exam_service.bank.imports import ImportChoice
from exam_service.bank.models import Bank, Enemy, Item, ItemAuthor
from exam_service.errors import Forbidden, Invalid, NotFound
from question_bank.taxonomy import CognitiveLevel
from tests.exam_service.bank.importing import (
    NO_STEM,
    ONE,
    OTHER_KEY,
    TWO,
    count_items,
    everything,
    preview,
    rows_of,
)
from tests.fixtures.auth import make_account
from tests.fixtures.bank import (
    actor_of,
    make_actor,
    make_approved,
    make_bank,
    make_draft,
    make_item,
    make_submitted,
)


def test_the_dry_run_names_every_row_and_writes_no_item(session: Session, bank: Bank, author: Actor) -> None:
    found = preview(session, author, bank, ONE, NO_STEM, OTHER_KEY, TWO)
    assert [(row.row, row.severity.value) for row in rows_of(found)] == [
        (2, "hold"),
        (3, "error"),
        (4, "hold"),
        (5, "ok"),
    ]
    assert count_items(session) == 0


def test_the_chosen_rows_become_drafts_with_what_the_file_does_not_say(
    session: Session, bank: Bank, author: Actor
) -> None:
    found = preview(session, author, bank, ONE, TWO)
    choice = everything(found, competency="TP", level=CognitiveLevel.APPLY)
    done = imports.commit_import(session, author, import_id=found.id, choice=choice)
    assert done.outcome == {"notes": [], "created": 2, "updated": 0, "unchanged": 0, "left_out": 0}
    items = session.scalars(select(Item).order_by(Item.code)).all()
    assert [(item.code, item.state, item.competency, item.level) for item in items] == [
        ("TPHT-0001", "draft", "TP", "apply"),
        ("TPHT-0002", "draft", "TP", "apply"),
    ]
    assert [row.item_code for row in rows_of(done)] == ["TPHT-0001", "TPHT-0002"]


def test_rows_that_are_not_chosen_are_left_out_by_name(session: Session, bank: Bank, author: Actor) -> None:
    found = preview(session, author, bank, ONE, TWO)
    done = imports.commit_import(session, author, import_id=found.id, choice=ImportChoice(frozenset({1})))
    assert [row.result for row in rows_of(done)] == ["left_out", "created"]


def test_a_held_row_must_be_decided(session: Session, bank: Bank, author: Actor) -> None:
    found = preview(session, author, bank, ONE, OTHER_KEY, TWO)
    choice = ImportChoice(rows=frozenset({0, 1, 2}), decisions={0: "take"})
    with pytest.raises(imports.RowsUndecided, match="dòng 3"):
        imports.commit_import(session, author, import_id=found.id, choice=choice)
    assert count_items(session) == 0
    decided = ImportChoice(rows=frozenset({2}), decisions={0: "take", 1: "leave"})
    done = imports.commit_import(session, author, import_id=found.id, choice=decided)
    assert [row.result for row in rows_of(done)] == ["created", "left_out", "created"]


def test_rows_of_one_stem_that_are_both_taken_never_meet_in_one_form(
    session: Session, bank: Bank, author: Actor
) -> None:
    found = preview(session, author, bank, ONE, OTHER_KEY)
    imports.commit_import(session, author, import_id=found.id, choice=everything(found))
    ids = session.scalars(select(Item.id)).all()
    enemy = session.scalars(select(Enemy)).one()
    assert {enemy.item_id, enemy.other_id} == set(ids)


def test_an_unreadable_row_is_never_written_even_if_it_is_chosen(
    session: Session, bank: Bank, author: Actor
) -> None:
    found = preview(session, author, bank, NO_STEM, TWO)
    done = imports.commit_import(session, author, import_id=found.id, choice=everything(found))
    assert [row.result for row in rows_of(done)] == ["left_out", "created"]


def test_the_same_file_again_changes_nothing(session: Session, bank: Bank, author: Actor) -> None:
    for outcome in ("created", "unchanged"):
        found = preview(session, author, bank, ONE, TWO)
        choice = everything(found, competency="TP", level=CognitiveLevel.APPLY)
        done = imports.commit_import(session, author, import_id=found.id, choice=choice)
        assert done.outcome[outcome] == 2
    assert count_items(session) == 2


def test_what_was_added_in_the_bank_survives_the_same_file(
    session: Session, bank: Bank, author: Actor
) -> None:
    found = preview(session, author, bank, TWO)
    imports.commit_import(session, author, import_id=found.id, choice=everything(found))
    item = session.scalars(select(Item)).one()
    assert item.draft is not None
    richer = make_draft(level=CognitiveLevel.ANALYSE).model_copy(
        update={"content": rows_of(found)[0].item_draft().content}
    )
    authoring.save_draft(session, author, item_id=item.id, revision=item.revision, draft=richer)
    again = preview(session, author, bank, TWO)
    (row,) = rows_of(again)
    assert row.match is not None
    assert row.match.kind == "same"


def test_a_stored_question_of_the_same_stem_is_named_and_needs_a_decision(
    session: Session, bank: Bank, author: Actor
) -> None:
    stored = make_item(session, bank, author, draft=make_draft("Ai cấp Giấy khai sinh"))
    found = preview(session, author, bank, ONE)
    (row,) = rows_of(found)
    assert row.match is not None
    assert (row.match.kind, row.match.code, row.needs_decision) == ("stem", stored.code, True)
    new = ImportChoice(rows=frozenset(), decisions={0: "new"})
    done = imports.commit_import(session, author, import_id=found.id, choice=new)
    assert done.outcome["created"] == 1


def test_a_row_may_change_the_stored_question_of_its_stem(
    session: Session, bank: Bank, author: Actor
) -> None:
    stored = make_item(session, bank, author, draft=make_draft("Ai cấp Giấy khai sinh"))
    found = preview(session, author, bank, ONE)
    done = imports.commit_import(session, author, import_id=found.id, choice=everything(found))
    assert done.outcome["updated"] == 1
    assert stored.summary == "Ai cấp giấy khai sinh?"
    assert stored.level == "remember", "what the file does not say stays"


def test_an_approved_question_gets_a_draft_and_keeps_its_version(
    session: Session, bank: Bank, author: Actor
) -> None:
    reviewer = make_actor(session, Role.REVIEWER)
    version = make_approved(session, bank, author, reviewer, draft=make_draft("Ai cấp giấy khai sinh?"))
    importer = make_actor(session, Role.AUTHOR)
    found = preview(session, importer, bank, ONE)
    imports.commit_import(session, importer, import_id=found.id, choice=everything(found))
    assert (version.state, version.item.state) == ("approved", "draft")
    assert version.body["content"]["options"][0]["text"] == "15 ngày"


def test_a_question_in_review_is_not_changed_under_the_reviewers_eyes(
    session: Session, bank: Bank, author: Actor
) -> None:
    version = make_submitted(session, bank, author, draft=make_draft("Ai cấp giấy khai sinh?"))
    found = preview(session, author, bank, ONE)
    done = imports.commit_import(session, author, import_id=found.id, choice=everything(found))
    assert done.outcome["left_out"] == 1
    assert (version.state, version.item.draft) == ("in_review", None)


def test_what_changed_since_the_dry_run_is_noticed_before_anything_is_written(
    session: Session, bank: Bank, author: Actor
) -> None:
    found = preview(session, author, bank, ONE, TWO)
    make_item(session, bank, author, draft=make_draft("Ai cấp giấy khai sinh?"))
    with pytest.raises(imports.BankChanged):
        imports.commit_import(session, author, import_id=found.id, choice=everything(found))
    assert count_items(session) == 1
    imports.recheck_import(session, author, import_id=found.id)
    assert rows_of(found)[0].needs_decision


def test_an_import_is_committed_once(session: Session, bank: Bank, author: Actor) -> None:
    found = preview(session, author, bank, ONE)
    imports.commit_import(session, author, import_id=found.id, choice=everything(found))
    with pytest.raises(imports.ImportIsOver):
        imports.commit_import(session, author, import_id=found.id, choice=everything(found))
    with pytest.raises(imports.ImportIsOver):
        imports.discard_import(session, author, import_id=found.id)


def test_a_discarded_import_writes_nothing(session: Session, bank: Bank, author: Actor) -> None:
    found = preview(session, author, bank, ONE)
    imports.discard_import(session, author, import_id=found.id)
    with pytest.raises(imports.ImportIsOver):
        imports.commit_import(session, author, import_id=found.id, choice=everything(found))
    assert count_items(session) == 0


def test_neither_importer_nor_named_author_may_approve_what_came_from_the_file(
    session: Session, bank: Bank
) -> None:
    importer = make_actor(session, Role.AUTHOR, Role.REVIEWER)
    writer = make_account(session, roles=[Role.AUTHOR])
    found = preview(session, importer, bank, TWO)
    choice = everything(found, competency="TP", level=CognitiveLevel.APPLY, author_id=writer.id)
    imports.commit_import(session, importer, import_id=found.id, choice=choice)
    item = session.scalars(select(Item)).one()
    assert item.author_id == writer.id
    assert set(session.scalars(select(ItemAuthor.account_id))) == {writer.id, importer.id}
    version = authoring.submit_item(session, actor_of(writer), item_id=item.id, revision=item.revision)
    with pytest.raises(Exception, match="tự duyệt"):
        reviewing.approve_version(session, importer, version_id=version.id)


def test_only_an_author_of_the_bank_can_be_named(session: Session, bank: Bank, author: Actor) -> None:
    elsewhere = make_account(session, roles=[Role.AUTHOR], bank_position_ids=[make_bank(session).position_id])
    found = preview(session, author, bank, TWO)
    for stranger in (elsewhere, make_account(session, roles=[Role.OFFICER])):
        with pytest.raises(Invalid):
            imports.commit_import(
                session, author, import_id=found.id, choice=everything(found, author_id=stranger.id)
            )


def test_a_stranger_neither_imports_nor_sees_an_import(session: Session, bank: Bank, author: Actor) -> None:
    found = preview(session, author, bank, ONE)
    stranger = make_actor(session, Role.AUTHOR, banks=[make_bank(session)])
    with pytest.raises(NotFound):
        preview(session, stranger, bank, ONE)
    with pytest.raises(NotFound):
        imports.commit_import(session, stranger, import_id=found.id, choice=everything(found))
    with pytest.raises(NotFound):
        imports.discard_import(session, stranger, import_id=found.id)
    with pytest.raises(Forbidden):
        preview(session, make_actor(session, Role.REVIEWER), bank, ONE)
