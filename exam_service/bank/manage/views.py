"""Saved views: the address of a list of items under a name."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import Actor
from exam_service.audit import record
from exam_service.bank.access import banks_visible_to, get_bank
from exam_service.bank.manage.models import SavedView
from exam_service.bank.manage.schemas import ViewInput
from exam_service.bank.manage.selecting import filter_of, query_of
from exam_service.bank.models import Bank
from exam_service.errors import Invalid, NotFound, Refusal
from exam_service.i18n import gettext as _

MOST_VIEWS = 50


class SharedViewNeedsBank(Refusal):
    code = "shared_view_needs_bank"
    status = 422
    message = "Chế độ xem dùng chung phải lọc theo một ngân hàng. Hãy chọn ngân hàng rồi lưu lại."


class TooManyViews(Refusal):
    code = "too_many_views"
    message = "Mỗi người lưu được nhiều nhất %(most)s chế độ xem. Hãy xóa bớt."


def views_for(session: Session, actor: Actor) -> Sequence[SavedView]:
    """The actor's own views, and those that others share on banks that the actor may see; own ones first, by name."""
    banks = banks_visible_to(actor).order_by(None).with_only_columns(Bank.id)
    is_own = SavedView.account_id == actor.id
    is_offered = and_(SavedView.is_shared, SavedView.bank_id.in_(banks))
    statement = select(SavedView).where(or_(is_own, is_offered)).order_by(is_own.desc(), SavedView.name)
    return session.scalars(statement).all()


def save_view(session: Session, actor: Actor, *, data: ViewInput) -> SavedView:
    """The filter is kept under the name; a view of one's own with that name is replaced.

    Raises Invalid, BadFilter, NotFound (a bank out of reach), SharedViewNeedsBank, TooManyViews.
    """
    if not data.name:
        raise Invalid(field="name", reason=_("Hãy đặt tên cho chế độ xem."))
    wanted = filter_of(data.query)
    bank = get_bank(session, actor, code=wanted.bank) if wanted.bank else None
    if data.is_shared and bank is None:
        raise SharedViewNeedsBank(field="is_shared")
    assert actor.id is not None
    own = session.scalars(select(SavedView).where(SavedView.account_id == actor.id)).all()
    view = next((view for view in own if view.name == data.name), None)
    if view is None:
        if len(own) >= MOST_VIEWS:
            raise TooManyViews(most=MOST_VIEWS)
        view = SavedView(account_id=actor.id, name=data.name, created_at=clock.now())
        session.add(view)
    view.query, view.is_shared = query_of(wanted), data.is_shared
    view.bank_id = bank.id if bank else None
    session.flush()  # the audit row names its id
    record(session, actor, "view.save", ("saved_view", view.id), name=view.name, query=view.query)
    return view


def delete_view(session: Session, actor: Actor, *, view_id: UUID) -> None:
    """The view is gone, for those it was shared with as well. Raises NotFound for a view of somebody else."""
    view = session.get(SavedView, view_id)
    if view is None or view.account_id != actor.id:
        raise NotFound
    record(session, actor, "view.delete", ("saved_view", view.id), name=view.name)
    session.delete(view)
