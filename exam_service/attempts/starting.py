"""The candidate's way into the test: what the waiting room shows, and the start.

In the minute of the start everybody comes at once, so a start is one UPDATE and one read of what sealing prepared.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NoReturn
from uuid import UUID

from sqlalchemy import Row, exists, func, select, text
from sqlalchemy.orm import Session

from exam_service.aids.policy import ExamAids
from exam_service.attempts import leases, refusals, window
from exam_service.attempts.access import NO_LIMITS, Limits
from exam_service.attempts.keys import AttemptKeys
from exam_service.attempts.leases import NOBODY_ELSE, Claimant
from exam_service.attempts.models import Attempt, AttemptState
from exam_service.attempts.receipts import receipt_of
from exam_service.attempts.schemas import (
    CandidateOut,
    CurrentAttemptOut,
    ExamOut,
    ReceiptOut,
    SittingOut,
)
from exam_service.attempts.tokens import NO_LOGIN, AttemptTokens, BadAttemptToken, Claims
from exam_service.attempts.told_times import ToldTimes, told_times
from exam_service.attempts.window import TRANSIT_GRACE, Window
from exam_service.auth.models import LoginSession
from exam_service.errors import NotFound
from exam_service.i18n import N_, Language, speaking
from exam_service.i18n import gettext as _
from exam_service.periods.models import Candidate, Exam, FormSlot, Period, PeriodState, Sitting

RULES = (
    N_("Ông/Bà kiểm tra họ tên, số báo danh và phòng thi ghi bên trên; nếu sai, báo giám thị ngay."),
    N_("Mỗi câu trả lời được lưu tự động. Khi mất mạng, Ông/Bà cứ tiếp tục làm bài."),
    N_("Không trao đổi, không dùng tài liệu và thiết bị khác nếu hội đồng không cho phép."),
    N_("Nộp bài rồi thì không sửa được. Hết giờ, hệ thống tự thu bài."),
    N_(
        "Để giải quyết sự cố và khiếu nại, hệ thống giữ thời điểm và nội dung mỗi lần lưu câu trả lời, địa chỉ mạng "
        "của máy khi đăng nhập, và việc chuyển bài sang cửa sổ hoặc máy khác."
    ),
)

PERMITTED = N_("Khi làm bài, Ông/Bà được đọc trên màn hình (nút Văn bản hoặc phím V): %(names)s.")

WATCHED = N_(
    "Trong giờ làm bài, hệ thống ghi số lần và thời điểm Ông/Bà rời trang làm bài hoặc sao chép chữ trên trang; "
    "không ghi nội dung. Giám thị xem để hỏi lại, hệ thống không tự xử lý. Các ghi nhận này được xóa sau %(days)s ngày."
)

HELPED = N_(
    "Để giám thị kịp giúp, hệ thống ghi thời điểm máy bị pin yếu, lệch đồng hồ, không giữ được câu trả lời, hoặc có "
    "đường truyền, cửa sổ, trình duyệt không đạt; xóa sau %(days)s ngày."
)

PAUSED = N_(
    "Nếu máy mất mạng trong lúc bài thi tạm dừng, hệ thống ghi thời điểm và số câu Ông/Bà trả lời trong lúc đó để hội "
    "đồng xem xét, giữ cùng bài làm."
)

OPEN = (AttemptState.ASSIGNED, AttemptState.STARTED)

START = text(
    """
    UPDATE attempt SET state = 'started', last_seen_at = clock_timestamp(),
        started_at = coalesce(started_at, clock_timestamp()), lease_holder = :holder,
        lease_login = :login_id
    WHERE id = :attempt_id AND candidate_id = :candidate_id AND CASE state
        WHEN 'started' THEN paused_at IS NOT NULL OR clock_timestamp() < deadline_at + :grace
        WHEN 'assigned' THEN paused_at IS NULL AND clock_timestamp() >= starts_at
            AND clock_timestamp() <= late_until AND clock_timestamp() < deadline_at
        ELSE false END
        AND (coalesce(lease_holder, :holder) = :holder OR :has_pin OR (:takes_over AND lease_login = :login_id))
        AND NOT EXISTS (SELECT FROM login_session WHERE id = :login_id AND ended_at IS NOT NULL)
    RETURNING form_id, old.lease_holder, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint,
        floor(greatest(0, extract(epoch FROM deadline_at - coalesce(paused_at, clock_timestamp()))) * 1000)::bigint
    """
)

PAPER = text(
    """
    SELECT CASE WHEN :has_paper THEN 'null' ELSE paper::text END, (
        SELECT coalesce(jsonb_agg(jsonb_build_object('slot', slot, 'sequence', sequence, 'response', response,
            'flagged', is_flagged, 'saved_at', saved_at) ORDER BY slot), '[]')::text
        FROM response WHERE attempt_id = :attempt_id)
    FROM sealed_form WHERE id = :form_id
    """
)


VOID_REASON = text(
    "SELECT reason FROM room_decision WHERE attempt_id = :attempt_id AND kind = 'void' ORDER BY at DESC LIMIT 1"
)


@dataclass(frozen=True)
class Started:
    """A started attempt: `paper` ("null" when the player has it), `responses` and `secrets` are JSON text."""

    remaining_ms: int
    paper: str
    responses: str
    secrets: str = "null"
    now_ms: int = 0


def start_attempt(
    session: Session,
    claims: Claims,
    *,
    claimant: Claimant = NOBODY_ELSE,
    keys: AttemptKeys | None = None,
    has_paper: bool = False,
) -> Started:
    """The attempt is started, or goes on where it was: one UPDATE and one read, however often it is called.

    The page of `claimant` holds the attempt from here on. With `keys`, the keys of paper and journal are in the answer;
    nothing releases them before.

    Raises TooEarly (with `starts_in_ms`), LateEntry, Paused, TimeOver, AlreadySubmitted, AttemptVoid, NotFound,
    HeldElsewhere, WrongPin, and BadAttemptToken for a sign-in that has ended: whoever was signed out must not get a
    fresh token for an old one.
    """
    row = _open(session, claims, claimant, has_pin=False)
    if row is None and claimant.pin and keys is not None:
        # Only now: a start whose answer got lost is sent again, and the PIN works once.
        leases.redeem_pin(session, claims, claimant.pin, keys=keys)
        row = _open(session, claims, claimant, has_pin=True)
    if row is None:
        _refuse_start(session, claims, claimant)
    form_id, held_by, now_ms, remaining_ms = row
    if held_by is not None and held_by != claimant.holder:
        leases.record_takeover(session, claims, holder=claimant.holder, by_pin=bool(claimant.pin))
    paper, responses = session.execute(
        PAPER, {"attempt_id": claims.attempt_id, "form_id": form_id, "has_paper": has_paper}
    ).one()
    released = "null" if keys is None else json.dumps(asdict(keys.released(claims.attempt_id, form_id)))
    return Started(remaining_ms, paper, responses, secrets=released, now_ms=now_ms)


def _open(
    session: Session, claims: Claims, claimant: Claimant, *, has_pin: bool
) -> Row[Any, Any, Any, Any] | None:
    """The started attempt: form, holder before, time and time left; None when the statement refused."""
    return session.execute(
        START,
        {
            "attempt_id": claims.attempt_id,
            "candidate_id": claims.candidate_id,
            "grace": TRANSIT_GRACE,
            "holder": claimant.holder,
            "login_id": claims.login_id,
            "takes_over": claimant.takes_over,
            "has_pin": has_pin,
        },
    ).one_or_none()


def _refuse_start(session: Session, claims: Claims, claimant: Claimant) -> NoReturn:
    found = session.execute(
        select(
            func.clock_timestamp(),
            Attempt.starts_at,
            Attempt.late_until,
            Attempt.deadline_at,
            Attempt.state,
            Attempt.paused_at,
            Attempt.lease_holder,
            Attempt.lease_login,
            exists().where(LoginSession.id == claims.login_id, LoginSession.ended_at.is_not(None)),
        ).where(Attempt.id == claims.attempt_id, Attempt.candidate_id == claims.candidate_id)
    ).one_or_none()
    if found is None:
        raise NotFound
    now, starts_at, late_until, deadline_at, state, paused_at, holder, login_id, is_signed_out = found
    if is_signed_out:
        raise BadAttemptToken
    times = Window(starts_at, late_until, deadline_at)
    is_open = window.phase(
        now, times, is_started=state == AttemptState.STARTED, is_closed=state not in OPEN, paused_at=paused_at
    )
    is_taken = holder not in (None, claimant.holder)
    if is_taken and is_open in (window.Phase.RUNNING, window.Phase.PAUSED):
        raise leases.HeldElsewhere(same_login=login_id == claims.login_id)
    refusals.refuse(now, times, state=AttemptState(state), paused_at=paused_at, is_start=True)


def started_json(started: Started, token: str) -> bytes:
    """The answer to a start; the paper goes out as it was sealed, without being parsed on the way."""
    return (
        f'{{"remaining_ms":{started.remaining_ms},"token":{json.dumps(token)},'
        f'"form":{started.paper},"responses":{started.responses},'
        f'"secrets":{started.secrets},"now_ms":{started.now_ms}}}'
    ).encode()


def current_attempt(
    session: Session,
    candidate_id: UUID,
    *,
    tokens: AttemptTokens,
    login_id: UUID = NO_LOGIN,
    limits: Limits = NO_LIMITS,
    policy: dict[str, Any] | None = None,
    aids: ExamAids | None = None,
    signals_keep_days: int,
) -> CurrentAttemptOut:
    """Everything that the player shows before and after the test, with a fresh token that carries `limits`; the
    policy says what `aids` knows of the exam.

    Raises NotFound.
    """
    points = (
        select(func.coalesce(func.sum(FormSlot.points), 0))
        .where(FormSlot.form_id == Attempt.form_id)
        .scalar_subquery()
    )
    found = session.execute(
        select(Attempt, Candidate, Sitting, Exam, Period.state, points, func.clock_timestamp())
        .join(Candidate, Candidate.id == Attempt.candidate_id)
        .join(Sitting, Sitting.id == Attempt.sitting_id)
        .join(Exam, Exam.id == Candidate.exam_id)
        .join(Period, Period.id == Exam.period_id)
        .where(Attempt.candidate_id == candidate_id)
    ).one_or_none()
    if found is None:
        raise NotFound
    attempt, candidate, sitting, exam, period_state, max_points, now = found
    allowed = aids.policy(session, exam.id, state=period_state) if aids else {}
    told = told_times(session, attempt)
    return CurrentAttemptOut(
        attempt_id=attempt.id,
        state=AttemptState(attempt.state),
        token=tokens.issue(attempt.id, candidate.id, login_id=login_id, **asdict(limits)),
        candidate=_candidate_out(candidate, sitting),
        exam=ExamOut(
            title=exam.title,
            question_count=attempt.slot_count,
            duration_min=exam.duration_min,
            max_points=f"{max_points.normalize():f}",
        ),
        sitting=_sitting_out(attempt, sitting, exam, now=now, told=told),
        rules=_rules(exam, signals_keep_days, allowed),
        policy={**(policy or {}), **allowed, "watches_focus": exam.watches_focus},
        receipt=_receipt_out(attempt),
        version=sitting.room_version,
        result_available=period_state in (PeriodState.RELEASED, PeriodState.ARCHIVED),
        void_reason=_void_reason(session, attempt),
    )


def _candidate_out(candidate: Candidate, sitting: Sitting) -> CandidateOut:
    return CandidateOut(
        number=candidate.number,
        full_name=candidate.full_name,
        unit=candidate.unit_name,
        room=sitting.room,
        extra_time_min=candidate.extra_time_min,
        extra_time_reason=candidate.extra_time_reason,
    )


def _void_reason(session: Session, attempt: Attempt) -> str:
    if attempt.state != AttemptState.VOID:
        return ""
    return session.scalar(VOID_REASON, {"attempt_id": attempt.id}) or ""


def _receipt_out(attempt: Attempt) -> ReceiptOut | None:
    receipt = receipt_of(attempt)
    return None if receipt is None else ReceiptOut.model_validate(receipt)


def _rules(exam: Exam, signals_keep_days: int, allowed: dict[str, Any]) -> dict[str, list[str]]:
    """In every language: the player changes its own without asking again."""
    names = "; ".join(f"{one['number']} {one['title']}".strip() for one in allowed.get("statutes", ()))
    rules = {}
    for one in Language:
        with speaking(one):
            permitted = [_(PERMITTED, names=names)] if names else []
            watched = [_(WATCHED, days=signals_keep_days)] if exam.watches_focus else []
            helped = [_(HELPED, days=signals_keep_days), _(PAUSED)]
            rules[one.value] = [*map(_, RULES), *helped, *permitted, *watched]
    return rules


def _sitting_out(
    attempt: Attempt, sitting: Sitting, exam: Exam, *, now: datetime, told: ToldTimes
) -> SittingOut:
    times = Window(attempt.starts_at, attempt.late_until, attempt.deadline_at)
    left = window.remaining(now, times, paused_at=attempt.paused_at)
    return SittingOut(
        starts_in_ms=max(0, window.milliseconds(attempt.starts_at - now)),
        remaining_ms=window.milliseconds(left),
        duration_min=sitting.duration_min,
        late_limit_min=exam.late_limit_min,
        earliest_submit_min=exam.earliest_submit_min,
        granted=told.granted,
        pauses=told.pauses,
    )
