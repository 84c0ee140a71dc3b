"""Writing items: drafts, submission, versions that never change."""

from typing import get_args

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Role
from exam_service.audit import AuditRow
from exam_service.bank import authoring, reviewing
from exam_service.bank.models import Bank, ItemVersion, ReviewStep
from exam_service.bank.sentences import STATE_NAMES, TYPE_NAMES
from exam_service.errors import Forbidden, NotFound, Stale
from exam_service.templates import STATIC
from question_bank.items import AnyContent, ItemDraft
from question_bank.review import ReviewState
from question_bank.types.single_choice import SingleChoice
from tests.fixtures.bank import (
    make_actor,
    make_approved,
    make_bank,
    make_draft,
    make_item,
    make_submitted,
)


@pytest.fixture
def reviewer(session: Session) -> Actor:
    return make_actor(session, Role.REVIEWER)


def test_item_codes_count_up_within_the_bank_and_are_never_given_twice(
    session: Session, bank: Bank, author: Actor
) -> None:
    first, second = make_item(session, bank, author), make_item(session, bank, author)
    assert (first.code, second.code) == ("TPHT-0001", "TPHT-0002")
    authoring.discard_draft(session, author, item_id=second.id, revision=second.revision)
    assert make_item(session, bank, author).code == "TPHT-0003"


def test_a_draft_without_key_level_and_competency_can_be_kept(
    session: Session, bank: Bank, author: Actor
) -> None:
    draft = ItemDraft(content=SingleChoice(stem="Chưa xong", options=()))
    item = authoring.create_item(session, author, bank=bank, draft=draft)
    assert (item.state, item.level, item.competency, item.summary) == ("draft", None, None, "Chưa xong")


def test_the_head_follows_the_draft(session: Session, bank: Bank, author: Actor) -> None:
    item = make_item(session, bank, author)
    hash_before = item.semantic_hash
    saved = authoring.save_draft(
        session,
        author,
        item_id=item.id,
        revision=item.revision,
        draft=make_draft("Ai ký giấy <b>khai sinh</b>?"),
    )
    assert saved.summary == "Ai ký giấy khai sinh?"
    assert "ai ky giay khai sinh" in saved.search_text
    assert "60 2014 qh13" in saved.search_text
    assert saved.semantic_hash != hash_before


def test_saving_the_same_again_changes_nothing(session: Session, bank: Bank, author: Actor) -> None:
    draft = make_draft()
    item = make_item(session, bank, author, draft=draft)
    revision = item.revision
    authoring.save_draft(session, author, item_id=item.id, revision=revision, draft=draft)
    assert item.revision == revision


def test_a_stale_draft_is_refused_and_nothing_is_written(session: Session, bank: Bank, author: Actor) -> None:
    item = make_item(session, bank, author)
    stale = item.revision
    authoring.save_draft(session, author, item_id=item.id, revision=stale, draft=make_draft("Bản mới?"))
    with pytest.raises(Stale):
        authoring.save_draft(session, author, item_id=item.id, revision=stale, draft=make_draft("Bản cũ?"))
    assert item.summary == "Bản mới?"


def test_submitting_freezes_a_version_and_empties_the_draft(
    session: Session, bank: Bank, author: Actor
) -> None:
    version = make_submitted(session, bank, author)
    item = version.item
    assert (version.number, version.state, item.state, item.draft) == (1, "in_review", "in_review", None)
    step = session.scalars(select(ReviewStep).where(ReviewStep.version_id == version.id)).one()
    assert (step.from_state, step.to_state, step.actor_id) == ("draft", "in_review", author.id)


def test_a_second_submission_is_refused(session: Session, bank: Bank, author: Actor) -> None:
    version = make_submitted(session, bank, author)
    with pytest.raises(authoring.NothingToEdit):
        authoring.submit_item(session, author, item_id=version.item_id, revision=version.item.revision)
    assert len(session.scalars(select(ItemVersion)).all()) == 1


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"level": None}, "mức độ"),
        ({"competency": None}, "năng lực"),
        ({"competency": "KHONG.CO"}, "KHONG.CO"),
        ({"options": ["Giống", "Giống", "Khác"]}, "giống nhau"),
        ({"content": SingleChoice(stem="Thiếu đáp án?", options=make_draft().content.options)}, "đáp án"),
    ],
)
def test_an_incomplete_item_is_not_submitted_and_the_reason_is_named(
    session: Session, bank: Bank, author: Actor, change: dict[str, object], place: str
) -> None:
    item = make_item(session, bank, author, draft=make_draft(**change))
    with pytest.raises(authoring.ItemIsIncomplete) as refused:
        authoring.submit_item(session, author, item_id=item.id, revision=item.revision)
    assert place in str(refused.value.params["summary"])
    assert item.state == "draft"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE item_version SET body = '{}'",
        "UPDATE item_version SET number = 7",
        "UPDATE item_version SET author_id = gen_random_uuid()",
        "DELETE FROM item_version",
        "UPDATE review_step SET reason = 'khác'",
        "DELETE FROM review_step",
    ],
)
def test_versions_and_their_history_never_change(
    session: Session, bank: Bank, author: Actor, statement: str
) -> None:
    make_submitted(session, bank, author)
    session.flush()
    with pytest.raises(IntegrityError, match="never changed"), session.begin_nested():
        session.execute(text(statement))


def test_a_new_version_begins_as_the_approved_one_which_stays_in_use(
    session: Session, bank: Bank, author: Actor, reviewer: Actor
) -> None:
    version = make_approved(session, bank, author, reviewer)
    item = authoring.start_new_version(session, author, item_id=version.item_id)
    assert item.draft == version.body
    assert (item.state, version.state) == ("draft", "approved")
    with pytest.raises(authoring.DraftExists):
        authoring.start_new_version(session, author, item_id=item.id)


def test_the_next_approved_version_retires_the_one_before(
    session: Session, bank: Bank, author: Actor, reviewer: Actor
) -> None:
    first = make_approved(session, bank, author, reviewer)
    item = authoring.start_new_version(session, author, item_id=first.item_id)
    authoring.save_draft(
        session, author, item_id=item.id, revision=item.revision, draft=make_draft("Câu sửa?")
    )
    second = authoring.submit_item(session, author, item_id=item.id, revision=item.revision)
    reviewing.approve_version(session, reviewer, version_id=second.id)
    assert (first.state, second.state, item.state, second.number) == ("retired", "approved", "approved", 2)


def test_an_item_in_review_gets_no_new_version(session: Session, bank: Bank, author: Actor) -> None:
    version = make_submitted(session, bank, author)
    with pytest.raises(authoring.NoVersionToChange):
        authoring.start_new_version(session, author, item_id=version.item_id)


def test_discarding_the_draft_of_a_used_item_leaves_it_as_it_is(
    session: Session, bank: Bank, author: Actor, reviewer: Actor
) -> None:
    version = make_approved(session, bank, author, reviewer)
    item = authoring.start_new_version(session, author, item_id=version.item_id)
    authoring.save_draft(session, author, item_id=item.id, revision=item.revision, draft=make_draft("Bỏ đi?"))
    authoring.discard_draft(session, author, item_id=item.id, revision=item.revision)
    assert (item.state, item.draft, version.state) == ("approved", None, "approved")
    assert item.summary != "Bỏ đi?"


def test_discarding_a_returned_draft_retires_its_version(
    session: Session, bank: Bank, author: Actor, reviewer: Actor
) -> None:
    version = make_submitted(session, bank, author)
    reviewing.return_version(session, reviewer, version_id=version.id, reason="Sai căn cứ")
    item = version.item
    authoring.discard_draft(session, author, item_id=item.id, revision=item.revision)
    assert (version.state, item.state) == ("retired", "retired")


def test_another_authors_draft_is_edited_only_after_taking_it_over(
    session: Session, bank: Bank, author: Actor
) -> None:
    item = make_item(session, bank, author)
    colleague = make_actor(session, Role.AUTHOR)
    with pytest.raises(authoring.NotYourDraft):
        authoring.save_draft(session, colleague, item_id=item.id, revision=item.revision, draft=make_draft())
    authoring.take_over_draft(session, colleague, item_id=item.id)
    authoring.save_draft(
        session, colleague, item_id=item.id, revision=item.revision, draft=make_draft("Của tôi?")
    )
    assert item.author_id == colleague.id


def test_who_wrote_a_draft_before_it_was_taken_over_cannot_approve_it(session: Session, bank: Bank) -> None:
    both = make_actor(session, Role.AUTHOR, Role.REVIEWER)
    item = make_item(session, bank, both)
    colleague = make_actor(session, Role.AUTHOR)
    authoring.take_over_draft(session, colleague, item_id=item.id)
    version = authoring.submit_item(session, colleague, item_id=item.id, revision=item.revision)
    with pytest.raises(Exception, match="tự duyệt"):
        reviewing.approve_version(session, both, version_id=version.id)


def test_a_stranger_neither_creates_nor_finds_items(session: Session, bank: Bank, author: Actor) -> None:
    item = make_item(session, bank, author)
    other_bank = make_bank(session)
    stranger = make_actor(session, Role.AUTHOR, banks=[other_bank])
    officer = make_actor(session, Role.OFFICER)
    with pytest.raises(NotFound):
        authoring.create_item(session, stranger, bank=bank, draft=make_draft())
    with pytest.raises(NotFound):
        authoring.save_draft(session, stranger, item_id=item.id, revision=1, draft=make_draft())
    with pytest.raises(NotFound):
        authoring.submit_item(session, stranger, item_id=item.id, revision=1)
    for refused in (Role.REVIEWER, Role.ADMIN):
        with pytest.raises(Forbidden):
            authoring.create_item(session, make_actor(session, refused), bank=bank, draft=make_draft())
    with pytest.raises(Forbidden):
        authoring.create_item(session, officer, bank=bank, draft=make_draft())


def test_every_act_is_in_the_audit_trail(session: Session, bank: Bank, author: Actor) -> None:
    version = make_submitted(session, bank, author)
    session.commit()
    acts = session.scalars(select(AuditRow.action).where(AuditRow.subject_id == str(version.item_id)))
    assert sorted(acts) == ["item.create", "item.submit"]


def test_script_in_a_stem_is_removed_when_it_is_written(session: Session, bank: Bank, author: Actor) -> None:
    draft = make_draft('Câu <script>alert(1)</script><img src=x onerror="alert(2)"> <b>đậm</b>?')
    item = make_item(session, bank, author, draft=draft)
    assert item.draft is not None
    assert "<b>đậm</b>" in item.draft["content"]["stem"]
    assert "script" not in str(item.draft)
    assert "onerror" not in str(item.draft)


def test_every_type_and_state_of_the_domain_has_a_name_on_pages() -> None:
    types = {get_args(kind.model_fields["type"].annotation)[0] for kind in get_args(get_args(AnyContent)[0])}
    assert set(STATE_NAMES) == set(ReviewState)
    assert set(TYPE_NAMES) == types
    assert {path.stem for path in (STATIC / "player" / "types").glob("*.js")} >= types - {"unsupported"}
