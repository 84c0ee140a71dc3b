"""The demo's answers: officials of different ability answer their sealed papers, deterministically."""

import hashlib
import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from exam_service.attempts.models import Attempt, AttemptState, CollectedBy, Response, ResponseHistory
from exam_service.attempts.receipts import FinalAnswer, answered_count, digest_of, new_receipt_code
from exam_service.bank.models import ItemVersion
from exam_service.periods.models import Candidate, FormSlot, SealedForm, Sitting
from question_bank.items import ItemDraft
from question_bank.taxonomy import CognitiveLevel
from question_bank.types.multiple_choice import MultipleChoice
from question_bank.types.single_choice import SingleChoice
from question_bank.types.true_false import TrueFalse

DIFFICULTY = {
    CognitiveLevel.REMEMBER: -1.3,
    CognitiveLevel.UNDERSTAND: -0.7,
    CognitiveLevel.APPLY: 0.0,
    CognitiveLevel.ANALYSE: 0.6,
}
ABSENT_SHARE = 0.015
OMITTED_SHARE = 0.01
COLLECTED_SHARE = 0.04  # of those who came: still writing when the system collected


@dataclass(frozen=True)
class _Sheet:
    """The rows of one answered attempt."""

    attempt: dict[str, Any]
    responses: list[dict[str, Any]]


def answer_period(session: Session, period_id: UUID, *, seed: int = 335) -> int:
    """The attempts of the sealed period are started, answered and handed in as people would; returns how many.

    A few are absent, a few leave questions open. Absent ones are collected by the system at the deadline.
    """
    random = Random(seed)  # noqa: S311 - invented answers need no secret randomness
    drafts = _drafts(session, period_id)
    rows = session.execute(
        select(Attempt, SealedForm.body, Sitting.starts_at)
        .join(Candidate, Candidate.id == Attempt.candidate_id)
        .join(SealedForm, SealedForm.id == Attempt.form_id)
        .join(Sitting, Sitting.id == Attempt.sitting_id)
        .where(Candidate.period_id == period_id)
        .order_by(Candidate.number)
    ).all()
    sheets = [_answer(random, attempt, body, starts_at, drafts) for attempt, body, starts_at in rows]
    responses = [row for sheet in sheets for row in sheet.responses]
    session.execute(insert(Response), responses)
    session.execute(insert(ResponseHistory), responses)
    changes = [{"key": sheet.attempt.pop("id"), **sheet.attempt} for sheet in sheets]
    statement = update(Attempt.__table__).where(Attempt.__table__.c.id == bindparam("key"))  # type: ignore[arg-type] # a Table, typed as FromClause
    session.connection().execute(statement, changes)
    session.expire_all()
    return len(sheets)


def _drafts(session: Session, period_id: UUID) -> dict[str, ItemDraft]:
    in_forms = (
        select(FormSlot.version_id)
        .join(SealedForm, SealedForm.id == FormSlot.form_id)
        .join(Candidate, Candidate.id == SealedForm.candidate_id)
        .where(Candidate.period_id == period_id)
        .distinct()
    )
    used = select(ItemVersion.id, ItemVersion.body).where(ItemVersion.id.in_(in_forms))
    return {
        str(version_id): ItemDraft.model_validate(body, context={"trusted": True})
        for version_id, body in session.execute(used)
    }


def _answer(
    random: Random, attempt: Attempt, body: dict[str, Any], starts_at: datetime, drafts: dict[str, ItemDraft]
) -> _Sheet:
    if random.random() < ABSENT_SHARE:
        return _Sheet(_closing(attempt, [], None, attempt.deadline_at, CollectedBy.SYSTEM), [])
    ability = random.gauss(-0.45, 0.95)
    started_at = starts_at + timedelta(seconds=random.uniform(2, 40))
    pace_s = max(12.0, random.gauss(38, 8))
    moment, responses, answers = started_at, [], []
    for section in body["sections"]:
        for slot in section["slots"]:
            moment += timedelta(seconds=pace_s * random.uniform(0.4, 1.6))
            if moment >= attempt.deadline_at or random.random() < OMITTED_SHARE:
                continue
            response = _respond(random, drafts[slot["version_id"]], slot["version_id"], ability)
            answers.append(FinalAnswer(slot["position"], 1, response))
            responses.append(
                {
                    "attempt_id": attempt.id,
                    "slot": slot["position"],
                    "sequence": 1,
                    "response": response,
                    "is_flagged": random.random() < 0.05,
                    "saved_at": moment,
                }
            )
    is_collected = moment >= attempt.deadline_at or random.random() < COLLECTED_SHARE
    handed_in = attempt.deadline_at if is_collected else moment + timedelta(seconds=random.uniform(5, 60))
    by = CollectedBy.SYSTEM if handed_in >= attempt.deadline_at else CollectedBy.CANDIDATE
    return _Sheet(_closing(attempt, answers, started_at, min(handed_in, attempt.deadline_at), by), responses)


def _closing(
    attempt: Attempt, answers: list[FinalAnswer], started_at: datetime | None, at: datetime, by: CollectedBy
) -> dict[str, Any]:
    state = AttemptState.SUBMITTED if by is CollectedBy.CANDIDATE else AttemptState.EXPIRED
    return {
        "id": attempt.id,
        "state": state.value,
        "started_at": started_at,
        "submitted_at": at,
        "collected_by": by.value,
        "digest": digest_of(attempt.id, answers),
        "receipt_code": new_receipt_code(),
        "answered_count": answered_count(answers),
        "last_seen_at": started_at and at,
    }


def _respond(random: Random, draft: ItemDraft, version_id: str, ability: float) -> dict[str, Any]:
    """The keyed response with the probability of a Rasch model with guessing, else a wrong one."""
    assert draft.level is not None
    own = (
        int.from_bytes(hashlib.sha256(version_id.encode()).digest()[:4], "big") / 2**32
    )  # each item a little different
    difficulty = DIFFICULTY[draft.level] + (own - 0.5) * 1.4
    knows = random.random() < 1 / (1 + math.exp(difficulty - ability))
    content = draft.content
    key = content.correct_response()
    assert key is not None
    if knows:
        return key.model_dump(mode="json")
    match content:
        case SingleChoice():
            return {"choice": random.choice([option.id for option in content.options])}
        case MultipleChoice():
            ids = [option.id for option in content.options]
            return {"choices": sorted(random.sample(ids, random.randint(1, len(ids) - 1)))}
        case TrueFalse():
            return {"value": random.random() < 0.5}
        case _:
            raise AssertionError(f"the demo's papers hold no item of type {content.type}")
