"""The marked answers of a period as arrays."""

from array import array
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from sqlalchemy import Float, cast, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from exam_service.attempts.models import Attempt, AttemptState
from exam_service.marking.models import ScoringRun, SlotScore
from question_bank.calibration.responses import Responses, collect_responses

BLOCK = 20_000


@dataclass(frozen=True, eq=False)
class MarkedAnswers:
    """`attempts` and `versions` name the rows and columns of `responses`."""

    attempts: list[UUID]
    versions: list[UUID]
    responses: Responses


def read_marked(session: Session, period_id: UUID) -> MarkedAnswers:
    """The share of the points of every slot of everybody who started and whose paper counts, by the newest scores.

    A slot without an answer counts as wrong, as it does in the mark. Read in blocks through a server-side cursor.
    Raises NoResponses when there are none.
    """
    attempts: dict[UUID, int] = {}
    versions: dict[UUID, int] = {}
    person, item, share = array("q"), array("q"), array("d")
    rows = session.execute(
        select(
            SlotScore.attempt_id,
            SlotScore.version_id,
            cast(SlotScore.points / SlotScore.max_points, Float),
        )
        .join(ScoringRun, ScoringRun.id == SlotScore.run_id)
        .join(Attempt, Attempt.id == SlotScore.attempt_id)
        .where(
            ScoringRun.period_id == period_id,
            Attempt.state == AttemptState.SCORED.value,
            Attempt.started_at.is_not(None),
            SlotScore.max_points > 0,
        )
        .order_by(SlotScore.attempt_id, SlotScore.slot, SlotScore.id.desc())
        .ext(distinct_on(SlotScore.attempt_id, SlotScore.slot))
        .execution_options(yield_per=BLOCK)
    )
    for attempt_id, version_id, earned in rows:
        person.append(attempts.setdefault(attempt_id, len(attempts)))
        item.append(versions.setdefault(version_id, len(versions)))
        share.append(earned)
    responses = collect_responses(
        np.frombuffer(person, dtype=np.int64) if person else [],
        np.frombuffer(item, dtype=np.int64) if item else [],
        # An item may take points off; for the models nothing earned is the least.
        shares=np.clip(np.frombuffer(share), 0.0, 1.0) if share else [],
        person_count=len(attempts),
        item_count=len(versions),
    )
    return MarkedAnswers(list(attempts), list(versions), responses)
