from itertools import product
from uuid import UUID

import pytest

from question_bank.review import (
    STATE_NAMES,
    TRANSITIONS,
    AuthorApprovesOwnItem,
    ItemHasProblems,
    ReasonMissing,
    ReviewState,
    TransitionNotAllowed,
    check_transition,
)
from question_bank.types.content import Problem

AUTHOR, REVIEWER = UUID(int=1), UUID(int=2)
S = ReviewState


@pytest.mark.parametrize(("start", "end"), list(product(S, S)))
def test_only_the_listed_steps_are_allowed(start: ReviewState, end: ReviewState) -> None:
    if end in TRANSITIONS[start]:
        check_transition(
            start, end, actor_id=REVIEWER, author_ids=[AUTHOR], problems=(), reason="luật đã thay thế"
        )
    else:
        with pytest.raises(TransitionNotAllowed):
            check_transition(start, end, actor_id=REVIEWER, author_ids=[AUTHOR], problems=(), reason="x")


def test_an_item_becomes_operational_only_through_review() -> None:
    paths = {(a, b) for a in S for b in TRANSITIONS[a]}
    assert {a for a, b in paths if b is S.OPERATIONAL} == {S.APPROVED}
    assert {a for a, b in paths if b is S.APPROVED} == {S.IN_REVIEW}


def test_no_author_approves_their_own_item() -> None:
    for authors in ([AUTHOR], [AUTHOR, REVIEWER]):
        with pytest.raises(AuthorApprovesOwnItem):
            check_transition(S.IN_REVIEW, S.APPROVED, actor_id=authors[-1], author_ids=authors, problems=())


@pytest.mark.parametrize(
    ("start", "end"), [(S.DRAFT, S.IN_REVIEW), (S.IN_REVIEW, S.APPROVED), (S.APPROVED, S.OPERATIONAL)]
)
def test_an_incomplete_item_goes_no_further(start: ReviewState, end: ReviewState) -> None:
    with pytest.raises(ItemHasProblems) as refusal:
        check_transition(
            start, end, actor_id=REVIEWER, author_ids=[AUTHOR], problems=[Problem("no_key", "key")]
        )
    assert [problem.code for problem in refusal.value.problems] == ["no_key"]


@pytest.mark.parametrize(
    ("start", "end"), [(S.IN_REVIEW, S.DRAFT), (S.OPERATIONAL, S.SUSPENDED), (S.SUSPENDED, S.RETIRED)]
)
def test_returning_suspending_and_retiring_need_a_reason(start: ReviewState, end: ReviewState) -> None:
    with pytest.raises(ReasonMissing):
        check_transition(start, end, actor_id=REVIEWER, author_ids=[AUTHOR], problems=(), reason=" ")


def test_every_state_has_a_name_in_both_languages() -> None:
    assert all(STATE_NAMES[state]["vi"] and STATE_NAMES[state]["en"] for state in S)
