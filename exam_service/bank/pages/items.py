"""The list of items and the page of one item."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from exam_service.actor import Actor, Permission
from exam_service.auth.models import Account
from exam_service.bank import authoring, enemies, reviewing
from exam_service.bank.access import get_item
from exam_service.bank.banks import competency_label
from exam_service.bank.facets.counting import facet_label
from exam_service.bank.head import current_draft, current_version, trusted_draft, versions_of
from exam_service.bank.legal.sentences import citation_lines
from exam_service.bank.manage.selecting import MOST_ITEMS, query_of
from exam_service.bank.manage.views import views_for
from exam_service.bank.models import Item, ItemVersion, ReviewStep
from exam_service.bank.pages.frame import Author, Reviewer, Viewer, go_on, show
from exam_service.bank.presentation import compare, shown_findings, with_key
from exam_service.bank.refusals import StepRefused
from exam_service.bank.schemas import EnemyInput, ReasonInput, RevisionInput
from exam_service.bank.search import FacetValue, ItemFilter, facets, find_items, ordered
from exam_service.bank.sentences import level_name, rating_name, type_name
from exam_service.bank.similar.families import family_of
from exam_service.bank.similar.listing import likes_of
from exam_service.bank.sources import arrivals_of, kept_source_of
from exam_service.db import Reading, Tx, attempting
from exam_service.errors import Refusal
from exam_service.http import refusal_sentence
from exam_service.i18n import N_
from exam_service.i18n import gettext as _
from exam_service.pagination import paginate
from question_bank.review import TRANSITIONS, ReviewState

router = APIRouter(prefix="/items")
COLUMNS = {
    "level": N_("Mức độ"),
    "competency": N_("Năng lực"),
    "type": N_("Loại câu hỏi"),
    "bank": N_("Ngân hàng"),
    "state": N_("Trạng thái"),
    "author": N_("Người soạn"),
    "updated": N_("Sửa ngày"),
}
"""The columns that a person may show or hide, beside code and stem."""
LAST = 10**9  # the draft, number 0, stands after every version


def account_names(session: Session, ids: set[UUID]) -> dict[UUID, str]:
    """Id → display name of these accounts."""
    return dict(session.execute(select(Account.id, Account.display_name).where(Account.id.in_(ids))).all())


@router.get("")
def list_items(
    request: Request,
    session: Reading,
    actor: Viewer,
    wanted: Annotated[ItemFilter, Query()],
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:
    return list_page(request, session, actor, wanted=wanted, page=page)


def list_page(
    request: Request,
    session: Session,
    actor: Actor,
    *,
    wanted: ItemFilter,
    page: int = 1,
    refusal: Refusal | None = None,
    more: Mapping[str, Sequence[FacetValue]] | None = None,
) -> Response:
    """The list of items under a filter; a refusal is told at its head. `more` are the facets counted after the list."""
    counted = facets(session, actor, wanted)
    statement = ordered(find_items(actor, wanted), wanted, total=counted.total).options(joinedload(Item.bank))
    found = paginate(session, statement, number=page, total=counted.total)
    query = wanted.query()
    return show(
        request,
        session,
        actor,
        "items",
        tab="items",
        status=refusal.status if refusal else 200,
        refusal=refusal_sentence(refusal) if refusal else "",
        page=found,
        wanted=wanted,
        query=query,
        facets=counted.values,
        more=more,
        views=counted.views,
        applied=_applied(query, counted.values),
        authors=account_names(session, {item.author_id for item in found.rows}),
        level_name=level_name,
        type_name=type_name,
        most=MOST_ITEMS,
        saved_views=_saved_views(session, actor, wanted),
        columns=[(name, _(label)) for name, label in COLUMNS.items()],
        shown_columns=wanted.shown_columns(COLUMNS),
    )


def _saved_views(session: Session, actor: Actor, wanted: ItemFilter) -> list[dict[str, Any]]:
    now = query_of(wanted)
    return [
        {
            "id": view.id,
            "name": view.name,
            "href": f"/bank/items?{view.query}",
            "is_own": view.account_id == actor.id,
            "is_shared": view.is_shared,
            "is_shown": view.query == now,
        }
        for view in views_for(session, actor)
    ]


def _applied(query: dict[str, str], counted: dict[str, list[Any]]) -> list[tuple[str, dict[str, str]]]:
    labels = {
        (name, value.value): f"{value.value} – {value.label}" if name == "bank" else value.label
        for name, values in counted.items()
        for value in values
    }
    names = [name for name in query if name not in ("sort", "view", "columns")]
    return [
        (
            labels.get((name, query[name])) or facet_label(name, query[name]),
            {key: value for key, value in query.items() if key != name},
        )
        for name in names
    ]


@router.get("/{item_id}")
def show_item(request: Request, session: Reading, actor: Viewer, item_id: UUID) -> Response:
    return item_page(request, session, actor, item_id=item_id)


def item_page(
    request: Request, session: Session, actor: Actor, *, item_id: UUID, refusal: Refusal | None = None
) -> Response:
    """The page of one item; a refusal is told at its head."""
    item = get_item(session, actor, item_id)
    versions = versions_of(session, item)
    draft = current_draft(item, versions)
    version = current_version(versions)
    steps = _steps(session, versions)
    people = {item.author_id, *(v.author_id for v in versions), *(s.actor_id for s in steps if s.actor_id)}
    return show(
        request,
        session,
        actor,
        "item",
        tab="items",
        status=refusal.status if refusal else 200,
        refusal=refusal_sentence(refusal) if refusal else "",
        item=item,
        bank=item.bank,
        draft=draft,
        shown=with_key(draft.content),
        findings=shown_findings(draft),
        likes=likes_of(session, actor, item),
        family=family_of(session, actor, item_id=item.id),
        back="item",
        citations=citation_lines(session, draft),
        level=level_name(draft.level),
        rating=rating_name(draft.difficulty_rating),
        kind=type_name(item.type),
        competency=competency_label(session, draft.competency),
        versions=versions,
        version=version,
        steps=steps,
        numbers={v.id: v.number for v in versions},
        names=account_names(session, people),
        enemies=enemies.enemies_of(session, item),
        arrivals=arrivals_of(session, item),
        kept_source=kept_source_of(session, item),
        can=_possible(session, actor, item, version),
    )


def _steps(session: Session, versions: list[ItemVersion]) -> list[ReviewStep]:
    ids = [version.id for version in versions]
    statement = (
        select(ReviewStep).where(ReviewStep.version_id.in_(ids)).order_by(ReviewStep.at, ReviewStep.id)
    )
    return list(session.scalars(statement))


def _possible(session: Session, actor: Actor, item: Item, version: ItemVersion | None) -> dict[str, bool]:
    """Which buttons the page offers; the services decide again."""
    is_author = actor.can(Permission.BANK_AUTHOR)
    is_own = item.author_id == actor.id
    state = ReviewState(version.state) if version is not None else ReviewState.DRAFT
    can = {
        "edit": is_author and is_own and item.draft is not None,
        "take_over": is_author and not is_own and item.draft is not None,
        "new_version": is_author
        and item.draft is None
        and version is not None
        and version.state in authoring.EDITABLE,
        "pair": is_author or actor.can(Permission.BANK_REVIEW),
        "approve": False,
        "return": False,
        "suspend": False,
        "retire": False,
        "reopen": False,
    }
    if version is not None and actor.can(Permission.BANK_REVIEW):
        next_states = TRANSITIONS[state]
        wrote = actor.id in reviewing.author_ids_of(session, item, version)
        can |= {
            "approve": ReviewState.APPROVED in next_states and not wrote,
            "return": state is ReviewState.IN_REVIEW and not wrote,
            "suspend": ReviewState.SUSPENDED in next_states,
            "retire": state is not ReviewState.DRAFT and ReviewState.RETIRED in next_states,
            "reopen": state is ReviewState.SUSPENDED,
        }
    return can


@router.get("/{item_id}/compare")
def compare_versions(
    request: Request, session: Reading, actor: Viewer, item_id: UUID, left: int = 0, right: int = 0
) -> Response:
    """Two versions side by side, by number; 0 is the draft. Without numbers the newest beside the one before."""
    item = get_item(session, actor, item_id)
    bodies = {version.number: version.body for version in versions_of(session, item)}
    if item.draft is not None:
        bodies[0] = item.draft
    numbers = sorted(bodies, key=lambda number: number or LAST)
    newer = right if right in bodies else numbers[-1]
    older = left if left in bodies else numbers[max(0, numbers.index(newer) - 1)]
    return show(
        request,
        session,
        actor,
        "compare",
        tab="items",
        item=item,
        numbers=numbers,
        left=older,
        right=newer,
        rows=compare(trusted_draft(bodies[older]), trusted_draft(bodies[newer])),
    )


@router.post("/{item_id}/new-version")
def start_new_version(request: Request, session: Tx, actor: Author, item_id: UUID) -> Response:
    item = authoring.start_new_version(session, actor, item_id=item_id)
    return go_on(request, f"/bank/items/{item.id}/edit", _("Đã mở bản nháp cho phiên bản mới."))


@router.post("/{item_id}/take-over")
def take_over(request: Request, session: Tx, actor: Author, item_id: UUID) -> Response:
    item = authoring.take_over_draft(session, actor, item_id=item_id)
    return go_on(request, f"/bank/items/{item.id}/edit", _("Ông/Bà đang soạn tiếp câu hỏi này."))


@router.post("/{item_id}/discard")
def discard_draft(
    request: Request, session: Tx, actor: Author, item_id: UUID, form: Annotated[RevisionInput, Form()]
) -> Response:
    item = authoring.discard_draft(session, actor, item_id=item_id, revision=form.revision)
    target = "/bank/items" if item is None else f"/bank/items/{item_id}"
    return go_on(request, target, _("Đã bỏ bản nháp."))


@router.post("/{item_id}/enemies")
def add_enemy(
    request: Request, session: Tx, actor: Viewer, item_id: UUID, form: Annotated[EnemyInput, Form()]
) -> Response:
    try:
        with attempting(session):
            enemies.add_enemy(session, actor, item_id=item_id, other_code=form.other, reason=form.reason)
    except (enemies.NoSuchItem, enemies.OwnEnemy) as refusal:
        return item_page(request, session, actor, item_id=item_id, refusal=refusal)
    return go_on(request, f"/bank/items/{item_id}", _("Hai câu hỏi sẽ không cùng nằm trong một đề."))


@router.post("/{item_id}/enemies/remove")
def remove_enemy(
    request: Request, session: Tx, actor: Viewer, item_id: UUID, form: Annotated[EnemyInput, Form()]
) -> Response:
    enemies.remove_enemy(session, actor, item_id=item_id, other_code=form.other)
    return go_on(request, f"/bank/items/{item_id}", _("Đã bỏ quan hệ xung khắc."))


@router.post("/{item_id}/versions/{version_id}/{verb}")
def decide_on_version(
    request: Request,
    session: Tx,
    actor: Reviewer,
    item_id: UUID,
    version_id: UUID,
    verb: Literal["retire", "suspend", "reopen"],
    form: Annotated[ReasonInput, Form()],
) -> Response:
    """Retire, suspend or reopen from the item's page."""
    try:
        with attempting(session):
            match verb:
                case "retire":
                    reviewing.retire_version(session, actor, version_id=version_id, reason=form.reason)
                case "suspend":
                    reviewing.suspend_version(session, actor, version_id=version_id, reason=form.reason)
                case "reopen":
                    reviewing.reopen_review(session, actor, version_id=version_id)
    except StepRefused as refusal:
        return item_page(request, session, actor, item_id=item_id, refusal=refusal)
    return go_on(request, f"/bank/items/{item_id}", _("Đã ghi quyết định."))
