"""Writing items: creating, saving drafts, submitting them, starting new versions."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from exam_service import clock
from exam_service.actor import Actor
from exam_service.audit import record
from exam_service.bank.access import check_may_author, get_bank, lock_item, lock_items
from exam_service.bank.head import (
    current_version,
    note_author,
    note_authors,
    refresh_head,
    refresh_heads,
    stored,
    trusted_draft,
    versions_by_item,
    versions_of,
)
from exam_service.bank.media.showing import known_images, names_in
from exam_service.bank.models import Bank, Competency, Item, ItemVersion, ReviewStep
from exam_service.bank.refusals import review_rules
from exam_service.bank.sentences import finding_sentence, problem_sentence
from exam_service.bank.sources import keep_replaced_source
from exam_service.errors import Forbidden, Refusal, Stale
from exam_service.i18n import N_
from exam_service.i18n import gettext as _
from question_bank.items import ItemDraft, content_hash
from question_bank.lint import Severity, lint
from question_bank.review import ReviewState, check_transition


class NotYourDraft(Forbidden):
    code = "not_your_draft"
    message = "Bản nháp này do người khác soạn. Hãy bấm “Nhận soạn tiếp” nếu Ông/Bà được giao soạn tiếp."


class NothingToEdit(Refusal):
    """The item has no draft: it was submitted, or its newest version is in use."""

    code = "no_draft"
    message = "Câu hỏi không có bản nháp để sửa. Có thể câu hỏi đã được gửi thẩm định."


class DraftExists(Refusal):
    code = "draft_exists"
    message = "Câu hỏi đã có bản nháp. Hãy soạn tiếp bản nháp đó."


class NoVersionToChange(Refusal):
    code = "no_version_to_change"
    message = "Chỉ câu hỏi đã duyệt, đang dùng hoặc tạm ngừng mới có thể soạn phiên bản mới."


class ItemIsIncomplete(Refusal):
    """The draft cannot go to review; `params["errors"]` lists one sentence per missing thing."""

    code = "item_incomplete"
    status = 422
    message = "Câu hỏi chưa gửi thẩm định được: %(summary)s"


EDITABLE = (ReviewState.APPROVED.value, ReviewState.OPERATIONAL.value, ReviewState.SUSPENDED.value)
MISSING_LEVEL = N_("Câu hỏi chưa có mức độ nhận thức.")
MISSING_COMPETENCY = N_("Câu hỏi chưa có năng lực.")
MISSING_IMAGE = N_("Ngân hàng không có hình %(name)s mà câu hỏi dùng. Hãy chèn lại hình.")
UNKNOWN_COMPETENCY = N_("Năng lực %(code)s không có trong cây năng lực.")


def next_codes(session: Session, bank: Bank, count: int) -> list[str]:
    """The next `count` item codes of the bank (`TPHT-0042`); the numbers are taken even if the items are not kept."""
    last = session.scalar(
        update(Bank)
        .where(Bank.id == bank.id)
        .values(last_number=Bank.last_number + count)
        .returning(Bank.last_number)
    )
    assert last is not None
    return [f"{bank.code}-{number:04d}" for number in range(last - count + 1, last + 1)]


def create_item(session: Session, actor: Actor, *, bank: Bank, draft: ItemDraft) -> Item:
    """A new item of the bank with this draft, written by the actor. Raises Forbidden, NotFound."""
    (item,) = create_items(session, actor, bank=bank, drafts=[draft])
    return item


def create_items(session: Session, actor: Actor, *, bank: Bank, drafts: Sequence[ItemDraft]) -> list[Item]:
    """As `create_item` for many drafts, with as many statements as for one."""
    check_may_author(actor)
    get_bank(session, actor, bank_id=bank.id)
    assert actor.id is not None
    codes = next_codes(session, bank, len(drafts))
    coded = list(zip(codes, drafts, strict=True))
    items = add_items(session, bank=bank, coded=coded, author_id=actor.id)
    for item in items:
        record(session, actor, "item.create", ("item", item.id), code=item.code, type=item.type)
    return items


def add_items(
    session: Session, *, bank: Bank, coded: Iterable[tuple[str, ItemDraft]], author_id: UUID
) -> list[Item]:
    """The stored items of these codes; whoever calls this checks the permission and writes the audit rows."""
    now = clock.now()
    items = [
        Item(
            id=uuid7(),
            code=code,
            bank_id=bank.id,
            author_id=author_id,
            source_id=draft.source_id,
            draft=stored(draft),
            created_at=now,
            updated_at=now,
        )
        for code, draft in coded
    ]
    # Not added before: a query would flush the rows while their columns are still empty.
    refresh_heads(session, items)
    note_authors(session, [(item.id, author_id) for item in items])
    return items


def _own_draft(session: Session, actor: Actor, *, item_id: UUID, revision: int) -> Item:
    check_may_author(actor)
    item = lock_item(session, actor, item_id)
    _check_own_draft(actor, item, revision=revision)
    return item


def _check_own_draft(actor: Actor, item: Item, *, revision: int) -> None:
    if item.draft is None:
        raise NothingToEdit
    if item.author_id != actor.id:
        raise NotYourDraft
    if item.revision != revision:
        raise Stale


def save_draft(session: Session, actor: Actor, *, item_id: UUID, revision: int, draft: ItemDraft) -> Item:
    """The draft says this now; the revision rises when anything changed.

    Raises Forbidden, NotFound, NotYourDraft, NothingToEdit; Stale when another page saved since `revision`.
    """
    item = _own_draft(session, actor, item_id=item_id, revision=revision)
    body = stored(draft.model_copy(update={"source_id": item.source_id}))
    if body == item.draft:
        return item
    keep_replaced_source(session, actor, item, after=draft)
    item.draft = body
    refresh_head(session, item)
    # Every few seconds of typing is one save: the trail names the act, and the submitted version holds the text.
    record(session, actor, "item.save_draft", ("item", item.id), revision=item.revision)
    return item


def take_over_draft(session: Session, actor: Actor, *, item_id: UUID) -> Item:
    """The draft is the actor's to edit; who wrote it before stays among the authors. Raises NothingToEdit."""
    check_may_author(actor)
    item = lock_item(session, actor, item_id)
    if item.draft is None:
        raise NothingToEdit
    before = item.author_id
    if before != actor.id:
        assert actor.id is not None
        item.author_id = actor.id
        note_author(session, item, actor.id)
        refresh_head(session, item)
        record(session, actor, "item.take_over", ("item", item.id), code=item.code, before=before)
    return item


class _Known(NamedTuple):
    """What the drafts of a submission may refer to: competencies by code, images by bank and name."""

    competencies: frozenset[str]
    images: frozenset[tuple[UUID, str]]


def _known_to(session: Session, items: Sequence[Item]) -> _Known:
    drafts = [(item.bank_id, trusted_draft(item.draft)) for item in items if item.draft is not None]
    codes = {draft.competency for _bank_id, draft in drafts} - {None}
    found = session.scalars(select(Competency.code).where(Competency.code.in_(codes)))
    return _Known(frozenset(found), known_images(session, drafts))


def _submission_errors(draft: ItemDraft, *, bank_id: UUID, known: _Known) -> dict[str, str]:
    """Place → sentence for everything that keeps the draft from being submitted; empty when it may go."""
    errors = {problem.place: problem_sentence(problem) for problem in draft.problems()}
    for found in lint(draft):
        if found.severity is Severity.ERROR:
            errors.setdefault(found.place, finding_sentence(found))
    for name in sorted(names_in(draft)):
        if (bank_id, name) not in known.images:
            errors[f"media/{name}"] = _(MISSING_IMAGE, name=name)
    if draft.level is None:
        errors["level"] = _(MISSING_LEVEL)
    if draft.competency is None:
        errors["competency"] = _(MISSING_COMPETENCY)
    elif draft.competency not in known.competencies:
        errors["competency"] = _(UNKNOWN_COMPETENCY, code=draft.competency)
    return errors


def submit_item(session: Session, actor: Actor, *, item_id: UUID, revision: int) -> ItemVersion:
    """The draft is frozen as the next version, which waits for review; the item has no draft any more.

    Raises Forbidden, NotFound, NotYourDraft, Stale; NothingToEdit for a second submission; ItemIsIncomplete.
    """
    done = submit_items(session, actor, revisions={item_id: revision})
    for refusal in done.refused.values():
        raise refusal
    return done.versions[item_id]


class Submitted(NamedTuple):
    """By item id: the versions that now wait for review, and why the other items have none."""

    versions: dict[UUID, ItemVersion]
    refused: dict[UUID, Refusal]


def submit_items(session: Session, actor: Actor, *, revisions: Mapping[UUID, int]) -> Submitted:
    """As `submit_item` for many items (item id → the revision seen), with as many statements as for one. Those that
    cannot go stay as they are. Raises Forbidden, NotFound.
    """
    check_may_author(actor)
    items = lock_items(session, actor, list(revisions))
    versions = versions_by_item(session, items)
    known = _known_to(session, items)
    sound: list[tuple[Item, ItemVersion]] = []
    refused: dict[UUID, Refusal] = {}
    for item in items:
        try:
            _check_own_draft(actor, item, revision=revisions[item.id])
            draft = _complete_draft(actor, item, known)
        except Refusal as refusal:
            refused[item.id] = refusal
        else:
            sound.append((item, _frozen(actor, item, draft, number=len(versions[item.id]) + 1)))
    session.add_all(version for _item, version in sound)
    session.flush()  # the steps refer to them
    for item, version in sound:
        add_step(session, actor, version, states=(ReviewState.DRAFT, ReviewState.IN_REVIEW), reason="")
        item.draft = None
        record(session, actor, "item.submit", ("item", item.id), code=item.code, number=version.number)
    refresh_heads(session, [item for item, _version in sound])
    return Submitted({item.id: version for item, version in sound}, refused)


def _complete_draft(actor: Actor, item: Item, known: _Known) -> ItemDraft:
    """The draft that may go to review. Raises ItemIsIncomplete."""
    assert item.draft is not None
    assert actor.id is not None
    draft = trusted_draft(item.draft)
    errors = _submission_errors(draft, bank_id=item.bank_id, known=known)
    if errors:
        raise ItemIsIncomplete(errors=list(errors.values()), summary=" ".join(errors.values()))
    with review_rules():
        check_transition(
            ReviewState.DRAFT,
            ReviewState.IN_REVIEW,
            actor_id=actor.id,
            author_ids=(),
            problems=draft.problems(),
        )
    return draft


def _frozen(actor: Actor, item: Item, draft: ItemDraft, *, number: int) -> ItemVersion:
    assert draft.level is not None
    assert draft.competency is not None
    return ItemVersion(
        id=uuid7(),
        item_id=item.id,
        number=number,
        state=ReviewState.IN_REVIEW.value,
        body=stored(draft),
        type=draft.content.type,
        level=draft.level.value,
        competency=draft.competency,
        content_hash=content_hash(draft.content),
        author_id=actor.id,
        created_at=clock.now(),
    )


def add_step(
    session: Session,
    actor: Actor,
    version: ItemVersion,
    *,
    states: tuple[ReviewState, ReviewState],
    reason: str,
) -> None:
    """The move is in the version's history."""
    session.add(
        ReviewStep(
            version_id=version.id,
            from_state=states[0].value,
            to_state=states[1].value,
            actor_id=actor.id,
            reason=reason,
            at=clock.now(),
        )
    )


def start_new_version(session: Session, actor: Actor, *, item_id: UUID) -> Item:
    """The item has a draft that begins as its current version; that version stays in use meanwhile.

    The actor becomes the item's author; earlier authors stay barred from approving it.
    Raises Forbidden, NotFound, DraftExists, NoVersionToChange.
    """
    check_may_author(actor)
    item = lock_item(session, actor, item_id)
    if item.draft is not None:
        raise DraftExists
    version = current_version(versions_of(session, item))
    if version is None or version.state not in EDITABLE:
        raise NoVersionToChange
    assert actor.id is not None
    item.draft = version.body
    item.author_id = actor.id
    note_author(session, item, actor.id)
    refresh_head(session, item)
    record(session, actor, "item.new_version", ("item", item.id), code=item.code, after=version.number)
    return item


def discard_draft(session: Session, actor: Actor, *, item_id: UUID, revision: int) -> Item | None:
    """The draft is gone: the item stands as its versions say, or, never submitted, is deleted (None).

    A version that was returned and is not taken up again is retired with it.
    """
    item = _own_draft(session, actor, item_id=item_id, revision=revision)
    versions = versions_of(session, item)
    record(session, actor, "item.discard_draft", ("item", item.id), code=item.code)
    if not versions:
        session.delete(item)
        return None
    item.draft = None
    retire_returned(session, actor, versions, reason=_("Bỏ bản nháp"))
    refresh_head(session, item)
    return item


def retire_returned(session: Session, actor: Actor, versions: Sequence[ItemVersion], *, reason: str) -> None:
    """Versions that a reviewer returned and nobody will submit again as they are leave the life cycle."""
    for version in versions:
        if version.state == ReviewState.DRAFT.value:
            version.state = ReviewState.RETIRED.value
            states = (ReviewState.DRAFT, ReviewState.RETIRED)
            add_step(session, actor, version, states=states, reason=reason)
