"""What the minutes of sealing say of tools and permitted documents."""

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.aids.documents import documents_of
from exam_service.aids.models import ExamTools
from exam_service.aids.tools import TOOL_NAMES, changes_after_seal, in_order
from exam_service.official.sheet import (
    Block,
    Column,
    Heading,
    Table,
    digest_in_groups,
    moment_in_words,
    paragraphs,
)
from exam_service.periods.models import Exam


def aids_blocks(session: Session, period_id: UUID, *, heading: str) -> Iterator[Block]:
    """The tools of each exam as they stand, changes after the seal, and the documents by their hashes; nothing for a
    period that was sealed before exams chose their own."""
    exams = session.scalars(select(Exam).where(Exam.period_id == period_id).order_by(Exam.code)).all()
    codes = {exam.id: exam.code for exam in exams}
    decided = {
        row.exam_id: row.tools
        for row in session.scalars(select(ExamTools).where(ExamTools.exam_id.in_(codes)))
    }
    if not decided:
        return
    yield Heading(text=heading)
    yield Table(
        columns=(Column(title="Mã", share=12), Column(title="Công cụ thí sinh được dùng", share=88)),
        rows=tuple((codes[exam_id], named(decided[exam_id])) for exam_id in codes if exam_id in decided),
    )
    yield from paragraphs(
        f"Đổi công cụ của nội dung {codes[change.exam_id]} sau niêm phong, {moment_in_words(change.changed_at)}, "
        f"{change.changed_by_name}: từ ({named(change.before)}) thành ({named(change.after)}). Lý do: {change.reason}"
        for change in changes_after_seal(session, list(codes))
    )
    yield from _documents(session, codes)


def _documents(session: Session, codes: dict[UUID, str]) -> Iterator[Block]:
    permitted = documents_of(session, list(codes), only_confirmed=True)
    rows = tuple(
        (codes[exam_id], document.name, digest_in_groups(document.sha256))
        for exam_id in codes
        for document in permitted[exam_id]
    )
    if not rows:
        yield from paragraphs(["Không nội dung nào có văn bản được phép sử dụng trong phòng thi."])
        return
    yield Table(
        columns=(
            Column(title="Mã", share=12),
            Column(title="Văn bản được phép sử dụng", share=42),
            Column(title="Mã bản (SHA-256)", share=46),
        ),
        rows=rows,
    )


def named(tools: list[str]) -> str:
    """The tools by their Vietnamese names: minutes are in Vietnamese."""
    return ", ".join(TOOL_NAMES[name] for name in in_order(tools)) or "không có"
