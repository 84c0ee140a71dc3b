"""The life cycle of an item version: which step may follow which, who may take it, and what must hold.

draft → in_review → approved → operational → retired, with `suspended` beside the last two: a review leads
from it back into use or out. Nothing approved changes; a change is a new version that begins as a draft.
"""

from collections.abc import Collection, Sequence
from enum import StrEnum
from uuid import UUID

from question_bank.types.content import Problem


class ReviewState(StrEnum):
    """Where an item version stands; only `operational` versions are drawn into papers."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    OPERATIONAL = "operational"
    SUSPENDED = "suspended"
    RETIRED = "retired"


STATE_NAMES: dict[ReviewState, dict[str, str]] = {
    ReviewState.DRAFT: {"vi": "Bản nháp", "en": "Draft"},
    ReviewState.IN_REVIEW: {"vi": "Chờ duyệt", "en": "In review"},
    ReviewState.APPROVED: {"vi": "Đã duyệt", "en": "Approved"},
    ReviewState.OPERATIONAL: {"vi": "Đang sử dụng", "en": "Operational"},
    ReviewState.SUSPENDED: {"vi": "Tạm dừng", "en": "Suspended"},
    ReviewState.RETIRED: {"vi": "Đã loại bỏ", "en": "Retired"},
}

TRANSITIONS: dict[ReviewState, frozenset[ReviewState]] = {
    ReviewState.DRAFT: frozenset({ReviewState.IN_REVIEW, ReviewState.RETIRED}),
    ReviewState.IN_REVIEW: frozenset({ReviewState.APPROVED, ReviewState.DRAFT}),
    ReviewState.APPROVED: frozenset({ReviewState.OPERATIONAL, ReviewState.SUSPENDED, ReviewState.RETIRED}),
    ReviewState.OPERATIONAL: frozenset({ReviewState.SUSPENDED, ReviewState.RETIRED}),
    ReviewState.SUSPENDED: frozenset({ReviewState.IN_REVIEW, ReviewState.RETIRED}),
    ReviewState.RETIRED: frozenset(),
}
"""The steps there are; anything else is refused."""

_NEEDS_REASON = frozenset({ReviewState.DRAFT, ReviewState.SUSPENDED, ReviewState.RETIRED})
_NEEDS_SOUND_ITEM = frozenset({ReviewState.IN_REVIEW, ReviewState.APPROVED, ReviewState.OPERATIONAL})

MESSAGES: dict[str, dict[str, str]] = {
    "transition_not_allowed": {
        "vi": "Không thể chuyển câu hỏi từ “{from_name}” sang “{to_name}”.",
        "en": "An item cannot go from {from_state} to {to_state}.",
    },
    "author_approves_own_item": {
        "vi": "Người soạn không được tự duyệt câu hỏi của mình. Hãy đề nghị người khác duyệt.",
        "en": "Authors cannot approve their own items. Ask another person to review it.",
    },
    "item_has_problems": {
        "vi": "Câu hỏi còn {count} lỗi phải sửa trước khi chuyển bước.",
        "en": "The item has {count} problems that must be fixed first.",
    },
    "reason_missing": {
        "vi": "Hãy ghi lý do khi trả lại, tạm dừng hoặc loại bỏ câu hỏi.",
        "en": "Give a reason when returning, suspending or retiring an item.",
    },
}


class TransitionRefused(ValueError):
    """A step of the life cycle that may not be taken; `code` and `params` name the sentence in `MESSAGES`."""

    code: str

    def __init__(self, params: dict[str, str | int] | None = None) -> None:
        self.params = params or {}
        super().__init__(MESSAGES[self.code]["en"].format(**self.params))


class TransitionNotAllowed(TransitionRefused):
    """There is no such step."""

    code = "transition_not_allowed"


class AuthorApprovesOwnItem(TransitionRefused):
    """Four eyes: whoever wrote the version cannot approve it."""

    code = "author_approves_own_item"


class ItemHasProblems(TransitionRefused):
    """Blocking problems stand in the way; they are in `problems`."""

    code = "item_has_problems"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__({"count": len(problems)})
        self.problems = tuple(problems)


class ReasonMissing(TransitionRefused):
    """A step that someone else has to live with needs a reason."""

    code = "reason_missing"


def check_transition(
    from_state: ReviewState,
    to_state: ReviewState,
    *,
    actor_id: UUID,
    author_ids: Collection[UUID],
    problems: Sequence[Problem],
    reason: str = "",
) -> None:
    """Return if the actor may move the version; whether they hold the role for it is the caller's to check.

    `author_ids` are all who wrote any part of this version.

    Raises:
        TransitionNotAllowed: there is no such step.
        ReasonMissing: returning, suspending and retiring need one.
        AuthorApprovesOwnItem: the actor is among the authors of what is to be approved.
        ItemHasProblems: the content is incomplete.
    """
    if to_state not in TRANSITIONS[from_state]:
        names = {"from_name": STATE_NAMES[from_state]["vi"], "to_name": STATE_NAMES[to_state]["vi"]}
        raise TransitionNotAllowed({"from_state": from_state.value, "to_state": to_state.value, **names})
    if to_state in _NEEDS_REASON and not reason.strip():
        raise ReasonMissing
    if to_state is ReviewState.APPROVED:
        assert author_ids, "a version without an author cannot be checked for four eyes"
        if actor_id in author_ids:
            raise AuthorApprovesOwnItem
    if to_state in _NEEDS_SOUND_ITEM and problems:
        raise ItemHasProblems(problems)
