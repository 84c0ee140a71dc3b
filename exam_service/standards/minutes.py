"""The minutes of a panel in the layout of official documents. Source: 30/2020/NĐ-CP, annex I.

They are an official Vietnamese document, so their words are Vietnamese whatever the language of the page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from uuid import UUID

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Cm, Pt
from docx.table import _Cell
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.people.models import Position
from exam_service.periods.cuts.decisions import decisions_of
from exam_service.periods.cuts.models import DecisionState
from exam_service.periods.models import Period
from exam_service.standards.models import CutPanel, PanelMethod

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
STATE, MOTTO = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"
METHODS = {
    PanelMethod.ANGOFF: "Angoff (ước lượng khả năng trả lời đúng từng câu của thí sinh giáp ngưỡng)",
    PanelMethod.BOOKMARK: "đánh dấu trên tập câu hỏi xếp theo độ khó (xác suất trả lời đúng 0,67)",
    PanelMethod.HOFSTEE: "Hofstee (dung hòa giới hạn của hội đồng với phân bố kết quả)",
}
DECISION_WORDS = {
    DecisionState.PROPOSED: "chờ xác nhận",
    DecisionState.CONFIRMED: "đã xác nhận",
    DecisionState.REJECTED: "đã trả lại",
}


@dataclass(frozen=True)
class Minutes:
    """What the minutes say; `rounds` and `decisions` are finished sentences."""

    period: str
    exam: str
    place: str
    held_on: date
    method: str
    borderline: str
    positions: Sequence[str]
    members: Sequence[str]
    item_count: int
    rounds: Sequence[tuple[str, Sequence[str]]]
    decisions: Sequence[str]

    @property
    def day(self) -> str:
        """Two digits for days and for January and February. Source: 30/2020/NĐ-CP, annex I, part II, 4."""
        month = f"{self.held_on.month:02d}" if self.held_on.month < 3 else str(self.held_on.month)
        return f"ngày {self.held_on.day:02d} tháng {month} năm {self.held_on.year}"


def minutes_of(session: Session, panel: CutPanel) -> Minutes:
    """The minutes as they stand now: closed rounds, and the decisions made from this panel."""
    period = session.get_one(Period, panel.exam.period_id)
    ids = [UUID(key) for key in panel.position_ids]
    titles = dict(session.execute(select(Position.id, Position.title).where(Position.id.in_(ids))).all())
    decided = [d for d in decisions_of(session, period.id) if d.panel_id == panel.id]
    return Minutes(
        period=period.name,
        exam=panel.exam.title,
        place=panel.place,
        held_on=panel.held_on,
        method=METHODS[PanelMethod(panel.method)],
        borderline=panel.borderline,
        positions=sorted(titles.values()),
        members=[member.name for member in panel.members],
        item_count=len(panel.items),
        rounds=[
            (f"Vòng {one.number}", _round_lines(one.outcome))
            for one in panel.rounds
            if one.outcome is not None
        ],
        decisions=[
            f"{titles.get(d.position_id, '')}: ngưỡng đạt {_vi(float(d.cut_percent))} % số điểm "
            f"({DECISION_WORDS[DecisionState(d.state)]})." + (f" Lý do: {d.reason}" if d.reason else "")
            for d in decided
        ],
    )


def _round_lines(outcome: dict[str, object]) -> list[str]:
    lines = [f"Ngưỡng theo ý kiến hội đồng: {_vi(float(str(outcome['percent'])))} % số điểm."]
    if outcome.get("standard_error") is not None:
        error, sd = float(str(outcome["standard_error"])), float(str(outcome["sd"]))
        lines.append(
            f"Sai số chuẩn {_vi(error)}; độ lệch chuẩn giữa các thành viên {_vi(sd)} điểm phần trăm."
        )
    if outcome.get("icc_average") is not None:
        lines.append(f"Độ thống nhất giữa các thành viên (ICC): {_vi(float(str(outcome['icc_average'])))}.")
    if outcome.get("fail_percent") is not None:
        lines.append(
            f"Tỷ lệ không đạt tương ứng {_vi(float(str(outcome['fail_percent'])))} % (n = {outcome['n']}, "
            f"{outcome['period']})."
        )
    findings = outcome["findings"]
    assert isinstance(findings, list)
    return lines + [f"Lưu ý: {finding['vi']}" for finding in findings]


def _vi(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".").replace(".", ",")


def minutes_file(minutes: Minutes, *, organisation: str) -> bytes:
    """The minutes as a .docx on A4 with the margins, type and heading that the decree asks for."""
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin, section.right_margin = Cm(3), Cm(1.5)
    section.top_margin = section.bottom_margin = Cm(2)
    style = document.styles["Normal"]
    style.font.name, style.font.size = "Times New Roman", Pt(14)
    _heading(document, minutes, organisation)
    _body(document, minutes)
    _signatures(document)
    buffer = BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _heading(document: WordDocument, minutes: Minutes, organisation: str) -> None:
    left, right = document.add_table(rows=1, cols=2).rows[0].cells
    _line(left, organisation.upper())
    _line(left, "HỘI ĐỒNG XÁC ĐỊNH NGƯỠNG ĐẠT", is_bold=True)
    _line(left, "Số:        /BB-HĐ")
    _line(right, STATE, is_bold=True)
    _line(right, MOTTO, is_bold=True)
    _line(right, f"{minutes.place}, {minutes.day}", is_italic=True)
    for words in ("BIÊN BẢN", "Xác định ngưỡng đạt"):
        paragraph = document.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.add_run(words).bold = True


def _line(cell: _Cell, words: str, *, is_bold: bool = False, is_italic: bool = False) -> None:
    paragraph = cell.paragraphs[0] if not cell.text else cell.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = paragraph.add_run(words)
    run.bold, run.italic, run.font.size = is_bold, is_italic, Pt(12)


def _body(document: WordDocument, minutes: Minutes) -> None:
    document.add_paragraph(f"Kỳ sát hạch: {minutes.period}")
    document.add_paragraph(f"Nội dung sát hạch: {minutes.exam}")
    document.add_paragraph(f"Vị trí việc làm: {'; '.join(minutes.positions)}")
    document.add_paragraph(f"Thành phần: {'; '.join(minutes.members)}")
    document.add_paragraph(f"Phương pháp: {minutes.method}")
    if minutes.item_count:
        document.add_paragraph(f"Đề mẫu gồm {minutes.item_count} câu, bốc theo ma trận đề của nội dung.")
    document.add_paragraph(f"Thí sinh giáp ngưỡng được hiểu là: {minutes.borderline}")
    for title, lines in minutes.rounds:
        document.add_paragraph().add_run(title).bold = True
        for line in lines:
            document.add_paragraph(line)
    document.add_paragraph().add_run("Kết luận của hội đồng").bold = True
    for line in minutes.decisions or ["Hội đồng chưa quyết định ngưỡng đạt."]:
        document.add_paragraph(line)


def _signatures(document: WordDocument) -> None:
    left, right = document.add_table(rows=1, cols=2).rows[0].cells
    _line(left, "THƯ KÝ", is_bold=True)
    _line(left, "(Ký, ghi rõ họ tên)", is_italic=True)
    _line(right, "CHỦ TỊCH HỘI ĐỒNG", is_bold=True)
    _line(right, "(Ký, ghi rõ họ tên)", is_italic=True)
    document.add_paragraph()
    receivers = document.add_paragraph()
    receivers.add_run("Nơi nhận:\n").bold = True
    receivers.add_run("- Hội đồng sát hạch;\n- Lưu: VT, hồ sơ kỳ sát hạch.").font.size = Pt(11)
