"""What the page of a bank warns of."""

from datetime import timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import Role
from exam_service.bank.manage.health import LONG_AGO, ageing_items, key_places
from exam_service.bank.models import ReviewStep
from tests.fixtures.auth import SignIn
from tests.fixtures.bank import make_actor, make_approved, make_bank, make_competency, make_draft


def keyed_at(place: int) -> object:
    draft = make_draft()
    content = draft.content
    return draft.model_copy(update={"content": content.model_copy(update={"key": content.options[place].id})})


def test_keys_that_crowd_at_one_option_are_told_and_evenly_spread_ones_are_not() -> None:
    crowded = [keyed_at(1) for _number in range(20)] + [keyed_at(0)]
    assert [(p.letter, p.count, p.is_biased) for p in key_places(crowded)] == [
        ("A", 1, False),
        ("B", 20, True),
        ("C", 0, False),
        ("D", 0, False),
    ]
    even = [keyed_at(number % 4) for number in range(40)]
    assert not any(place.is_biased for place in key_places(even))
    assert key_places([]) == []


def test_usable_items_that_nobody_reviewed_for_two_years_are_listed_oldest_first(
    session: Session, signed_in: SignIn
) -> None:
    make_competency(session)
    bank = make_bank(session, code="TPHT")
    author, reviewer = make_actor(session, Role.AUTHOR), make_actor(session, Role.REVIEWER)
    fresh, old, older = (make_approved(session, bank, author, reviewer) for _number in range(3))
    # The history is append-only: the trigger is off for the rows that must be old.
    session.connection().exec_driver_sql("ALTER TABLE review_step DISABLE TRIGGER USER")
    for version, extra in ((old, 1), (older, 9)):
        then = clock.now() - LONG_AGO - timedelta(days=extra)
        session.execute(update(ReviewStep).where(ReviewStep.version_id == version.id).values(at=then))
    session.connection().exec_driver_sql("ALTER TABLE review_step ENABLE TRIGGER USER")
    found = ageing_items(session, bank)
    assert ([item.id for item, _at in found.items], found.total) == ([older.item_id, old.item_id], 2)
    session.commit()
    page = signed_in(roles={Role.REVIEWER}).get("/bank/banks/TPHT").text
    assert (older.item.code in page, fresh.item.code in page) == (True, False)
