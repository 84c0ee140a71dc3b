"""Likes of items for programs of the staff: `/api/bank/items/{id}/likes`."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Permission
from exam_service.auth.access import require
from exam_service.bank.access import get_item
from exam_service.bank.api import problems
from exam_service.bank.similar.deciding import decide_pair, reopen_pair
from exam_service.bank.similar.listing import ShownPair, likes_of
from exam_service.bank.similar.models import PairDecision
from exam_service.db import Reading, Tx

router = APIRouter(prefix="/api/bank/items/{item_id}/likes", tags=["bank"])
Viewer = Annotated[Actor, require(Permission.BANK_VIEW)]
Pairer = Annotated[Actor, require(Permission.BANK_AUTHOR, Permission.BANK_REVIEW)]


class Like(BaseModel):
    """Another item that is like this one; `has_conflict`: both key the same question in another way."""

    id: UUID
    code: str = Field(examples=["TPHT-0042"])
    bank: str = Field(examples=["TPHT"])
    summary: str
    sentence: str = Field(examples=["Gần giống 93 %, khác nhau ở: con số"])
    has_conflict: bool
    decision: str | None = Field(examples=["family"])


class LikeList(BaseModel):
    """The likes, contradicting ones first; `hidden` counts those in banks that the person may not see."""

    likes: list[Like]
    hidden: int


class Decision(BaseModel):
    """`family`: a paper holds at most one of both. `enemies`: never in one paper. `one_retired`: the other one goes.
    `different`: nothing but that they are not asked about again."""

    decision: PairDecision


def _like(pair: ShownPair) -> Like:
    return Like(
        id=pair.other.id,
        code=pair.other.code,
        bank=pair.other.bank.code,
        summary=pair.other.summary,
        sentence=pair.beside.sentence,
        has_conflict=pair.beside.has_conflict,
        decision=pair.decision or None,
    )


def _listed(session: Session, actor: Actor, item_id: UUID, state: Literal["open", "decided"]) -> LikeList:
    found = likes_of(session, actor, get_item(session, actor, item_id), state=state)
    return LikeList(likes=[_like(pair) for pair in found.pairs], hidden=found.hidden)


@router.get("", responses=problems(401, 403, 404))
def list_likes(
    session: Reading, actor: Viewer, item_id: UUID, state: Literal["open", "decided"] = "open"
) -> LikeList:
    """The five items most like this one, those that wait for a decision or those that have one."""
    return _listed(session, actor, item_id, state)


@router.put("/{other_id}", responses=problems(401, 403, 404, 409, 422))
def decide_on_like(
    session: Tx, actor: Pairer, item_id: UUID, other_id: UUID, data: Decision, response: Response
) -> LikeList:
    """Decide on a pair that waits; answers with what still waits. A decided pair is a conflict."""
    decide_pair(session, actor, item_id=item_id, other_id=other_id, decision=data.decision)
    session.flush()
    response.headers["Location"] = f"/api/bank/items/{item_id}/likes?state=decided"
    return _listed(session, actor, item_id, "open")


@router.delete("/{other_id}", responses=problems(401, 403, 404, 409))
def reopen_like(session: Tx, actor: Pairer, item_id: UUID, other_id: UUID) -> LikeList:
    """Take the decision back with its effect; answers with what waits. A retired item does not come back."""
    reopen_pair(session, actor, item_id=item_id, other_id=other_id)
    session.flush()
    return _listed(session, actor, item_id, "open")
