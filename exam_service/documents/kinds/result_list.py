"""The results of a sitting with their bands, to be signed (danh sách kết quả)."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.actor import Permission
from exam_service.documents.kinds import of_rooms
from exam_service.documents.subjects import LISTS, Kind, Letterhead, Subject
from exam_service.i18n import N_
from exam_service.i18n import gettext as _
from exam_service.official.sheet import (
    Column,
    Heading,
    Paragraph,
    Sheet,
    Signatures,
    Signer,
    Table,
    decimal_text,
)
from exam_service.periods.models import Candidate
from exam_service.results.grading import percent_text
from exam_service.results.models import Outcome, Result, ResultKind
from exam_service.results.service import RELEASED, is_current

CODE = "result_list"
COLUMNS = (
    Column(title="STT", share=6, align="center"),
    Column(title="SBD", share=9, align="center"),
    Column(title="Họ và tên", share=24),
    Column(title="Đơn vị", share=24),
    Column(title="Điểm", share=11, align="center"),
    Column(title="Tỷ lệ", share=9, align="center"),
    Column(title="Xếp mức", share=16),
    Column(title="Kết quả", share=11, align="center"),
    Column(title="Thí sinh ký", share=14),
    Column(title="Ghi chú", share=14),
)


def compose(session: Session, subject: Subject, letterhead: Letterhead, _typed: Mapping[str, str]) -> Sheet:
    assert subject.sitting is not None
    found = session.execute(
        select(Result, Candidate)
        .join(Candidate, Candidate.id == Result.candidate_id)
        .where(Candidate.sitting_id == subject.sitting.id, is_current())
        .order_by(Candidate.number)
    ).all()
    pairs = [(result, candidate) for result, candidate in found]
    return of_rooms.list_sheet(
        letterhead,
        subject,
        Table(columns=COLUMNS, rows=_rows(pairs), row_mm=of_rooms.ROOM_TO_SIGN_MM),
        Heading(text="Tổng hợp"),
        Paragraph(text=_summary([result for result, _candidate in pairs])),
        Signatures(signers=(Signer(title="NGƯỜI LẬP BẢNG"), Signer(title="CHỦ TỊCH HỘI ĐỒNG"))),
        title="Kết quả sát hạch",
    )


def _rows(pairs: Sequence[tuple[Result, Candidate]]) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (
            str(place),
            candidate.number,
            candidate.full_name,
            candidate.unit_name,
            f"{decimal_text(result.points)}/{decimal_text(result.max_points)}",
            f"{decimal_text(percent_text(result.points, result.max_points))} %",
            result.band_label,
            _outcome(result),
            "",
            result.reason,
        )
        for place, (result, candidate) in enumerate(pairs, 1)
    )


def _outcome(result: Result) -> str:
    if result.kind == ResultKind.ANNULLED:
        return "Hủy"
    if result.was_absent:
        return "Vắng"
    return "Đạt" if result.outcome == Outcome.PASS else "Không đạt"


def _summary(results: Sequence[Result]) -> str:
    """`Có 30 kết quả: Đạt 25, Không đạt 4, Vắng 1. Theo mức: …`."""
    words = [_outcome(result) for result in results]
    outcomes = ", ".join(f"{word.lower()} {words.count(word)}" for word in dict.fromkeys(sorted(words)))
    labels = [result.band_label for result in results if _outcome(result) in ("Đạt", "Không đạt")]
    bands = ", ".join(f"{label} {labels.count(label)}" for label in dict.fromkeys(labels))
    return f"Có {len(results)} kết quả: {outcomes}. Theo mức: {bands or 'không có'}."


def missing(subject: Subject) -> str:
    return "" if subject.period.state in RELEASED else _("Lập được khi kết quả đã công bố.")


KIND = Kind(
    CODE,
    title=N_("Danh sách kết quả để ký"),
    scope=of_rooms.each_room(CODE, viewers=(Permission.RESULTS_VIEW,), issuers=(Permission.RESULTS_RELEASE,)),
    symbol=LISTS,
    missing=missing,
    compose=compose,
)
