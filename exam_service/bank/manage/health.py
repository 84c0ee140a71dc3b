"""What the page of a bank warns of: keys that stand at one place, and questions that nobody looked at for long."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.bank.models import Bank, Item, ItemVersion, ReviewStep
from exam_service.bank.supply import DRAWABLE
from question_bank.items import ItemDraft
from question_bank.review import ReviewState
from question_bank.types.single_choice import SingleChoice

LONG_AGO = timedelta(days=2 * 365)
MOST_SHOWN = 20
UNUSUAL = 3  # standard deviations


@dataclass(frozen=True)
class KeyPlace:
    """How many keys stand at an option; `is_biased`: more than chance would put there."""

    letter: str
    count: int
    share: float
    is_biased: bool


@dataclass(frozen=True)
class Ageing:
    """The usable items whose last approval is longest ago, with its time, and how many there are in all."""

    items: Sequence[tuple[Item, datetime]]
    total: int


def key_places(drafts: Iterable[ItemDraft]) -> list[KeyPlace]:
    """Where the keys of the single-choice drafts stand, in authored order; empty when there are none.

    A place is biased when its count lies more than three standard deviations above the mean of a binomial
    distribution in which every option of an item is keyed equally often.
    """
    contents = [draft.content for draft in drafts if isinstance(draft.content, SingleChoice)]
    places = Counter(
        next(place for place, option in enumerate(content.options) if option.id == content.key)
        for content in contents
    )
    found = []
    for place in range(max((len(content.options) for content in contents), default=0)):
        chances = [1 / len(content.options) for content in contents if len(content.options) > place]
        spread = sqrt(sum(chance * (1 - chance) for chance in chances))
        count = places[place]
        is_biased = count > sum(chances) + UNUSUAL * spread
        found.append(KeyPlace(chr(ord("A") + place), count, count / len(contents), is_biased))
    return found


def ageing_items(session: Session, bank: Bank) -> Ageing:
    """The approved or operational items of the bank that nobody reviewed for two years, the oldest first."""
    reviewed = func.max(ReviewStep.at)
    statement = (
        select(Item, reviewed.label("reviewed_at"))
        .join(ItemVersion, ItemVersion.item_id == Item.id)
        .join(ReviewStep, ReviewStep.version_id == ItemVersion.id)
        .where(
            Item.bank_id == bank.id,
            ItemVersion.state.in_(DRAWABLE),
            ReviewStep.to_state == ReviewState.APPROVED.value,
        )
        .group_by(Item.id)
        .having(reviewed < clock.now() - LONG_AGO)
    )
    total = session.scalar(select(func.count()).select_from(statement.subquery())) or 0
    rows = session.execute(statement.order_by(reviewed, Item.code).limit(MOST_SHOWN)).all()
    return Ageing([(item, at) for item, at in rows], total)
