"""Refusals that several services of the bank share, and the domain's refusals as the service tells them."""

from collections.abc import Iterator
from contextlib import contextmanager

from exam_service.bank.sentences import domain_sentence
from exam_service.errors import Refusal
from question_bank import review


class StepRefused(Refusal):
    """A step of the life cycle that the rules of `question_bank.review` forbid."""

    code = "step_refused"
    message = "%(reason)s"


class TransitionNotAllowed(StepRefused):
    code = "transition_not_allowed"


class AuthorApprovesOwnItem(StepRefused):
    code = "author_approves_own_item"
    status = 403


class ReasonMissing(StepRefused):
    code = "reason_missing"
    status = 422


class ItemHasProblems(StepRefused):
    code = "item_has_problems"


_REFUSALS: dict[str, type[StepRefused]] = {
    refusal.code: refusal
    for refusal in (TransitionNotAllowed, AuthorApprovesOwnItem, ReasonMissing, ItemHasProblems)
}


@contextmanager
def review_rules() -> Iterator[None]:
    """Within the block a TransitionRefused of the domain becomes the Refusal of the same code."""
    try:
        yield
    except review.TransitionRefused as refused:
        field = "reason" if refused.code == "reason_missing" else None
        reason = domain_sentence(review.MESSAGES, refused.code, refused.params)
        raise _REFUSALS[refused.code](field=field, reason=reason) from refused
