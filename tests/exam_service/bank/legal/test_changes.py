"""What a change of law does to the banks: preview, suspension on its day, work list, review, taking it back."""

import runpy
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from exam_service import clock, schema
from exam_service.actor import Actor, Role
from exam_service.audit import AuditRow
from exam_service.bank import authoring, reviewing
from exam_service.bank.legal import changes, documents, work
from exam_service.bank.legal.access import RegisterIsForAllBanks
from exam_service.bank.legal.models import ItemCitation, LegalDocument, LegalRelation, LegalSuspension
from exam_service.bank.legal.schemas import ChangeInput, DocumentInput
from exam_service.bank.legal.touching import today
from exam_service.bank.models import Bank, ItemVersion, ReviewStep
from exam_service.bank.supply import load_supply, take_into_use
from exam_service.errors import Forbidden, Invalid, NotFound, Stale
from question_bank.citations import Citation
from question_bank.legal.documents import ChangeKind
from tests.fixtures.bank import (
    make_actor,
    make_approved,
    make_bank,
    make_competency,
    make_draft,
    make_item,
    make_submitted,
)
from tests.fixtures.legal import make_change, make_document

LAW = "60/2014/QH13"


@dataclass
class Shelf:
    """A bank whose items cite Điều 15 of one law, and the people around it."""

    bank: Bank
    author: Actor
    reviewer: Actor
    keeper: Actor
    law: LegalDocument
    by: LegalDocument


@pytest.fixture
def shelf(session: Session) -> Shelf:
    make_competency(session)
    keeper = make_actor(session, Role.REVIEWER)
    return Shelf(
        make_bank(session),
        make_actor(session, Role.AUTHOR),
        make_actor(session, Role.REVIEWER),
        keeper,
        make_document(session, LAW, keeper=keeper),
        make_document(session, "1/2026/QH15", keeper=keeper, in_force_from=None, issued_on=None),
    )


def approved(session: Session, shelf: Shelf, **place: str) -> ItemVersion:
    draft = make_draft(f"Câu viện dẫn {place}?", citations=(Citation(document_number=LAW, **place),))
    return make_approved(session, shelf.bank, shelf.author, shelf.reviewer, draft=draft)


def later(days: int = 0, minutes: int = 1) -> datetime:
    return clock.now() + timedelta(days=days, minutes=minutes)


def amend(session: Session, shelf: Shelf, **values: Any) -> LegalRelation:
    fields: dict[str, Any] = {"by": "1/2026/QH15", "effective_on": today(), **values}
    return make_change(session, shelf.keeper, shelf.law, kind=ChangeKind.AMENDS, **fields)


def test_a_preview_names_what_would_be_suspended_and_writes_nothing(session: Session, shelf: Shelf) -> None:
    used, other = approved(session, shelf, article="15"), approved(session, shelf, article="16")
    make_item(session, shelf.bank, shelf.author)
    waiting = make_submitted(session, shelf.bank, shelf.author)
    data = ChangeInput(kind=ChangeKind.AMENDS, by="1/2026/QH15", places="Điều 15", effective_on=today())
    preview = changes.preview_change(session, shelf.keeper, document_id=shelf.law.id, data=data)
    assert [touched.version_id for touched in preview.suspended] == [used.id]
    assert [touched.version_id for touched in preview.in_review] == [waiting.id]
    assert len(preview.drafts) == 1
    assert (preview.is_due, preview.author_ids) == (True, {shelf.author.id})
    assert (used.state, other.state) == ("approved", "approved")
    assert session.scalars(select(LegalRelation)).all() == []


def test_a_due_change_suspends_approved_and_operational_versions_with_its_name(
    session: Session, shelf: Shelf
) -> None:
    fresh, used = approved(session, shelf, article="15"), approved(session, shelf, article="15", clause="1")
    other = approved(session, shelf, article="16")
    take_into_use(session, shelf.reviewer, version_ids=[used.id], reason="Niêm phong")
    session.expire_all()
    amend(session, shelf, places="Điều 15")
    session.expire_all()
    assert [fresh.state, used.state, other.state] == ["suspended", "suspended", "approved"]
    assert fresh.item.state == "suspended"
    reasons = session.scalars(select(ReviewStep.reason).where(ReviewStep.to_state == "suspended")).all()
    assert len(reasons) == 2
    assert all("Điều 15" in reason and LAW in reason and "1/2026/QH15" in reason for reason in reasons)
    assert {row.from_state for row in session.scalars(select(LegalSuspension))} == {"approved", "operational"}
    session.commit()
    actions = set(session.scalars(select(AuditRow.action)))
    assert {"legal_change.record", "legal_change.apply", "item.suspend"} <= actions


def test_a_future_change_takes_effect_on_its_day_once(session: Session, shelf: Shelf) -> None:
    version = approved(session, shelf, article="15")
    day = today() + timedelta(days=10)
    relation = amend(session, shelf, effective_on=day)
    assert (version.state, relation.applied_at) == ("approved", None)
    assert changes.apply_due_changes(session) == 0
    with clock.fixed_at(later(days=9)):
        assert changes.apply_due_changes(session) == 0
    with clock.fixed_at(later(days=11)):
        assert changes.count_overdue(session) == 1
        assert (changes.apply_due_changes(session), changes.apply_due_changes(session)) == (1, 0)
        assert changes.count_overdue(session) == 0
    session.expire_all()
    assert version.state == "suspended"


def test_who_approved_knowing_a_future_amendment_is_not_suspended_again(
    session: Session, shelf: Shelf
) -> None:
    amend(session, shelf, effective_on=today() + timedelta(days=10))
    with clock.fixed_at(later()):
        version = approved(session, shelf, article="15")
    with clock.fixed_at(later(days=11)):
        assert changes.apply_due_changes(session) == 1
    session.expire_all()
    assert version.state == "approved"


def test_a_repealed_place_is_suspended_whoever_approved_it_meanwhile(session: Session, shelf: Shelf) -> None:
    day = today() + timedelta(days=10)
    make_change(session, shelf.keeper, shelf.law, kind=ChangeKind.REPEALS, by="1/2026/QH15", effective_on=day)
    with clock.fixed_at(later()):
        version = approved(session, shelf, article="15")
    with clock.fixed_at(later(days=11)):
        changes.apply_due_changes(session)
    session.expire_all()
    assert version.state == "suspended"


def test_what_is_applied_is_what_was_previewed(session: Session, shelf: Shelf) -> None:
    data = ChangeInput(kind=ChangeKind.EXPIRES, effective_on=today())
    seen = changes.preview_change(session, shelf.keeper, document_id=shelf.law.id, data=data).fingerprint
    version = approved(session, shelf, article="15")
    with pytest.raises(changes.PreviewOutdated):
        changes.record_change(
            session,
            shelf.keeper,
            document_id=shelf.law.id,
            data=data.model_copy(update={"seen": seen}),
        )
    assert version.state == "approved"


def test_one_change_is_recorded_once(session: Session, shelf: Shelf) -> None:
    amend(session, shelf, places="Điều 15")
    with pytest.raises(changes.ChangeExists):
        amend(session, shelf, places="Điều 15")
    amend(session, shelf, places="Điều 16")


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no changing document": ({"kind": ChangeKind.AMENDS}, "by"),
    "an unknown one": ({"kind": ChangeKind.AMENDS, "by": "9/9999/QH15"}, "by"),
    "the document itself": ({"kind": ChangeKind.AMENDS, "by": LAW}, "by"),
    "no article": ({"kind": ChangeKind.EXPIRES, "places": "Chương IV"}, "places"),
    "no day": ({"kind": ChangeKind.AMENDS, "by": "1/2026/QH15", "effective_on": None}, "effective_on"),
    "an end of an amendment": (
        {"kind": ChangeKind.AMENDS, "by": "1/2026/QH15", "effective_to": date(2099, 1, 1)},
        "effective_to",
    ),
    "an end before the start": (
        {"kind": ChangeKind.SUSPENDS, "by": "1/2026/QH15", "effective_to": date(2000, 1, 1)},
        "effective_to",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_change_that_cannot_be_is_refused_at_its_field(session: Session, shelf: Shelf, case: str) -> None:
    values, field = WRONG[case]
    data = ChangeInput(**{"effective_on": today(), **values})
    with pytest.raises(Invalid) as refused:
        changes.preview_change(session, shelf.keeper, document_id=shelf.law.id, data=data)
    assert refused.value.field == field


def test_authors_find_the_work_and_a_confirmation_goes_through_review_by_another_person(
    session: Session, shelf: Shelf
) -> None:
    version = approved(session, shelf, article="15")
    amend(session, shelf, places="Điều 15")
    session.expire_all()
    (task,) = work.my_tasks(session, shelf.author)
    assert (task.version.id, task.can_confirm, work.count_tasks(session, shelf.author)) == (
        version.id,
        True,
        1,
    )
    assert "Điều 15" in task.changes[0]
    with pytest.raises(Invalid):
        work.confirm_still_right(session, shelf.author, version_id=version.id, reason=" ")
    with clock.fixed_at(later()):
        work.confirm_still_right(
            session, shelf.author, version_id=version.id, reason="Khoản 1 không đổi nội dung"
        )
    assert (version.state, version.item.state) == ("in_review", "in_review")
    assert work.my_tasks(session, shelf.author) == []
    with clock.fixed_at(later(minutes=2)):
        reviewing.approve_version(session, shelf.reviewer, version_id=version.id)
    supply = load_supply(session, [shelf.bank.id], days=[today() + timedelta(days=1)])
    assert [entry.version_id for entry in supply.pool] == [str(version.id)]
    steps = session.scalars(
        select(ReviewStep).where(ReviewStep.version_id == version.id).order_by(ReviewStep.at)
    )
    assert [step.to_state for step in steps] == [
        "in_review",
        "approved",
        "suspended",
        "in_review",
        "approved",
    ]


def test_a_question_on_dead_law_cannot_be_confirmed_but_rewritten(session: Session, shelf: Shelf) -> None:
    version = approved(session, shelf, article="15")
    make_change(session, shelf.keeper, shelf.law, effective_on=today())
    session.expire_all()
    assert [task.can_confirm for task in work.my_tasks(session, shelf.author)] == [False]
    with pytest.raises(work.BasisHasEnded):
        work.confirm_still_right(session, shelf.author, version_id=version.id, reason="Vẫn đúng")
    item = authoring.start_new_version(session, shelf.author, item_id=version.item_id)
    draft = make_draft("Câu viết lại?", citations=(Citation(document_number="1/2026/QH15", article="3"),))
    authoring.save_draft(session, shelf.author, item_id=item.id, revision=item.revision, draft=draft)
    fresh = authoring.submit_item(session, shelf.author, item_id=item.id, revision=item.revision)
    reviewing.approve_version(session, shelf.reviewer, version_id=fresh.id)
    session.expire_all()
    assert (version.state, fresh.state) == ("retired", "approved")
    assert work.my_tasks(session, shelf.author) == []


def test_strangers_neither_see_nor_confirm_the_work(session: Session, shelf: Shelf) -> None:
    version = approved(session, shelf, article="15")
    amend(session, shelf)
    session.expire_all()
    stranger = make_actor(session, Role.AUTHOR)
    outsider = make_actor(session, Role.AUTHOR, banks=[make_bank(session)])
    assert work.my_tasks(session, stranger) == work.my_tasks(session, outsider) == []
    for actor, refusal in (
        (stranger, work.NotYourItem),
        (outsider, NotFound),
        (shelf.reviewer, Forbidden),
    ):
        with pytest.raises(refusal):
            work.confirm_still_right(session, actor, version_id=version.id, reason="x")
    assert version.state == "suspended"


def test_taking_a_change_back_is_a_row_of_its_own_and_frees_nothing_by_itself(
    session: Session, shelf: Shelf
) -> None:
    version = approved(session, shelf, article="15")
    relation = make_change(session, shelf.keeper, shelf.law, effective_on=today())
    session.expire_all()
    with pytest.raises(Invalid):
        changes.undo_change(session, shelf.keeper, relation_id=relation.id, reason="")
    changes.undo_change(session, shelf.keeper, relation_id=relation.id, reason="Ghi nhầm văn bản")
    with pytest.raises(changes.AlreadyUndone):
        changes.undo_change(session, shelf.keeper, relation_id=relation.id, reason="Lần nữa")
    assert len(changes.history_of(session, shelf.law)) == 2
    assert version.state == "suspended"
    (task,) = work.my_tasks(session, shelf.author)
    assert task.can_confirm
    assert "đã rút lại" in task.changes[0]


def test_a_recorded_change_cannot_be_rewritten_behind_the_services_back(
    session: Session, shelf: Shelf
) -> None:
    relation = amend(session, shelf)
    session.commit()
    for write in ("UPDATE legal_relation SET note = 'x'", "DELETE FROM legal_suspension"):
        if "suspension" in write:
            session.add(
                LegalSuspension(
                    relation_id=relation.id,
                    version_id=approved(session, shelf, article="1").id,
                    from_state="approved",
                    at=clock.now(),
                )
            )
            session.commit()
        with pytest.raises(DatabaseError), session.begin_nested():
            session.connection().exec_driver_sql(write)


FORBIDDEN: dict[str, Callable[[Session, Actor, Shelf], object]] = {
    "add": lambda s, a, _shelf: documents.create_document(
        s, a, data=DocumentInput(number="2/2026/QH15", title="L")
    ),
    "mend": lambda s, a, shelf: documents.update_document(
        s, a, document_id=shelf.law.id, data=DocumentInput(number=LAW, title="L", revision=1)
    ),
    "preview": lambda s, a, shelf: changes.preview_change(
        s, a, document_id=shelf.law.id, data=ChangeInput(kind=ChangeKind.EXPIRES, effective_on=today())
    ),
    "record": lambda s, a, shelf: make_change(s, a, shelf.law, effective_on=today()),
}


@pytest.mark.parametrize("verb", FORBIDDEN)
def test_strangers_cannot_change_the_register(session: Session, shelf: Shelf, verb: str) -> None:
    for role in (Role.AUTHOR, Role.OFFICER, Role.ADMIN, Role.AUDITOR):
        with pytest.raises(Forbidden):
            FORBIDDEN[verb](session, make_actor(session, role), shelf)
    limited = make_actor(session, Role.REVIEWER, banks=[shelf.bank])
    with pytest.raises(RegisterIsForAllBanks):
        FORBIDDEN[verb](session, limited, shelf)


def test_a_document_is_registered_once_and_mended_by_one_person_at_a_time(
    session: Session, shelf: Shelf
) -> None:
    with pytest.raises(documents.DocumentExists):
        make_document(session, "Số 60/2014/qh13")
    data = DocumentInput(number=LAW, title="Luật Hộ tịch", issuer="Quốc hội", revision=1)
    document = documents.update_document(session, shelf.keeper, document_id=shelf.law.id, data=data)
    assert (document.title, document.revision) == ("Luật Hộ tịch", 2)
    with pytest.raises(Stale):
        documents.update_document(session, shelf.keeper, document_id=shelf.law.id, data=data)


def test_local_documents_may_share_a_number(session: Session, shelf: Shelf) -> None:
    one = make_document(session, "32/KH-UBND", issuer="UBND thành phố Cần Thơ")
    two = make_document(session, "32/KH-UBND", issuer="UBND tỉnh Vĩnh Long")
    assert one.id != two.id
    with pytest.raises(Invalid) as refused:
        amend(session, shelf, by="32/KH-UBND")
    assert refused.value.field == "by"


def test_the_index_of_citations_follows_every_save(session: Session, shelf: Shelf) -> None:
    def places() -> list[tuple[bool, str | None, str]]:
        rows = session.execute(
            select(ItemCitation.version_id, ItemCitation.document_key, ItemCitation.article).where(
                ItemCitation.item_id == item.id
            )
        )
        return sorted((version is None, key, article) for version, key, article in rows)

    item = make_item(session, shelf.bank, shelf.author)
    assert places() == [(True, LAW, "15")]
    draft = make_draft("Đổi?", citations=(Citation(document_number="150/2025/NĐ-CP", article="3"),))
    item = authoring.save_draft(session, shelf.author, item_id=item.id, revision=item.revision, draft=draft)
    assert places() == [(True, "150/2025/ND-CP", "3")]
    version = authoring.submit_item(session, shelf.author, item_id=item.id, revision=item.revision)
    assert places() == [(False, "150/2025/ND-CP", "3")]
    reviewing.approve_version(session, shelf.reviewer, version_id=version.id)
    item = authoring.start_new_version(session, shelf.author, item_id=item.id)
    assert len(places()) == 2
    authoring.discard_draft(session, shelf.author, item_id=item.id, revision=item.revision)
    assert places() == [(False, "150/2025/ND-CP", "3")]


def test_the_migration_indexes_older_items_as_the_service_does(session: Session, shelf: Shelf) -> None:
    cited = (
        Citation(document_number="150/2025/NĐ-CP", title="Nghị định về cơ quan chuyên môn", article="3"),
        Citation(title="Luật Tổ chức chính quyền địa phương năm 2025", article="5", clause="1", point="đ"),
        Citation(title="Hoà giải (ở cơ sở) – Đà Nẵng"),
    )
    make_approved(session, shelf.bank, shelf.author, shelf.reviewer, draft=make_draft("Cũ?", citations=cited))
    make_item(session, shelf.bank, shelf.author, draft=make_draft("Nháp?", citations=cited[:1]))

    def rows() -> set[tuple[Any, ...]]:
        columns = [column for column in ItemCitation.__table__.columns if column.name != "id"]
        return {tuple(row) for row in session.execute(select(*columns))}

    before = rows()
    assert len(before) == 4
    session.connection().exec_driver_sql("DELETE FROM item_citation")
    path = schema.MIGRATIONS / "versions" / "20261123_1010_legal_register.py"
    sql = runpy.run_path(str(path))["INDEX_CITATIONS"]
    session.connection().exec_driver_sql(sql.replace("%", "%%"))
    session.expire_all()
    assert rows() == before
