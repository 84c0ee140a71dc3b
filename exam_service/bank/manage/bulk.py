"""One act on many items, in one transaction: either every item takes it, or none does and each refusal is named."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.actor import Actor
from exam_service.audit import record
from exam_service.bank import authoring, enemies, reviewing
from exam_service.bank.access import check_may_author, check_may_review, get_bank
from exam_service.bank.head import current_version, stored, trusted_draft, versions_of
from exam_service.bank.manage.moving import move_item
from exam_service.bank.manage.schemas import BulkInput, Verb
from exam_service.bank.manage.selecting import Selection, in_batches, lock_selected
from exam_service.bank.models import Competency, Item, ItemVersion
from exam_service.bank.similar.families import join_family
from exam_service.db import attempting
from exam_service.errors import Invalid, Refusal
from exam_service.i18n import gettext as _
from question_bank.items import ItemDraft
from question_bank.taxonomy import CognitiveLevel, DifficultyRating

MOST_TAGS = 30
MOST_PAIRED = 30
Act = Callable[[Session, Actor, Item, BulkInput], None]


@dataclass(frozen=True)
class RefusedItem:
    """An item that cannot take the act, and why."""

    item: Item
    refusal: Refusal


class SomeItemsRefused(Refusal):
    """Nothing was changed; `refused` names every item that stands in the way, `others` those that do not."""

    code = "some_items_refused"
    message = "Chưa thay đổi câu nào: %(refused)s trong %(total)s câu không làm được việc này."

    def __init__(self, refused: Sequence[RefusedItem], others: Sequence[Item]) -> None:
        super().__init__(refused=len(refused), total=len(refused) + len(others))
        self.refused, self.others = tuple(refused), tuple(others)

    @property
    def fingerprint(self) -> str:
        """Names exactly these refused items."""
        return hashlib.sha256(
            "\n".join(sorted(str(one.item.id) for one in self.refused)).encode()
        ).hexdigest()


class TooManyTags(Refusal):
    code = "too_many_tags"
    message = "Câu hỏi sẽ có %(count)s từ khóa; mỗi câu có nhiều nhất %(most)s."


class NothingToChange(Refusal):
    code = "nothing_to_change"
    status = 422
    message = "Chưa nhập gì để sửa. Hãy chọn ít nhất một mục."


class TooManyToPair(Refusal):
    code = "too_many_to_pair"
    status = 422
    message = "Chỉ ghép được từ 2 đến %(most)s câu mỗi lần."


class NeverSubmitted(Refusal):
    code = "never_submitted"
    message = "Câu hỏi chưa gửi thẩm định lần nào nên chưa có phiên bản để quyết định."


def act_on_items(
    session: Session,
    actor: Actor,
    *,
    selection: Selection,
    expected: int,
    data: BulkInput,
    leaving: str = "",
) -> list[Item]:
    """Every chosen item takes the act, in one transaction, read in batches; returns them by code.

    `expected` is the number that the person confirmed; `leaving` is the `SomeItemsRefused.fingerprint` of the items
    that the person has seen refuse and leaves out: exactly these may refuse. Each item is acted on by the service that
    acts on one, with its permissions, its history and its audit row; one more row tells of the act as a whole.
    Raises Forbidden, Invalid, NothingToChange, SomeItemsRefused, and what `lock_selected` raises.
    """
    _check_input(session, actor, data)
    ids = lock_selected(session, actor, selection, expected=expected)
    with attempting(session):
        if data.action in _TOGETHER:
            _check_pairable(len(ids))
            (items,) = in_batches(session, ids)
            _TOGETHER[data.action](session, actor, items, data)
        else:
            items = _act_on_each(session, actor, ids, data=data, leaving=leaving)
        session.flush()
    detail = {"act": data.action, "count": len(items), "codes": [item.code for item in items]}
    record(session, actor, "bank.bulk", ("account", actor.id), **detail)
    return items


def _act_on_each(
    session: Session, actor: Actor, ids: Sequence[UUID], *, data: BulkInput, leaving: str
) -> list[Item]:
    refused: list[RefusedItem] = []
    done: list[Item] = []
    for batch in in_batches(session, ids):
        refusals = _act_on_batch(session, actor, batch, data)
        done += [item for item in batch if item.id not in refusals]
        refused += [RefusedItem(item, refusals[item.id]) for item in batch if item.id in refusals]
        session.flush()
    stop = SomeItemsRefused(refused, done)
    if refused and (stop.fingerprint != leaving or not done):
        raise stop
    return done


def _act_on_batch(
    session: Session, actor: Actor, batch: Sequence[Item], data: BulkInput
) -> Mapping[UUID, Refusal]:
    """The items take the act; item id → why it did not."""
    if data.action == "submit":
        revisions = {item.id: item.revision for item in batch}
        return authoring.submit_items(session, actor, revisions=revisions).refused
    refused: dict[UUID, Refusal] = {}
    for item in batch:
        try:
            with attempting(session):
                _EACH[data.action](session, actor, item, data)
        except Refusal as refusal:
            refused[item.id] = refusal
    return refused


def _check_input(session: Session, actor: Actor, data: BulkInput) -> None:
    """What is wrong with the input itself is told once, not for every item."""
    if data.action in ("suspend", "retire", "reopen"):
        check_may_review(actor)
        if data.action != "reopen" and not data.reason.strip():
            raise Invalid(field="reason", reason=_("Hãy nhập lý do."))
    elif data.action in ("edit", "submit"):
        check_may_author(actor)
    elif data.action == "move":
        if not data.bank:
            raise Invalid(field="bank", reason=_("Hãy chọn ngân hàng."))
        get_bank(session, actor, code=data.bank)
    else:
        enemies.check_may_pair(actor)
    if data.action == "edit":
        _check_edit(session, data)


def _check_edit(session: Session, data: BulkInput) -> None:
    fields = (data.competency, data.level, data.difficulty_rating, data.expected_time_s)
    if not (any(fields) or data.add_tags or data.remove_tags):
        raise NothingToChange
    known = select(Competency.id).where(Competency.code == data.competency)
    if data.competency and session.scalar(known) is None:
        raise Invalid(field="competency", reason=_("Hãy chọn một năng lực trong danh sách."))


def _edited(draft: ItemDraft, data: BulkInput) -> ItemDraft:
    tags = sorted((set(draft.tags) | set(data.add_tags)) - set(data.remove_tags))
    if len(tags) > MOST_TAGS:
        raise TooManyTags(count=len(tags), most=MOST_TAGS)
    return draft.model_copy(
        update={
            "competency": data.competency or draft.competency,
            "level": CognitiveLevel(data.level) if data.level else draft.level,
            "difficulty_rating": DifficultyRating(data.difficulty_rating)
            if data.difficulty_rating
            else draft.difficulty_rating,
            "expected_time_s": data.expected_time_s or draft.expected_time_s,
            "tags": tuple(tags),
        }
    )


def _edit(session: Session, actor: Actor, item: Item, data: BulkInput) -> None:
    """A draft changes; what is in use gets the draft of a new version where the person asked for that."""
    if item.draft is None and data.opens_versions:
        version = current_version(versions_of(session, item))
        if version is not None and version.state in authoring.EDITABLE:
            draft = trusted_draft(version.body)
            if stored(_edited(draft, data)) == stored(draft):
                return
        authoring.start_new_version(session, actor, item_id=item.id)
    if item.draft is None:
        raise authoring.NothingToEdit
    changed = _edited(trusted_draft(item.draft), data)
    authoring.save_draft(session, actor, item_id=item.id, revision=item.revision, draft=changed)


def _move(session: Session, actor: Actor, item: Item, data: BulkInput) -> None:
    move_item(session, actor, item_id=item.id, bank_id=get_bank(session, actor, code=data.bank).id)


def _version(session: Session, item: Item) -> ItemVersion:
    version = current_version(versions_of(session, item))
    if version is None:
        raise NeverSubmitted
    return version


def _suspend(session: Session, actor: Actor, item: Item, data: BulkInput) -> None:
    version_id = _version(session, item).id
    reviewing.suspend_version(session, actor, version_id=version_id, reason=data.reason)


def _retire(session: Session, actor: Actor, item: Item, data: BulkInput) -> None:
    version_id = _version(session, item).id
    reviewing.retire_version(session, actor, version_id=version_id, reason=data.reason)


def _reopen(session: Session, actor: Actor, item: Item, _data: BulkInput) -> None:
    reviewing.reopen_review(session, actor, version_id=_version(session, item).id)


def _check_pairable(count: int) -> None:
    if not 2 <= count <= MOST_PAIRED:
        raise TooManyToPair(most=MOST_PAIRED)


def _make_enemies(session: Session, actor: Actor, items: Sequence[Item], data: BulkInput) -> None:
    for one, other in combinations(items, 2):
        enemies.add_enemy(session, actor, item_id=one.id, other_code=other.code, reason=data.reason)


def _make_family(session: Session, actor: Actor, items: Sequence[Item], _data: BulkInput) -> None:
    first: UUID = items[0].id
    for other in items[1:]:
        join_family(session, actor, item_id=first, other_id=other.id)


_EACH: Mapping[Verb, Act] = MappingProxyType(
    {
        "edit": _edit,
        "move": _move,
        "suspend": _suspend,
        "retire": _retire,
        "reopen": _reopen,
    }
)
_TOGETHER: Mapping[Verb, Callable[[Session, Actor, Sequence[Item], BulkInput], None]] = MappingProxyType(
    {"enemies": _make_enemies, "family": _make_family}
)
