"""The demo's periods: one finished with results, one running for the board, one in which a visitor can sit at once."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib.resources import files
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import Actor
from exam_service.aids.documents import DocumentInput, add_document, confirm_document
from exam_service.analysis.decisions import decide_flag
from exam_service.analysis.models import FlagVerdict, ItemFlag, StatisticsRun
from exam_service.analysis.service import compute_statistics
from exam_service.attempts.handing_in import close_collected_sittings
from exam_service.calibration.service import calibrate_period
from exam_service.demo.answers import answer_period
from exam_service.i18n import HOME
from exam_service.invigilation import naming
from exam_service.invigilation.sealing import draw_period, seal_period
from exam_service.marking.service import score_period
from exam_service.periods import candidates, ceremony, lifecycle, service
from exam_service.periods.blueprints import save_blueprint
from exam_service.periods.models import Candidate, Exam, Period, Sitting
from exam_service.periods.presets import DEFAULT_BANDS
from exam_service.periods.schemas import (
    BandInput,
    BlueprintInput,
    ExamInput,
    PeriodInput,
    SittingInput,
    StatusInput,
)
from exam_service.periods.vault import Vault
from exam_service.rating_feed.outbox import release_period

# Exam → its positions in both vocabularies: who still has the older title sits the same exam.
PROFESSIONAL = {"VPTK": ("VPTK", "VT-CVVP"), "TPHT": ("TPHT", "VT-CVTP"), "TCKT": ("TCKT", "VT-CVTC")}
GENERAL = {"remember": 10, "understand": 10, "apply": 7, "analyse": 3}
SHARED = {"remember": 4, "understand": 4, "apply": 3, "analyse": 1}
OWN = {"remember": 6, "understand": 6, "apply": 4, "analyse": 2}
FINISHED_DAY = date(2026, 9, 18)
ROOM_SEATS = 60
DICE = "4 1 6 3 3 2 5 6 1 4 2 5"
TRIAL_MIN = 240
FREE_TIME_LEFT = timedelta(minutes=45)


@dataclass(frozen=True)
class TrialSitting:
    """Where a visitor may sit at once."""

    period_code: str
    sitting_id: UUID
    number: str
    candidate_id: UUID


def section(title: str, competency: str, counts: dict[str, int]) -> dict[str, Any]:
    """A section of a blueprint with one cell a level."""
    cells = [
        {"competency": competency, "level": level, "count": count, "points_per_item": "1"}
        for level, count in counts.items()
    ]
    return {"title": title, "cells": cells, "question_count": sum(counts.values())}


def add_blueprints(session: Session, officer: Actor) -> dict[str, UUID]:
    """The four blueprints of the demo; returns code → id."""
    names = {"VPTK": "Văn phòng – thống kê", "TPHT": "Tư pháp – hộ tịch", "TCKT": "Tài chính – kế toán"}
    bodies = {
        "KTC": {
            "title": "Ma trận đề kiến thức chung",
            "sections": [section("Kiến thức chung", "KTC", GENERAL)],
        },
        **{
            code: {
                "title": f"Ma trận đề {name}",
                "sections": [section("Kiến thức chung", "KTC", SHARED), section(name, code, OWN)],
            }
            for code, name in names.items()
        },
    }
    return {
        code: save_blueprint(
            session, officer, data=BlueprintInput(code=f"MT-{code}", name=str(body["title"]), body=body)
        ).id
        for code, body in bodies.items()
    }


@dataclass(frozen=True)
class Ground:
    """What every period of the demo builds on."""

    officer: Actor
    witness: Actor
    vault: Vault
    blueprints: dict[str, UUID]
    banks: dict[str, UUID]
    positions: dict[str, UUID]

    def position_ids(self, exam: str) -> list[UUID]:
        """The positions of a professional exam."""
        return [self.positions[code] for code in PROFESSIONAL[exam]]

    def exam_input(self, code: str, position_ids: list[UUID], **values: Any) -> ExamInput:
        """The exam of a bank (or of general knowledge alone) for these positions."""
        titles = {"VPTK": "Văn phòng – thống kê", "TPHT": "Tư pháp – hộ tịch", "TCKT": "Tài chính – kế toán"}
        banks = {self.banks["KTC"], self.banks[code]}
        return ExamInput(
            **{
                "code": code,
                "title": titles.get(code, "Kiến thức chung"),
                "position_ids": position_ids,
                "bank_ids": sorted(banks),
                "blueprint_id": self.blueprints[code],
                "duration_min": 30,
                "late_limit_min": 5,
                "unseen_periods": 1,
                "cut_percent": "50",
                "bands": [
                    BandInput(code=b.code, label=b.label, from_percent=b.from_percent) for b in DEFAULT_BANDS
                ],
                **values,
            }
        )


def add_finished_period(session: Session, base: Ground) -> None:
    """A period of September 2026 in which all 1,697 officials sat: answered, scored, released."""
    start = datetime(2026, 9, 18, 8, 0, tzinfo=HOME)
    with clock.fixed_at(start - timedelta(days=12)):
        period = service.create_period(
            session,
            base.officer,
            data=PeriodInput(
                code="2026-1", name="Kỳ sát hạch định kỳ lần 1 năm 2026", reference_date=date(2026, 9, 1)
            ),
        )
        _add_exams(session, base, period)
        candidates.enter_candidates(session, base.officer, period_id=period.id)
        _add_sittings(session, base, period, start)
        _excuse_some(session, base, period)
        candidates.seat_candidates(session, base.officer, period_id=period.id)
        _forget(session)
    with clock.fixed_at(start - timedelta(days=1)):
        _draw(session, base, period.id)
    with clock.fixed_at(start - timedelta(minutes=45)):
        lifecycle.open_period(session, base.officer, period_id=period.id)
    answer_period(session, period.id)
    with clock.fixed_at(start + timedelta(hours=9)):
        close_collected_sittings(session)
        lifecycle.close_period(session, base.officer, period_id=period.id)
        score_period(session, base.officer, period_id=period.id)
        statistics = compute_statistics(session, base.officer, period_id=period.id)
        calibrate_period(session, base.officer, period_id=period.id)
    with clock.fixed_at(start + timedelta(days=3)):
        _keep_flagged(session, base, statistics)
        release_period(session, base.officer, period_id=period.id)


def _draw(session: Session, base: Ground, period_id: UUID) -> None:
    """The two steps of the draw: the commitment, then the same dice read by two people."""
    ceremony.commit_draw(session, base.officer, period_id=period_id, vault=base.vault)
    ceremony.enter_numbers(session, base.officer, period_id=period_id, text=DICE)
    confirmed = ceremony.confirm_numbers(session, base.witness, period_id=period_id, text=DICE)
    draw_period(session, base.witness, ceremony=confirmed, vault=base.vault)


def _keep_flagged(session: Session, base: Ground, statistics: StatisticsRun) -> None:
    """The council has looked at every seriously flagged question and kept it."""
    flagged = select(ItemFlag.version_id).where(ItemFlag.run_id == statistics.id, ItemFlag.is_serious)
    for version_id in session.scalars(flagged.distinct()).all():
        decide_flag(
            session,
            base.officer,
            period_id=statistics.period_id,
            version_id=version_id,
            verdict=FlagVerdict.KEEP,
            reason="Hội đồng đã đối chiếu căn cứ pháp lý: đáp án đúng",
        )


def _add_exams(session: Session, base: Ground, period: Period) -> None:
    own = {code: base.position_ids(code) for code in PROFESSIONAL}
    taken = {position_id for position_ids in own.values() for position_id in position_ids}
    others = [position_id for position_id in base.positions.values() if position_id not in taken]
    for code, position_ids in {**own, "KTC": others}.items():
        service.save_exam(
            session, base.officer, period_id=period.id, data=base.exam_input(code, position_ids)
        )


def _add_sittings(session: Session, base: Ground, period: Period, start: datetime) -> None:
    """As many rooms as the candidates of each exam need, four rounds a day."""
    counts = service.counts_by_exam(session, period)
    rooms = 0
    for exam in session.scalars(select(Exam).where(Exam.period_id == period.id).order_by(Exam.code)):
        needed = -(-counts[exam.id]["entered"] // ROOM_SEATS)
        for _place in range(needed):
            turn, room = divmod(rooms, 10)
            rooms += 1
            service.save_sitting(
                session,
                base.officer,
                period_id=period.id,
                exam_id=exam.id,
                data=SittingInput(
                    name=f"Ca {turn + 1}",
                    room=f"Phòng máy {room + 1:02d}",
                    capacity=ROOM_SEATS,
                    starts_at=start + timedelta(hours=2 * turn),
                ),
            )


EXCUSES = (
    ("exempt", "Nghỉ hưu trước ngày thi theo Quyết định của Ủy ban nhân dân thành phố"),
    ("postponed", "Nghỉ thai sản"),
    ("postponed", "Đang điều trị tại bệnh viện, có xác nhận"),
    ("postponed", "Đi học tập trung theo quyết định cử đi bồi dưỡng"),
)


def _excuse_some(session: Session, base: Ground, period: Period) -> None:
    rows = session.scalars(
        select(Candidate).where(Candidate.period_id == period.id).order_by(Candidate.number)
    ).all()
    for place, row in enumerate(rows[17::131]):
        status, reason = EXCUSES[place % len(EXCUSES)]
        candidates.set_status(
            session,
            base.officer,
            period_id=period.id,
            candidate_id=row.id,
            data=StatusInput(status=status, reason=reason),
        )


def _forget(session: Session) -> None:
    """What was loaded before is read again: relationships were filled while exams and sittings were being added."""
    session.flush()  # expiring would drop changes that are not written yet
    session.expire_all()


def add_running_period(session: Session, base: Ground, *, code: str, people: int, name: str) -> TrialSitting:
    """A period whose sitting has just begun, with so many officials of tư pháp – hộ tịch; returns the first seat."""
    starts_at = clock.now()
    with clock.fixed_at(starts_at - timedelta(minutes=5)):
        period = service.create_period(
            session, base.officer, data=PeriodInput(code=code, name=name, reference_date=date(2026, 11, 1))
        )
        exam_input = base.exam_input(
            "TPHT",
            base.position_ids("TPHT"),
            duration_min=TRIAL_MIN,
            late_limit_min=TRIAL_MIN,
            unseen_periods=0,
        )
        exam = service.save_exam(session, base.officer, period_id=period.id, data=exam_input)
        room = SittingInput(name="Ca 1", room="Phòng máy 01", capacity=people, starts_at=starts_at)
        sitting = service.save_sitting(session, base.officer, period_id=period.id, exam_id=exam.id, data=room)
        candidates.enter_candidates(session, base.officer, period_id=period.id)
        first = _keep_first(session, base, period, people)
        candidates.seat_candidates(session, base.officer, period_id=period.id)
        _permit_regulation(session, base, exam)
        _forget(session)
        seal_period(session, base.officer, period_id=period.id)
        lifecycle.open_period(session, base.officer, period_id=period.id)
        watching = [account.id for account in naming.invigilators(session)]
        naming.name_invigilators(
            session, base.officer, sitting.id, account_ids=watching, head_ids=watching[:1]
        )
    return TrialSitting(code, sitting.id, first.number, first.id)


def _permit_regulation(session: Session, base: Ground, exam: Exam) -> None:
    """Candidates may read a sample regulation of our own during the test."""
    document = add_document(
        session,
        base.officer,
        period_id=exam.period_id,
        exam_id=exam.id,
        data=DocumentInput(title="Quy chế mẫu của kỳ sát hạch (văn bản minh họa)"),
        file=files(__package__).joinpath("regulation.txt").read_bytes(),
        file_name="quy-che-mau.txt",
    )
    confirm_document(session, base.officer, period_id=exam.period_id, document_id=document.id)


def _keep_first(session: Session, base: Ground, period: Period, people: int) -> Candidate:
    """All but the first so many candidates sit another time; returns the first."""
    rows = session.scalars(
        select(Candidate).where(Candidate.period_id == period.id).order_by(Candidate.number)
    ).all()
    later = StatusInput(status="postponed", reason="Xếp vào đợt sau")
    for row in rows[people:]:
        candidates.set_status(session, base.officer, period_id=period.id, candidate_id=row.id, data=later)
    return rows[0]


def running_trial(session: Session, prefix: str) -> TrialSitting | None:
    """A seat of a demo period that still has time left and is not handed in, or None."""
    now = clock.now()
    row = session.execute(
        select(Period.code, Sitting.id, Candidate.number, Candidate.id)
        .join(Candidate, Candidate.period_id == Period.id)
        .join(Sitting, Sitting.id == Candidate.sitting_id)
        .where(
            Period.code.startswith(prefix),
            Sitting.collected_at.is_(None),
            Sitting.starts_at > now - timedelta(minutes=TRIAL_MIN) + FREE_TIME_LEFT,
        )
        .order_by(Sitting.starts_at.desc(), Candidate.number)
        .limit(1)
    ).first()
    return TrialSitting(*row) if row else None
