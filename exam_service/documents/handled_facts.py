"""What was done in a room without a recorded incident, told as one: time given or stopped, a test ended or reopened.

One act for several candidates (the decisions name it in `detail.together`) is one line with all of them.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Text, cast, func, select
from sqlalchemy.orm import Session

from exam_service.attempts.models import Attempt
from exam_service.invigilation.models import DecisionKind, RoomDecision
from exam_service.official.sheet import clock_time
from exam_service.periods.models import Candidate

HANDLED = {
    DecisionKind.EXTRA_TIME: "Cho thêm {minutes} phút làm bài.",
    DecisionKind.SHIFT: "Lùi giờ bắt đầu của ca thi {minutes} phút.",
    DecisionKind.PAUSE: "Tạm dừng đồng hồ; thời gian dừng được trả lại.",
    DecisionKind.IDENTITY_REFUSED: "Ghi nhận giấy tờ không khớp với thí sinh.",
    DecisionKind.HAND_IN: "Nộp bài thay thí sinh, với các câu đã lưu.",
    DecisionKind.REOPEN: "Mở lại bài đã nộp; biên nhận trước đó hết giá trị.",
}

TOGETHER = timedelta(seconds=5)
"""Pauses of one act that end within this time of each other have ended together."""

COMMON_ACT = func.coalesce(RoomDecision.detail["together"].astext, cast(RoomDecision.id, Text))
"""What decisions of one act share."""


@dataclass(frozen=True)
class IncidentFact:
    """An incident as it was recorded, in words. Without `people` it concerned everybody."""

    id: UUID
    sitting_id: UUID
    at: datetime
    people: Sequence[str]
    description: str
    handling: str
    recorded_by: str


def of_common_act(decision_id: UUID) -> ColumnElement[bool]:
    """The decisions of the sitting that were taken with this one, and itself."""
    named = select(COMMON_ACT, RoomDecision.sitting_id).where(RoomDecision.id == decision_id).subquery()
    act, sitting_id = named.c
    return (select(act).scalar_subquery() == COMMON_ACT) & (
        RoomDecision.sitting_id == select(sitting_id).scalar_subquery()
    )


def handled_of(session: Session, decided: ColumnElement[bool]) -> list[IncidentFact]:
    """The acts among the decisions that `decided` chooses: whole acts."""
    rows = session.execute(
        select(COMMON_ACT, RoomDecision, Candidate)
        .outerjoin(Attempt, Attempt.id == RoomDecision.attempt_id)
        .outerjoin(Candidate, Candidate.id == Attempt.candidate_id)
        .where(RoomDecision.kind.in_([kind.value for kind in HANDLED]), decided)
        .order_by(RoomDecision.at, RoomDecision.id)
    )
    acts: dict[tuple[str, UUID], list[tuple[RoomDecision, Candidate | None]]] = {}
    for act, decision, candidate in rows:
        acts.setdefault((act, decision.sitting_id), []).append((decision, candidate))
    resumes = _resumes_in(session, {sitting_id for _act, sitting_id in acts})
    return [_fact(act, resumes) for act in acts.values()]


Resumes = Mapping[tuple[UUID, UUID | None], Sequence[RoomDecision]]
"""Who was let go on, oldest first, by sitting and attempt (None: the whole sitting)."""


def _resumes_in(session: Session, sitting_ids: Collection[UUID]) -> Resumes:
    resumes: dict[tuple[UUID, UUID | None], list[RoomDecision]] = {}
    for one in session.scalars(
        select(RoomDecision)
        .where(RoomDecision.sitting_id.in_(sitting_ids), RoomDecision.kind == DecisionKind.RESUME.value)
        .order_by(RoomDecision.at)
    ):
        resumes.setdefault((one.sitting_id, one.attempt_id), []).append(one)
    return resumes


def _fact(act: Sequence[tuple[RoomDecision, Candidate | None]], resumes: Resumes) -> IncidentFact:
    decisions = [decision for decision, _candidate in act]
    first = decisions[0]
    names = sorted(f"{one.number} – {one.full_name}" for _decision, one in act if one is not None)
    handling = HANDLED[DecisionKind(first.kind)].format(minutes=first.minutes)
    if first.kind == DecisionKind.PAUSE:
        handling = _stopped(decisions, resumes) or handling
    return IncidentFact(
        id=first.id,
        sitting_id=first.sitting_id,
        at=first.at,
        people=names,
        description=first.reason,
        handling=handling,
        recorded_by=first.decided_by_name,
    )


def _stopped(pauses: Sequence[RoomDecision], resumes: Resumes) -> str:
    """From when to when the clocks of one act stood still; empty while one does, or when they went on one by one."""
    ends = [end for end in (_end_of(pause, resumes) for pause in pauses) if end is not None]
    if len(ends) < len(pauses) or max(end.at for end in ends) - min(end.at for end in ends) > TOGETHER:
        return ""
    begin, end = pauses[0].at, ends[0]
    lasted = int((end.at - begin).total_seconds())
    since, until = clock_time(begin, seconds=True), clock_time(end.at, seconds=True)
    return (
        f"Tạm dừng đồng hồ từ {since} đến {until} ({lasted // 60} phút {lasted % 60} giây); "
        f"thời gian dừng được trả lại đủ. Cho tiếp tục: {end.reason.rstrip('.')}."
    )


def _end_of(pause: RoomDecision, resumes: Resumes) -> RoomDecision | None:
    after = resumes.get((pause.sitting_id, pause.attempt_id), ())
    return next((one for one in after if one.at > pause.at), None)
