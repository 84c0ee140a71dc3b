"""The annex to the minutes of sealing (phụ lục): whoever was added after the seal, and the chain of their papers.

The minutes of sealing state what was sealed and stay as they are; the annex is issued anew, numbered, when somebody has
been added since.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from exam_service.documents.kinds import of_periods
from exam_service.documents.subjects import MINUTES, Kind, Letterhead, Subject, sheet_of
from exam_service.i18n import HOME, N_
from exam_service.official.sheet import (
    Block,
    Column,
    Facts,
    Heading,
    Sheet,
    Signatures,
    Signer,
    Table,
    digest_in_groups,
    moment_in_words,
    paragraphs,
)
from exam_service.periods.models import Exam, LateDraw, Period
from exam_service.periods.revealing import late_draws_of

CODE = "late_papers"
COLUMNS = (
    Column(title="Đề thứ", share=7, align="center"),
    Column(title="Thí sinh, phòng", share=24),
    Column(title="Căn cứ", share=23),
    Column(title="Lúc, người bổ sung", share=18),
    Column(title="Giá trị chuỗi (SHA-256)", share=28),
)


def list_subjects(session: Session, period: Period) -> list[Subject]:
    """The period, once anybody was added to it."""
    added = exists().where(LateDraw.exam_id == Exam.id, Exam.period_id == period.id)
    return [Subject(CODE, period.id, period)] if session.scalar(select(added)) else []


def find_subject(session: Session, subject_id: UUID) -> Subject | None:
    period = session.get(Period, subject_id)
    return next(iter(list_subjects(session, period)), None) if period else None


def compose(session: Session, subject: Subject, letterhead: Letterhead, _typed: Mapping[str, str]) -> Sheet:
    period = subject.period
    late = late_draws_of(session, period.id)
    blocks: list[Block] = [
        Facts(
            rows=(
                ("Kỳ sát hạch", f"{period.name} ({period.code})"),
                ("Niêm phong lúc", moment_in_words(period.sealed_at)),
                ("Mã cam kết của kỳ (SHA-256)", period.commitment or ""),
                ("Số thí sinh bổ sung", str(len(late))),
            )
        )
    ]
    blocks += _chains(late)
    blocks += [
        *paragraphs(
            [
                "Mỗi đề được rút từ dữ liệu đã cam kết khi niêm phong.",
                "Giá trị chuỗi của đề sau tính trên đề trước, nên không thể thêm, bớt hay đổi thứ tự mà không lộ.",
            ]
        ),
        Signatures(
            signers=(
                Signer(title="NGƯỜI LẬP"),
                Signer(title="BAN GIÁM SÁT"),
                Signer(title="CHỦ TỊCH HỘI ĐỒNG"),
            )
        ),
    ]
    return sheet_of(
        letterhead,
        tuple(blocks),
        symbol=MINUTES,
        type_name="PHỤ LỤC BIÊN BẢN",
        subject="Đề bổ sung sau niêm phong",
    )


def _chains(late: Sequence[tuple[Exam, LateDraw]]) -> Iterator[Block]:
    """A table per exam, each with where its chain starts."""
    for number, (exam, rows) in enumerate(groupby(late, key=lambda one: one[0]), 1):
        papers = [paper for _exam, paper in rows]
        yield Heading(text=f"{number}. {exam.title} ({exam.code})")
        yield from paragraphs([f"Chuỗi bắt đầu từ: {papers[0].previous}"])
        yield Table(columns=COLUMNS, rows=tuple(_row(paper) for paper in papers))


def _row(paper: LateDraw) -> tuple[str, ...]:
    candidate = paper.candidate
    room = f"{candidate.sitting.name}, {candidate.sitting.room}" if candidate.sitting else "–"
    admitted = " Hội đồng cho dự thi khác vị trí." if paper.is_admitted else ""
    return (
        str(paper.number),
        f"{candidate.number} – {candidate.full_name}; {candidate.unit_name}; {room}",
        f"{paper.reason.rstrip('.')}.{admitted}",
        f"{paper.drawn_at.astimezone(HOME):%H:%M:%S ngày %d/%m/%Y}, {paper.drawn_by_name}",
        digest_in_groups(paper.chain),
    )


KIND = Kind(
    CODE,
    title=N_("Phụ lục biên bản niêm phong: đề bổ sung"),
    scope=of_periods.in_period(list_subjects, find_subject),
    compose=compose,
)
