"""The demo's question with a chart is written, approved and shown as any other."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.actor import Role
from exam_service.bank.media.models import Media, MediaUse
from exam_service.bank.models import Bank, Item
from exam_service.demo.content import load_items
from exam_service.demo.questions import BANKS, LEFT_FOR_REVIEW, add_banks
from question_bank.review import ReviewState
from tests.fixtures.bank import make_actor
from tests.fixtures.periods import make_position


def test_the_chart_of_the_demo_is_in_its_bank_and_its_question_approved(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = load_items()
    illustrated = [item for item in every if item.image is not None]
    # The others are written in the same way and take long; the last ones of a level are left for review.
    general = [item for item in every if item.code.startswith("KTC")]
    left = [
        item.code
        for level, count in LEFT_FOR_REVIEW.items()
        for item in [one for one in general if one.level == level][-count:]
    ]
    some = tuple(item for item in every if item in illustrated or item.code in left)
    monkeypatch.setattr("exam_service.demo.questions.load_items", lambda: some)
    monkeypatch.setattr("exam_service.demo.questions.load_varied_items", tuple)
    positions = {code: make_position(session, code).id for _name, code in BANKS.values() if code}
    author, reviewer = make_actor(session, Role.AUTHOR), make_actor(session, Role.REVIEWER)
    banks = add_banks(session, positions=positions, author=author, reviewer=reviewer)
    session.flush()
    shown = session.execute(
        select(Item, Media)
        .join(MediaUse, MediaUse.item_id == Item.id)
        .join(Media, (Media.name == MediaUse.name) & (Media.bank_id == MediaUse.bank_id))
    ).all()
    assert len(shown) == len(illustrated) == 1
    item, image = shown[0]
    assert item.state == ReviewState.APPROVED
    assert image.bank_id == banks[session.get_one(Bank, item.bank_id).code]
    assert illustrated[0].image is not None
    assert illustrated[0].image.alt in item.summary, "who cannot see the chart can answer too"
