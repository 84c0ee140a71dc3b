"""Keeping signatures and pairs whole where no save does it."""

from dataclasses import replace
from datetime import timedelta

from procrastinate import Blueprint, JobContext
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.bank.head import current_drafts
from exam_service.bank.models import Item
from exam_service.bank.similar.finding import stored_signatures
from exam_service.bank.similar.models import ItemSignature
from exam_service.bank.similar.signing import pair_items, sign_items
from exam_service.db import database_of_job
from question_bank.similarity import RECIPE
from question_bank.similarity.signature import grams_of

jobs = Blueprint()

BATCH = 500
MOST_RECENT = 20_000  # four of the largest imports at once
RECENT = timedelta(minutes=10)


@jobs.periodic(cron="*/5 * * * *")
@jobs.task(name="compare", pass_context=True)
def compare(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes the tick
    """Items without a signature of today's making get one; what two people wrote at once is compared."""
    with database_of_job(context).transaction() as session:
        sign_unsigned(session)
    with database_of_job(context).transaction() as session:
        pair_recent(session)


def sign_unsigned(session: Session) -> int:
    """Up to 500 items that have no signature, or one of an older making, are signed; returns how many."""
    items = session.scalars(
        select(Item)
        .outerjoin(ItemSignature, ItemSignature.item_id == Item.id)
        .where(or_(ItemSignature.item_id.is_(None), ItemSignature.recipe != RECIPE))
        .order_by(Item.id)
        .limit(BATCH)
    ).all()
    if items:
        sign_items(session, current_drafts(session, items))
    return len(items)


def pair_recent(session: Session) -> int:
    """The items signed in the last ten minutes are compared again; returns how many.

    Of two items that were saved in the same moment neither transaction saw the other, and an import compares only the
    rows for which its dry run found likes.
    """
    recent = session.scalars(
        select(ItemSignature.item_id)
        .where(ItemSignature.signed_at >= clock.now() - RECENT)
        .order_by(ItemSignature.signed_at.desc())
        .limit(MOST_RECENT)
    ).all()
    if recent:
        signatures = stored_signatures(session, set(recent))
        pair_items(
            session,
            {key: replace(found, grams=grams_of(found.stem)) for key, found in signatures.items()},
        )
    return len(recent)
